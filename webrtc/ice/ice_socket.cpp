#include "webrtc/ice/ice_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/loop/datagrams.hpp"
#include "core/stun/message.hpp"

namespace causeway::webrtc {
namespace {

// Then others on the worker have their turn; the loop is level-triggered and comes back.
constexpr int kPacketsPerTurn = 64;
constexpr std::size_t kMostAdmitted = 64;
constexpr std::uint8_t kLastStunByte = 3;  // RFC 7983 §7

}  // namespace

IceSocket::IceSocket(EventLoop& loop, Counters& counters, IceSocketListener& listener)
    : loop_(loop),
      listener_(listener),
      wrong_source_(counters.counter("ice_wrong_source")),
      not_stun_(counters.counter("ice_not_stun")),
      too_long_(counters.counter("ice_datagram_too_long")),
      not_sent_(counters.counter("ice_datagram_not_sent")),
      not_connected_(counters.counter("ice_socket_not_connected")) {}

void IceSocket::admit(const SocketAddress& remote) {
    const bool known = std::find(admitted_.begin(), admitted_.end(), remote) != admitted_.end();
    if (!known && admitted_.size() < kMostAdmitted) admitted_.push_back(remote);
}

void IceSocket::select(int fd, const SocketAddress& remote) {
    if (fd == fd_ && remote == remote_) return;
    fd_ = fd;
    remote_ = remote;
    own_watch_.reset();
    own_.reset();
    if (fd < 0) return;
    own_ = connect_beside(fd, remote);
    // Then all goes on over libnice's descriptor, at twice the price.
    if (!own_) return not_connected_.add();
    own_watch_.emplace(loop_, own_.get(), EPOLLIN, [this](std::uint32_t) { drain_own(); });
}

bool IceSocket::send(std::span<const std::uint8_t> datagram) {
    if (own_ ? send_connected(own_.get(), datagram) : send_datagram(fd_, datagram, remote_)) return true;
    not_sent_.add();
    return false;
}

void IceSocket::will_touch(Footprint footprint) {
    if (!own_watch_) return;
    footprint.add(*this);
    own_watch_->will_touch(footprint);
}

void IceSocket::drain_own() {
    if (receive(own_.get(), loop_.now())) loop_.look_again();
}

bool IceSocket::drain(Instant now) {
    for (int i = 0; i < kPacketsPerTurn; ++i) {
        switch (look()) {
            case Head::nothing:
                return false;
            case Head::libnices:
                return true;
            case Head::ours:
                receive(fd_, now);
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

bool IceSocket::receive(int fd, Instant now) {
    rtp::PacketBuffer buffer;
    SocketAddress source;
    const std::span<std::uint8_t> room = buffer.fresh();
    const auto size = receive_datagram(fd, room, source);
    if (!size) return false;
    if (*size > room.size()) {
        too_long_.add();
    } else {
        buffer.resize(*size);
        take(buffer, source, now);
    }
    return true;
}

void IceSocket::take(rtp::PacketBuffer& datagram, const SocketAddress& from, Instant now) {
    const bool is_selected = from == remote_;
    if (!is_selected && std::find(admitted_.begin(), admitted_.end(), from) == admitted_.end()) {
        return wrong_source_.add();
    }
    const auto bytes = datagram.packet();
    if (stun::is_message(bytes)) {
        return is_selected ? listener_.on_stun(bytes, now) : wrong_source_.add();
    }
    if (bytes.empty() || bytes[0] <= kLastStunByte) return not_stun_.add();
    listener_.on_datagram(datagram, now);
}

}  // namespace causeway::webrtc
