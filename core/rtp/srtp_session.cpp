// libsrtp2 sessions with limits, and the way back from a lost roll-over counter. RFC 3711 §3.3, RFC 7714.
#include "core/rtp/srtp_session.hpp"

#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "core/base/counters.hpp"
#include "core/base/footprint.hpp"
#include "core/rtp/big_endian.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_evp.hpp"

namespace causeway::rtp {

namespace {

constexpr unsigned long kReplayWindow = 1024;
constexpr std::uint32_t kRolloverGuesses = 9;  ///< this count and the eight after it
constexpr std::size_t kRtpHeader = 12;
constexpr std::size_t kRtcpHeader = 8;
constexpr std::size_t kTrailer = 20;  ///< tag of 16 or 10 bytes, SRTCP index of 4

struct DeallocSrtp {
    void operator()(srtp_ctx_t_* session) const { srtp_dealloc(session); }
};

void set_policies(SrtpProfile profile, srtp_policy_t& policy) {
    switch (profile) {
        case SrtpProfile::aead_aes_128_gcm:
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
            srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
            return;
        case SrtpProfile::aead_aes_256_gcm:
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
            srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
            return;
        case SrtpProfile::aes256_cm_sha1_80:
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
            srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
            return;
        case SrtpProfile::aes128_cm_sha1_32:
            srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
            // RFC 4568 §6.2.2: the short tag is for RTP only.
            srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
            return;
        case SrtpProfile::aes128_cm_sha1_80:
            break;
    }
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
}

}  // namespace

class SrtpSession::Impl {
  public:
    using Operation = srtp_err_status_t (*)(srtp_t, void*, int*);

    Impl(srtp_t session, const KeyParts& keys, Counters& counters)
        : session_(session),
          keys_(keys),
          replay_(counters.counter("srtp_replay")),
          auth_failure_(counters.counter("srtp_auth_failure")),
          too_many_streams_(counters.counter("srtp_too_many_streams")),
          malformed_(counters.counter("srtp_malformed")) {}

    bool protect(PacketBuffer& packet, Operation operation, std::size_t header, std::size_t ssrc_at);
    bool unprotect_rtp(PacketBuffer& packet);
    bool unprotect_rtcp(PacketBuffer& packet);
    bool opens(PacketBuffer& packet, Operation operation, std::size_t header, std::size_t ssrc_at);
    /// Takes over what `before` knows of roll-overs; false when there is nothing.
    bool go_on_from(const Impl& before, const srtp_policy_t& policy);
    void add_to(Footprint& footprint) const;

  private:
    struct Stream {
        std::uint32_t ssrc = 0;
        int failures = 0;  ///< in a row
        std::uint32_t guess = 0;
    };

    Stream* find(std::uint32_t ssrc);
    bool admit(const PacketBuffer& packet, std::size_t header, std::size_t ssrc_at);
    void remember(std::uint32_t ssrc);
    srtp_err_status_t run(Operation operation, PacketBuffer& packet);
    srtp_err_status_t retry_later_rollover(Stream& stream, std::span<const std::uint8_t> original,
                                           PacketBuffer& packet);
    bool refuse(srtp_err_status_t status);

    // Owned.
    std::unique_ptr<srtp_ctx_t_, DeallocSrtp> session_;
    const KeyParts keys_;  ///< of what the session owns
    // Given.
    Counter& replay_;
    Counter& auth_failure_;
    Counter& too_many_streams_;
    Counter& malformed_;
    // State.
    std::size_t stream_count_ = 0;
    std::array<Stream, kMaxStreams> streams_{};
};

SrtpSession::Impl::Stream* SrtpSession::Impl::find(std::uint32_t ssrc) {
    const auto end = streams_.begin() + static_cast<std::ptrdiff_t>(stream_count_);
    const auto at = std::find_if(streams_.begin(), end, [&](const Stream& s) { return s.ssrc == ssrc; });
    return at == end ? nullptr : &*at;
}

bool SrtpSession::Impl::admit(const PacketBuffer& packet, std::size_t header, std::size_t ssrc_at) {
    if (packet.size() < header) {
        malformed_.add();
        return false;
    }
    // libsrtp2 keeps state for every SSRC that it has seen, without a limit of its own.
    if (stream_count_ < streams_.size() || find(read_u32(packet.packet().data() + ssrc_at))) return true;
    too_many_streams_.add();
    return false;
}

void SrtpSession::Impl::remember(std::uint32_t ssrc) {
    if (Stream* known = find(ssrc)) {
        known->failures = 0;
    } else {
        streams_[stream_count_++] = {ssrc, 0, 0};
    }
}

srtp_err_status_t SrtpSession::Impl::run(Operation operation, PacketBuffer& packet) {
    int size = static_cast<int>(packet.size());
    const auto status = operation(session_.get(), packet.packet().data(), &size);
    if (status == srtp_err_status_ok) packet.resize(static_cast<std::size_t>(size));
    return status;
}

bool SrtpSession::Impl::refuse(srtp_err_status_t status) {
    switch (status) {
        case srtp_err_status_replay_fail:
        case srtp_err_status_replay_old:
            replay_.add();
            break;
        case srtp_err_status_auth_fail:
            auth_failure_.add();
            break;
        default:
            malformed_.add();
            break;
    }
    return false;
}

bool SrtpSession::Impl::protect(PacketBuffer& packet, Operation operation, std::size_t header,
                                std::size_t ssrc_at) {
    if (!admit(packet, header, ssrc_at)) return false;
    if (packet.room() < packet.size() + kTrailer) return refuse(srtp_err_status_bad_param);
    const std::uint32_t ssrc = read_u32(packet.packet().data() + ssrc_at);
    const auto status = run(operation, packet);
    if (status != srtp_err_status_ok) return refuse(status);
    remember(ssrc);
    return true;
}

bool SrtpSession::Impl::unprotect_rtp(PacketBuffer& packet) {
    if (!admit(packet, kRtpHeader, 8)) return false;
    const std::uint32_t ssrc = read_u32(packet.packet().data() + 8);
    Stream* stream = find(ssrc);
    std::array<std::uint8_t, PacketBuffer::kMaxPacket + PacketBuffer::kTailRoom> spare;
    const auto original = std::span(spare).first(std::min(packet.size(), spare.size()));
    const bool suspicious = stream && stream->failures >= kSuspicious && packet.size() <= spare.size();
    // A failed decryption leaves nothing to try again with.
    if (suspicious) std::memcpy(original.data(), packet.packet().data(), original.size());
    auto status = run(srtp_unprotect, packet);
    const bool unbelieved = status == srtp_err_status_auth_fail || status == srtp_err_status_replay_old ||
                            status == srtp_err_status_replay_fail;
    if (unbelieved && suspicious && retry_later_rollover(*stream, original, packet) == srtp_err_status_ok) {
        status = srtp_err_status_ok;
    }
    if (status != srtp_err_status_ok) {
        if (stream && unbelieved && stream->failures < kSuspicious) ++stream->failures;
        return refuse(status);
    }
    remember(ssrc);
    return true;
}

srtp_err_status_t SrtpSession::Impl::retry_later_rollover(Stream& stream,
                                                          std::span<const std::uint8_t> original,
                                                          PacketBuffer& packet) {
    std::uint32_t rollover = 0;
    if (srtp_get_stream_roc(session_.get(), stream.ssrc, &rollover) != srtp_err_status_ok) {
        return srtp_err_status_fail;
    }
    // RFC 3711 §3.3.1: the sender may have wrapped unheard. One guess per packet bounds the cost; only a
    // guess that authenticates changes anything, and a packet of the past cannot, since no guess looks back.
    rollover += stream.guess++ % kRolloverGuesses;
    if (rollover == 0 || srtp_set_stream_roc(session_.get(), stream.ssrc, rollover) != srtp_err_status_ok) {
        return srtp_err_status_fail;
    }
    packet.resize(original.size());
    std::memcpy(packet.packet().data(), original.data(), original.size());
    const auto status = run(srtp_unprotect, packet);
    srtp_set_stream_roc(session_.get(), stream.ssrc, 0);
    return status;
}

bool SrtpSession::Impl::unprotect_rtcp(PacketBuffer& packet) {
    if (!admit(packet, kRtcpHeader, 4)) return false;
    const std::uint32_t ssrc = read_u32(packet.packet().data() + 4);
    const auto status = run(srtp_unprotect_rtcp, packet);
    if (status != srtp_err_status_ok) return refuse(status);
    if (!find(ssrc)) remember(ssrc);
    return true;
}

bool SrtpSession::Impl::opens(PacketBuffer& packet, Operation operation, std::size_t header,
                              std::size_t ssrc_at) {
    std::array<std::uint8_t, PacketBuffer::kMaxPacket + PacketBuffer::kTailRoom> spare;
    const std::size_t size = packet.size();
    if (size < header || size > spare.size()) return false;
    const std::uint32_t ssrc = read_u32(packet.packet().data() + ssrc_at);
    if (stream_count_ == streams_.size() && !find(ssrc)) return false;
    std::memcpy(spare.data(), packet.packet().data(), size);
    if (run(operation, packet) == srtp_err_status_ok) {
        remember(ssrc);
        return true;
    }
    packet.resize(size);
    std::memcpy(packet.packet().data(), spare.data(), size);
    return false;
}

void SrtpSession::Impl::add_to(Footprint& footprint) const {
    constexpr std::size_t kSessionSize = 24;
    footprint.add(session_, keys_, stream_count_, streams_[0], streams_[1]);
    footprint.add_bytes(session_.get(), kSessionSize);
    keys_.add_to(footprint);
}

bool SrtpSession::Impl::go_on_from(const Impl& before, const srtp_policy_t& policy) {
    for (std::size_t i = 0; i < before.stream_count_; ++i) {
        const std::uint32_t ssrc = before.streams_[i].ssrc;
        std::uint32_t rollover = 0;
        const auto known = srtp_get_stream_roc(before.session_.get(), ssrc, &rollover);
        if (known != srtp_err_status_ok || rollover == 0) continue;
        srtp_policy_t one = policy;
        one.ssrc = {ssrc_specific, ssrc};
        if (srtp_add_stream(session_.get(), &one) != srtp_err_status_ok) continue;
        srtp_set_stream_roc(session_.get(), ssrc, rollover);
        remember(ssrc);
    }
    return stream_count_ > 0;
}

namespace {

/// A policy with the bytes of its key, wiped when it goes.
struct KeyedPolicy {
    KeyedPolicy(SrtpProfile profile, std::span<const std::uint8_t> key_and_salt, SrtpDirection direction) {
        std::copy(key_and_salt.begin(), key_and_salt.end(), key.begin());
        set_policies(profile, policy);
        policy.ssrc.type = direction == SrtpDirection::inbound ? ssrc_any_inbound : ssrc_any_outbound;
        policy.key = key.data();
        policy.window_size = kReplayWindow;
    }
    ~KeyedPolicy() { OPENSSL_cleanse(key.data(), key.size()); }
    KeyedPolicy(const KeyedPolicy&) = delete;
    KeyedPolicy& operator=(const KeyedPolicy&) = delete;

    std::array<std::uint8_t, 64> key{};
    srtp_policy_t policy{};
};

}  // namespace

std::optional<SrtpSession> SrtpSession::continued(const SrtpSession& before, SrtpProfile profile,
                                                  std::span<const std::uint8_t> key_and_salt,
                                                  Counters& counters) {
    auto session = make(profile, key_and_salt, SrtpDirection::inbound, counters);
    if (!session) return std::nullopt;
    const KeyedPolicy keyed(profile, key_and_salt, SrtpDirection::inbound);
    if (!session->impl_->go_on_from(*before.impl_, keyed.policy)) return std::nullopt;
    return std::move(*session);
}

Result<SrtpSession> SrtpSession::make(SrtpProfile profile, std::span<const std::uint8_t> key_and_salt,
                                      SrtpDirection direction, Counters& counters) {
    if (key_and_salt.size() != key_and_salt_length(profile)) {
        return Error{"SRTP key of " + std::to_string(key_and_salt.size()) + " bytes does not fit " +
                     std::string(to_string(profile))};
    }
    initialise_srtp();
    const KeyedPolicy keyed(profile, key_and_salt, direction);
    srtp_t session = nullptr;
    MadeKeys made;
    const auto status = srtp_create(&session, &keyed.policy);
    if (status != srtp_err_status_ok) {
        return Error{"libsrtp2 refused a session, status " + std::to_string(static_cast<int>(status))};
    }
    return SrtpSession(std::make_unique<Impl>(session, made.parts, counters));
}

SrtpSession::SrtpSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SrtpSession::~SrtpSession() = default;
SrtpSession::SrtpSession(SrtpSession&&) noexcept = default;
SrtpSession& SrtpSession::operator=(SrtpSession&&) noexcept = default;

void SrtpSession::add_to(Footprint& footprint) const {
    impl_->add_to(footprint);
}

bool SrtpSession::protect_rtp(PacketBuffer& packet) {
    return impl_->protect(packet, srtp_protect, kRtpHeader, 8);
}

bool SrtpSession::protect_rtcp(PacketBuffer& packet) {
    return impl_->protect(packet, srtp_protect_rtcp, kRtcpHeader, 4);
}

bool SrtpSession::unprotect_rtp(PacketBuffer& packet) {
    return impl_->unprotect_rtp(packet);
}

bool SrtpSession::unprotect_rtcp(PacketBuffer& packet) {
    return impl_->unprotect_rtcp(packet);
}

bool SrtpSession::opens_rtp(PacketBuffer& packet) {
    return impl_->opens(packet, srtp_unprotect, kRtpHeader, 8);
}

bool SrtpSession::opens_rtcp(PacketBuffer& packet) {
    return impl_->opens(packet, srtp_unprotect_rtcp, kRtcpHeader, 4);
}

}  // namespace causeway::rtp
