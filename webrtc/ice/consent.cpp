#include "webrtc/ice/consent.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace causeway::webrtc {
namespace {

using std::chrono::milliseconds;
constexpr Duration kExpiry = std::chrono::seconds(30);

// A peer-reflexive host priority; the value does not matter once a pair is selected (RFC 8445 §7.1.1).
constexpr std::uint32_t kPriority = (110U << 24) | (65535U << 8) | 255U;

}  // namespace

Consent::Consent(Credentials credentials, Random random)
    : credentials_(std::move(credentials)), random_(std::move(random)) {
    std::array<std::uint8_t, sizeof tie_breaker_> bytes{};
    random_(bytes);
    std::memcpy(&tie_breaker_, bytes.data(), bytes.size());
}

void Consent::start(Instant now) {
    last_answer_ = now;
    next_request_ = now;
}

Instant Consent::deadline() const {
    return std::min(next_request_, last_answer_ + kExpiry);
}

bool Consent::expired(Instant now) const {
    return now >= last_answer_ + kExpiry;
}

std::span<const std::uint8_t> Consent::request(Instant now, bool controlling) {
    if (now < next_request_) return {};
    auto& transaction = transactions_[sent_++ % kOutstanding];
    random_(transaction);
    std::array<std::uint8_t, 2> jitter{};
    random_(jitter);
    // RFC 7675 §5.1: 5 s, each time multiplied by a random number from 0.8 to 1.2.
    next_request_ = now + milliseconds(4000 + ((jitter[0] << 8) | jitter[1]) % 2001);
    const std::size_t size =
        stun::write({.transaction = transaction,
                     .username = credentials_.remote_ufrag + ":" + credentials_.local_ufrag,
                     .key = credentials_.remote_password,
                     .priority = kPriority,
                     .controlling = controlling,
                     .tie_breaker = tie_breaker_},
                    message_);
    return std::span(message_).first(size);
}

bool Consent::is_answer(std::span<const std::uint8_t> head) const {
    const auto transaction = stun::success_response(head);
    if (!transaction) return false;
    const auto end = transactions_.begin() + static_cast<std::ptrdiff_t>(std::min(sent_, kOutstanding));
    return std::find(transactions_.begin(), end, *transaction) != end;
}

bool Consent::answered(std::span<const std::uint8_t> message, Instant now) {
    if (!stun::has_integrity(message, credentials_.remote_password)) return false;
    last_answer_ = now;
    return true;
}

}  // namespace causeway::webrtc
