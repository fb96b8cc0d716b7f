// Small bounded readers of the words and numbers that SDP lines are made of. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::sdp {

/// The words between spaces; several spaces count as one.
std::vector<std::string_view> words(std::string_view text);

/// ASCII without regard to case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);

/// For quoting a stranger's bytes in an error: printable ASCII only, at most 40 characters.
std::string in_quotes(std::string_view text);

/// All of `text` as a decimal number that fits, without sign.
template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    if (text.empty() || text.front() == '-') return std::nullopt;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace causeway::sdp
