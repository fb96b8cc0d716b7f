// Consent freshness on the selected pair: we may send only as long as the browser answers. Pure: says what to
// send and when, is told what came. RFC 7675 §5.1.
//
// libnice has its own, but it gives up 10 s after the last answer and asks every 4..6 s without repeating:
// one lost datagram can end a call. Here consent ends after the 30 s of the RFC.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "core/stun/message.hpp"

namespace causeway::webrtc {

class Consent {
  public:
    struct Credentials {
        std::string local_ufrag;
        std::string remote_ufrag;
        std::string remote_password;
    };
    /// Unpredictable bytes for transaction ids.
    using Random = std::function<void(std::span<std::uint8_t>)>;

    Consent(Credentials credentials, Random random);

    /// The pair was selected: ICE's own checks are the first consent.
    void start(Instant now);
    /// When `expired` or `request` is to be asked again.
    Instant deadline() const;
    /// True once 30 s have passed without an answer.
    bool expired(Instant now) const;
    /// The request that is due, or nothing when it is not yet time. Valid until the next call.
    std::span<const std::uint8_t> request(Instant now, bool controlling);

    /// True if the first bytes are a response to one of our own requests, not to one of libnice's.
    bool is_answer(std::span<const std::uint8_t> head) const;
    /// A whole message for which `is_answer` was true, from the selected pair's remote address. False if its
    /// integrity is wrong.
    bool answered(std::span<const std::uint8_t> message, Instant now);

  private:
    /// All that can be unanswered within 30 s.
    static constexpr std::size_t kOutstanding = 8;

    Credentials credentials_;
    Random random_;
    std::uint64_t tie_breaker_ = 0;
    std::array<stun::TransactionId, kOutstanding> transactions_{};
    std::size_t sent_ = 0;
    Instant last_answer_{};
    Instant next_request_{};
    std::array<std::uint8_t, stun::kMaxRequest> message_{};
};

}  // namespace causeway::webrtc
