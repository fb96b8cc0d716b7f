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
    int opus_complexity_min = 0;  ///< what load may lower `opus.complexity` to
    double load_limit = 1;  ///< share of a media thread's time above which no call is admitted; 1: never
    /// Comfort noise in place of silent packets, towards peers that know it (RFC 3389, Opus DTX).
    bool silence_suppression = false;
    /// A browser that was connected and is lost ends nothing by itself: whoever is told decides.
    bool browser_may_return = false;
    Duration jitter_max = std::chrono::milliseconds(200);
};

}  // namespace causeway::media
