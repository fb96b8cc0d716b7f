// A provider's keys: RFC 7517 §5.
#include <algorithm>
#include <boost/json.hpp>

#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::identity {
namespace {

/// Its kty, use, key_ops and alg allow some signature that is no shared secret's.
bool can_verify(const jose::VerifyKey& key) {
    using A = jose::Algorithm;
    const auto algorithms = {A::es256, A::es384, A::rs256, A::ps256, A::eddsa};
    return std::any_of(algorithms.begin(), algorithms.end(),
                       [&](A algorithm) { return key.fits(algorithm); });
}

}  // namespace

Result<KeySet> KeySet::from_jwks(std::string_view json) {
    const auto set = jose::parse_object(json);
    if (!set) return set.error();
    const boost::json::value* list = set->if_contains("keys");
    if (!list || !list->is_array()) return Error{"no array of keys"};
    KeySet keys;
    for (const boost::json::value& entry : list->get_array()) {
        if (!entry.is_object()) continue;
        // RFC 7517 §5: what is not understood is passed over.
        const auto key = jose::VerifyKey::from_jwk(entry.get_object());
        if (!key || !can_verify(*key)) continue;
        keys.keys_.emplace_back(jose::string_member(entry.get_object(), "kid"), *key);
    }
    return keys;
}

std::vector<jose::VerifyKey> KeySet::find(const std::optional<std::string>& kid) const {
    std::vector<jose::VerifyKey> found;
    for (const auto& [name, key] : keys_)
        if (!kid || name == kid) found.push_back(key);
    return found;
}

bool KeySet::knows(std::string_view kid) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const auto& entry) { return entry.first == kid; });
}

}  // namespace causeway::identity
