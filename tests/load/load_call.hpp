// One call of a run: both ends, their sounds, and what was seen of its set-up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/clock.hpp"
#include "tests/load/browser_client.hpp"
#include "tests/load/door.hpp"
#include "tests/load/meter.hpp"
#include "tests/load/sip_sound.hpp"

namespace causeway::load {

struct LoadCall {
    CallIndex index{};
    std::int64_t sent = 0;  ///< wire_time of the call message
    std::int64_t answered = 0;
    bool srtp_up = false;
    bool connected = false;
    bool established = false;  ///< both, and counted
    bool leaving = false;
    bool first_packets_noted = false;
    std::optional<LoopSource> browser_source;
    std::optional<LoopSource> sip_source;
    std::optional<StreamMeter> browser_meter;  ///< hears the SIP side
    std::optional<StreamMeter> sip_meter;
    std::unique_ptr<BrowserClient> browser;
    std::unique_ptr<SipSound> sip;
};

}  // namespace causeway::load
