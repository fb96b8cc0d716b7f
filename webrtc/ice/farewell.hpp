// Gives TURN allocations back when a call is over: libnice needs its loop for a round trip more. Without, the
// server would keep a port for ten minutes (RFC 8656 §7.1). Worker thread only.
#pragma once

#include <memory>

#include "webrtc/ice/nice_handles.hpp"
#include "webrtc/ice/pump.hpp"

namespace causeway {
class EventLoop;
}

namespace causeway::webrtc {

/// Keeps both until the server has answered or libnice has given up on it. The agent must tell nobody any
/// more.
void say_farewell(EventLoop& loop, std::unique_ptr<Pump> pump, NiceAgentHandle agent);

}  // namespace causeway::webrtc
