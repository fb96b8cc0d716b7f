// What a certificate allows in the PASSporTs that it signs: JWTClaimConstraints (RFC 8226 §8) and its
// enhanced form (RFC 9118 §4). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::identity {

inline constexpr std::string_view kClaimConstraintsOid = "1.3.6.1.5.5.7.1.27";
inline constexpr std::string_view kEnhancedClaimConstraintsOid = "1.3.6.1.5.5.7.1.33";

struct ClaimConstraints {
    std::vector<std::string> must_include;
    std::vector<std::pair<std::string, std::vector<std::string>>> permitted;
    std::vector<std::string> must_exclude;

    /// Either extension; `enhanced` also knows mustExclude. nullopt when it is not exactly that ASN.1.
    static std::optional<ClaimConstraints> from_der(std::string_view der, bool enhanced);

    /// What these claims (name and text) break, as words: "mustInclude attest"; "" for nothing.
    std::string broken_by(const std::map<std::string, std::string>& claims) const;
};

}  // namespace causeway::identity
