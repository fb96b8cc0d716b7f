// A browser as far as a gateway can tell: offers, controls ICE from one host candidate, answers checks and
// asks for consent, speaks DTLS, sends and hears SRTP. Many clients share one socket. On the loop's thread.
// RFC 8445, RFC 7675, RFC 5764.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/counters.hpp"
#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "core/dtls/certificate.hpp"
#include "core/loop/event_loop.hpp"
#include "tests/load/client_sdp.hpp"
#include "tests/load/media_clock.hpp"
#include "tests/load/rtp_stream.hpp"
#include "tests/load/udp_port.hpp"

namespace causeway::load {

/// What all ends on one thread share.
struct Ground {
    EventLoop& loop;
    DatagramBatches& batches;
    MediaClock& clock;
    const dtls::Certificate& certificate;
    Counters& counters;
};

/// For somebody between the ends (an impairment relay): other addresses than the true ones. Empty: the true.
struct Detour {
    std::function<SocketAddress(const SocketAddress& ours)> announce;  ///< what the peer is told of us
    std::function<SocketAddress(const SocketAddress& theirs)> reach;   ///< where to send in place of `theirs`
};

class BrowserClient;

/// One socket and its clients.
class BrowserPort {
  public:
    static Result<std::unique_ptr<BrowserPort>> open(const Ground& ground, const SocketAddress& local);
    ~BrowserPort();

    const SocketAddress& local() const;
    std::uint32_t overflows() const;

  private:
    friend class BrowserClient;
    class Impl;
    explicit BrowserPort(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct BrowserSettings {
    std::vector<OfferedFormat> formats;
    int ptime_ms = 20;
    std::string srtp_profiles = {};            ///< OpenSSL's names; "" all, GCM first
    std::vector<std::string> attributes = {};  ///< more lines of the offer's audio section, without "a="
    PayloadSource* source = nullptr;           ///< null: sends no sound
    PacketSink* sink = nullptr;                ///< null: what is heard is thrown away
    Detour detour = {};
};

class BrowserClient {
  public:
    /// Called from the loop, each at most once, never from within a method of the client. The client may be
    /// destroyed within.
    struct Events {
        std::function<void()> on_srtp_up;
        std::function<void(const std::string& reason)> on_failed;
    };

    BrowserClient(const Ground& ground, BrowserPort& port, BrowserSettings settings, Events events);
    ~BrowserClient();

    std::string offer() const;
    /// An Error when the answer is of no use.
    Result<void> accept(std::string_view answer);
    void add_candidate(std::string_view candidate);
    /// Sound flows from the next frame on, or from when SRTP is up.
    void start_sound();
    void stop_sound();

    /// "" before SRTP is up.
    std::string srtp_profile() const;
    std::uint32_t packets_sent() const;

  private:
    friend class BrowserPort;
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::load
