// Any bytes as session text, as a browser's offer, as a SIP peer's offer and answer: no fault, and what we
// write ourselves is always readable and has the offer's sections.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/sdp/crypto_attribute.hpp"
#include "core/sdp/session.hpp"
#include "core/sdp/sip_audio.hpp"
#include "webrtc/browser_sdp.hpp"

namespace {

using namespace causeway;

void check(bool holds) {
    if (!holds) std::abort();
}

std::size_t sections(std::string_view text) {
    const auto session = sdp::parse_session(text);
    check(session.has_value());
    return session->media.size();
}

void session_round_trip(std::string_view text) {
    const auto session = sdp::parse_session(text);
    if (!session) return;
    const std::string again = sdp::serialise(*session);
    if (again.size() > sdp::kMaxText) return;
    const auto second = sdp::parse_session(again);
    check(second.has_value() && *second == *session);
}

void browser(std::string_view text) {
    const auto offer = webrtc::parse_offer(text);
    if (!offer) return;
    webrtc::AnswerParameters given;
    given.codecs = {sdp::kCodecs.begin(), sdp::kCodecs.end()};
    given.comfort_noise = true;
    given.role = webrtc::answer_role(offer->setup, webrtc::DtlsRole::client);
    given.ice_ufrag = "ours";
    given.ice_password = "0123456789012345678901";
    given.fingerprint = {"sha-256", std::vector<std::uint8_t>(32)};
    given.cname = "cw";
    const auto answer = webrtc::make_answer(*offer, given);
    check(answer.has_value() && !answer->agreed.formats.empty());
    check(sections(answer->sdp) == offer->rejected.size() + 1);
}

/// Whatever the policy: what is required is never left out, and keys of ours go out only where agreed.
void encrypted_peer(std::string_view text, sdp::SipLocal local) {
    for (const auto policy : {sdp::SrtpPolicy::optional, sdp::SrtpPolicy::required, sdp::SrtpPolicy::dtls}) {
        local.security = sdp::make_own_security(policy, {"sha-256", std::vector<std::uint8_t>(32)});
        const auto answer = sdp::make_sip_answer(text, local);
        const bool must = policy != sdp::SrtpPolicy::optional;
        if (answer) {
            const auto kind = answer->remote.agreed.protection;
            check(!must || kind != sdp::Protection::none);
            check(answer->media.security.crypto.size() == (kind == sdp::Protection::sdes ? 1U : 0U));
        }
        const auto accepted = sdp::parse_sip_answer(text, sdp::make_sip_offer(local).media);
        check(!must || !accepted || accepted->agreed.protection != sdp::Protection::none);
    }
}

void crypto_line(std::string_view text) {
    const auto line = sdp::parse_crypto(text);
    if (line) check(sdp::parse_crypto(sdp::crypto_text(*line)).value() == *line);
}

void sip_peer(std::string_view text) {
    sdp::SipLocal local;
    local.rtp = SocketAddress::parse("192.0.2.1:40000").value();
    local.codecs = {sdp::kCodecs.begin(), sdp::kCodecs.end()};
    local.silence_suppression = true;
    const auto media = sdp::parse_sip_offer(text);
    const auto answer = sdp::make_sip_answer(text, local);
    // An offer of the other address family can be read, but not answered.
    const bool reachable = media && (media->rtp.is_unspecified() || !media->rtp.is_ipv6());
    check(reachable || !answer);
    // What is only heard is not answered to those who want to hear.
    const bool only_heard = media && std::all_of(media->formats.begin(), media->formats.end(),
                                                 [](const auto& f) { return sdp::is_only_heard(f.codec); });
    check(answer || !reachable || only_heard);
    if (answer) {
        check(sections(answer->sdp) == sections(text));
        check(sdp::parse_sip_offer(answer->sdp).has_value());
    }
    const auto accepted = sdp::parse_sip_answer(text, sdp::make_sip_offer(local).media);
    check(!accepted || !accepted->formats.empty());
    encrypted_peer(text, local);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    session_round_trip(text);
    browser(text);
    sip_peer(text);
    crypto_line(text);
    return 0;
}
