// RTCP feedback and header extensions in a browser's offer and in our answer. Pure. RFC 4585 §4.2, RFC 5506
// §5, RFC 8285 §5, draft-holmer-rmcat-transport-wide-cc-extensions-01.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/sdp/audio_media.hpp"

namespace causeway::sdp {
struct MediaSection;
}

namespace causeway::webrtc {

/// The feedback that we can do something with.
enum class FeedbackKind : std::uint8_t { nack, transport_cc, remb };

struct OfferedFeedback {
    struct Line {
        std::optional<PayloadType> payload_type;  ///< nullopt: all ("*")
        FeedbackKind kind = FeedbackKind::nack;

        friend bool operator==(const Line&, const Line&) = default;
    };
    std::vector<Line> lines;  ///< bounded
    bool reduced_size = false;
    std::optional<std::uint8_t> transport_sequence_id;  ///< 1..14, both directions
};

/// What both sides do, for the whole stream.
struct AgreedFeedback {
    bool nack = false;
    bool remb = false;
    bool reduced_size = false;
    /// Transport-wide feedback both ways, by the extension of this number.
    std::optional<std::uint8_t> transport_sequence_id;

    bool transport_cc() const { return transport_sequence_id.has_value(); }
    friend bool operator==(const AgreedFeedback&, const AgreedFeedback&) = default;
};

OfferedFeedback read_feedback(const sdp::MediaSection& section);

/// Adds the answer's attributes for `formats`: only what was offered.
AgreedFeedback write_feedback(sdp::MediaSection& section, const OfferedFeedback& offered,
                              const std::vector<sdp::AudioFormat>& formats);

}  // namespace causeway::webrtc
