// The codec plan: two sides' descriptions in, how each direction is carried out. Pure.
#pragma once

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "transcode/level_control.hpp"

namespace causeway::transcode {

/// How key presses are carried other than as events.
struct DigitSettings {
    bool as_tones = false;    ///< what is pressed becomes sound, even when the receiver knows events
    bool elsewhere = false;   ///< somebody else tells the receiver
    bool hear_tones = false;  ///< what the sender's sound says is told; the sound goes on as it is

    friend bool operator==(const DigitSettings&, const DigitSettings&) = default;
};

/// How one direction is carried.
struct LanePlan {
    sdp::AudioFormat from;      ///< what arrives
    sdp::AudioFormat to;        ///< what is sent
    bool pass_through = false;  ///< same codec: rewrite headers, touch no audio
    int sample_rate = 8000;     ///< of the PCM between decoder and encoder
    int ptime_ms = 20;          ///< of the packets sent
    std::optional<sdp::EventFormat> events_from;
    /// Agreed beside it. Chromium presses keys at 8000 Hz with Opus, too, though it offers 48000 Hz.
    std::vector<sdp::EventFormat> other_events_from{};
    std::optional<sdp::EventFormat> events_to;
    std::optional<PayloadType> comfort_noise_from{};  ///< RFC 3389 packets that may arrive
    std::optional<PayloadType> comfort_noise_to{};    ///< the receiver understands RFC 3389
    LevelSettings level{};                            ///< what is done to the PCM
    DigitSettings digits{};

    friend bool operator==(const LanePlan&, const LanePlan&) = default;
};

struct BridgePlan {
    LanePlan browser_to_sip;
    LanePlan sip_to_browser;

    friend bool operator==(const BridgePlan&, const BridgePlan&) = default;
};

/// Passes through when the browser's first format is what SIP takes too, else the cheapest conversion.
/// `browser` and `sip` are what was agreed with each side, most preferred first. An Error when one of them is
/// empty.
Result<BridgePlan> make_plan(const sdp::AudioMedia& browser, const sdp::AudioMedia& sip);

/// The same plan with the level changed: nothing passes through then, but for what cannot be encoded here.
LanePlan with_level(LanePlan plan, const LevelSettings& level);
/// The same plan for such digits: tones need sound that is decoded here.
LanePlan with_digits(LanePlan plan, const DigitSettings& digits);

}  // namespace causeway::transcode
