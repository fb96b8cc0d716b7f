#include "gateway/identity/passport/claim_constraints.hpp"

#include <algorithm>

#include "gateway/identity/passport/der_reader.hpp"

namespace causeway::identity {
namespace {

/// SEQUENCE SIZE (1..MAX) OF a string type.
std::optional<std::vector<std::string>> strings_of(std::string_view content, std::uint8_t tag) {
    std::vector<std::string> strings;
    DerReader reader(content);
    while (!reader.at_end()) {
        const auto text = reader.take(tag);
        if (!text) return std::nullopt;
        strings.emplace_back(*text);
    }
    if (strings.empty()) return std::nullopt;
    return strings;
}

/// [number] JWTClaimNames, when it is there. False when it is broken.
bool take_names(DerReader& reader, unsigned number, std::vector<std::string>& names) {
    if (!reader.is_next(der_context(number))) return true;
    DerReader inner(reader.take(der_context(number)).value_or(""));
    const auto content = inner.take_last(kDerSequence);
    auto found = content ? strings_of(*content, kDerIa5String) : std::nullopt;
    if (!found) return false;
    names = *std::move(found);
    return true;
}

/// JWTClaimValues ::= SEQUENCE { claim JWTClaimName, values SEQUENCE SIZE (1..MAX) OF UTF8String }
bool take_permitted_claim(DerReader& list, ClaimConstraints& constraints) {
    DerReader members(list.take(kDerSequence).value_or(""));
    const auto name = members.take(kDerIa5String);
    const auto values = members.take_last(kDerSequence);
    auto texts = values ? strings_of(*values, kDerUtf8String) : std::nullopt;
    if (!name || !texts) return false;
    constraints.permitted.emplace_back(std::string(*name), *std::move(texts));
    return true;
}

/// [1] permittedValues, when it is there. False when it is broken.
bool take_permitted(DerReader& reader, ClaimConstraints& constraints) {
    if (!reader.is_next(der_context(1))) return true;
    DerReader inner(reader.take(der_context(1)).value_or(""));
    const auto content = inner.take_last(kDerSequence);
    if (!content || content->empty()) return false;
    DerReader list(*content);
    while (!list.at_end()) {
        if (!take_permitted_claim(list, constraints)) return false;
    }
    return true;
}

}  // namespace

std::optional<ClaimConstraints> ClaimConstraints::from_der(std::string_view der, bool enhanced) {
    DerReader outer(der);
    const auto content = outer.take_last(kDerSequence);
    // At least one of the members must be there.
    if (!content || content->empty()) return std::nullopt;
    DerReader members(*content);
    ClaimConstraints constraints;
    const bool sound = take_names(members, 0, constraints.must_include) &&
                       take_permitted(members, constraints) &&
                       (!enhanced || take_names(members, 2, constraints.must_exclude));
    if (!sound || !members.at_end()) return std::nullopt;
    return constraints;
}

std::string ClaimConstraints::broken_by(const std::map<std::string, std::string>& claims) const {
    for (const std::string& name : must_include) {
        if (claims.find(name) == claims.end()) return "mustInclude " + name;
    }
    for (const auto& [name, values] : permitted) {
        const auto claim = claims.find(name);
        // RFC 8226 §8: only a claim that is there is held to its values.
        if (claim == claims.end()) continue;
        if (std::find(values.begin(), values.end(), claim->second) == values.end()) {
            return "permittedValues " + name;
        }
    }
    for (const std::string& name : must_exclude) {
        if (claims.find(name) != claims.end()) return "mustExclude " + name;
    }
    return {};
}

}  // namespace causeway::identity
