// What all calls of one configuration have in common in the media room. A value; no thread.
#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"
#include "transcode/codec.hpp"
#include "webrtc/browser_leg.hpp"

namespace causeway::media {

struct MediaSettings {
    int workers = 0;  ///< 0: one per core
    webrtc::BrowserLegSettings browser;
    SocketAddress sip_address;  ///< where RTP towards SIP is bound; its port is ignored
    std::uint16_t sip_port_min = 20000;
    std::uint16_t sip_port_max = 29999;
    Duration media_timeout = std::chrono::seconds(30);  ///< silence of a side that should send; 0: never
    transcode::OpusSettings opus;
    Duration jitter_max = std::chrono::milliseconds(200);
};

}  // namespace causeway::media
