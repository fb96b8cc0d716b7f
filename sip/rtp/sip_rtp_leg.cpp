// One dialog's sockets on the media worker's loop: drained when readable, checked, believed only from the
// learned source.
#include "sip/rtp/sip_rtp_leg.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "core/base/counters.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/demux.hpp"
#include "core/rtp/latch.hpp"
#include "core/sdp/audio_media.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::sip {
namespace {

/// Packets taken from one socket per wake-up, so that a flooded leg leaves time for the others.
constexpr int kMostPerRound = 32;
constexpr std::size_t kSmallestRtp = 12;
constexpr std::size_t kSmallestRtcp = 8;

struct Received {
    ssize_t size;
    SocketAddress source;
};

Received receive(int fd, std::span<std::uint8_t> into) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    auto* address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t size = ::recvfrom(fd, into.data(), into.size(), MSG_DONTWAIT | MSG_TRUNC, address, &length);
    if (size < 0) return {size, {}};
    return {size, SocketAddress(address)};
}

bool same_host(const SocketAddress& a, const SocketAddress& b) {
    return a.with_port(0) == b.with_port(0);
}

}  // namespace

class SipRtpLeg::Impl {
  public:
    Impl(EventLoop& loop, PortPair ports, Counters& counters, SipRtpLegListener& listener)
        : loop_(loop),
          listener_(listener),
          wrong_source_(counters.counter("rtp_wrong_source")),
          malformed_(counters.counter("rtp_malformed")),
          nowhere_(counters.counter("rtp_sent_nowhere")),
          send_failed_(counters.counter("rtp_send_failed")),
          ports_(std::move(ports)),
          rtp_watch_(loop, ports_.rtp(), EPOLLIN, [this](std::uint32_t) { drain_rtp(); }),
          rtcp_watch_(loop, ports_.rtcp(), EPOLLIN, [this](std::uint32_t) { drain_rtcp(); }) {}

    SocketAddress local_rtp() const { return ports_.rtp_address(); }

    void set_remote(const sdp::AudioMedia& media) {
        // RFC 3264 §8.4: 0.0.0.0 is the old hold; inactive and their sendonly want nothing from us either.
        const bool placed = !media.rtp.is_unspecified() && media.rtp.port() != 0;
        const auto signalled = placed ? std::optional(media.rtp) : std::nullopt;
        if (signalled != signalled_) rtcp_source_.reset();
        signalled_ = signalled;
        latch_.set_signalled(signalled);
        signalled_rtcp_ = media.rtcp;
        rtcp_mux_ = media.rtcp_mux;
        wanted_ = media.direction == sdp::Direction::sendrecv || media.direction == sdp::Direction::recvonly;
    }

    std::optional<SocketAddress> remote_rtp() const { return wanted_ ? latch_.target() : std::nullopt; }

    bool send_rtp(std::span<const std::uint8_t> packet) { return send(ports_.rtp(), packet, remote_rtp()); }

    bool send_rtcp(std::span<const std::uint8_t> packet) {
        // RFC 5761 §5.1.1: with rtcp-mux, reports share the media's way.
        if (rtcp_mux_) return send(ports_.rtp(), packet, latch_.target());
        return send(ports_.rtcp(), packet, remote_rtcp());
    }

  private:
    void drain_rtp() {
        for (int i = 0; i < kMostPerRound; ++i) {
            const auto room = buffer_.fresh();
            const auto [size, source] = receive(ports_.rtp(), room);
            if (size < 0) return;
            if (static_cast<std::size_t>(size) > room.size()) {
                malformed_.add();
                continue;
            }
            buffer_.resize(static_cast<std::size_t>(size));
            take_rtp(source);
        }
    }

    void take_rtp(const SocketAddress& source) {
        const auto kind = rtp::kind_of(buffer_.packet());
        const bool media = kind == rtp::PacketKind::rtp && buffer_.size() >= kSmallestRtp;
        const bool report = rtcp_mux_ && kind == rtp::PacketKind::rtcp && buffer_.size() >= kSmallestRtcp;
        if (!media && !report) return malformed_.add();
        const Instant now = loop_.now();
        if (report) {
            if (!latch_.target() || source != *latch_.target()) return wrong_source_.add();
            return listener_.on_rtcp(buffer_.packet(), now);
        }
        if (!latch_.accept(source, now)) return wrong_source_.add();
        listener_.on_rtp(buffer_, now);
    }

    void drain_rtcp() {
        for (int i = 0; i < kMostPerRound; ++i) {
            const auto [size, source] = receive(ports_.rtcp(), report_);
            if (size < 0) return;
            const auto length = static_cast<std::size_t>(size);
            if (length > report_.size() || length < kSmallestRtcp ||
                rtp::kind_of({report_.data(), length}) != rtp::PacketKind::rtcp) {
                malformed_.add();
                continue;
            }
            if (!is_peer(source)) {
                wrong_source_.add();
                continue;
            }
            rtcp_source_ = source;
            listener_.on_rtcp({report_.data(), length}, loop_.now());
        }
    }

    /// Reports come from the host that media comes from, or from where the description says.
    bool is_peer(const SocketAddress& source) const {
        if (signalled_rtcp_ && same_host(source, *signalled_rtcp_)) return true;
        const auto target = latch_.target();
        return target && same_host(source, *target);
    }

    std::optional<SocketAddress> remote_rtcp() const {
        const auto target = latch_.target();
        if (!target) return std::nullopt;
        if (rtcp_source_ && same_host(*rtcp_source_, *target)) return rtcp_source_;
        // Behind a NAT the described addresses are not the ones that work.
        if (signalled_rtcp_ && signalled_ && same_host(*target, *signalled_)) return signalled_rtcp_;
        return target->with_port(static_cast<std::uint16_t>(target->port() + 1));
    }

    bool send(int fd, std::span<const std::uint8_t> packet, const std::optional<SocketAddress>& to) {
        if (!to) {
            nowhere_.add();
            return false;
        }
        const auto sent =
            ::sendto(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to->data(), to->size());
        if (sent >= 0) return true;
        send_failed_.add();
        return false;
    }

    // Given.
    EventLoop& loop_;
    SipRtpLegListener& listener_;
    Counter& wrong_source_;
    Counter& malformed_;
    Counter& nowhere_;
    Counter& send_failed_;

    // Owned: the watches go before the sockets.
    PortPair ports_;
    Watch rtp_watch_;
    Watch rtcp_watch_;
    rtp::PacketBuffer buffer_;
    std::array<std::uint8_t, rtp::PacketBuffer::kMaxPacket> report_{};

    // State.
    rtp::Latch latch_;
    std::optional<SocketAddress> signalled_;
    std::optional<SocketAddress> signalled_rtcp_;
    std::optional<SocketAddress> rtcp_source_;
    bool rtcp_mux_ = false;
    bool wanted_ = false;
};

SipRtpLeg::SipRtpLeg(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SipRtpLeg::~SipRtpLeg() = default;

Result<std::unique_ptr<SipRtpLeg>> SipRtpLeg::open(EventLoop& loop, PortAllocator& ports, Counters& counters,
                                                   CallId, SipRtpLegListener& listener) {
    auto pair = ports.open();
    if (!pair) return pair.error();
    auto impl = std::make_unique<Impl>(loop, std::move(*pair), counters, listener);
    return std::unique_ptr<SipRtpLeg>(new SipRtpLeg(std::move(impl)));
}

SocketAddress SipRtpLeg::local_rtp() const {
    return impl_->local_rtp();
}

void SipRtpLeg::set_remote(const sdp::AudioMedia& media) {
    impl_->set_remote(media);
}

std::optional<SocketAddress> SipRtpLeg::remote_rtp() const {
    return impl_->remote_rtp();
}

bool SipRtpLeg::send_rtp(rtp::PacketBuffer& packet) {
    return impl_->send_rtp(packet.packet());
}

bool SipRtpLeg::send_rtcp(std::span<const std::uint8_t> packet) {
    return impl_->send_rtcp(packet);
}

}  // namespace causeway::sip
