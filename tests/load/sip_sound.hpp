// The telephone's half of a call's sound: plain RTP and RTCP. Many ends share one pair of ports and are told
// apart by where their peer sends from, so the peer must send from where it receives (RFC 4961). On the
// loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "tests/load/browser_client.hpp"
#include "tests/load/client_sdp.hpp"
#include "tests/load/rtp_stream.hpp"

namespace causeway::load {

class SipSound;

class SipSoundPort {
  public:
    static Result<std::unique_ptr<SipSoundPort>> open(const Ground& ground, const SocketAddress& local);
    ~SipSoundPort();

    const SocketAddress& local() const;  ///< of RTP
    std::uint32_t overflows() const;

  private:
    friend class SipSound;
    class Impl;
    explicit SipSoundPort(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct SipSoundSettings {
    sdp::Codec codec = sdp::Codec::pcmu;  ///< must be offered
    std::string fmtp = {};                ///< in the answer, in place of what was offered; "" echoes that
    bool events = true;                   ///< take telephone-event when it is offered at the codec's clock
    int ptime_ms = 20;
    PayloadSource* source = nullptr;  ///< null: sends no sound
    PacketSink* sink = nullptr;       ///< null: what is heard is thrown away
    Detour detour = {};
};

class SipSound {
  public:
    SipSound(const Ground& ground, SipSoundPort& port, SipSoundSettings settings);
    ~SipSound();

    /// The answer to an offer; from then on what comes is heard. An Error when the codec is not offered.
    Result<std::string> answer(std::string_view offer);
    /// For users who write their own SDP: everything that `answer` finds out, told.
    void connect(const SocketAddress& rtp, const SocketAddress& rtcp, PayloadType type,
                 std::uint32_t clock_rate);
    void start_sound();
    void stop_sound();

    std::uint32_t packets_sent() const;

  private:
    friend class SipSoundPort;
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::load
