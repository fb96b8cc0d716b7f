#include "gateway/identity/passport/passport.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <tuple>
#include <utility>

#include "core/jose/strict_json.hpp"
#include "gateway/identity/passport/identity_header.hpp"
#include "gateway/identity/passport/telephone_number.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::optional<PassportKind> kind_of(const std::optional<std::string>& ppt) {
    if (!ppt) return PassportKind::base;
    if (*ppt == "shaken") return PassportKind::shaken;
    if (*ppt == "div") return PassportKind::div;
    return std::nullopt;
}

/// RFC 8225 §5.2.1: a number is there in the canonical form of RFC 8224 §8.3 already.
std::optional<Party> number_party(const json::value& value) {
    if (!value.is_string()) return std::nullopt;
    const std::string number(value.get_string());
    if (number.empty() || canonical_number(number) != number) return std::nullopt;
    return Party{true, number};
}

std::optional<Party> uri_party(const json::value& value) {
    if (!value.is_string()) return std::nullopt;
    std::string uri = canonical_uri(std::string(value.get_string()));
    if (uri.empty()) return std::nullopt;
    return Party{false, std::move(uri)};
}

/// `orig` and `div`: one of tn and uri. `div` may have `hi` beside it (RFC 8946 §3).
std::optional<Party> single_party(const json::value* value) {
    if (value == nullptr || !value->is_object()) return std::nullopt;
    const json::object& object = value->get_object();
    const json::value* number = object.if_contains("tn");
    const json::value* uri = object.if_contains("uri");
    if ((number != nullptr) == (uri != nullptr)) return std::nullopt;
    return number != nullptr ? number_party(*number) : uri_party(*uri);
}

using ReadParty = std::optional<Party> (*)(const json::value&);

bool append_parties(std::vector<Party>& parties, const json::value* value, ReadParty read) {
    if (value == nullptr) return true;
    if (!value->is_array() || value->get_array().empty()) return false;
    for (const json::value& element : value->get_array()) {
        auto party = read(element);
        if (!party) return false;
        parties.push_back(*std::move(party));
    }
    return true;
}

/// `dest`: arrays of tn, uri or both. nullopt when it is not that.
std::optional<std::vector<Party>> several_parties(const json::value* value) {
    if (value == nullptr || !value->is_object()) return std::nullopt;
    const json::object& object = value->get_object();
    std::vector<Party> parties;
    const bool sound = append_parties(parties, object.if_contains("tn"), number_party) &&
                       append_parties(parties, object.if_contains("uri"), uri_party);
    if (!sound || parties.empty()) return std::nullopt;
    return parties;
}

/// RFC 8225 §5.2.2: an array of objects with alg and dig, the digest in hexadecimal without colons.
std::optional<std::vector<Fingerprint>> media_keys_of(const json::value& value) {
    if (!value.is_array() || value.get_array().empty()) return std::nullopt;
    std::vector<Fingerprint> keys;
    for (const json::value& element : value.get_array()) {
        if (!element.is_object()) return std::nullopt;
        auto algorithm = jose::string_member(element.get_object(), "alg");
        auto digest = jose::string_member(element.get_object(), "dig");
        if (!algorithm || !digest) return std::nullopt;
        if (digest->empty() || !std::all_of(digest->begin(), digest->end(), is_hex)) return std::nullopt;
        keys.push_back({*std::move(algorithm), *std::move(digest)});
    }
    return as_media_keys(keys);
}

std::optional<Attestation> attestation_of(const json::object& payload) {
    const auto attest = jose::string_member(payload, "attest");
    if (attest == "A") return Attestation::a;
    if (attest == "B") return Attestation::b;
    if (attest == "C") return Attestation::c;
    return std::nullopt;
}

std::map<std::string, std::string> claims_of(const json::object& payload) {
    std::map<std::string, std::string> claims;
    for (const auto& [name, value] : payload) {
        claims[name] = value.is_string() ? std::string(value.get_string()) : jose::canonical(value);
    }
    return claims;
}

/// What is malformed JSON or has a member twice, and where.
Fault json_fault(const Error& error, const char* where) {
    return invalid(error.detail + " in the " + where);
}

/// RFC 8225 §4, RFC 8224 §4.1.
Checked read_header(const json::object& header, const IdentityRow& row, Passport& passport) {
    if (jose::string_member(header, "typ") != "passport") return invalid("typ: not passport");
    if (jose::string_member(header, "alg") != "ES256") return invalid("alg: not ES256");
    // RFC 7515 §4.1.11: extensions that must be understood, and none is.
    if (header.contains(jose::kCritical)) return invalid("crit: no critical header is understood");
    // RFC 8224 §4.1: the parameter mirrors the header's ppt; RFC 8225 §8.1.
    if (header.contains("ppt") != row.ppt.has_value() || jose::string_member(header, "ppt") != row.ppt) {
        return invalid("ppt: differs between the parameter and the PASSporT");
    }
    const auto x5u = jose::string_member(header, "x5u");
    if (!x5u) return invalid("x5u: missing");
    // RFC 8224 §4.1: by simple string comparison (RFC 3986 §6.2.1).
    if (*x5u != *row.info) return invalid("x5u: differs from info");
    // RFC 7515 §4.1.5: over TLS only. RFC 8224 §6.2.2: what cannot be dereferenced is a bad info.
    if (!is_https_url(*x5u)) {
        return Fault{kBadIdentityInfo, "x5u: no https URL, so that the certificate is not fetched"};
    }
    passport.x5u = *x5u;
    return {};
}

/// RFC 8588 §4, §5.
Checked read_shaken_claims(const json::object& payload, Passport& passport) {
    const auto attestation = attestation_of(payload);
    if (!attestation) return invalid("attest: not A, B or C");
    passport.attestation = *attestation;
    const auto origid = jose::string_member(payload, "origid");
    if (!origid || !is_uuid(*origid)) return invalid("origid: no UUID");
    passport.origid = *origid;
    // RFC 8588 §3: SHAKEN speaks of calling telephone numbers.
    if (!passport.origin.is_number) return invalid("orig: SHAKEN needs tn");
    return {};
}

/// RFC 8225 §5.
Checked read_payload(const json::object& payload, Passport& passport) {
    // A NumericDate is a number (RFC 7519 §2), although the examples of RFC 8224 §4.1.1 print a string.
    const auto issued_at = jose::date_member(payload, "iat");
    if (!issued_at) return invalid("iat: missing or no number");
    passport.issued_at = *issued_at;
    auto origin = single_party(payload.if_contains("orig"));
    if (!origin) return invalid("orig: not one canonical tn or uri");
    passport.origin = *std::move(origin);
    auto destinations = several_parties(payload.if_contains("dest"));
    if (!destinations) return invalid("dest: not arrays of canonical tn or uri");
    passport.destinations = *std::move(destinations);
    if (const json::value* keys = payload.if_contains("mky")) {
        passport.media_keys = media_keys_of(*keys);
        if (!passport.media_keys) return invalid("mky: not an array of alg and dig");
    }
    if (passport.kind == PassportKind::div) {
        passport.diverted = single_party(payload.if_contains("div"));
        // RFC 8946 §3.
        if (!passport.diverted) return invalid("div: not one canonical tn or uri");
    }
    if (passport.kind == PassportKind::shaken) {
        if (auto fault = read_shaken_claims(payload, passport)) return fault;
    }
    passport.claims = claims_of(payload);
    return {};
}

Checked check_row(const IdentityRow& row) {
    if (row.fault) return row.fault;
    // RFC 8225 §7, RFC 8588 §3: only the full form says what was signed.
    if (row.token.starts_with("..")) return invalid("compact form: the full form is needed");
    if (!row.info) return invalid("info: missing");
    // RFC 8224 §4: ES256 is the default and the only one.
    if (row.algorithm && *row.algorithm != "ES256") return invalid("alg: not ES256");
    return {};
}

}  // namespace

std::vector<Fingerprint> as_media_keys(const std::vector<Fingerprint>& fingerprints) {
    std::vector<Fingerprint> keys;
    for (const Fingerprint& one : fingerprints) {
        Fingerprint key;
        for (const char c : one.algorithm)
            key.algorithm += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        for (const char c : one.digest) {
            if (c != ':') key.digest += c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
        }
        keys.push_back(std::move(key));
    }
    const auto order = [](const Fingerprint& a, const Fingerprint& b) {
        return std::tie(a.algorithm, a.digest) < std::tie(b.algorithm, b.digest);
    };
    std::sort(keys.begin(), keys.end(), order);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != kShape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kShape[i] == 'x' ? !is_hex(text[i]) : text[i] != kShape[i]) return false;
    }
    return true;
}

bool is_https_url(std::string_view url) {
    constexpr std::string_view kScheme = "https://";
    if (!url.starts_with(kScheme)) return false;
    const std::string_view behind = url.substr(kScheme.size());
    const std::string_view authority = behind.substr(0, behind.find_first_of("/?#"));
    const bool printable = std::all_of(url.begin(), url.end(), [](char c) {
        return c > ' ' && c < '\x7f' && c != '<' && c != '>' && c != '"' && c != '\\';
    });
    return printable && !authority.empty() && authority.find('@') == std::string_view::npos;
}

ReadPassport read_passport(std::string_view text) {
    ReadPassport result;
    const IdentityRow row = read_row(text);
    const auto kind = kind_of(row.ppt);
    // RFC 8224 §6.2 step 1: before anything else of the header field is looked at.
    if (!kind) {
        result.ignored = true;
        return result;
    }
    result.is_div = kind == PassportKind::div;
    result.passport.kind = *kind;
    if ((result.fault = check_row(row))) return result;

    auto jws = jose::split(row.token, kLongestRow);
    if (!jws) {
        result.fault = invalid(jws.error().detail);
        return result;
    }
    result.passport.jws = *std::move(jws);
    const auto header = jose::parse_object(result.passport.jws.header);
    if (!header) {
        result.fault = json_fault(header.error(), "header");
        return result;
    }
    // A row without the parameter can still hold a kind that nobody here knows.
    const auto signed_ppt = jose::string_member(*header, "ppt");
    if (!row.ppt && !kind_of(signed_ppt)) {
        result.ignored = true;
        return result;
    }
    if ((result.fault = read_header(*header, row, result.passport))) return result;

    const auto payload = jose::parse_object(result.passport.jws.payload);
    if (!payload) {
        result.fault = json_fault(payload.error(), "payload");
        return result;
    }
    result.fault = read_payload(*payload, result.passport);
    return result;
}

}  // namespace causeway::identity
