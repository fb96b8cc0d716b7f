#include "core/sdp/sip_transport.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/sdp/crypto_attribute.hpp"
#include "core/sdp/dtls_attributes.hpp"
#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

// RFC 8445 §5.1.2.1: type preference 126 of host candidates, the only local preference, component 1 and 2.
constexpr std::uint32_t kPriority = (126U << 24) | (65535U << 8) | 255U;

bool is_one_of(std::string_view protocol, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return equal_ignoring_case(protocol, name); });
}

bool is_tls_profile(std::string_view protocol) {
    return is_one_of(protocol, {"UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"});
}

bool is_secure_profile(std::string_view protocol) {
    return is_tls_profile(protocol) || is_one_of(protocol, {"RTP/SAVP", "RTP/SAVPF"});
}

const CryptoLine* of_suite(const std::vector<CryptoLine>& lines, CryptoSuite suite) {
    const auto at =
        std::find_if(lines.begin(), lines.end(), [&](const CryptoLine& l) { return l.suite == suite; });
    return at == lines.end() ? nullptr : &*at;
}

/// The first key of the peer that we have one of our own for.
std::optional<AgreedTransport> agree_on_keys(const MediaSecurity& offer, const OwnSecurity& own) {
    for (const CryptoLine& line : offer.crypto) {
        const CryptoLine* const ours = of_suite(own.crypto, line.suite);
        if (ours == nullptr) continue;
        AgreedTransport agreed;
        agreed.protection = Protection::sdes;
        agreed.tag = line.tag;
        agreed.suite = line.suite;
        agreed.send_key = ours->key;
        agreed.receive_key = line.key;
        // Who marks its packets is marked to in the same way: not all tell the two directions apart.
        agreed.send_mki = agreed.receive_mki = line.mki;
        return agreed;
    }
    return std::nullopt;
}

/// RFC 5763 §5: who answers an actpass had better be active; RFC 8842 §5.5: later offers change no role.
DtlsRole role_for(Setup offered, const OwnSecurity& own) {
    if (offered == Setup::active) return DtlsRole::server;
    if (offered == Setup::passive) return DtlsRole::client;
    return own.dtls_role.value_or(DtlsRole::client);
}

/// Numbered behind the first one's name.
std::string next_tls_id(const std::string& id) {
    constexpr std::size_t kFirst = 24;
    const auto count = number<std::uint32_t>(std::string_view(id).substr(std::min(id.size(), kFirst)));
    return id.substr(0, kFirst) + std::to_string(count.value_or(0) + 1);
}

AgreedTransport agree_on_dtls(const MediaSecurity& peer, DtlsRole role) {
    AgreedTransport agreed;
    agreed.protection = Protection::dtls;
    agreed.dtls_role = role;
    agreed.fingerprints = peer.fingerprints;
    agreed.tls_id = peer.tls_id;
    return agreed;
}

/// RFC 8842 §5.3: an association that stands keeps our name for it; a new one gets a new one.
AgreedTransport agree_on_offered_dtls(const MediaSecurity& peer, const OwnSecurity& own) {
    AgreedTransport agreed = agree_on_dtls(peer, role_for(peer.setup, own));
    if (peer.tls_id.empty() || own.tls_id.empty()) return agreed;
    const bool is_new = own.association && !same_association(*own.association, agreed);
    agreed.own_tls_id = is_new ? next_tls_id(own.tls_id) : own.tls_id;
    return agreed;
}

Error no_encryption(const MediaSecurity& offer) {
    if (!offer.crypto_fault.empty()) return Error{"the audio cannot be decrypted: " + offer.crypto_fault};
    if (!offer.crypto.empty()) return Error{"the audio's keys are not of a kind that this trunk takes"};
    if (offer.required) return Error{"the audio is to be encrypted, but has no keys and no fingerprint"};
    return Error{"this trunk takes encrypted audio only"};
}

Result<AgreedTransport> protect(const MediaSecurity& offer, const OwnSecurity& own) {
    const bool has_dtls = !offer.fingerprints.empty();
    switch (own.policy) {
        case SrtpPolicy::off:
            if (offer.required) return Error{"the audio is encrypted, which is switched off for this trunk"};
            return AgreedTransport{};
        case SrtpPolicy::dtls:
            if (!has_dtls) return Error{"this trunk takes audio encrypted by DTLS-SRTP only"};
            return agree_on_offered_dtls(offer, own);
        case SrtpPolicy::optional:
        case SrtpPolicy::required:
            break;
    }
    if (auto keys = agree_on_keys(offer, own)) return *keys;
    if (has_dtls) return agree_on_offered_dtls(offer, own);
    if (offer.required || own.policy == SrtpPolicy::required) return no_encryption(offer);
    return AgreedTransport{};
}

void write_candidate(MediaSection& section, const SocketAddress& address, int component) {
    section.add_attribute("candidate:1 " + std::to_string(component) + " UDP " +
                          std::to_string(kPriority - static_cast<std::uint32_t>(component - 1)) + " " +
                          address.ip() + " " + std::to_string(address.port()) + " typ host");
}

}  // namespace

bool is_known_profile(const MediaSection& section) {
    return is_one_of(section.protocol, {"RTP/AVP", "RTP/AVPF"}) || is_secure_profile(section.protocol);
}

void read_transport(const Session& session, const MediaSection& section, AudioMedia& media) {
    media.rtcp_mux = section.attribute("rtcp-mux").has_value();
    media.security.required = is_secure_profile(section.protocol);
    if (!is_tls_profile(section.protocol)) read_crypto(section, media.security);
    auto fingerprints = read_fingerprints(session, section);
    const auto setup = read_setup(session, section);
    if (fingerprints && setup) {
        media.security.fingerprints = std::move(*fingerprints);
        media.security.setup = *setup;
        media.security.tls_id = read_tls_id(session, section);
    }
    media.ice_lite = session.attribute("ice-lite").has_value();  // RFC 8839 §5.3: session level only
    if (auto login = read_ice_login(session, section)) media.ice = std::move(*login);
}

Result<AgreedTransport> agree_on_offer(const AudioMedia& offer, const OwnSecurity& own) {
    auto agreed = protect(offer.security, own);
    // RFC 8445 §2.5: two lite agents check nothing, so that nothing would be gained.
    if (agreed && offer.ice && !offer.ice_lite && !own.ice.ufrag.empty()) {
        agreed->own_ice = own.ice;
        agreed->peer_ufrag = offer.ice->ufrag;
    }
    return agreed;
}

Result<AgreedTransport> agree_on_answer(const AudioMedia& answer, const AudioMedia& our_offer) {
    const MediaSecurity& theirs = answer.security;
    const MediaSecurity& ours = our_offer.security;
    if (!ours.fingerprints.empty()) {
        if (theirs.fingerprints.empty()) return Error{"the answer has no fingerprint for DTLS-SRTP"};
        if (theirs.setup == Setup::actpass) return Error{"the answer leaves the DTLS roles open"};
        auto agreed =
            agree_on_dtls(theirs, theirs.setup == Setup::active ? DtlsRole::server : DtlsRole::client);
        if (!theirs.tls_id.empty()) agreed.own_tls_id = ours.tls_id;
        return agreed;
    }
    for (const CryptoLine& line : theirs.crypto) {
        // RFC 4568 §5.1.3: the accepted line, by its tag, with the peer's own key.
        const CryptoLine* const offered = of_suite(ours.crypto, line.suite);
        if (offered == nullptr || offered->tag != line.tag) continue;
        AgreedTransport agreed;
        agreed.protection = Protection::sdes;
        agreed.tag = line.tag;
        agreed.suite = line.suite;
        agreed.send_key = offered->key;
        agreed.send_mki = offered->mki;
        agreed.receive_key = line.key;
        agreed.receive_mki = line.mki;
        return agreed;
    }
    if (!theirs.crypto_fault.empty()) return Error{"the answer cannot be decrypted: " + theirs.crypto_fault};
    if (ours.crypto.empty() && theirs.required)
        return Error{"the answer is encrypted, which was not offered"};
    if (!ours.crypto.empty() && !theirs.crypto.empty())
        return Error{"the answer's keys fit none of the offer's"};
    if (ours.required || theirs.required) return Error{"the answer is not encrypted, as this trunk requires"};
    return AgreedTransport{};
}

std::string declare_offer(const OwnSecurity& own, AudioMedia& ours) {
    ours.rtcp_mux = own.rtcp_mux;
    switch (own.policy) {
        case SrtpPolicy::off:
            return "RTP/AVP";
        case SrtpPolicy::dtls:
            ours.security.required = true;
            ours.security.fingerprints = {own.fingerprint};
            ours.security.tls_id = own.tls_id;
            // RFC 5764 §4.1.1 would want a second handshake for RTCP's own port.
            ours.rtcp_mux = true;
            return "UDP/TLS/RTP/SAVP";
        case SrtpPolicy::optional:
        case SrtpPolicy::required:
            break;
    }
    ours.security.crypto = own.crypto;
    // RFC 8643 §3.1: in the plain profile, so that who knows no encryption can still answer.
    ours.security.required = own.policy == SrtpPolicy::required || own.insist;
    return ours.security.required ? "RTP/SAVP" : "RTP/AVP";
}

void declare_answer(const OwnSecurity& own, const AudioMedia& offer, const AgreedTransport& agreed,
                    AudioMedia& ours) {
    ours.rtcp_mux = offer.rtcp_mux;
    ours.security.required = agreed.protection != Protection::none;
    if (agreed.protection == Protection::sdes)
        ours.security.crypto = {{agreed.tag, agreed.suite, agreed.send_key, agreed.send_mki}};
    if (agreed.protection == Protection::dtls) {
        ours.security.fingerprints = {own.fingerprint};
        ours.security.setup = agreed.dtls_role == DtlsRole::client ? Setup::active : Setup::passive;
        ours.security.tls_id = agreed.own_tls_id;
    }
    ours.ice = agreed.own_ice;
    ours.ice_lite = agreed.own_ice.has_value();
}

void write_transport(Session& session, MediaSection& section, const AudioMedia& ours) {
    for (const CryptoLine& line : ours.security.crypto) section.add_attribute("crypto:" + crypto_text(line));
    for (const Fingerprint& fingerprint : ours.security.fingerprints)
        section.add_attribute("fingerprint:" + fingerprint_text(fingerprint));
    if (!ours.security.fingerprints.empty())
        section.add_attribute("setup:" + std::string(attribute_name(ours.security.setup)));
    if (!ours.security.tls_id.empty()) section.add_attribute("tls-id:" + ours.security.tls_id);
    if (ours.rtcp_mux) section.add_attribute("rtcp-mux");
    if (!ours.ice) return;
    session.add_attribute("ice-lite");
    section.add_attribute("ice-ufrag:" + ours.ice->ufrag);
    section.add_attribute("ice-pwd:" + ours.ice->password);
    write_candidate(section, ours.rtp, 1);
    if (!ours.rtcp_mux)
        write_candidate(section, ours.rtp.with_port(static_cast<std::uint16_t>(ours.rtp.port() + 1)), 2);
}

}  // namespace causeway::sdp
