// SRTP and SRTCP for one direction of one leg, in place. Owner's thread; sans-IO. RFC 3711, RFC 7714.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/base/error.hpp"
#include "core/rtp/srtp_profile.hpp"

namespace causeway {
class Counters;
class Footprint;
}  // namespace causeway

namespace causeway::rtp {

class PacketBuffer;

enum class SrtpDirection { inbound, outbound };

/// Any SSRC up to kMaxStreams; replay window of 1024 packets. False means: drop the packet (its content is
/// spent); the reason is counted: srtp_replay, srtp_auth_failure, srtp_too_many_streams, srtp_malformed.
/// Authenticity is required before anything else changes.
///
/// Long hold: a sender that went on counting unheard for more than 2^15 packets has a roll-over counter that
/// the receiver cannot guess (RFC 3711 §3.3.1); every packet would fail for ever. After kSuspicious failures
/// without a success, each further failing packet is tried with one higher roll-over count, up to 8 ahead,
/// and the one that authenticates is taken. Our own streams cannot bring a peer there: the Rewriter never
/// jumps.
class SrtpSession {
  public:
    static constexpr int kMaxStreams = 32;
    static constexpr int kSuspicious = 8;

    /// `key_and_salt` is master key then master salt, key_and_salt_length(profile) bytes; it is copied, and
    /// wiped when done with. `counters` must outlive the session.
    static Result<SrtpSession> make(SrtpProfile profile, std::span<const std::uint8_t> key_and_salt,
                                    SrtpDirection direction, Counters& counters);
    /// For a peer that keeps counting roll-overs when its key changes (RFC 3711 §3.3.1; others begin at
    /// zero): the streams that `before` has heard, with their counts. Nothing when none of them has rolled
    /// over.
    static std::optional<SrtpSession> continued(const SrtpSession& before, SrtpProfile profile,
                                                std::span<const std::uint8_t> key_and_salt,
                                                Counters& counters);
    ~SrtpSession();
    SrtpSession(SrtpSession&&) noexcept;
    SrtpSession& operator=(SrtpSession&&) noexcept;

    bool protect_rtp(PacketBuffer& packet);
    bool unprotect_rtp(PacketBuffer& packet);
    bool protect_rtcp(PacketBuffer& packet);
    bool unprotect_rtcp(PacketBuffer& packet);
    /// As the two above; but a packet that is not of this session stays as it was, and is counted nowhere.
    bool opens_rtp(PacketBuffer& packet);
    bool opens_rtcp(PacketBuffer& packet);

    /// What a packet of RTP touches here.
    void add_to(Footprint& footprint) const;

  private:
    class Impl;
    explicit SrtpSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::rtp
