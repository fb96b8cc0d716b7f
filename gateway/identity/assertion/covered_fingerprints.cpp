#include "gateway/identity/assertion/covered_fingerprints.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/signed_claims.hpp"

namespace causeway::identity {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// RFC 8122 §5: pairs of hexadecimal digits between colons.
bool is_digest(std::string_view text) {
    if (text.size() % 3 != 2) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool fits =
            at % 3 == 2 ? text[at] == ':' : std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
        if (!fits) return false;
    }
    return true;
}

}  // namespace

Fingerprint normal_fingerprint(std::string_view algorithm, std::string_view digest) {
    Fingerprint normal{std::string(trimmed(algorithm)), std::string(trimmed(digest))};
    for (char& c : normal.algorithm) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (char& c : normal.digest) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return normal;
}

Result<std::vector<Fingerprint>> covered_fingerprints(std::string_view contents) {
    const auto json = jose::parse_object(contents);
    if (!json) return Error{json_fault(json.error(), "contents, fingerprint not covered")};
    std::vector<Fingerprint> covered;
    const boost::json::value* list = json->if_contains("fingerprint");
    if (!list || !list->is_array()) return covered;
    for (const boost::json::value& entry : list->get_array()) {
        if (!entry.is_object()) continue;
        const auto algorithm = jose::string_member(entry.get_object(), "algorithm");
        const auto digest = jose::string_member(entry.get_object(), "digest");
        if (!algorithm || !digest || !is_digest(*digest)) continue;
        covered.push_back(normal_fingerprint(*algorithm, *digest));
    }
    return covered;
}

std::string contents_for(const std::vector<Fingerprint>& fingerprints) {
    boost::json::array list;
    for (const Fingerprint& print : fingerprints)
        list.push_back(boost::json::object{{"algorithm", print.algorithm}, {"digest", print.digest}});
    return boost::json::serialize(boost::json::object{{"fingerprint", std::move(list)}});
}

}  // namespace causeway::identity
