// The media threads of the gateway: opens each call on the least loaded worker and passes commands to it.
// Any thread may command; events come back on media threads. No lock on the path of a packet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"
#include "gateway/media/media_port.hpp"
#include "transcode/codec.hpp"
#include "webrtc/browser_leg.hpp"

namespace causeway {
class Counters;
}

namespace causeway::media {

/// The same for all calls of one configuration.
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

/// Implements the seam on threads of its own. `listener` is called on them until the destructor returns.
class MediaWorkers : public MediaPort {
  public:
    /// Makes the DTLS certificate and starts the threads. Throws std::runtime_error when it cannot.
    MediaWorkers(const MediaSettings& settings, Counters& counters, MediaListener& listener);
    /// Closes all calls (each still tells on_closed), then joins the threads.
    ~MediaWorkers() override;
    MediaWorkers(const MediaWorkers&) = delete;
    MediaWorkers& operator=(const MediaWorkers&) = delete;

    void open(OpenMedia command) override;
    /// Commands for a call that is not open are ignored: it may just have ended.
    void connect(ConnectMedia command) override;
    void add_remote_candidate(CallId call, std::string candidate) override;
    void send_digit(CallId call, char digit, int duration_ms) override;
    void close(CallId call) override;

    /// Calls that hold media now, on all workers: opened and not yet closed.
    std::size_t call_count() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::media
