// Writes the answer to a browser. RFC 8829 §5.3.1, RFC 8842 §5.3, RFC 9143 §7.3 (before: RFC 8843).
#include <algorithm>

#include "core/sdp/audio_section.hpp"
#include "core/sdp/dtls_attributes.hpp"
#include "core/sdp/session.hpp"
#include "core/sdp/words.hpp"
#include "webrtc/browser_sdp.hpp"
#include "webrtc/browser_sdp_transport.hpp"

namespace causeway::webrtc {

namespace {

constexpr int kOurPtimeMs = 20;

/// The allowed codecs in our order, each with the first payload type that the offer has for it.
std::vector<sdp::AudioFormat> agreed_formats(const BrowserOffer& offer,
                                             const std::vector<sdp::Codec>& codecs) {
    std::vector<sdp::AudioFormat> agreed;
    for (const sdp::Codec codec : codecs) {
        const auto same = [&](const sdp::AudioFormat& f) { return f.codec == codec; };
        const auto found = std::find_if(offer.audio.formats.begin(), offer.audio.formats.end(), same);
        const bool repeated = std::any_of(agreed.begin(), agreed.end(), same);
        if (found != offer.audio.formats.end() && !repeated) agreed.push_back(*found);
    }
    return agreed;
}

sdp::Session session_level(const BrowserOffer& offer, const AnswerParameters& parameters) {
    constexpr std::uint64_t kMostOfSigned = ~std::uint64_t{0} >> 1;  // RFC 8829 §5.2.1
    sdp::Session answer;
    answer.add('o', "- " + std::to_string(parameters.session_id & kMostOfSigned) + " " +
                        std::to_string(parameters.session_version) + " IN IP4 0.0.0.0");
    answer.add('s', "-");
    answer.add('t', "0 0");
    // RFC 9143 §7.3.3: only what is accepted stays in the group.
    if (offer.bundle) answer.add_attribute("group:BUNDLE " + offer.audio_mid);
    if (parameters.ice_lite) answer.add_attribute("ice-lite");
    answer.add_attribute("ice-options:trickle");
    answer.add_attribute("msid-semantic: WMS *");
    return answer;
}

void write_transport(sdp::MediaSection& section, const AnswerParameters& parameters) {
    section.add_attribute("ice-ufrag:" + parameters.ice_ufrag);
    section.add_attribute("ice-pwd:" + parameters.ice_password);
    for (const std::string& candidate : parameters.candidates) section.add_attribute(candidate);
    if (parameters.end_of_candidates) section.add_attribute("end-of-candidates");
    section.add_attribute("fingerprint:" + fingerprint_text(parameters.fingerprint));
    section.add_attribute(parameters.role == DtlsRole::server ? "setup:passive" : "setup:active");
    section.add_attribute("rtcp-mux");
}

/// RFC 7587 §6.1: what we like of the Opus that comes, beyond what every peer is told.
void add_opus_wishes(sdp::MediaSection& section, const AnswerParameters& parameters,
                     const std::vector<sdp::AudioFormat>& formats) {
    for (const sdp::AudioFormat& format : formats) {
        if (format.codec != sdp::Codec::opus) continue;
        const std::string begin = "fmtp:" + std::to_string(format.payload_type.value) + " ";
        const auto line = std::find_if(section.lines.begin(), section.lines.end(), [&](const sdp::Line& l) {
            return l.type == 'a' && l.value.compare(0, begin.size(), begin) == 0;
        });
        if (line == section.lines.end()) continue;
        if (parameters.opus_bitrate > 0)
            line->value += ";maxaveragebitrate=" + std::to_string(parameters.opus_bitrate);
        if (parameters.opus_dtx) line->value += ";usedtx=1";
    }
}

sdp::MediaSection audio_section(const BrowserOffer& offer, const AnswerParameters& parameters,
                                const sdp::AudioMedia& agreed, AgreedFeedback& feedback) {
    sdp::MediaSection section;
    section.kind = "audio";
    section.port = 9;
    section.protocol = offer.audio_protocol;
    section.add('c', "IN IP4 0.0.0.0");
    if (!offer.audio_mid.empty()) section.add_attribute("mid:" + offer.audio_mid);
    write_transport(section, parameters);
    const sdp::Direction direction = sdp::reversed(agreed.direction);
    section.add_attribute(std::string(sdp::attribute_name(direction)));
    const bool sends = direction == sdp::Direction::sendrecv || direction == sdp::Direction::sendonly;
    if (sends) section.add_attribute("msid:causeway audio");
    sdp::write_formats(section, agreed);
    add_opus_wishes(section, parameters, agreed.formats);
    feedback = write_feedback(section, offer.feedback, agreed.formats);
    section.add_attribute("ptime:" + std::to_string(kOurPtimeMs));
    // RFC 3611 §5.3: only what was offered is answered.
    sdp::write_extended_reports(section, agreed.extended);
    if (sends) {
        section.add_attribute("ssrc:" + std::to_string(parameters.ssrc.value) + " cname:" + parameters.cname);
    }
    return section;
}

/// RFC 3264 §6 and RFC 8829 §5.3.1: port 0, one of the offered formats, the mid kept.
sdp::MediaSection rejected_section(const RejectedSection& offered) {
    sdp::MediaSection section;
    section.kind = offered.kind;
    section.protocol = offered.protocol;
    const auto formats = sdp::words(offered.formats);
    section.formats.emplace_back(formats.empty() ? "0" : formats.front());
    section.add('c', "IN IP4 0.0.0.0");
    if (!offered.mid.empty()) section.add_attribute("mid:" + offered.mid);
    section.add_attribute("inactive");
    return section;
}

}  // namespace

DtlsRole answer_role(Setup offered, DtlsRole preferred) {
    switch (offered) {
        case Setup::active:
            return DtlsRole::server;
        case Setup::passive:
            return DtlsRole::client;
        case Setup::actpass:
            return preferred;
    }
    return preferred;
}

Result<BrowserAnswer> make_answer(const BrowserOffer& offer, const AnswerParameters& parameters) {
    // RFC 8842 §5.3: active is answered by passive, passive by active.
    if (parameters.role != answer_role(offer.setup, parameters.role)) {
        return Error{"the DTLS role contradicts the offer's a=setup"};
    }
    sdp::AudioMedia agreed = offer.audio;
    agreed.formats = agreed_formats(offer, parameters.codecs);
    if (agreed.formats.empty()) return Error{"no codec is common with the browser"};
    agreed.events = sdp::fitting_events(offer.audio.events, agreed.formats);
    if (!parameters.comfort_noise || !sdp::wants_comfort_noise(agreed.formats)) agreed.comfort_noise.reset();

    AgreedFeedback feedback;
    sdp::Session answer = session_level(offer, parameters);
    for (const RejectedSection& section : offer.rejected) answer.media.push_back(rejected_section(section));
    const auto position = std::min(offer.audio_index, answer.media.size());
    answer.media.insert(answer.media.begin() + static_cast<std::ptrdiff_t>(position),
                        audio_section(offer, parameters, agreed, feedback));
    return BrowserAnswer{sdp::serialise(answer), std::move(agreed), feedback};
}

}  // namespace causeway::webrtc
