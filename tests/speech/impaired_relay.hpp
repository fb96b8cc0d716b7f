// A wire between two ends of a call that is as bad as one likes: what the near end sends goes on to the
// target, answers go back to whoever sent last. RTP is impaired, each direction on its own; STUN, DTLS and
// RTCP pass, so that the call itself stands. One per leg and port, on one loop's thread.
#pragma once

#include <memory>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "tests/speech/impairment.hpp"

namespace causeway {
class EventLoop;
}

namespace causeway::speech {

class ImpairedRelay {
  public:
    /// Two free ports of 127.0.0.1.
    static Result<std::unique_ptr<ImpairedRelay>> open(EventLoop& loop,
                                                       const ImpairmentSettings& towards_target,
                                                       const ImpairmentSettings& from_target);
    ~ImpairedRelay();
    ImpairedRelay(const ImpairedRelay&) = delete;
    ImpairedRelay& operator=(const ImpairedRelay&) = delete;

    /// Where the near end sends what is meant for the target.
    SocketAddress near() const;
    /// What the target sees as the near end's address.
    SocketAddress far() const;
    void set_target(const SocketAddress& target);

    const Impairment& towards_target() const;
    const Impairment& from_target() const;

  private:
    class Impl;
    explicit ImpairedRelay(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::speech
