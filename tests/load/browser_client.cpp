#include "tests/load/browser_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/base/random.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/rtp/demux.hpp"
#include "core/rtp/srtp_session.hpp"
#include "tests/load/browser_port.hpp"
#include "tests/load/rtcp_end.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;
using dtls::DtlsSession;
using webrtc::DtlsRole;

constexpr auto kFirstRetransmission = 100ms;
constexpr auto kLongestRetransmission = 1600ms;
constexpr auto kIceGivesUp = 20s;
/// About every five seconds, at random (RFC 7675 §5.1).
constexpr auto kConsentInterval = 4s;
constexpr int kConsentSpread_ms = 2000;
constexpr std::size_t kMaxCandidates = 8;

}  // namespace

class BrowserClient::Impl final : public DatagramTaker, public FrameSender {
  public:
    Impl(const Ground& ground, BrowserPort::Impl& port, BrowserSettings settings, Events events);
    ~Impl() override;

    std::string offer() const;
    Result<void> accept(std::string_view answer);
    void add_candidate(const SocketAddress& address);
    void start_sound();
    void stop_sound();

    void stun(const stun::Message& message, UdpPort::Datagram& datagram) override;
    void media(UdpPort::Datagram& datagram) override;
    void send_frame() override;

    std::optional<rtp::SrtpProfile> profile;
    RtpStream stream;

  private:
    enum class Ice : std::uint8_t { idle, checking, nominating, selected };

    void send_check(const SocketAddress& to, bool nominate);
    void on_success(const SocketAddress& from);
    void on_ice_timer(Instant now);
    void send_report();
    void send_dtls(std::span<const std::uint8_t> datagram);
    void after_dtls();
    void end_handshake();
    void fail(std::string reason);

    const Ground ground_;
    BrowserPort::Impl& port_;
    const BrowserSettings settings_;
    const std::shared_ptr<const Events> events_;  ///< gone with the client, so that posted ones are not told
    const std::uint32_t slot_;
    const std::string ufrag_ = random_token(8);
    const std::string password_ = random_token(24);
    const std::uint64_t tie_breaker_ = random_u64();
    std::string username_;  ///< "theirs:ours"
    std::string peer_password_;
    std::vector<SocketAddress> candidates_;
    SocketAddress peer_;  ///< nominated
    Ice ice_ = Ice::idle;
    Instant ice_began_{};
    Duration retransmission_ = kFirstRetransmission;
    Timer ice_timer_;
    std::optional<DtlsSession> dtls_;
    bool dtls_started_ = false;
    Timer dtls_timer_;
    std::optional<rtp::SrtpSession> inbound_;
    std::optional<rtp::SrtpSession> outbound_;
    RtcpEnd rtcp_;
    bool shaking_hands_ = false;
    bool sound_wanted_ = false;
    bool sounding_ = false;
};

BrowserClient::Impl::Impl(const Ground& ground, BrowserPort::Impl& port, BrowserSettings settings,
                          Events events)
    : ground_(ground),
      port_(port),
      settings_(std::move(settings)),
      events_(std::make_shared<const Events>(std::move(events))),
      slot_(port.next_slot++),
      ice_timer_(ground.loop, [this](Instant now) { on_ice_timer(now); }),
      dtls_timer_(ground.loop, [this](Instant now) {
          dtls_->on_timeout(now);
          after_dtls();
      }) {
    port_.by_ufrag[ufrag_] = this;
    port_.by_slot[slot_] = this;
}

BrowserClient::Impl::~Impl() {
    stop_sound();
    end_handshake();
    if (dtls_) dtls_->close();
    port_.by_ufrag.erase(ufrag_);
    port_.by_slot.erase(slot_);
    std::erase_if(port_.by_source, [this](const auto& entry) { return entry.second == this; });
}

std::string BrowserClient::Impl::offer() const {
    const SocketAddress local = port_.udp->local();
    return make_browser_offer(
        {.formats = settings_.formats,
         .ice_ufrag = ufrag_,
         .ice_password = password_,
         .fingerprint = ground_.certificate.fingerprint(),
         .candidate = settings_.detour.announce ? settings_.detour.announce(local) : local,
         .ssrc = stream.ssrc(),
         .ptime_ms = settings_.ptime_ms,
         .attributes = settings_.attributes});
}

Result<void> BrowserClient::Impl::accept(std::string_view answer) {
    auto parts = read_browser_answer(answer);
    if (!parts) return parts.error();
    auto session =
        DtlsSession::make(ground_.certificate,
                          {.role = parts->peer_is_dtls_client ? DtlsRole::server : DtlsRole::client,
                           .peer_fingerprints = parts->fingerprints,
                           .srtp_profiles = settings_.srtp_profiles},
                          [this](std::span<const std::uint8_t> datagram) { send_dtls(datagram); });
    if (!session) return session.error();
    dtls_.emplace(std::move(*session));
    const auto format =
        std::find_if(settings_.formats.begin(), settings_.formats.end(),
                     [&](const auto& offered) { return offered.payload_type == parts->payload_type; });
    if (format == settings_.formats.end()) return Error{"the answer takes a format that was not offered"};
    const std::size_t slash = format->rtpmap.find('/');
    stream.set_format(format->payload_type,
                      static_cast<std::uint32_t>(std::stoul(format->rtpmap.substr(slash + 1))),
                      settings_.ptime_ms);
    username_ = parts->ice_ufrag + ":" + ufrag_;
    peer_password_ = parts->ice_password;
    ice_ = Ice::checking;
    port_.begin_handshake();
    shaking_hands_ = true;
    ice_began_ = ground_.loop.now();
    for (const SocketAddress& candidate : parts->candidates) add_candidate(candidate);
    if (candidates_.empty()) ice_timer_.arm(ground_.loop.now() + retransmission_);
    return {};
}

void BrowserClient::Impl::add_candidate(const SocketAddress& address) {
    const SocketAddress reached = settings_.detour.reach ? settings_.detour.reach(address) : address;
    if (candidates_.size() == kMaxCandidates || ice_ == Ice::idle) return;
    if (std::find(candidates_.begin(), candidates_.end(), reached) != candidates_.end()) return;
    candidates_.push_back(reached);
    port_.by_source[reached] = this;
    if (ice_ == Ice::checking) {
        send_check(reached, false);
        ice_timer_.arm(ground_.loop.now() + retransmission_);
    }
}

void BrowserClient::Impl::send_check(const SocketAddress& to, bool nominate) {
    port_.udp->send(stun::write({.transaction = port_.make_transaction(slot_),
                                 .username = username_,
                                 .key = peer_password_,
                                 .tie_breaker = tie_breaker_,
                                 .nominate = nominate}),
                    to);
}

void BrowserClient::Impl::stun(const stun::Message& message, UdpPort::Datagram& datagram) {
    if (message.kind == stun::Kind::request) {
        if (!stun::has_integrity(datagram.buffer.packet(), password_)) return;
        port_.udp->send(stun::write_success(message.transaction, datagram.from, password_), datagram.from);
    } else if (message.kind == stun::Kind::success) {
        on_success(datagram.from);
    }
}

void BrowserClient::Impl::on_success(const SocketAddress& from) {
    if (ice_ == Ice::checking) {
        peer_ = from;
        port_.by_source[from] = this;
        ice_ = Ice::nominating;
        retransmission_ = kFirstRetransmission;
        send_check(peer_, true);
        ice_timer_.arm(ground_.loop.now() + retransmission_);
    } else if (ice_ == Ice::nominating && from == peer_) {
        ice_ = Ice::selected;
        on_ice_timer(ground_.loop.now());
        if (dtls_started_) return;
        dtls_started_ = true;
        dtls_->start(ground_.loop.now());
        after_dtls();
    }
}

void BrowserClient::Impl::on_ice_timer(Instant now) {
    if (ice_ == Ice::selected) {
        if (dtls_started_) send_check(peer_, false);
        if (outbound_) send_report();
        ice_timer_.arm(now + kConsentInterval + std::chrono::milliseconds(random_u16() % kConsentSpread_ms));
        return;
    }
    if (now - ice_began_ > kIceGivesUp) return fail("ICE found no way");
    if (ice_ == Ice::nominating) send_check(peer_, true);
    if (ice_ == Ice::checking) {
        for (const SocketAddress& candidate : candidates_) send_check(candidate, false);
    }
    retransmission_ = std::min<Duration>(2 * retransmission_, kLongestRetransmission);
    ice_timer_.arm(now + retransmission_);
}

void BrowserClient::Impl::send_dtls(std::span<const std::uint8_t> datagram) {
    if (ice_ == Ice::nominating || ice_ == Ice::selected) {
        port_.udp->send(datagram, peer_);
    } else if (!candidates_.empty()) {
        port_.udp->send(datagram, candidates_.front());
    }
}

void BrowserClient::Impl::media(UdpPort::Datagram& datagram) {
    const rtp::PacketKind kind = rtp::kind_of(datagram.buffer.packet());
    if (kind == rtp::PacketKind::dtls) {
        if (!dtls_) return;
        dtls_->input(datagram.buffer.packet(), ground_.loop.now());
        return after_dtls();
    }
    if (!inbound_) return;
    if (kind == rtp::PacketKind::rtcp) {
        if (!inbound_->unprotect_rtcp(datagram.buffer)) return;
        return rtcp_.heard_compound(datagram.buffer.packet(), datagram.arrived);
    }
    if (kind != rtp::PacketKind::rtp || !inbound_->unprotect_rtp(datagram.buffer)) return;
    const auto packet = rtp::RtpView::parse(datagram.buffer.packet());
    if (!packet) return;
    rtcp_.heard(*packet);
    if (settings_.sink != nullptr) settings_.sink->packet(*packet, datagram.arrived);
}

void BrowserClient::Impl::after_dtls() {
    if (const auto deadline = dtls_->deadline()) {
        dtls_timer_.arm(*deadline);
    } else {
        dtls_timer_.disarm();
    }
    if (dtls_->state() == DtlsSession::State::failed) return fail("DTLS: " + dtls_->failure());
    if (dtls_->state() != DtlsSession::State::connected || profile) return;
    auto keys = dtls_->export_keys();
    if (!keys) return fail(keys.error().detail);
    auto inbound =
        rtp::SrtpSession::make(keys->profile, keys->inbound, rtp::SrtpDirection::inbound, ground_.counters);
    auto outbound =
        rtp::SrtpSession::make(keys->profile, keys->outbound, rtp::SrtpDirection::outbound, ground_.counters);
    if (!inbound || !outbound) return fail("SRTP cannot be set up");
    inbound_.emplace(std::move(*inbound));
    outbound_.emplace(std::move(*outbound));
    profile = keys->profile;
    end_handshake();
    if (sound_wanted_) start_sound();
    ground_.loop.post([weak = std::weak_ptr(events_)] {
        const auto events = weak.lock();
        if (events && events->on_srtp_up) events->on_srtp_up();
    });
}

void BrowserClient::Impl::start_sound() {
    sound_wanted_ = true;
    if (!outbound_ || sounding_ || settings_.source == nullptr) return;
    sounding_ = true;
    ground_.clock.add(*this, port_.udp.get(), stream.ptime_ms());
}

void BrowserClient::Impl::stop_sound() {
    sound_wanted_ = false;
    if (sounding_) ground_.clock.remove(*this);
    sounding_ = false;
}

void BrowserClient::Impl::send_frame() {
    rtp::PacketBuffer& packet = port_.udp->prepare();
    if (stream.next(*settings_.source, packet) && outbound_->protect_rtp(packet)) port_.udp->commit(peer_);
}

void BrowserClient::Impl::send_report() {
    rtp::PacketBuffer& packet = port_.udp->prepare();
    rtcp_.write(packet, stream, wire_time());
    if (outbound_->protect_rtcp(packet)) port_.udp->commit(peer_);
    UdpPort::flush(ground_.batches);
}

void BrowserClient::Impl::end_handshake() {
    if (shaking_hands_) port_.end_handshake();
    shaking_hands_ = false;
}

void BrowserClient::Impl::fail(std::string reason) {
    end_handshake();
    ice_timer_.disarm();
    dtls_timer_.disarm();
    ground_.loop.post([weak = std::weak_ptr(events_), why = std::move(reason)] {
        const auto events = weak.lock();
        if (events && events->on_failed) events->on_failed(why);
    });
}

BrowserClient::BrowserClient(const Ground& ground, BrowserPort& port, BrowserSettings settings, Events events)
    : impl_(std::make_unique<Impl>(ground, *port.impl_, std::move(settings), std::move(events))) {}
BrowserClient::~BrowserClient() = default;

std::string BrowserClient::offer() const {
    return impl_->offer();
}
Result<void> BrowserClient::accept(std::string_view answer) {
    return impl_->accept(answer);
}
void BrowserClient::add_candidate(std::string_view candidate) {
    if (const auto address = candidate_address(candidate)) impl_->add_candidate(*address);
}
void BrowserClient::start_sound() {
    impl_->start_sound();
}
void BrowserClient::stop_sound() {
    impl_->stop_sound();
}
std::string BrowserClient::srtp_profile() const {
    return impl_->profile ? std::string(to_string(*impl_->profile)) : std::string();
}
std::uint32_t BrowserClient::packets_sent() const {
    return impl_->stream.packets();
}

}  // namespace causeway::load
