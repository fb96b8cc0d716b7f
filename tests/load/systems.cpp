// The systems that the generator can speak to.
#include <algorithm>
#include <array>

#include "tests/load/causeway_door.hpp"
#include "tests/load/rivals/janus_door.hpp"
#include "tests/load/rivals/rtpengine_door.hpp"

namespace causeway::load {
namespace {

constexpr std::array kSystems{
    System{"causeway", make_causeway_door, plan_causeway},
    System{"rtpengine", make_rtpengine_door, plan_rtpengine},
    System{"reference", make_rtpengine_door, plan_reference},
    System{"janus", make_janus_door, plan_janus},
};

}  // namespace

const System* find_system(std::string_view name) {
    const auto found = std::find_if(kSystems.begin(), kSystems.end(),
                                    [&](const System& system) { return system.name == name; });
    return found == kSystems.end() ? nullptr : &*found;
}

}  // namespace causeway::load
