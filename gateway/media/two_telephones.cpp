// Two telephones on one call: the browser has handed over. The own telephone's stream goes on as it was,
// number after number; the other one's begins.
#include "gateway/media/two_telephones.hpp"

#include <utility>

#include "core/base/random.hpp"
#include "gateway/media/bridge_parts.hpp"
#include "gateway/media/browser_end.hpp"

namespace causeway::media {
namespace {

constexpr std::size_t kCnameLength = 16;  // RFC 7022 §4.2: 96 bits

}  // namespace

LegEnd& Bridge::far_end() {
    if (is_joined()) return other_->end;
    return *browser_;
}

Lane& Bridge::lane_to_far() {
    return is_joined() ? other_->lane : to_browser_;
}

Lane* Bridge::lane_from(const SipEnd& end) {
    if (&end == sip_.get()) return &lane_to_far();
    // It may speak as soon as it has our offer; nobody listens yet.
    return is_joined() ? &to_sip_ : nullptr;
}

Lane& Bridge::lane_to(const SipEnd& end) {
    return &end == sip_.get() ? to_sip_ : other_->lane;
}

void Bridge::open_other() {
    if (failed_ || !sip_->transport || is_joined()) return;
    auto other = std::make_unique<Other>(*this, lane_settings(shared_.settings, true, streams_.to_sip.grid),
                                         random_token(kCnameLength));
    auto leg =
        sip::SipRtpLeg::open(loop_, shared_.ports, shared_.counters, call_, other->end, &shared_.certificate);
    if (!leg) return shared_.listener.on_other_refused(call_, leg.error().detail);
    other->end.transport = std::move(*leg);
    if (complexity_) other->lane.set_complexity(*complexity_);
    other_ = std::move(other);
    shared_.listener.on_other_opened(call_, other_->end.transport->local_rtp());
}

void Bridge::close_other() {
    if (!is_joined()) other_.reset();
}

void Bridge::release_browser() {
    if (with_browser_) return;
    const Instant now = loop_.now();
    with_browser_ = std::make_unique<const MediaStatistics>(figures());
    if (browser_->transport) browser_->say_bye(now);
    browser_->transport.reset();
    browser_->stop_reporting();
    browser_->expect(false, now);
    browser_up_ = false;
    to_browser_.set_active(false, now);
    arm_lanes();
    arm_reports();
}

void Bridge::join(const JoinTelephones& command) {
    if (failed_ || !other_) return;
    const Instant now = loop_.now();
    auto from_other = alternatives(command.plan.browser_to_sip, command.other, command.own);
    auto from_own = alternatives(command.plan.sip_to_browser, command.own, command.other);
    auto planned = to_sip_.set_plan(plan_of(to_sip_, from_other), now);
    if (planned) planned = other_->lane.set_plan(plan_of(other_->lane, from_own), now);
    if (!planned) {
        return fail({.cause = EndCause::internal_error,
                     .by = Side::gateway,
                     .detail = planned.error().detail,
                     .sip_status = std::nullopt});
    }
    to_sip_.set_alternatives(std::move(from_other));
    other_->lane.set_alternatives(std::move(from_own));
    release_browser();
    const auto clock = [](const sdp::AudioFormat& format) { return sdp::rtp_clock_rate(format.codec); };
    const transcode::BridgePlan& plan = command.plan;
    sip_->set_clock_rates(clock(plan.browser_to_sip.to), clock(plan.sip_to_browser.from));
    other_->end.set_clock_rates(clock(plan.sip_to_browser.to), clock(plan.browser_to_sip.from));
    sip_->set_extended(command.own.extended);
    other_->end.set_extended(command.other.extended);
    joined_ = std::make_unique<const JoinTelephones>(command);
    sip_->transport->set_remote(command.own, command.own_source);
    other_->end.transport->set_remote(command.other, command.other_source);
    if (!failed_) set_directions(now);
}

void Bridge::set_directions_of_telephones(Instant now) {
    const auto steer = [now](SipEnd& end, Lane& lane, const sdp::AudioMedia& media) {
        const bool reachable = is_reachable(media);
        lane.set_active(reachable && listens(media.direction), now);
        end.expect(reachable && sends(media.direction), now);
        end.start_reporting();
    };
    steer(*sip_, to_sip_, joined_->own);
    steer(other_->end, other_->lane, joined_->other);
    // Who is put on hold may well fall silent.
    if (!listens(joined_->own.direction)) other_->end.expect(false, now);
    if (!listens(joined_->other.direction)) sip_->expect(false, now);
    arm_lanes();
    arm_reports();
}

void Bridge::send_digit_to_other(char digit, int duration_ms) {
    if (!is_joined()) return;
    other_->lane.send_digit(digit, duration_ms, loop_.now());
    arm_lanes();
}

MediaStatistics Bridge::figures_of_telephones() {
    SipEnd& other = other_->end;
    const int from_other = to_sip_.take_level_dbov();
    const int from_own = other_->lane.take_level_dbov();
    other.judge(to_sip_, other_->lane, from_other, loop_.now());
    sip_->judge(other_->lane, to_sip_, from_own, loop_.now());
    MediaStatistics figures = *with_browser_;
    figures.from_sip = sip_->received_figures(from_own);
    figures.to_sip = sip_->sent_figures(from_other);
    figures.from_other = other.received_figures(from_other);
    figures.to_other = other.sent_figures(from_own);
    figures.sip_codec = sdp::encoding_name(joined_->plan.browser_to_sip.to.codec);
    figures.other_codec = sdp::encoding_name(joined_->plan.browser_to_sip.from.codec);
    figures.sip_srtp_profile = sip_->transport->srtp_profile();
    figures.other_srtp_profile = other.transport->srtp_profile();
    return figures;
}

}  // namespace causeway::media
