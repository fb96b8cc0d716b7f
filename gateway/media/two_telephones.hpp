// The second telephone of a call as its bridge keeps it: its end, and the lane towards it. On the call's
// media thread.
#pragma once

#include <string>

#include "gateway/media/sip_end.hpp"

namespace causeway::media {

struct Bridge::Other {
    Other(Bridge& bridge, const LaneSettings& settings, const std::string& cname)
        : end(bridge, settings.ssrc, cname), lane(settings, bridge.shared_.lane_counters, end) {}

    SipEnd end;
    Lane lane;
};

}  // namespace causeway::media
