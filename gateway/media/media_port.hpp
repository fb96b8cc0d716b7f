// The media corridor as the call sees it: commands to workers, events back. Implemented by MediaWorkers on
// threads; the call itself never meets a socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/rtp/latch.hpp"
#include "core/sdp/audio_media.hpp"
#include "transcode/plan.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::media {

/// Opens both legs of a call on the least loaded worker.
struct OpenMedia {
    CallId call{};
    webrtc::BrowserOffer offer;
    std::vector<sdp::Codec> browser_codecs;  ///< the answer's order
};

/// Both legs stand; the browser may be answered, SIP may be offered `sip_rtp`.
struct MediaOpened {
    CallId call{};
    webrtc::BrowserAnswer answer;
    SocketAddress sip_rtp;           ///< as bound
    sdp::Fingerprint fingerprint{};  ///< of the certificate that DTLS-SRTP towards SIP would have
};

/// Joins (or re-joins) the legs. May come several times: early media, answer, re-INVITE.
struct ConnectMedia {
    CallId call{};
    sdp::AudioMedia sip_remote;
    transcode::BridgePlan plan;
    /// False while ringing: early media comes to the browser, nothing goes to SIP.
    bool send_to_sip = true;
    rtp::SourceRule rtp_source = rtp::SourceRule::learn;
};

/// The browser's new offer in a running call: hold, resume, other codecs, an ICE restart.
struct ReofferMedia {
    CallId call{};
    webrtc::BrowserOffer offer;
    /// The page was loaded again since: another certificate is a new DTLS association of the same call.
    bool returned = false;
};

/// Two telephones talk with each other: the call's own and the one that `open_other` was for. The browser is
/// out of it. May come several times: re-INVITEs of either.
struct JoinTelephones {
    CallId call{};
    sdp::AudioMedia own;
    sdp::AudioMedia other;
    transcode::BridgePlan plan;  ///< the other one in the browser's place
    rtp::SourceRule own_source = rtp::SourceRule::learn;
    rtp::SourceRule other_source = rtp::SourceRule::learn;
};

/// One direction of one leg over a whole call, out of what was judged each second.
struct QualitySummary {
    std::optional<double> mos_min;
    std::optional<double> mos_avg;
    double jitter_max_ms = 0;
    std::optional<double> round_trip_max_ms;
};

/// One direction of one leg as measured by us or told by RTCP.
struct StreamStatistics {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lost = 0;
    double jitter_ms = 0;
    double loss_percent = 0;              ///< of the last report interval
    std::optional<double> round_trip_ms;  ///< by RTCP, when known
    int level_dbov = -127;                ///< of transcoded audio, 0..-127
    std::uint64_t discarded = 0;          ///< came too late, or one too many, for our jitter buffer
    std::uint64_t concealed_ms = 0;       ///< made up by our decoder
    std::optional<double> buffer_ms{};    ///< delay of the listener's jitter buffer, ours or as told
    std::optional<double> delay_ms{};     ///< one way, from mouth to ear over this leg
    std::optional<double> r_factor{};     ///< ITU-T G.107: to 93.2; of wide-band codecs G.107.1: to 129
    std::optional<double> mos{};          ///< conversational, 1..4.5, of the last seconds
    QualitySummary call{};
};

struct MediaStatistics {
    CallId call{};
    StreamStatistics from_browser;
    StreamStatistics to_browser;
    StreamStatistics from_sip;
    StreamStatistics to_sip;
    std::string browser_codec;
    std::string sip_codec;
    std::string srtp_profile;
    std::string sip_srtp_profile{};  ///< "": plain RTP
    // Of the telephone in the browser's place, once there is one.
    StreamStatistics from_other{};
    StreamStatistics to_other{};
    std::string other_codec{};  ///< "": there is none
    std::string other_srtp_profile{};
};

/// Called on a media thread: pass on, do not work there.
class MediaListener {
  public:
    virtual ~MediaListener() = default;
    virtual void on_opened(MediaOpened opened) = 0;
    virtual void on_local_candidate(CallId call, std::string candidate) = 0;  ///< "" = end of candidates
    /// The answer to ReofferMedia; the browser may be told.
    virtual void on_reoffered(CallId, webrtc::BrowserAnswer) {}
    /// The new offer cannot be met; all stays as it was. `why` is for people.
    virtual void on_reoffer_refused(CallId, std::string /*why*/) {}
    /// ICE, DTLS and SRTP of the browser leg are up.
    virtual void on_browser_connected(CallId call) = 0;
    /// The browser cannot be reached, but may come back by `reoffer` or, when it was only silent, by itself:
    /// on_browser_connected then. Only where `browser_may_return` is set and after it was connected.
    virtual void on_browser_lost(CallId, EndReason) {}
    /// Final for the media of this call: browser leg failed, no port, media timeout. The call ends it with
    /// `close`.
    virtual void on_media_failed(CallId call, EndReason reason) = 0;
    /// A digit pressed on the SIP side, once per press.
    virtual void on_sip_digit(CallId call, char digit, int duration_ms) = 0;
    /// A digit pressed in the browser by RFC 4733 (already sent on to SIP), once per press.
    virtual void on_browser_digit(CallId call, char digit, int duration_ms) = 0;
    /// Once a second per connected call.
    virtual void on_statistics(MediaStatistics statistics) = 0;
    /// The answer to `open_other`: its address as bound, or why there is none.
    virtual void on_other_opened(CallId, SocketAddress /*rtp*/) {}
    virtual void on_other_refused(CallId, std::string /*why*/) {}
    /// After `close`: sockets are shut, with the last figures.
    virtual void on_closed(MediaStatistics last) = 0;
};

/// Commands; any thread, never block.
class MediaPort {
  public:
    virtual ~MediaPort() = default;
    virtual void open(OpenMedia command) = 0;
    virtual void connect(ConnectMedia command) = 0;
    /// Tells on_reoffered or on_reoffer_refused.
    virtual void reoffer(ReofferMedia command) = 0;
    virtual void add_remote_candidate(CallId call, std::string candidate) = 0;
    /// Sends RFC 4733 towards SIP. `digit` is one of 0-9 * # A-D, duration 40..6000 ms.
    virtual void send_digit(CallId call, char digit, int duration_ms) = 0;
    /// A place for a second telephone; tells on_other_opened or on_other_refused.
    virtual void open_other(CallId) {}
    virtual void close_other(CallId) {}
    virtual void join(JoinTelephones) {}
    /// Nothing goes to the browser or is expected of it any more.
    virtual void release_browser(CallId) {}
    /// Key presses to the second telephone, as `send_digit`.
    virtual void send_digit_to_other(CallId, char /*digit*/, int /*duration_ms*/) {}
    virtual void close(CallId call) = 0;
    /// Whether one more call would leave those that run as good as they are.
    virtual bool has_room() const = 0;
};

}  // namespace causeway::media
