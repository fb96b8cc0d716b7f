#include "gateway/call/call_machine.hpp"

#include <algorithm>
#include <utility>

#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

/// ICE and DTLS, from the moment on that both sides can do it.
constexpr std::chrono::seconds kTimeToConnect{30};

transcode::LevelSettings level_settings(const config::Sound& sound) {
    return {.gain_db = sound.gain_db, .high_pass = sound.high_pass, .agc = sound.agc};
}

}  // namespace

std::vector<sdp::Codec> sip_codecs(const Call& call) {
    if (call.trunk == nullptr || call.trunk->codecs.empty()) return {sdp::Codec::pcmu, sdp::Codec::pcma};
    std::vector<sdp::Codec> codecs = call.trunk->codecs;
    // RFC 4040: bits that mean nothing here can only be passed on, so both sides must have it.
    const auto& browser = call.browser_answer.agreed.formats;
    const bool clear = std::any_of(browser.begin(), browser.end(), [](const sdp::AudioFormat& format) {
        return format.codec == sdp::Codec::clearmode;
    });
    if (!clear) std::erase(codecs, sdp::Codec::clearmode);
    return codecs;
}

std::string_view to_string(Phase phase) {
    constexpr std::string_view kNames[kPhaseCount] = {
        "idle", "checking", "ringing", "opening", "connecting", "inviting", "confirming", "talking", "ended"};
    return kNames[static_cast<int>(phase)];
}

Actions step(Call& call, const Event& event, const Environment& environment) {
    StepContext context(call, environment);
    std::visit([&](const auto& happened) { context.on(happened); }, event);
    return context.take();
}

sdp::SipLocal StepContext::next_local_description() {
    sdp::SipLocal local;
    local.rtp = call_.sip_rtp;
    local.codecs = sip_codecs(call_);
    if (call_.trunk != nullptr) local.ptime_ms = call_.trunk->ptime_ms;
    // Who holds, and who only listens, is the browser's word.
    local.direction = call_.wish = call_.browser_answer.agreed.direction;
    local.silence_suppression = call_.config->media.silence_suppression;
    local.session_id = call_.sdp_session_id;
    local.session_version = ++call_.sdp_version;
    if (!call_.security) renew_security(false);
    local.security = *call_.security;
    return local;
}

void StepContext::tell_page(http::ServerMessage message) {
    if (call_.page) act(TellPage{call_.page->session, std::move(message)});
}

void StepContext::open_media(const std::string& browser_sdp) {
    auto offer = webrtc::parse_offer(browser_sdp);
    if (!offer)
        return finish(EndCause::bad_offer, Side::browser, "The browser's offer: " + offer.error().detail);
    call_.phase = Phase::opening;
    call_.media_open = true;
    call_.fingerprints = offer->fingerprints;
    if (call_.answers_late) {
        // Checks that nobody can answer yet would fail: until the answer has gone out, only the browser asks.
        call_.late_candidates = std::exchange(offer->candidates, {});
        offer->end_of_candidates = false;
        offer->may_wait = true;
    }
    act(OpenMedia{std::move(*offer), call_.config->media.browser_codecs});
    if (!call_.answers_late) act(ArmTimer{TimerKind::connecting, kTimeToConnect});
}

Result<transcode::BridgePlan> StepContext::plan_media(const sdp::AudioMedia& sip_remote) const {
    if (call_.bridged) return plan_of_telephones(sip_remote);
    auto plan = transcode::make_plan(call_.browser_answer.agreed, sip_remote);
    if (!plan || call_.trunk == nullptr) return plan;
    const config::TrunkSound& sound = call_.trunk->sound;
    plan->browser_to_sip = transcode::with_level(plan->browser_to_sip, level_settings(sound.to_trunk));
    plan->sip_to_browser = transcode::with_level(plan->sip_to_browser, level_settings(sound.from_trunk));
    return with_digit_way(std::move(*plan), call_, sip_remote);
}

bool StepContext::connect_media(const sdp::AudioMedia& sip_remote, bool answered) {
    auto plan = plan_media(sip_remote);
    if (!plan) {
        finish(EndCause::no_common_codec, Side::gateway, plan.error().detail);
        return false;
    }
    remember_peer(sip_remote);
    call_.sip_remote = sip_remote;
    carry(sip_remote, std::move(*plan), answered);
    return true;
}

void StepContext::carry(const sdp::AudioMedia& sip_remote, transcode::BridgePlan plan, bool answered) {
    if (!call_.bridged) return act(ConnectMedia{sip_remote, std::move(plan), answered});
    act(JoinTelephones{sip_remote, *call_.other->sip_remote, std::move(plan)});
}

void StepContext::mark_answered() {
    call_.phase = Phase::talking;
    call_.record.answered = environment_.now;
    if (!call_.record.attempts.empty()) call_.record.attempts.back().outcome = "answered";
    Duration longest = call_.config->limits.call_duration;
    if (call_.longest_seconds)
        longest = std::min<Duration>(longest, std::chrono::seconds(*call_.longest_seconds));
    act(ArmTimer{TimerKind::duration, longest});
    tell_page(http::Answered{call_.page->name});
    if (call_.sip_remote) note_hold(call_.sip_remote->direction);
    follow_browser();
    if (call_.answers_late) try_late_candidates();
}

void StepContext::try_late_candidates() {
    for (std::string& candidate : std::exchange(call_.late_candidates, {})) {
        act(AddCandidate{std::move(candidate)});
    }
    act(AddCandidate{""});
    if (!call_.browser_connected) act(ArmTimer{TimerKind::connecting, kTimeToConnect});
}

}  // namespace causeway::call
