// Why a PASSporT is not believed, and the status that says so (RFC 8224 §6.2.2).
#pragma once

#include <optional>
#include <string>

namespace causeway::identity {

inline constexpr int kStaleDate = 403;
inline constexpr int kUseIdentityHeader = 428;
inline constexpr int kBadIdentityInfo = 436;
inline constexpr int kUnsupportedCredential = 437;
inline constexpr int kInvalidIdentityHeader = 438;

struct Fault {
    int code = kInvalidIdentityHeader;
    std::string why;  ///< begins with the check's name in the specification's words
};

/// What a check says: nothing when it passes.
using Checked = std::optional<Fault>;

inline Fault invalid(std::string why) {
    return {kInvalidIdentityHeader, std::move(why)};
}
inline Fault unsupported(std::string why) {
    return {kUnsupportedCredential, std::move(why)};
}

}  // namespace causeway::identity
