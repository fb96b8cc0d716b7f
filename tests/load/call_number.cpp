#include <fmt/format.h>

#include <charconv>

#include "tests/load/door.hpp"

namespace causeway::load {
namespace {

constexpr std::string_view kPrefix = "load-";

}  // namespace

std::string called_number(CallIndex call) {
    return fmt::format("{}{:07}", kPrefix, call.value);
}

std::optional<CallIndex> call_of_number(std::string_view number) {
    if (!number.starts_with(kPrefix)) return std::nullopt;
    number.remove_prefix(kPrefix.size());
    CallIndex call;
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), call.value);
    if (fault != std::errc{} || end != number.data() + number.size()) return std::nullopt;
    return call;
}

}  // namespace causeway::load
