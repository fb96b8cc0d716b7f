#include "webrtc/browser_leg.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/counters.hpp"
#include "core/base/footprint.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/dtls/certificate.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/demux.hpp"
#include "core/rtp/srtp_session.hpp"
#include "webrtc/ice/ice_paths.hpp"

namespace causeway::webrtc {

using dtls::DtlsSession;

namespace {

// Media that overtakes the end of the handshake: 320 ms of it at most.
constexpr std::size_t kMaxEarlyPackets = 16;
// A flight of the handshake that is ready before there is a path.
constexpr std::size_t kMaxWaitingDtls = 8;
constexpr std::size_t kMaxRtcp = 1400;
// A restart opens sockets: nobody's network changes more often.
constexpr Duration kLeastBetweenRestarts = std::chrono::milliseconds(200);

using Bytes = std::vector<std::uint8_t>;

IceSettings ice_settings(const BrowserLegSettings& settings) {
    return {.lite = settings.ice_lite,
            .bind_addresses = settings.bind_addresses,
            .external_addresses = settings.external_addresses,
            .port_min = settings.port_min,
            .port_max = settings.port_max,
            .stun_server = settings.stun_server,
            .turn_server = settings.turn_server,
            .turn_username = settings.turn_username,
            .turn_password = settings.turn_password,
            .turn_secret = settings.turn_secret,
            .tcp = settings.ice_tcp};
}

/// RFC 8842 §5.3: the answerer takes the role that the offer leaves to it.
DtlsRole role_for(Setup setup, DtlsRole preferred) {
    if (setup == Setup::active) return DtlsRole::server;
    if (setup == Setup::passive) return DtlsRole::client;
    return preferred;
}

IceRemote ice_remote(const BrowserOffer& offer) {
    return {.ufrag = offer.ice_ufrag,
            .password = offer.ice_password,
            .lite = offer.ice_lite,
            .we_control = false,
            .may_wait = offer.may_wait};
}

bool fill(rtp::PacketBuffer& buffer, std::span<const std::uint8_t> bytes) {
    const std::span<std::uint8_t> room = buffer.fresh();
    if (bytes.size() > room.size()) return false;
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.resize(bytes.size());
    return true;
}

}  // namespace

class BrowserLeg::Impl final : private IceListener {
  public:
    Impl(EventLoop& loop, const BrowserLegSettings& settings, const Certificate& certificate,
         Counters& counters, CallId call, BrowserLegListener& listener);
    ~Impl() override;

    Result<BrowserAnswer> start(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs, Ssrc ssrc,
                                std::string_view cname);
    Result<BrowserAnswer> reoffer(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs);
    void add_remote_candidate(std::string_view candidate) { ice_.add_remote_candidate(candidate); }
    bool send_rtp(rtp::PacketBuffer& packet);
    bool send_again(std::span<const std::uint8_t> sent) { return !failed_ && ice_.send(sent); }
    bool send_rtcp(std::span<const std::uint8_t> packet);
    void will_touch(Footprint footprint);
    void add_sending_to(Footprint& footprint) const;
    std::string_view srtp_profile() const { return profile_ ? to_string(*profile_) : std::string_view(); }

  private:
    void on_ice_candidate(std::string_view candidate) override { listener_.on_local_candidate(candidate); }
    void on_ice_selected() override;
    void on_ice_failed(std::string_view detail) override;
    void on_ice_datagram(rtp::PacketBuffer& datagram, Instant now) override;

    Result<void> make_dtls(const BrowserOffer& offer, DtlsRole role);
    Result<BrowserAnswer> answer(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs,
                                 const IceLocal& local);
    /// Why it is not an offer of the peer that we talk with.
    std::optional<Error> stranger(const BrowserOffer& offer) const;
    void take_candidates(const BrowserOffer& offer);
    void send_dtls(std::span<const std::uint8_t> datagram);
    void after_dtls(Instant now);
    Result<void> key_srtp();
    void connected(Instant now);
    void keep_early(const rtp::PacketBuffer& datagram);
    void deliver_early(Instant now);
    void deliver(rtp::PacketBuffer& datagram, rtp::PacketKind kind, Instant now);
    void fail(EndCause cause, Side by, std::string_view detail);

    // Given.
    EventLoop& loop_;
    const BrowserLegSettings settings_;
    const Certificate& certificate_;
    Counters& counters_;
    const CallId call_;
    BrowserLegListener& listener_;
    Counter& early_dropped_;
    Counter& not_connected_;
    Counter& unknown_datagram_;
    Counter& rtcp_too_long_;
    Counter& dtls_not_sent_;

    // Owned.
    IcePaths ice_;
    std::optional<DtlsSession> dtls_;
    Timer dtls_timer_;
    std::optional<rtp::SrtpSession> inbound_;
    std::optional<rtp::SrtpSession> outbound_;

    // State.
    std::vector<Bytes> early_;
    std::vector<Bytes> waiting_dtls_;
    std::optional<rtp::SrtpProfile> profile_;
    bool lost_ = false;    ///< no path; a restart may find one
    bool failed_ = false;  ///< for good
    // Of the descriptions.
    const std::uint64_t session_id_ = random_u64() >> 1;
    std::uint64_t version_ = 0;
    BrowserOffer first_;
    DtlsRole role_ = DtlsRole::server;
    Ssrc ssrc_{};
    std::string cname_;
    Instant last_restart_{};
};

BrowserLeg::Impl::Impl(EventLoop& loop, const BrowserLegSettings& settings, const Certificate& certificate,
                       Counters& counters, CallId call, BrowserLegListener& listener)
    : loop_(loop),
      settings_(settings),
      certificate_(certificate),
      counters_(counters),
      call_(call),
      listener_(listener),
      early_dropped_(counters.counter("webrtc_early_packet_dropped")),
      not_connected_(counters.counter("webrtc_send_before_connected")),
      unknown_datagram_(counters.counter("webrtc_unknown_datagram")),
      rtcp_too_long_(counters.counter("webrtc_rtcp_too_long")),
      dtls_not_sent_(counters.counter("dtls_datagram_not_sent")),
      ice_(loop, ice_settings(settings), counters, *this),
      dtls_timer_(loop, [this](Instant now) {
          dtls_->on_timeout(now);
          after_dtls(now);
      }) {}

BrowserLeg::Impl::~Impl() {
    if (dtls_) dtls_->close();
}

Result<BrowserAnswer> BrowserLeg::Impl::start(const BrowserOffer& offer,
                                              const std::vector<sdp::Codec>& codecs, Ssrc ssrc,
                                              std::string_view cname) {
    first_ = offer;
    role_ = role_for(offer.setup, settings_.preferred_role);
    ssrc_ = ssrc;
    cname_ = cname;
    if (auto made = make_dtls(offer, role_); !made) return made.error();
    auto local = ice_.start(ice_remote(offer));
    if (!local) return local.error();
    auto answered = answer(offer, codecs, *local);
    if (answered) take_candidates(offer);
    return answered;
}

Result<BrowserAnswer> BrowserLeg::Impl::answer(const BrowserOffer& offer,
                                               const std::vector<sdp::Codec>& codecs, const IceLocal& local) {
    return make_answer(offer, {.codecs = codecs,
                               .comfort_noise = settings_.comfort_noise,
                               .role = role_,
                               .ice_ufrag = local.ufrag,
                               .ice_password = local.password,
                               .ice_lite = settings_.ice_lite,
                               .fingerprint = certificate_.fingerprint(),
                               .candidates = local.candidates,
                               .end_of_candidates = local.end_of_candidates,
                               .ssrc = ssrc_,
                               .cname = cname_,
                               .session_id = session_id_,
                               .session_version = ++version_,
                               .opus_bitrate = settings_.opus_bitrate,
                               .opus_dtx = settings_.opus_dtx});
}

void BrowserLeg::Impl::take_candidates(const BrowserOffer& offer) {
    for (const std::string& candidate : offer.candidates) ice_.add_remote_candidate(candidate);
    if (offer.end_of_candidates) ice_.add_remote_candidate("");
}

std::optional<Error> BrowserLeg::Impl::stranger(const BrowserOffer& offer) const {
    // RFC 8122 §6.2, RFC 8842 §5.5: another certificate would be another association.
    const auto& known = first_.fingerprints;
    if (known.size() != offer.fingerprints.size() ||
        !std::is_permutation(known.begin(), known.end(), offer.fingerprints.begin())) {
        return Error{"the certificate's fingerprint is not the one that this call began with"};
    }
    if (answer_role(offer.setup, role_) != role_) return Error{"the DTLS role of a=setup cannot change"};
    // RFC 3264 §8: sections stay where they are.
    if (offer.audio_index != first_.audio_index || offer.audio_mid != first_.audio_mid) {
        return Error{"the audio section is not where it was"};
    }
    return std::nullopt;
}

Result<BrowserAnswer> BrowserLeg::Impl::reoffer(const BrowserOffer& offer,
                                                const std::vector<sdp::Codec>& codecs) {
    if (failed_) return Error{"the media connection is closed"};
    if (auto fault = stranger(offer)) return std::move(*fault);
    auto answered = answer(offer, codecs, ice_.local());
    const IceRemote remote = ice_remote(offer);
    if (!answered || ice_.is_known(remote)) {
        if (answered) take_candidates(offer);
        return answered;
    }
    // RFC 8839 §4.4.1.1.1: other credentials are a restart.
    const Instant now = loop_.now();
    if (now < last_restart_ + kLeastBetweenRestarts) return Error{"ICE restarts follow too fast"};
    auto local = ice_.start(remote);
    if (!local) return local.error();
    last_restart_ = now;
    answered = answer(offer, codecs, *local);
    take_candidates(offer);
    log::debug(call_, "the browser restarts ICE");
    return answered;
}

Result<void> BrowserLeg::Impl::make_dtls(const BrowserOffer& offer, DtlsRole role) {
    auto dtls = DtlsSession::make(
        certificate_, {.role = role, .peer_fingerprints = offer.fingerprints, .srtp_profiles = {}},
        [this](std::span<const std::uint8_t> datagram) { send_dtls(datagram); });
    if (!dtls) return dtls.error();
    dtls_.emplace(std::move(*dtls));
    return {};
}

void BrowserLeg::Impl::send_dtls(std::span<const std::uint8_t> datagram) {
    if (ice_.selected()) {
        if (!ice_.send(datagram)) dtls_not_sent_.add();
    } else if (waiting_dtls_.size() < kMaxWaitingDtls) {
        waiting_dtls_.emplace_back(datagram.begin(), datagram.end());
    } else {
        dtls_not_sent_.add();
    }
}

void BrowserLeg::Impl::on_ice_selected() {
    const bool is_back = std::exchange(lost_, false) && profile_ && !failed_;
    for (const Bytes& datagram : std::exchange(waiting_dtls_, {})) send_dtls(datagram);
    dtls_->start(loop_.now());
    after_dtls(loop_.now());
    if (is_back && !failed_) listener_.on_connected();
}

void BrowserLeg::Impl::on_ice_failed(std::string_view detail) {
    if (failed_ || std::exchange(lost_, true)) return;
    listener_.on_failed({.cause = EndCause::ice_failed,
                         .by = Side::browser,
                         .detail = std::string(detail),
                         .sip_status = {}});
}

void BrowserLeg::Impl::on_ice_datagram(rtp::PacketBuffer& datagram, Instant now) {
    if (failed_) return;
    const rtp::PacketKind kind = rtp::kind_of(datagram.packet());
    switch (kind) {
        case rtp::PacketKind::rtp:
        case rtp::PacketKind::rtcp:
            if (profile_) return deliver(datagram, kind, now);
            return keep_early(datagram);
        case rtp::PacketKind::dtls:
            dtls_->input(datagram.packet(), now);
            return after_dtls(now);
        case rtp::PacketKind::stun:
        case rtp::PacketKind::turn_channel:
        case rtp::PacketKind::unknown:
            unknown_datagram_.add();
    }
}

void BrowserLeg::Impl::after_dtls(Instant now) {
    if (failed_) return;
    switch (dtls_->state()) {
        case DtlsSession::State::failed:
            return fail(EndCause::dtls_failed, Side::browser, dtls_->failure());
        case DtlsSession::State::closed:
            return fail(EndCause::hangup, Side::browser, "the browser closed its media connection");
        case DtlsSession::State::connected:
            if (!profile_) connected(now);
            break;
        case DtlsSession::State::handshaking:
            break;
    }
    if (const auto deadline = dtls_->deadline()) {
        dtls_timer_.arm(*deadline);
    } else {
        dtls_timer_.disarm();
    }
}

Result<void> BrowserLeg::Impl::key_srtp() {
    auto keys = dtls_->export_keys();
    if (!keys) return keys.error();
    auto inbound =
        rtp::SrtpSession::make(keys->profile, keys->inbound, rtp::SrtpDirection::inbound, counters_);
    if (!inbound) return inbound.error();
    auto outbound =
        rtp::SrtpSession::make(keys->profile, keys->outbound, rtp::SrtpDirection::outbound, counters_);
    if (!outbound) return outbound.error();
    inbound_.emplace(std::move(*inbound));
    outbound_.emplace(std::move(*outbound));
    profile_ = keys->profile;
    return {};
}

void BrowserLeg::Impl::connected(Instant now) {
    if (const auto keyed = key_srtp(); !keyed) {
        return fail(EndCause::dtls_failed, Side::gateway, keyed.error().detail);
    }
    log::debug(call_, "browser leg connected, {}", srtp_profile());
    listener_.on_connected();
    deliver_early(now);
}

void BrowserLeg::Impl::keep_early(const rtp::PacketBuffer& datagram) {
    if (early_.size() == kMaxEarlyPackets) return early_dropped_.add();
    const auto packet = datagram.packet();
    early_.emplace_back(packet.begin(), packet.end());
}

void BrowserLeg::Impl::deliver_early(Instant now) {
    rtp::PacketBuffer buffer;
    for (const Bytes& packet : std::exchange(early_, {})) {
        if (fill(buffer, packet)) deliver(buffer, rtp::kind_of(packet), now);
    }
}

void BrowserLeg::Impl::deliver(rtp::PacketBuffer& datagram, rtp::PacketKind kind, Instant now) {
    // What does not authenticate is counted by the session and goes no further.
    if (kind == rtp::PacketKind::rtp) {
        if (inbound_->unprotect_rtp(datagram)) listener_.on_rtp(datagram, now);
    } else {
        if (inbound_->unprotect_rtcp(datagram)) listener_.on_rtcp(datagram.packet(), now);
    }
}

void BrowserLeg::Impl::fail(EndCause cause, Side by, std::string_view detail) {
    if (std::exchange(failed_, true)) return;
    dtls_timer_.disarm();
    if (lost_) return;
    listener_.on_failed({.cause = cause, .by = by, .detail = std::string(detail), .sip_status = {}});
}

bool BrowserLeg::Impl::send_rtp(rtp::PacketBuffer& packet) {
    if (!outbound_ || failed_ || lost_) {
        not_connected_.add();
        return false;
    }
    return outbound_->protect_rtp(packet) && ice_.send(packet.packet());
}

void BrowserLeg::Impl::will_touch(Footprint footprint) {
    footprint.add_bytes(this, sizeof(IceListener));
    footprint.add(call_, inbound_, profile_, failed_);
    if (inbound_) inbound_->add_to(footprint);
    ice_.will_touch(footprint);
}

void BrowserLeg::Impl::add_sending_to(Footprint& footprint) const {
    footprint.add(outbound_, lost_, failed_);
    if (outbound_) outbound_->add_to(footprint);
    ice_.add_sending_to(footprint);
}

bool BrowserLeg::Impl::send_rtcp(std::span<const std::uint8_t> packet) {
    if (!outbound_ || failed_ || lost_) {
        not_connected_.add();
        return false;
    }
    rtp::PacketBuffer buffer;
    if (packet.size() > kMaxRtcp || !fill(buffer, packet)) {
        rtcp_too_long_.add();
        return false;
    }
    return outbound_->protect_rtcp(buffer) && ice_.send(buffer.packet());
}

BrowserLeg::BrowserLeg(EventLoop& loop, const BrowserLegSettings& settings, const Certificate& certificate,
                       Counters& counters, CallId call, BrowserLegListener& listener)
    : impl_(std::make_unique<Impl>(loop, settings, certificate, counters, call, listener)) {}

BrowserLeg::~BrowserLeg() = default;

Result<BrowserAnswer> BrowserLeg::start(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs,
                                        Ssrc ssrc, std::string_view cname) {
    return impl_->start(offer, codecs, ssrc, cname);
}

Result<BrowserAnswer> BrowserLeg::reoffer(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs) {
    return impl_->reoffer(offer, codecs);
}

void BrowserLeg::add_remote_candidate(std::string_view candidate) {
    impl_->add_remote_candidate(candidate);
}

bool BrowserLeg::send_rtp(rtp::PacketBuffer& packet) {
    return impl_->send_rtp(packet);
}

void BrowserLeg::will_touch(Footprint footprint) {
    impl_->will_touch(footprint);
}

void BrowserLeg::add_sending_to(Footprint& footprint) const {
    footprint.add(impl_);
    impl_->add_sending_to(footprint);
}

bool BrowserLeg::send_again(std::span<const std::uint8_t> sent) {
    return impl_->send_again(sent);
}

bool BrowserLeg::send_rtcp(std::span<const std::uint8_t> packet) {
    return impl_->send_rtcp(packet);
}

std::string_view BrowserLeg::srtp_profile() const {
    return impl_->srtp_profile();
}

}  // namespace causeway::webrtc
