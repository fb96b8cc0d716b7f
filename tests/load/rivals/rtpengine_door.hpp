// rtpengine as a system under test: a media relay without SIP, told by its NG protocol (bencoded dictionaries
// over UDP) what a proxy would tell it: the browser's offer, the telephone's answer, the end. On the loop's
// thread.
#pragma once

#include "tests/load/door.hpp"

namespace causeway::load {

/// Control address "127.0.0.1:2223".
std::unique_ptr<Door> make_rtpengine_door(EventLoop& loop, const DoorSettings& settings);
/// Userspace only, on our own address, with control and media ports of its own.
Result<SubjectPlan> plan_rtpengine(const SubjectSettings& settings);
/// Our own bare relay beside the generator's program, which speaks the same protocol.
Result<SubjectPlan> plan_reference(const SubjectSettings& settings);

}  // namespace causeway::load
