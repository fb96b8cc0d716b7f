// SIP user agents that are called: one UDP socket answers for all of them, told apart by the called number.
// INVITE -> 180 -> 200, ACK, re-INVITE and UPDATE with the same answer, BYE both ways, CANCEL, OPTIONS. On
// the loop's thread. RFC 3261.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "tests/load/browser_client.hpp"
#include "tests/load/udp_port.hpp"

namespace causeway::load {

class SipAgent {
  public:
    /// Called from the loop.
    struct Events {
        /// The SDP to answer with; an Error refuses the call with 488. Asked once per call.
        std::function<Result<std::string>(const std::string& number, std::string_view offer)> on_invite;
        /// The 200 was acknowledged.
        std::function<void(const std::string& number)> on_acknowledged;
        /// By BYE or CANCEL, or because nobody acknowledges. Not after `hang_up`.
        std::function<void(const std::string& number)> on_ended;
    };

    static Result<std::unique_ptr<SipAgent>> open(const Ground& ground, const SocketAddress& local,
                                                  Events events);
    ~SipAgent();

    const SocketAddress& local() const;
    std::size_t dialogs() const;
    /// How long a call rings; 0 by default: 180 and 200 leave together.
    void set_ringing_time(Duration time);
    /// Sends BYE, when the call stands.
    void hang_up(const std::string& number);

  private:
    class Impl;
    explicit SipAgent(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::load
