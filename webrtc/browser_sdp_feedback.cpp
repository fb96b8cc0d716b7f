// RFC 4585 §4.2 (rtcp-fb), RFC 8285 §5 (extmap), RFC 5506 §5 (rtcp-rsize).
#include "webrtc/browser_sdp_feedback.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/sdp/session.hpp"
#include "core/sdp/words.hpp"

namespace causeway::webrtc {

namespace {

constexpr std::string_view kTransportSequence =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
constexpr std::size_t kMostLines = 64;
constexpr int kLongestOneByteId = 14;

std::string_view name_of(FeedbackKind kind) {
    switch (kind) {
        case FeedbackKind::nack:
            return "nack";
        case FeedbackKind::transport_cc:
            return "transport-cc";
        case FeedbackKind::remb:
            return "goog-remb";
    }
    return "nack";
}

/// "111 nack" or "* transport-cc"; "nack pli" is another thing than "nack".
std::optional<OfferedFeedback::Line> read_line(std::string_view value) {
    const auto words = sdp::words(value);
    if (words.size() != 2) return std::nullopt;
    OfferedFeedback::Line line;
    if (words[0] != "*") {
        const auto type = sdp::number<std::uint8_t>(words[0]);
        if (!type || *type > 127) return std::nullopt;
        line.payload_type = PayloadType{*type};
    }
    for (const auto kind : {FeedbackKind::nack, FeedbackKind::transport_cc, FeedbackKind::remb}) {
        line.kind = kind;
        if (words[1] == name_of(kind)) return line;
    }
    return std::nullopt;
}

/// "3 URI" or "3/sendrecv URI": used both ways or not at all.
std::optional<std::uint8_t> read_extension(std::string_view value) {
    const auto words = sdp::words(value);
    if (words.size() < 2 || words[1] != kTransportSequence) return std::nullopt;
    const auto slash = words[0].find('/');
    if (slash != std::string_view::npos && words[0].substr(slash) != "/sendrecv") return std::nullopt;
    const auto id = sdp::number<std::uint8_t>(words[0].substr(0, slash));
    if (!id || *id < 1 || *id > kLongestOneByteId) return std::nullopt;
    return id;
}

bool offers(const OfferedFeedback& offered, FeedbackKind kind, PayloadType type) {
    return std::any_of(offered.lines.begin(), offered.lines.end(), [&](const OfferedFeedback::Line& line) {
        return line.kind == kind && line.payload_type.value_or(type) == type;
    });
}

}  // namespace

OfferedFeedback read_feedback(const sdp::MediaSection& section) {
    OfferedFeedback offered;
    for (const std::string_view value : section.attributes("rtcp-fb")) {
        if (offered.lines.size() == kMostLines) break;
        if (const auto line = read_line(value)) offered.lines.push_back(*line);
    }
    for (const std::string_view value : section.attributes("extmap")) {
        if (!offered.transport_sequence_id) offered.transport_sequence_id = read_extension(value);
    }
    offered.reduced_size = section.attribute("rtcp-rsize").has_value();
    return offered;
}

AgreedFeedback write_feedback(sdp::MediaSection& section, const OfferedFeedback& offered,
                              const std::vector<sdp::AudioFormat>& formats) {
    AgreedFeedback agreed{
        .nack = false, .remb = false, .reduced_size = offered.reduced_size, .transport_sequence_id = {}};
    if (offered.reduced_size) section.add_attribute("rtcp-rsize");
    bool transport_cc = false;
    for (const sdp::AudioFormat& format : formats) {
        for (const auto kind : {FeedbackKind::nack, FeedbackKind::transport_cc, FeedbackKind::remb}) {
            // Feedback without the numbers that it is about would be empty.
            if (kind == FeedbackKind::transport_cc && !offered.transport_sequence_id) continue;
            if (!offers(offered, kind, format.payload_type)) continue;
            section.add_attribute("rtcp-fb:" + std::to_string(format.payload_type.value) + " " +
                                  std::string(name_of(kind)));
            agreed.nack |= kind == FeedbackKind::nack;
            agreed.remb |= kind == FeedbackKind::remb;
            transport_cc |= kind == FeedbackKind::transport_cc;
        }
    }
    if (transport_cc) {
        agreed.transport_sequence_id = offered.transport_sequence_id;
        section.add_attribute("extmap:" + std::to_string(*agreed.transport_sequence_id) + " " +
                              std::string(kTransportSequence));
    }
    return agreed;
}

}  // namespace causeway::webrtc
