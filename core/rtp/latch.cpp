// Learning and defending the peer's media address. RFC 4961, RFC 7362 §4.
#include "core/rtp/latch.hpp"

namespace causeway::rtp {

void Latch::set_signalled(std::optional<SocketAddress> address) {
    if (address == signalled_) return;
    signalled_ = address;
    source_.reset();
    challenger_.reset();
    relatches_ = 0;
}

int Latch::fit(const SocketAddress& source) const {
    if (!signalled_) return 0;
    if (source == *signalled_) return 2;
    return source.with_port(0) == signalled_->with_port(0) ? 1 : 0;
}

void Latch::settle(const SocketAddress& source, Instant now) {
    source_ = source;
    last_packet_ = now;
    challenger_.reset();
}

bool Latch::accept(const SocketAddress& source, Instant now) {
    if (!source_) {
        first_packet_ = now;
        settle(source, now);
        return true;
    }
    if (source == *source_) {
        last_packet_ = now;
        challenger_.reset();
        return true;
    }
    // Who sends from exactly the signalled address is the peer, however late: an early intruder gives way.
    const bool is_signalled = fit(source) == 2;
    const bool is_learning = now - first_packet_ < settings_.learning;
    if ((is_signalled || is_learning) && fit(source) > fit(*source_)) {
        settle(source, now);
        return true;
    }
    return take_over(source, now);
}

bool Latch::take_over(const SocketAddress& source, Instant now) {
    if (relatches_ >= settings_.relatches) return false;
    if (now - last_packet_ < settings_.silence) return false;
    if (challenger_ != source) {
        challenger_ = source;
        challenger_packets_ = 0;
    }
    if (++challenger_packets_ < settings_.packets) return false;
    ++relatches_;
    settle(source, now);
    return true;
}

std::optional<SocketAddress> Latch::target() const {
    // A hold (no address signalled) silences us towards a learned source too.
    if (!signalled_) return std::nullopt;
    return source_ ? source_ : signalled_;
}

}  // namespace causeway::rtp
