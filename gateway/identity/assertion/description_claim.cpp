// What a session description says of identity, read line by line: whoever is asked whether something is
// covered must see every line, also of descriptions that the media would refuse. RFC 8827 §5, RFC 8122 §5.
#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "core/jose/base64.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"
#include "gateway/identity/assertion/covered_fingerprints.hpp"
#include "gateway/identity/assertion/identity_name.hpp"
#include "gateway/identity/assertion/signed_claims.hpp"

namespace causeway::identity {
namespace {

constexpr std::size_t kLongestIdentityValue = 16384;

/// Calls `take(line)` for each line without its end, until it returns false.
template <class Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!take(line)) return;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

/// RFC 8827 §5: session level, and of several the first.
std::optional<std::string_view> identity_value(std::string_view sdp) {
    std::optional<std::string_view> value;
    for_each_line(sdp, [&](std::string_view line) {
        if (starts_with(line, "m=")) return false;
        if (line == "a=identity") value = std::string_view();
        if (starts_with(line, "a=identity:")) value = line.substr(11);
        return !value;
    });
    return value;
}

/// RFC 8827 §7.5: no separator of paths, percent-encoded neither.
bool is_protocol(std::string_view protocol) {
    std::string lower(protocol);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* forbidden : {"/", "\\", "%2f", "%5c"})
        if (lower.find(forbidden) != std::string::npos) return false;
    return !lower.empty();
}

AssertionClaim malformed(std::string why) {
    AssertionClaim claim;
    claim.state = AssertionClaim::State::malformed;
    claim.why = std::move(why);
    return claim;
}

}  // namespace

AssertionClaim claim_of(std::string_view sdp) {
    const auto value = identity_value(sdp);
    if (!value) return {};
    if (value->size() > kLongestIdentityValue) return malformed("too long: a=identity");
    // Behind a space are extensions; none is defined.
    const auto decoded = jose::decode_base64(value->substr(0, value->find(' ')));
    if (!decoded || decoded->empty()) return malformed("base64: a=identity");
    const auto json = jose::parse_object(*decoded);
    if (!json) return malformed(json_fault(json.error(), "a=identity"));
    const boost::json::value* idp = json->if_contains("idp");
    if (!idp || !idp->is_object()) return malformed("malformed JSON: idp is no object");
    const auto domain = jose::string_member(idp->get_object(), "domain");
    if (!domain) return malformed("malformed JSON: idp.domain is no string");
    const bool names_protocol = idp->get_object().contains("protocol");
    const auto protocol = jose::string_member(idp->get_object(), "protocol");
    if (names_protocol && !protocol) return malformed("malformed JSON: idp.protocol is no string");
    if (protocol && !is_protocol(*protocol))
        return malformed("protocol: with a separator of paths, or empty");
    const auto assertion = jose::string_member(*json, "assertion");
    if (!assertion) return malformed("malformed JSON: assertion is no string");

    AssertionClaim claim;
    claim.state = AssertionClaim::State::present;
    claim.domain = host_of(*domain);
    claim.protocol = protocol.value_or("default");
    claim.assertion = *assertion;
    return claim;
}

const IdentityProvider* provider_of(const AssertionClaim& claim,
                                    const std::vector<IdentityProvider>& providers) {
    for (const IdentityProvider& provider : providers) {
        if (host_of(provider.domain) != claim.domain) continue;
        const auto& protocols = provider.protocols;
        if (std::find(protocols.begin(), protocols.end(), claim.protocol) != protocols.end())
            return &provider;
    }
    return nullptr;
}

std::vector<Fingerprint> fingerprints_of(std::string_view sdp) {
    std::vector<Fingerprint> all;
    for_each_line(sdp, [&](std::string_view line) {
        constexpr std::string_view kAttribute = "a=fingerprint";
        if (!starts_with(line, kAttribute)) return true;
        line.remove_prefix(kAttribute.size());
        if (!line.empty() && line.front() != ':') return true;
        const std::string_view value = line.substr(std::min<std::size_t>(line.size(), 1));
        const std::size_t space = std::min(value.find(' '), value.size());
        const Fingerprint found = normal_fingerprint(value.substr(0, space), value.substr(space));
        if (std::find(all.begin(), all.end(), found) == all.end()) all.push_back(found);
        return true;
    });
    return all;
}

}  // namespace causeway::identity
