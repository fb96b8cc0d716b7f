#include "gateway/media/bridge.hpp"

#include <algorithm>
#include <utility>

#include "core/base/descriptor_limit.hpp"
#include "core/base/footprint.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/dtls/certificate.hpp"
#include "gateway/media/bridge_parts.hpp"
#include "gateway/media/browser_end.hpp"
#include "gateway/media/sip_end.hpp"
#include "gateway/media/two_telephones.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::media {
namespace {

constexpr Duration kHousekeeping = std::chrono::seconds(1);
/// Calls keep house together, so that the figures of many wake their reader once.
constexpr Duration kHouseBeat = std::chrono::milliseconds(50);
constexpr Duration kStall = std::chrono::milliseconds(60);  // three frames: jitter buffers feel it
constexpr int kDescriptorsOfACall = 32;   // twice what a machine with several addresses needs
constexpr std::size_t kCnameLength = 16;  // RFC 7022 §4.2: 96 bits

bool any_common(const std::vector<sdp::AudioFormat>& offered, const std::vector<sdp::Codec>& ours) {
    return std::any_of(offered.begin(), offered.end(), [&](const sdp::AudioFormat& format) {
        return std::find(ours.begin(), ours.end(), format.codec) != ours.end();
    });
}

EndReason reason(EndCause cause, Side by, std::string detail) {
    return {.cause = cause, .by = by, .detail = std::move(detail), .sip_status = std::nullopt};
}

}  // namespace

Bridge::Streams Bridge::make_streams(const MediaSettings& settings, Instant now) {
    // Calls that begin in the same instant still make their frames at different ones.
    const Instant grid = now + std::chrono::microseconds(random_u32() % 20'000);
    // One CNAME per side: nothing that the SIP side sees names the browser's session.
    return {.to_sip = lane_settings(settings, true, grid),
            .to_browser = lane_settings(settings, false, grid),
            .sip_cname = random_token(kCnameLength),
            .browser_cname = random_token(kCnameLength)};
}

Bridge::Bridge(EventLoop& loop, const SharedMedia& shared, CallId call)
    : loop_(loop),
      shared_(shared),
      call_(call),
      streams_(make_streams(shared.settings, loop.now())),
      browser_(std::make_unique<BrowserEnd>(*this, streams_.to_browser.ssrc, streams_.browser_cname)),
      sip_(std::make_unique<SipEnd>(*this, streams_.to_sip.ssrc, streams_.sip_cname)),
      to_sip_(streams_.to_sip, shared.lane_counters, *sip_),
      to_browser_(streams_.to_browser, shared.lane_counters, *browser_),
      lane_timer_(loop, [this](Instant now) { run_lanes(now); }),
      report_timer_(loop, [this](Instant now) { send_reports(now); }),
      house_timer_(loop, [this](Instant now) { keep_house(now); }) {}

Bridge::~Bridge() {
    // The transports call into everything else here: they go first.
    browser_->transport.reset();
    sip_->transport.reset();
    if (other_) other_->end.transport.reset();
}

void Bridge::open(const OpenMedia& command) {
    // libnice opens one or two per address of the machine, and GLib would end the process without them.
    if (!descriptors_left(kDescriptorsOfACall))
        return fail(reason(EndCause::over_limit, Side::gateway, "the gateway has no sockets left"));
    auto sip_leg =
        sip::SipRtpLeg::open(loop_, shared_.ports, shared_.counters, call_, *sip_, &shared_.certificate);
    if (!sip_leg) return fail(reason(EndCause::over_limit, Side::gateway, sip_leg.error().detail));
    sip_->transport = std::move(*sip_leg);

    if (!any_common(command.offer.audio.formats, command.browser_codecs))
        return fail(reason(EndCause::no_common_codec, Side::browser,
                           "the browser offers none of the configured codecs"));
    browser_->transport = std::make_unique<webrtc::BrowserLeg>(
        loop_, shared_.settings.browser, shared_.certificate, shared_.counters, call_, *browser_);
    auto answer = browser_->transport->start(command.offer, command.browser_codecs, streams_.to_browser.ssrc,
                                             streams_.browser_cname);
    if (!answer) return fail(reason(EndCause::bad_offer, Side::browser, answer.error().detail));
    browser_codecs_ = command.browser_codecs;
    agree(command.offer, *answer);
    shared_.listener.on_opened({.call = call_,
                                .answer = std::move(*answer),
                                .sip_rtp = sip_->transport->local_rtp(),
                                .fingerprint = shared_.certificate.fingerprint()});
}

void Bridge::connect(const ConnectMedia& command) {
    if (failed_ || !browser_->transport || is_joined()) return;
    const Instant now = loop_.now();
    auto from_browser = alternatives(command.plan.browser_to_sip, browser_media_, command.sip_remote);
    auto from_sip = alternatives(command.plan.sip_to_browser, command.sip_remote, browser_media_);
    auto planned = to_sip_.set_plan(plan_of(to_sip_, from_browser), now);
    if (planned) planned = to_browser_.set_plan(plan_of(to_browser_, from_sip), now);
    if (!planned) return fail(reason(EndCause::internal_error, Side::gateway, planned.error().detail));
    to_sip_.set_alternatives(std::move(from_browser));
    to_browser_.set_alternatives(std::move(from_sip));

    browser_->steer(to_browser_);
    const auto clock = [](const sdp::AudioFormat& format) { return sdp::rtp_clock_rate(format.codec); };
    sip_->set_clock_rates(clock(command.plan.browser_to_sip.to), clock(command.plan.sip_to_browser.from));
    browser_->set_clock_rates(clock(command.plan.sip_to_browser.to), clock(command.plan.browser_to_sip.from));
    sip_->set_extended(command.sip_remote.extended);
    sip_->transport->set_remote(command.sip_remote, command.rtp_source);
    if (failed_) return;
    if (!connected_) arm_house(now);
    connected_ = command;
    set_directions(now);
}

void Bridge::agree(const webrtc::BrowserOffer& offer, const webrtc::BrowserAnswer& answer) {
    browser_direction_ = offer.audio.direction;
    browser_media_ = answer.agreed;
    browser_->set_extended(browser_media_.extended);
    // Begun anew, the numbers of transport-wide feedback would jump.
    if (browser_feedback_ == answer.feedback) return;
    browser_feedback_ = answer.feedback;
    browser_->agree({.agreed = answer.feedback,
                     .ssrc = streams_.to_browser.ssrc,
                     .cname = streams_.browser_cname,
                     .bitrate = shared_.settings.opus.bitrate});
    if (connected_) browser_->steer(to_browser_);
}

void Bridge::reoffer(const ReofferMedia& command) {
    if (failed_ || !browser_->transport) return;
    if (!descriptors_left(kDescriptorsOfACall))
        return shared_.listener.on_reoffer_refused(call_, "The gateway has no sockets left.");
    auto answer = browser_->transport->reoffer(command.offer, browser_codecs_);
    if (!answer && command.returned) answer = meet_again(command.offer);
    if (!answer) {
        return shared_.listener.on_reoffer_refused(call_, "The browser's offer: " + answer.error().detail);
    }
    agree(command.offer, *answer);
    set_directions(loop_.now());
    shared_.listener.on_reoffered(call_, std::move(*answer));
}

Result<webrtc::BrowserAnswer> Bridge::meet_again(const webrtc::BrowserOffer& offer) {
    auto transport = std::make_unique<webrtc::BrowserLeg>(
        loop_, shared_.settings.browser, shared_.certificate, shared_.counters, call_, *browser_);
    auto answer = transport->start(offer, browser_codecs_, streams_.to_browser.ssrc, streams_.browser_cname);
    if (!answer) return answer;
    browser_->transport = std::move(transport);
    browser_feedback_.reset();
    browser_up_ = false;
    return answer;
}

void Bridge::on_browser_connected() {
    if (failed_) return;
    browser_up_ = browser_was_up_ = true;
    shared_.listener.on_browser_connected(call_);
    set_directions(loop_.now());
}

void Bridge::on_browser_lost(EndReason reason) {
    // While another telephone is called, the page may leave.
    const bool may_return = other_ != nullptr || (shared_.settings.browser_may_return && browser_was_up_ &&
                                                  reason.cause != EndCause::dtls_failed);
    if (!may_return) return fail(std::move(reason));
    if (failed_) return;
    browser_up_ = false;
    log::debug(call_, "the browser is lost: {}", text(reason));
    shared_.listener.on_browser_lost(call_, std::move(reason));
    set_directions(loop_.now());
}

void Bridge::set_directions(Instant now) {
    if (is_joined()) return set_directions_of_telephones(now);
    if (browser_up_) browser_->start_reporting();
    if (connected_) {
        const sdp::AudioMedia& sip = connected_->sip_remote;
        const bool answered = connected_->send_to_sip;
        const bool reachable = is_reachable(sip);
        to_sip_.set_active(answered && reachable && listens(sip.direction), now);
        to_browser_.set_active(browser_up_ && listens(browser_direction_), now);
        browser_->expect(answered && browser_up_ && sends(browser_direction_), now);
        // Who hears nothing because the browser is lost may well fall silent.
        const bool browser_is_lost = browser_was_up_ && !browser_up_;
        sip_->expect(answered && reachable && sends(sip.direction) && !browser_is_lost, now);
        if (answered) sip_->start_reporting();
    }
    arm_lanes();
    arm_reports();
}

void Bridge::add_remote_candidate(std::string_view candidate) {
    if (!failed_ && browser_->transport) browser_->transport->add_remote_candidate(candidate);
}

void Bridge::send_digit(char digit, int duration_ms) {
    to_sip_.send_digit(digit, duration_ms, loop_.now());
    arm_lanes();
}

void Bridge::set_complexity(int complexity) {
    complexity_ = complexity;
    to_sip_.set_complexity(complexity);
    to_browser_.set_complexity(complexity);
    if (other_) other_->lane.set_complexity(complexity);
}

void Bridge::fail(EndReason reason) {
    if (failed_) return;
    failed_ = true;
    const Instant now = loop_.now();
    to_sip_.set_active(false, now);
    to_browser_.set_active(false, now);
    if (other_) other_->lane.set_active(false, now);
    lane_timer_.disarm();
    report_timer_.disarm();
    house_timer_.disarm();
    log::debug(call_, "media failed: {}", reason.detail);
    shared_.listener.on_media_failed(call_, std::move(reason));
}

MediaStatistics Bridge::close() {
    const Instant now = loop_.now();
    // Nothing to say to a browser that was never reached or is lost; the transport drops it then.
    if (browser_->transport) browser_->say_bye(now);
    if (sip_->transport) sip_->say_bye(now);
    if (is_joined()) other_->end.say_bye(now);
    failed_ = true;
    return figures();
}

void Bridge::run_lanes(Instant now) {
    note_stall(now);
    lanes_armed_for_.reset();
    to_sip_.tick(now);
    lane_to_far().tick(now);
    arm_lanes();
}

void Bridge::carry(LegEnd& from, Lane& lane, Lane& back, rtp::PacketBuffer& packet, Instant now) {
    note_stall(now);
    from.take_rtp(packet, lane, now);
    // RFC 4867 §3.3.1: what one direction's packets ask for, the other direction's encoder does.
    if (const auto mode = lane.mode_request()) back.request_mode(*mode);
    arm_lanes();
}

void Bridge::foresee() {
    if (!browser_->transport || is_joined()) return;
    Footprint of_browser;
    to_sip_.add_to(of_browser);
    add_to(of_browser);
    browser_->add_receiving_to(of_browser);
    sip_->add_sending_to(of_browser);
    to_browser_.add_deadline_to(of_browser);
    browser_->transport->will_touch(of_browser);
    Footprint of_sip;
    to_browser_.add_to(of_sip);
    add_to(of_sip);
    sip_->add_receiving_to(of_sip);
    browser_->add_sending_to(of_sip);
    to_sip_.add_deadline_to(of_sip);
    sip_->transport->will_touch(of_sip);
}

void Bridge::add_to(Footprint& footprint) const {
    footprint.add(shared_, browser_, sip_, other_, joined_, browser_up_, failed_, lanes_armed_for_);
}

void Bridge::note_stall(Instant now) {
    const Duration late = lanes_armed_for_ ? now - *lanes_armed_for_ : Duration::zero();
    if (late < kStall) return;
    shared_.lane_counters.stalls.add();
    if (now < quiet_about_stalls_until_) return;
    quiet_about_stalls_until_ = now + kHousekeeping;
    log::warning(call_, "the media thread stood still for {} ms: the machine is too busy",
                 std::chrono::duration_cast<std::chrono::milliseconds>(late).count());
}

void Bridge::arm_lanes() {
    std::optional<Instant> due = to_sip_.deadline();
    if (const auto other = lane_to_far().deadline(); other && (!due || *other < *due)) due = other;
    // Called after each packet: the timer is touched only when something changed.
    if (due == lanes_armed_for_) return;
    lanes_armed_for_ = due;
    due ? lane_timer_.arm(*due) : lane_timer_.disarm();
}

void Bridge::send_reports(Instant now) {
    for (LegEnd* const end : {&far_end(), static_cast<LegEnd*>(sip_.get())}) {
        const auto due = end->report_due();
        if (due && *due <= now) end->report(now);
    }
    arm_reports();
}

void Bridge::arm_reports() {
    std::optional<Instant> due = far_end().report_due();
    if (const auto other = sip_->report_due(); other && (!due || *other < *due)) due = other;
    if (due) report_timer_.arm(*due);
}

void Bridge::keep_house(Instant now) {
    shared_.listener.on_statistics(figures());
    foresee();
    const Duration timeout = shared_.settings.media_timeout;
    for (const auto& [end, side] :
         {std::pair<LegEnd*, Side>(&far_end(), is_joined() ? Side::sip : Side::browser),
          std::pair<LegEnd*, Side>(sip_.get(), Side::sip)}) {
        if (!end->silent(timeout, now)) continue;
        EndReason why = reason(EndCause::media_timeout, side, "");
        if (side != Side::browser) return fail(std::move(why));
        on_browser_lost(std::move(why));
        if (failed_) return;
    }
    arm_house(now);
}

void Bridge::arm_house(Instant now) {
    const Instant next = now + kHousekeeping;
    house_timer_.arm(next - next.time_since_epoch() % kHouseBeat);
}

MediaStatistics Bridge::figures() {
    if (is_joined()) return figures_of_telephones();
    const int from_browser = to_sip_.take_level_dbov();
    const int from_sip = to_browser_.take_level_dbov();
    browser_->judge(to_sip_, to_browser_, from_browser, loop_.now());
    sip_->judge(to_browser_, to_sip_, from_sip, loop_.now());
    MediaStatistics figures;
    figures.call = call_;
    figures.from_browser = browser_->received_figures(from_browser);
    figures.to_browser = browser_->sent_figures(from_sip);
    figures.from_sip = sip_->received_figures(from_sip);
    figures.to_sip = sip_->sent_figures(from_browser);
    if (connected_) {
        figures.browser_codec = sdp::encoding_name(connected_->plan.browser_to_sip.from.codec);
        figures.sip_codec = sdp::encoding_name(connected_->plan.browser_to_sip.to.codec);
    }
    if (browser_->transport) figures.srtp_profile = browser_->transport->srtp_profile();
    if (sip_->transport) figures.sip_srtp_profile = sip_->transport->srtp_profile();
    return figures;
}

}  // namespace causeway::media
