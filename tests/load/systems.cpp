// The systems that the generator can speak to, and the numbers that its calls dial.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/load/causeway_door.hpp"
#include "tests/load/door.hpp"
#include "tests/load/rivals/janus_door.hpp"
#include "tests/load/rivals/rtpengine_door.hpp"

namespace causeway::load {
namespace {

constexpr std::string_view kNumberPrefix = "load-";

constexpr std::array kSystems{
    System{"causeway", make_causeway_door, plan_causeway},
    System{"rtpengine", make_rtpengine_door, plan_rtpengine},
    System{"janus", make_janus_door, plan_janus},
};

}  // namespace

const System* find_system(std::string_view name) {
    const auto found = std::find_if(kSystems.begin(), kSystems.end(),
                                    [&](const System& system) { return system.name == name; });
    return found == kSystems.end() ? nullptr : &*found;
}

std::string called_number(CallIndex call) {
    return fmt::format("{}{:07}", kNumberPrefix, call.value);
}

std::optional<CallIndex> call_of_number(std::string_view number) {
    if (!number.starts_with(kNumberPrefix)) return std::nullopt;
    number.remove_prefix(kNumberPrefix.size());
    CallIndex call;
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), call.value);
    if (fault != std::errc{} || end != number.data() + number.size()) return std::nullopt;
    return call;
}

}  // namespace causeway::load
