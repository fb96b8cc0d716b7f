// One browser's media transport: ICE, DTLS and SRTP joined, on one media worker's thread. RTP goes in and out
// in clear; what it means is the media room's business. RFC 8445, RFC 8842, RFC 5764, RFC 7983.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway {
class Counters;
class EventLoop;
class Footprint;
}  // namespace causeway

namespace causeway::dtls {
class Certificate;  // core/dtls/certificate.hpp
}

namespace causeway::webrtc {

using dtls::Certificate;

/// How browsers are met; the same for all calls of one configuration.
struct BrowserLegSettings {
    bool ice_lite = false;
    std::vector<std::string> bind_addresses;      ///< empty: all interfaces' addresses
    std::vector<std::string> external_addresses;  ///< 1:1 NAT: advertised in place of the host address
    std::uint16_t port_min = 0;                   ///< 0: any
    std::uint16_t port_max = 0;
    std::string stun_server;  ///< "ip:port" or ""
    std::string turn_server;  ///< "ip:port" or ""
    std::string turn_username;
    std::string turn_password;
    std::string turn_secret;  ///< instead of both: time-limited credentials
    bool ice_tcp = false;     ///< browsers may also come by TCP (RFC 6544), where UDP is blocked
    /// When the offer says actpass. Departs from RFC 8842 §5.3 (SHOULD be active): the DTLS server chooses
    /// the SRTP profile, and Chromium as server would choose AES80 over AEAD_AES_128_GCM.
    DtlsRole preferred_role = DtlsRole::server;
    int opus_bitrate = 0;        ///< see AnswerParameters
    bool opus_dtx = false;       ///< see AnswerParameters
    bool comfort_noise = false;  ///< see AnswerParameters
};

/// All calls come on the loop's thread. The leg must not be destroyed inside one: post the destruction.
class BrowserLegListener {
  public:
    virtual ~BrowserLegListener() = default;
    /// A trickled "candidate:..." value; an empty one means end-of-candidates (RFC 8838 §14).
    virtual void on_local_candidate(std::string_view candidate) = 0;
    /// ICE has a path, DTLS is done with a certificate that the offer's fingerprint covers, SRTP is keyed.
    /// Once more when `reoffer` brought a lost path back.
    virtual void on_connected() = 0;
    /// ice_failed (also loss of consent): only `reoffer` can bring it back. dtls_failed, or hangup when the
    /// browser closed its DTLS in order: final, nothing more comes.
    virtual void on_failed(const EndReason& reason) = 0;
    /// Authenticated, decrypted RTP; the buffer may be changed but is the leg's again after return.
    virtual void on_rtp(rtp::PacketBuffer& packet, Instant now) = 0;
    /// Authenticated, decrypted compound RTCP.
    virtual void on_rtcp(std::span<const std::uint8_t> packet, Instant now) = 0;
};

class BrowserLeg {
  public:
    /// `certificate`, `counters` and `listener` must outlive the leg.
    BrowserLeg(EventLoop& loop, const BrowserLegSettings& settings, const Certificate& certificate,
               Counters& counters, CallId call, BrowserLegListener& listener);
    ~BrowserLeg();
    BrowserLeg(const BrowserLeg&) = delete;
    BrowserLeg& operator=(const BrowserLeg&) = delete;

    /// Starts ICE and DTLS against `offer` and answers it. `ssrc` and `cname` are the stream that we shall
    /// send. Candidates known at once are in the answer, later ones come by on_local_candidate.
    Result<BrowserAnswer> start(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs, Ssrc ssrc,
                                std::string_view cname);

    /// A further offer of the same peer connection. New ICE credentials restart ICE: media goes on over the
    /// old path until the new one stands. Nothing has changed after an Error: other fingerprints than before
    /// (that is another peer), another DTLS role, an audio section elsewhere, no codec left.
    Result<BrowserAnswer> reoffer(const BrowserOffer& offer, const std::vector<sdp::Codec>& codecs);

    /// A trickled candidate of the browser ("candidate:..." or "" for the end). `.local` names, TCP and
    /// unreadable ones are counted and ignored.
    void add_remote_candidate(std::string_view candidate);

    /// Encrypts in place and sends; the buffer then holds the packet as sent. False (and a counter) before
    /// on_connected.
    bool send_rtp(rtp::PacketBuffer& packet);
    /// What send_rtp left in its buffer once more, byte by byte.
    bool send_again(std::span<const std::uint8_t> sent);
    /// What is touched after a packet of the browser's has left this leg; what it touches here is added.
    void will_touch(Footprint footprint);
    /// What `send_rtp` touches.
    void add_sending_to(Footprint& footprint) const;
    /// A compound RTCP packet of at most 1400 bytes.
    bool send_rtcp(std::span<const std::uint8_t> packet);

    /// Name of the SRTP profile in use, "" before on_connected.
    std::string_view srtp_profile() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::webrtc
