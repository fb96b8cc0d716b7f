#include "transcode/plan.hpp"

#include <algorithm>

#include "transcode/opus_fmtp.hpp"

namespace causeway::transcode {

namespace {

/// The PCM rate at which both codecs work without a resampler between them: that of the narrower one.
int common_sample_rate(sdp::Codec a, sdp::Codec b) {
    const auto is_either = [&](sdp::Codec codec) { return a == codec || b == codec; };
    if (is_either(sdp::Codec::pcmu) || is_either(sdp::Codec::pcma)) return 8000;
    return is_either(sdp::Codec::g722) ? 16000 : 48000;
}

/// Events with another clock than the audio's are better than lost digits: Firefox offers Opus with 8000 Hz
/// events.
std::optional<sdp::EventFormat> events_of(const sdp::AudioMedia& media, sdp::Codec codec) {
    if (const sdp::EventFormat* format = sdp::event_format_for(media, codec)) return *format;
    if (!media.events.empty()) return media.events.front();
    return std::nullopt;
}

/// What a receiver likes, in whole 10 ms that every codec can make.
int packet_time(const sdp::AudioMedia& receiver, const sdp::AudioFormat& to) {
    if (to.codec == sdp::Codec::opus) return opus_packet_time(receiver.ptime_ms, read_opus_fmtp(to.fmtp));
    return std::clamp(receiver.ptime_ms, 10, 60) / 10 * 10;
}

LanePlan lane(const sdp::AudioMedia& source, const sdp::AudioFormat& from, const sdp::AudioMedia& receiver,
              const sdp::AudioFormat& to) {
    return {.from = from,
            .to = to,
            .pass_through = from.codec == to.codec,
            .sample_rate = common_sample_rate(from.codec, to.codec),
            .ptime_ms = packet_time(receiver, to),
            .events_from = events_of(source, from.codec),
            .events_to = events_of(receiver, to.codec),
            .comfort_noise_from = source.comfort_noise,
            .comfort_noise_to = receiver.comfort_noise};
}

}  // namespace

Result<BridgePlan> make_plan(const sdp::AudioMedia& browser, const sdp::AudioMedia& sip) {
    if (browser.formats.empty()) return Error{"no codec was agreed with the browser"};
    if (sip.formats.empty()) return Error{"no codec was agreed with the SIP side"};
    const sdp::AudioFormat& ours = browser.formats.front();
    const auto same =
        std::find_if(sip.formats.begin(), sip.formats.end(),
                     [&](const sdp::AudioFormat& format) { return format.codec == ours.codec; });
    const sdp::AudioFormat& theirs = same != sip.formats.end() ? *same : sip.formats.front();
    return BridgePlan{.browser_to_sip = lane(browser, ours, sip, theirs),
                      .sip_to_browser = lane(sip, theirs, browser, ours)};
}

}  // namespace causeway::transcode
