// One dialog's sockets on the media worker's loop: drained when readable, checked, believed only from the
// learned source, which gets a connected socket of its own once it has settled.
#include "sip/rtp/sip_rtp_leg.hpp"

#include <sys/epoll.h>

#include <functional>
#include <utility>

#include "core/base/counters.hpp"
#include "core/loop/datagrams.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/demux.hpp"
#include "core/rtp/latch.hpp"
#include "core/sdp/audio_media.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::sip {
namespace {

/// Reads of one socket per wake-up, so that a flooded leg leaves time for the others.
constexpr int kMostReads = 8;
/// Packets in a row from one source after which it gets a socket of its own: a second, so that a source that
/// gives way while the latch learns costs none.
constexpr int kSettled = 50;
constexpr std::size_t kSmallestRtp = 12;
constexpr std::size_t kSmallestRtcp = 8;

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
          not_settled_(counters.counter("rtp_source_not_connected")),
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
        leave_stale_source();
        wanted_ = media.direction == sdp::Direction::sendrecv || media.direction == sdp::Direction::recvonly;
    }

    std::optional<SocketAddress> remote_rtp() const { return wanted_ ? latch_.target() : std::nullopt; }

    bool send_rtp(std::span<const std::uint8_t> packet) { return send_media(packet, remote_rtp()); }

    bool send_rtcp(std::span<const std::uint8_t> packet) {
        // RFC 5761 §5.1.1: with rtcp-mux, reports share the media's way.
        if (rtcp_mux_) return send_media(packet, latch_.target());
        const auto to = remote_rtcp();
        return counted(to, to && send_datagram(ports_.rtcp(), packet, *to));
    }

  private:
    /// The settled source's own socket, beside the one that hears everybody.
    struct Settled {
        Settled(EventLoop& loop, UniqueFd fd, const SocketAddress& from, std::function<void()> drain)
            : socket(std::move(fd)),
              source(from),
              watch(loop, socket.get(), EPOLLIN, [drain = std::move(drain)](std::uint32_t) { drain(); }) {}
        UniqueFd socket;
        SocketAddress source;
        Watch watch;
    };

    void drain_rtp() {
        drain(ports_.rtp(), [this](rtp::PacketBuffer& packet, const SocketAddress& source) {
            take_rtp(packet, source);
            if (settled_) return leave_stale_source();
            settle(source);
        });
    }

    void drain_settled() {
        drain(settled_->socket.get(), [this](rtp::PacketBuffer& packet, const SocketAddress& source) {
            // Only what came between its bind and its connect.
            if (source != settled_->source) return wrong_source_.add();
            take_rtp(packet, source);
        });
    }

    void drain_rtcp() {
        drain(ports_.rtcp(), [this](rtp::PacketBuffer& packet, const SocketAddress& source) {
            if (packet.size() < kSmallestRtcp || rtp::kind_of(packet.packet()) != rtp::PacketKind::rtcp) {
                return malformed_.add();
            }
            if (!is_peer(source)) return wrong_source_.add();
            rtcp_source_ = source;
            listener_.on_rtcp(packet.packet(), loop_.now());
        });
    }

    template <class Take>
    void drain(int fd, Take take) {
        DatagramBatch<rtp::PacketBuffer> batch;
        for (int reads = 0; reads < kMostReads; ++reads) {
            const std::size_t count = batch.read(fd);
            for (std::size_t i = 0; i < count; ++i) {
                if (batch.too_long(i)) {
                    malformed_.add();
                } else {
                    take(batch.packet(i), batch.source(i));
                }
            }
            if (count < batch.kMost) return;
        }
    }

    void take_rtp(rtp::PacketBuffer& packet, const SocketAddress& source) {
        const auto kind = rtp::kind_of(packet.packet());
        const bool media = kind == rtp::PacketKind::rtp && packet.size() >= kSmallestRtp;
        const bool report = rtcp_mux_ && kind == rtp::PacketKind::rtcp && packet.size() >= kSmallestRtcp;
        if (!media && !report) return malformed_.add();
        const Instant now = loop_.now();
        if (report) {
            if (!latch_.target() || source != *latch_.target()) return wrong_source_.add();
            return listener_.on_rtcp(packet.packet(), now);
        }
        if (!latch_.accept(source, now)) return wrong_source_.add();
        listener_.on_rtp(packet, now);
    }

    /// A source that goes on sending gets a socket of its own. The other one still hears a NAT that rebinds.
    void settle(const SocketAddress& source) {
        if (source != latch_.target()) return;
        packets_in_row_ = source == last_source_ ? packets_in_row_ + 1 : 1;
        last_source_ = source;
        if (packets_in_row_ != kSettled) return;
        UniqueFd socket = connect_beside(ports_.rtp(), source);
        if (!socket) return not_settled_.add();
        settled_.emplace(loop_, std::move(socket), source, [this] { drain_settled(); });
    }

    void leave_stale_source() {
        if (!settled_ || latch_.target() == settled_->source) return;
        settled_.reset();
        packets_in_row_ = 0;
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

    bool send_media(std::span<const std::uint8_t> packet, const std::optional<SocketAddress>& to) {
        if (settled_ && to == settled_->source) {
            return counted(to, send_connected(settled_->socket.get(), packet));
        }
        return counted(to, to && send_datagram(ports_.rtp(), packet, *to));
    }

    bool counted(const std::optional<SocketAddress>& to, bool sent) {
        if (!sent) (to ? send_failed_ : nowhere_).add();
        return sent;
    }

    // Given.
    EventLoop& loop_;
    SipRtpLegListener& listener_;
    Counter& wrong_source_;
    Counter& malformed_;
    Counter& nowhere_;
    Counter& send_failed_;
    Counter& not_settled_;

    // Owned: the watches go before the sockets.
    PortPair ports_;
    Watch rtp_watch_;
    Watch rtcp_watch_;
    std::optional<Settled> settled_;

    // State.
    rtp::Latch latch_;
    std::optional<SocketAddress> signalled_;
    std::optional<SocketAddress> signalled_rtcp_;
    std::optional<SocketAddress> rtcp_source_;
    SocketAddress last_source_;
    int packets_in_row_ = 0;
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
