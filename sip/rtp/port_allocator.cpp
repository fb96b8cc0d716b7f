#include "sip/rtp/port_allocator.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"

namespace causeway::sip {
namespace {

/// A range that somebody else occupies costs a few system calls each, under the lock.
constexpr int kMostBinds = 64;
constexpr auto kLogPause = std::chrono::seconds(1);

/// The next port would fail for the same reason.
bool is_exhaustion(int fault) {
    return fault == EMFILE || fault == ENFILE || fault == ENOBUFS || fault == ENOMEM;
}

UniqueFd bound_socket(const SocketAddress& address) {
    const int family = address.is_ipv6() ? AF_INET6 : AF_INET;
    UniqueFd socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    if (::bind(socket.get(), address.data(), address.size()) != 0) {
        const int fault = errno;
        socket.reset();
        errno = fault;
        return {};
    }
    // RFC 4594 §4.1: voice is marked Expedited Forwarding; a network that does not care ignores it.
    constexpr int kExpedited = 0xb8;
    if (address.is_ipv6()) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_TCLASS, &kExpedited, sizeof kExpedited);
    } else {
        ::setsockopt(socket.get(), IPPROTO_IP, IP_TOS, &kExpedited, sizeof kExpedited);
    }
    return socket;
}

}  // namespace

PortPair::PortPair(PortPair&& other) noexcept
    : allocator_(std::exchange(other.allocator_, nullptr)),
      address_(other.address_),
      rtp_(std::move(other.rtp_)),
      rtcp_(std::move(other.rtcp_)) {}

PortPair& PortPair::operator=(PortPair&& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(address_, other.address_);
    std::swap(rtp_, other.rtp_);
    std::swap(rtcp_, other.rtcp_);
    return *this;
}

PortPair::~PortPair() {
    if (allocator_ == nullptr) return;
    rtp_.reset();
    rtcp_.reset();
    allocator_->give_back(address_.port());
}

PortAllocator::PortAllocator(const SocketAddress& address, std::uint16_t first, std::uint16_t last,
                             Duration rest)
    : address_(address.with_port(0)), first_(static_cast<std::uint16_t>(first + first % 2)), rest_(rest) {
    if (last > first_) slots_.resize((static_cast<std::size_t>(last) - first_ + 1) / 2);
    if (!slots_.empty()) next_ = random_u32() % slots_.size();
}

Result<PortPair> PortAllocator::open() {
    const Instant now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    int binds = 0;
    int fault = 0;
    for (std::size_t seen = 0; seen < slots_.size() && binds < kMostBinds && !is_exhaustion(fault); ++seen) {
        const std::size_t index = next_;
        next_ = (next_ + 1) % slots_.size();
        Slot& slot = slots_[index];
        if (slot.open || now < slot.rests_until) continue;
        PortPair pair;
        ++binds;
        if (!bind_pair(static_cast<std::uint16_t>(first_ + 2 * index), pair)) {
            fault = errno;
            continue;
        }
        pair.allocator_ = this;
        slot.open = true;
        ++open_;
        return pair;
    }
    if (now - logged_ >= kLogPause) {
        logged_ = now;
        log::warning("sip: no free RTP port on {}: {} of {} pairs in use, {} tried{}{}", address_.ip(), open_,
                     slots_.size(), binds, fault == 0 ? "" : ", ", fault == 0 ? "" : std::strerror(fault));
    }
    // Callers may read this: nothing of our inner addresses.
    return Error{"no free RTP port"};
}

bool PortAllocator::bind_pair(std::uint16_t port, PortPair& pair) const {
    pair.address_ = address_.with_port(port);
    pair.rtp_ = bound_socket(pair.address_);
    if (!pair.rtp_) return false;
    pair.rtcp_ = bound_socket(address_.with_port(static_cast<std::uint16_t>(port + 1)));
    return static_cast<bool>(pair.rtcp_);
}

void PortAllocator::give_back(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[static_cast<std::size_t>(port - first_) / 2];
    slot.open = false;
    slot.rests_until = std::chrono::steady_clock::now() + rest_;
    --open_;
}

std::size_t PortAllocator::open_count() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

}  // namespace causeway::sip
