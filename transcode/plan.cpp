#include "transcode/plan.hpp"

#include <algorithm>
#include <utility>

#include "core/sdp/format_parameters.hpp"
#include "transcode/codec.hpp"

namespace causeway::transcode {

namespace {

/// The PCM rate at which both codecs work without a resampler between them: that of the narrower one.
int common_sample_rate(sdp::Codec a, sdp::Codec b) {
    return std::min(best_sample_rate(a), best_sample_rate(b));
}

/// Events with another clock than the audio's are better than lost digits: Firefox offers Opus with 8000 Hz
/// events.
std::optional<sdp::EventFormat> events_of(const sdp::AudioMedia& media, sdp::Codec codec) {
    if (const sdp::EventFormat* format = sdp::event_format_for(media, codec)) return *format;
    if (!media.events.empty()) return media.events.front();
    return std::nullopt;
}

std::vector<sdp::EventFormat> other_events_of(const sdp::AudioMedia& media,
                                              const std::optional<sdp::EventFormat>& first) {
    std::vector<sdp::EventFormat> others;
    for (const sdp::EventFormat& format : media.events) {
        if (format != first) others.push_back(format);
    }
    return others;
}

/// RFC 4040: the bits of clear mode mean nothing here, they can only be passed on.
bool is_sound(const sdp::AudioFormat& format) {
    return best_sample_rate(format.codec) != 0;
}

/// The browser's first format with the same one of SIP, else with SIP's first.
std::optional<std::pair<sdp::AudioFormat, sdp::AudioFormat>> choose(
    const std::vector<sdp::AudioFormat>& browser, const std::vector<sdp::AudioFormat>& sip) {
    const auto any = std::find_if(sip.begin(), sip.end(), is_sound);
    for (const sdp::AudioFormat& ours : browser) {
        const auto same = std::find_if(sip.begin(), sip.end(), [&](const sdp::AudioFormat& format) {
            return format.codec == ours.codec;
        });
        if (same != sip.end()) return std::pair(ours, *same);
        if (is_sound(ours) && any != sip.end()) return std::pair(ours, *any);
    }
    return std::nullopt;
}

/// RFC 8866 §6.4: a packet time is a wish. G.711 can be packed anew without harm; a receiver of any other
/// codec hears the packets as they come, which is better than a second coding.
bool is_packed_as_wished(const sdp::AudioFormat& to, int ptime_ms) {
    const bool is_g711 = to.codec == sdp::Codec::pcmu || to.codec == sdp::Codec::pcma;
    return !is_g711 || ptime_ms == sdp::AudioMedia{}.ptime_ms;
}

LanePlan lane(const sdp::AudioMedia& source, const sdp::AudioFormat& from, const sdp::AudioMedia& receiver,
              const sdp::AudioFormat& to) {
    return {.from = from,
            .to = to,
            .pass_through = sdp::is_same_packing(from, to) && is_packed_as_wished(to, receiver.ptime_ms),
            .sample_rate = common_sample_rate(from.codec, to.codec),
            .ptime_ms = frame_ms_of(to, receiver.ptime_ms),
            .events_from = events_of(source, from.codec),
            .other_events_from = other_events_of(source, events_of(source, from.codec)),
            .events_to = events_of(receiver, to.codec),
            .comfort_noise_from = source.comfort_noise,
            .comfort_noise_to = receiver.comfort_noise};
}

}  // namespace

Result<BridgePlan> make_plan(const sdp::AudioMedia& browser, const sdp::AudioMedia& sip) {
    if (browser.formats.empty()) return Error{"no codec was agreed with the browser"};
    if (sip.formats.empty()) return Error{"no codec was agreed with the SIP side"};
    const auto pair = choose(browser.formats, sip.formats);
    if (!pair) return Error{"what the browser and the SIP side send cannot be turned into each other"};
    const auto& [ours, theirs] = *pair;
    return BridgePlan{.browser_to_sip = lane(browser, ours, sip, theirs),
                      .sip_to_browser = lane(sip, theirs, browser, ours)};
}

LanePlan with_level(LanePlan plan, const LevelSettings& level) {
    if (!can_encode(plan.to.codec)) return plan;
    plan.level = level;
    plan.pass_through = plan.pass_through && !level.any();
    return plan;
}

LanePlan with_digits(LanePlan plan, const DigitSettings& digits) {
    plan.digits = digits;
    if (digits.as_tones || digits.elsewhere) plan.events_to.reset();
    const bool needs_sound = digits.as_tones || digits.hear_tones;
    if (needs_sound && can_encode(plan.to.codec)) plan.pass_through = false;
    return plan;
}

}  // namespace causeway::transcode
