// One dialog's sockets on the media worker's loop: drained when readable, checked, believed only from the
// learned source, which gets a connected socket of its own once it has settled.
#include "sip/rtp/sip_rtp_leg.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "core/base/counters.hpp"
#include "core/base/footprint.hpp"
#include "core/base/log.hpp"
#include "core/loop/datagrams.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/demux.hpp"
#include "core/sdp/audio_media.hpp"
#include "sip/rtp/leg_protection.hpp"
#include "sip/rtp/peer_source.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::sip {
namespace {

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
    Impl(EventLoop& loop, PortPair ports, Counters& counters, SipRtpLegListener& listener,
         const dtls::Certificate* certificate)
        : loop_(loop),
          listener_(listener),
          certificate_(certificate),
          counters_(counters),
          wrong_source_(counters.counter("rtp_wrong_source")),
          malformed_(counters.counter("rtp_malformed")),
          nowhere_(counters.counter("rtp_sent_nowhere")),
          send_failed_(counters.counter("rtp_send_failed")),
          not_settled_(counters.counter("rtp_source_not_connected")),
          unexpected_report_(counters.counter("rtcp_not_agreed")),
          ports_(std::move(ports)),
          rtp_watch_(loop, ports_.rtp(), EPOLLIN, [this](std::uint32_t) { drain_rtp(); }),
          rtcp_watch_(loop, ports_.rtcp(), EPOLLIN, [this](std::uint32_t) { drain_rtcp(); }),
          protection_(
              loop, certificate, counters,
              [this](std::span<const std::uint8_t> datagram) { send_media(datagram, peer_.target()); },
              [this](const std::string& detail) { listener_.on_failed(detail); }) {}

    SocketAddress local_rtp() const { return ports_.rtp_address(); }

    void set_remote(const sdp::AudioMedia& media, rtp::SourceRule rule) {
        // RFC 3264 §8.4: 0.0.0.0 is the old hold; inactive and their sendonly want nothing from us either.
        const bool placed = !media.rtp.is_unspecified() && media.rtp.port() != 0;
        const auto signalled = placed ? std::optional(media.rtp) : std::nullopt;
        if (signalled != signalled_) rtcp_source_.reset();
        signalled_ = signalled;
        peer_.describe(signalled, rule, media.agreed);
        rtcp_ice_.describe(signalled, rule, media.agreed);
        signalled_rtcp_ = media.rtcp;
        rtcp_mux_ = media.rtcp_mux;
        leave_stale_source();
        wanted_ = media.direction == sdp::Direction::sendrecv || media.direction == sdp::Direction::recvonly;
        protection_.agree(media.agreed);
        if (peer_.target()) protection_.on_path(loop_.now());
        agree_on_reports(media.agreed);
    }

    std::optional<SocketAddress> remote_rtp() const { return wanted_ ? peer_.target() : std::nullopt; }

    bool send_rtp(rtp::PacketBuffer& packet) {
        const auto to = remote_rtp();
        if (!to) return counted(to, false);
        return protection_.protect_rtp(packet) && send_media(packet.packet(), to);
    }

    bool send_rtcp(std::span<const std::uint8_t> packet) {
        if (protection_.kind() == sdp::Protection::none) return send_report(packet);
        LegProtection& keys = report_keys_ ? *report_keys_ : protection_;
        if (report_keys_ && keys.profile().empty()) return false;
        rtp::PacketBuffer buffer;
        const auto room = buffer.fresh();
        if (packet.size() > room.size()) return false;
        std::copy(packet.begin(), packet.end(), room.begin());
        buffer.resize(packet.size());
        return keys.protect_rtcp(buffer) && send_report(buffer.packet());
    }

    std::string_view srtp_profile() const { return protection_.profile(); }

    void will_touch(Footprint footprint) {
        footprint.add_bytes(this, sizeof(void*) + sizeof(void*));
        footprint.add(settled_, rtcp_mux_);
        peer_.add_to(footprint);
        protection_.add_receiving_to(footprint);
        (settled_ ? settled_->watch : rtp_watch_).will_touch(footprint);
    }

    void add_sending_to(Footprint& footprint) const {
        footprint.add(settled_, wanted_);
        peer_.add_to(footprint);
        protection_.add_sending_to(footprint);
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

    /// RFC 5764 §4.1.1: the keys of a handshake are for the port that it was made on.
    void agree_on_reports(const sdp::AgreedTransport& agreed) {
        if (rtcp_mux_ || agreed.protection != sdp::Protection::dtls) return report_keys_.reset();
        if (!report_keys_) {
            // A peer that makes no handshake for its reports has none; the sound is not worse for it.
            report_keys_ = std::make_unique<LegProtection>(
                loop_, certificate_, counters_,
                [this](std::span<const std::uint8_t> datagram) { send_beside(datagram); },
                [](const std::string& detail) { log::debug("sip: no reports: {}", detail); });
        }
        report_keys_->agree(agreed);
        if (remote_rtcp()) report_keys_->on_path(loop_.now());
    }

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
            if (peer_.by_ice() && rtp::kind_of(packet.packet()) == rtp::PacketKind::stun)
                return answer_check_of_rtcp(packet.packet(), source);
            if (report_keys_ && rtp::kind_of(packet.packet()) == rtp::PacketKind::dtls)
                return take_handshake_of_rtcp(packet.packet(), source);
            if (packet.size() < kSmallestRtcp || rtp::kind_of(packet.packet()) != rtp::PacketKind::rtcp) {
                return malformed_.add();
            }
            if (rtcp_mux_ && protection_.kind() == sdp::Protection::dtls) return unexpected_report_.add();
            if (!is_peer(source)) return wrong_source_.add();
            if (!(report_keys_ ? *report_keys_ : protection_).unprotect_rtcp(packet)) return;
            rtcp_source_ = source;
            listener_.on_rtcp(packet.packet(), loop_.now());
        });
    }

    template <class Take>
    void drain(int fd, Take take) {
        rtp::PacketBuffer packet;
        SocketAddress source;
        const std::span<std::uint8_t> room = packet.fresh();
        const auto size = receive_datagram(fd, room, source);
        if (!size) return;
        loop_.look_again();
        if (*size > room.size()) return malformed_.add();
        packet.resize(*size);
        take(packet, source);
    }

    void take_rtp(rtp::PacketBuffer& packet, const SocketAddress& source) {
        const auto kind = rtp::kind_of(packet.packet());
        const bool media = kind == rtp::PacketKind::rtp && packet.size() >= kSmallestRtp;
        const bool report = rtcp_mux_ && kind == rtp::PacketKind::rtcp && packet.size() >= kSmallestRtcp;
        if (!media && !report) return take_other(packet, kind, source);
        const Instant now = loop_.now();
        if (report) {
            if (!peer_.target() || source != *peer_.target()) return wrong_source_.add();
            if (protection_.unprotect_rtcp(packet)) listener_.on_rtcp(packet.packet(), now);
            return;
        }
        // With keys, nobody who has none can make us send elsewhere.
        if (!protection_.unprotect_rtp(packet)) return;
        if (!peer_.accept(source, now)) return wrong_source_.add();
        listener_.on_rtp(packet, now);
    }

    /// RFC 7983 §7: a check, a handshake, or nothing that we know.
    void take_other(rtp::PacketBuffer& packet, rtp::PacketKind kind, const SocketAddress& source) {
        const Instant now = loop_.now();
        if (kind == rtp::PacketKind::stun && peer_.by_ice()) {
            if (answer_check(ports_.rtp(), packet.packet(), source) == 0) return malformed_.add();
            leave_stale_source();
            if (peer_.target()) protection_.on_path(now);
            return;
        }
        if (kind == rtp::PacketKind::dtls && protection_.kind() == sdp::Protection::dtls) {
            if (!peer_.accept(source, now)) return wrong_source_.add();
            protection_.on_path(now);
            return protection_.on_dtls(packet.packet(), now);
        }
        malformed_.add();
    }

    std::size_t answer_check(int fd, std::span<const std::uint8_t> message, const SocketAddress& source) {
        std::array<std::uint8_t, stun::kMaxRequest> answer;
        const std::size_t size = peer_.answer_check(message, source, answer);
        if (size > 0 && !send_datagram(fd, std::span(answer).first(size), source)) send_failed_.add();
        return size;
    }

    /// The other component of the same stream; its pair is the one that was checked last.
    void answer_check_of_rtcp(std::span<const std::uint8_t> message, const SocketAddress& source) {
        std::array<std::uint8_t, stun::kMaxRequest> answer;
        const std::size_t size = rtcp_ice_.answer_check(message, source, answer);
        if (size == 0) return malformed_.add();
        if (!send_datagram(ports_.rtcp(), std::span(answer).first(size), source)) send_failed_.add();
        if (rtcp_ice_.target()) rtcp_source_ = rtcp_ice_.target();
    }

    void take_handshake_of_rtcp(std::span<const std::uint8_t> datagram, const SocketAddress& source) {
        if (!is_peer(source)) return wrong_source_.add();
        rtcp_source_ = source;
        report_keys_->on_path(loop_.now());
        report_keys_->on_dtls(datagram, loop_.now());
    }

    void send_beside(std::span<const std::uint8_t> datagram) {
        const auto to = remote_rtcp();
        counted(to, to && send_datagram(ports_.rtcp(), datagram, *to));
    }

    bool send_report(std::span<const std::uint8_t> packet) {
        // RFC 5761 §5.1.1: with rtcp-mux, reports share the media's way.
        if (rtcp_mux_) return send_media(packet, peer_.target());
        const auto to = remote_rtcp();
        return counted(to, to && send_datagram(ports_.rtcp(), packet, *to));
    }

    /// A source that goes on sending gets a socket of its own. The other one still hears a NAT that rebinds.
    void settle(const SocketAddress& source) {
        if (source != peer_.target()) return;
        packets_in_row_ = source == last_source_ ? packets_in_row_ + 1 : 1;
        last_source_ = source;
        if (packets_in_row_ != kSettled) return;
        UniqueFd socket = connect_beside(ports_.rtp(), source);
        if (!socket) return not_settled_.add();
        settled_.emplace(loop_, std::move(socket), source, [this] { drain_settled(); });
    }

    void leave_stale_source() {
        if (!settled_ || peer_.target() == settled_->source) return;
        settled_.reset();
        packets_in_row_ = 0;
    }

    /// Reports come from the host that media comes from, or from where the description says.
    bool is_peer(const SocketAddress& source) {
        if (peer_.by_ice()) return rtcp_ice_.accept(source, loop_.now());
        if (signalled_rtcp_ && same_host(source, *signalled_rtcp_)) return true;
        const auto target = peer_.target();
        return target && same_host(source, *target);
    }

    std::optional<SocketAddress> remote_rtcp() const {
        if (peer_.by_ice()) return rtcp_ice_.target();
        const auto target = peer_.target();
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
    const dtls::Certificate* certificate_;
    Counters& counters_;
    Counter& wrong_source_;
    Counter& malformed_;
    Counter& nowhere_;
    Counter& send_failed_;
    Counter& not_settled_;
    Counter& unexpected_report_;

    // Owned: the watches go before the sockets.
    PortPair ports_;
    Watch rtp_watch_;
    Watch rtcp_watch_;
    std::optional<Settled> settled_;

    // State.
    PeerSource peer_;
    PeerSource rtcp_ice_;  ///< of the RTCP port, with ICE only
    std::optional<SocketAddress> signalled_;
    std::optional<SocketAddress> signalled_rtcp_;
    std::optional<SocketAddress> rtcp_source_;
    SocketAddress last_source_;
    int packets_in_row_ = 0;
    bool rtcp_mux_ = false;
    bool wanted_ = false;
    LegProtection protection_;                    ///< last, these two: their farewells still go out
    std::unique_ptr<LegProtection> report_keys_;  ///< of the RTCP port, with DTLS and without rtcp-mux
};

SipRtpLeg::SipRtpLeg(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SipRtpLeg::~SipRtpLeg() = default;

Result<std::unique_ptr<SipRtpLeg>> SipRtpLeg::open(EventLoop& loop, PortAllocator& ports, Counters& counters,
                                                   CallId, SipRtpLegListener& listener,
                                                   const dtls::Certificate* certificate) {
    auto pair = ports.open();
    if (!pair) return pair.error();
    auto impl = std::make_unique<Impl>(loop, std::move(*pair), counters, listener, certificate);
    return std::unique_ptr<SipRtpLeg>(new SipRtpLeg(std::move(impl)));
}

SocketAddress SipRtpLeg::local_rtp() const {
    return impl_->local_rtp();
}

void SipRtpLeg::set_remote(const sdp::AudioMedia& media, rtp::SourceRule rule) {
    impl_->set_remote(media, rule);
}

std::optional<SocketAddress> SipRtpLeg::remote_rtp() const {
    return impl_->remote_rtp();
}

bool SipRtpLeg::send_rtp(rtp::PacketBuffer& packet) {
    return impl_->send_rtp(packet);
}

bool SipRtpLeg::send_rtcp(std::span<const std::uint8_t> packet) {
    return impl_->send_rtcp(packet);
}

void SipRtpLeg::will_touch(Footprint footprint) {
    impl_->will_touch(footprint);
}

void SipRtpLeg::add_sending_to(Footprint& footprint) const {
    footprint.add(impl_);
    impl_->add_sending_to(footprint);
}

std::string_view SipRtpLeg::srtp_profile() const {
    return impl_->srtp_profile();
}

}  // namespace causeway::sip
