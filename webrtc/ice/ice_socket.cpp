#include "webrtc/ice/ice_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "webrtc/ice/stun.hpp"

namespace causeway::webrtc {
namespace {

// Then others on the worker have their turn; the loop is level-triggered and comes back.
constexpr int kPacketsPerTurn = 64;
constexpr std::size_t kMostAdmitted = 64;
constexpr std::uint8_t kLastStunByte = 3;  // RFC 7983 §7

}  // namespace

IceSocket::IceSocket(Counters& counters, IceSocketListener& listener)
    : listener_(listener),
      wrong_source_(counters.counter("ice_wrong_source")),
      not_stun_(counters.counter("ice_not_stun")),
      too_long_(counters.counter("ice_datagram_too_long")),
      not_sent_(counters.counter("ice_datagram_not_sent")) {}

void IceSocket::admit(const SocketAddress& remote) {
    const bool known = std::find(admitted_.begin(), admitted_.end(), remote) != admitted_.end();
    if (!known && admitted_.size() < kMostAdmitted) admitted_.push_back(remote);
}

void IceSocket::select(int fd, const SocketAddress& remote) {
    fd_ = fd;
    remote_ = remote;
}

bool IceSocket::send(std::span<const std::uint8_t> datagram) {
    const ssize_t sent = ::sendto(fd_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                  remote_.data(), remote_.size());
    if (sent >= 0) return true;
    not_sent_.add();
    return false;
}

bool IceSocket::drain(Instant now) {
    for (int i = 0; i < kPacketsPerTurn; ++i) {
        switch (look()) {
            case Head::nothing:
                return false;
            case Head::libnices:
                return true;
            case Head::ours:
                receive(now);
        }
    }
    return false;
}

IceSocket::Head IceSocket::look() {
    std::array<std::uint8_t, stun::kHeaderSize> head;
    ssize_t size = ::recv(fd_, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT);
    while (size < 0 && errno == EINTR) size = ::recv(fd_, head.data(), head.size(), MSG_PEEK | MSG_DONTWAIT);
    if (size < 0) return Head::nothing;
    const auto seen = std::span(head).first(static_cast<std::size_t>(size));
    // libnice would read what only begins like STUN, too, and drop it without a word.
    if (!stun::is_message(seen)) return Head::ours;
    return listener_.is_ours(seen) ? Head::ours : Head::libnices;
}

void IceSocket::receive(Instant now) {
    sockaddr_storage source{};
    socklen_t source_size = sizeof source;
    auto* const source_address = reinterpret_cast<sockaddr*>(&source);
    const std::span<std::uint8_t> room = buffer_.fresh();
    const ssize_t got =
        ::recvfrom(fd_, room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC, source_address, &source_size);
    if (got < 0) return;
    const auto size = static_cast<std::size_t>(got);
    if (size > room.size()) return too_long_.add();
    const SocketAddress from(source_address);
    const bool is_selected = from == remote_;
    if (!is_selected && std::find(admitted_.begin(), admitted_.end(), from) == admitted_.end()) {
        return wrong_source_.add();
    }
    buffer_.resize(size);
    const auto datagram = buffer_.packet();
    if (stun::is_message(datagram)) {
        return is_selected ? listener_.on_stun(datagram, now) : wrong_source_.add();
    }
    if (datagram.empty() || datagram[0] <= kLastStunByte) return not_stun_.add();
    listener_.on_datagram(buffer_, now);
}

}  // namespace causeway::webrtc
