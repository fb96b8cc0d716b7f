// The Identity header field's text (RFC 8224 §4 ABNF): rows, token, parameters. Bounded, pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/identity/passport/fault.hpp"

namespace causeway::identity {

inline constexpr std::size_t kMostRows = 8;
inline constexpr std::size_t kLongestRow = 8192;

/// Splits values at their commas, but not inside <> or quotes. More than `kMostRows` are not all given back:
/// one more stands for the rest.
std::vector<std::string_view> split_rows(const std::vector<std::string>& values);

struct IdentityRow {
    std::string token;
    std::optional<std::string> info;  ///< the URI without its angle brackets
    std::optional<std::string> algorithm;
    std::optional<std::string> ppt;
    Checked fault;  ///< the text is no Identity header field; what could be read is there all the same
};

IdentityRow read_row(std::string_view text);

}  // namespace causeway::identity
