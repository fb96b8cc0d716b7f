// The state of one call attempt: a value that only `step` changes. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/sdp/sip_audio.hpp"
#include "gateway/accounting/call_record.hpp"
#include "gateway/call/diversion.hpp"
#include "gateway/call/sip_media.hpp"
#include "gateway/identity/policy/inbound_caller.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "gateway/trunks/endpoints.hpp"
#include "sip/ua/sip_ua.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::call {

enum class Phase {
    idle,        ///< nothing has happened yet
    checking,    ///< who calls is being verified
    ringing,     ///< from SIP: the user's pages ring
    opening,     ///< both media legs are being opened
    connecting,  ///< the browser has its answer; ICE and DTLS are under way
    inviting,    ///< to SIP: INVITE sent
    confirming,  ///< from SIP with a late offer: 200 sent, the ACK brings the answer
    talking,     ///< both sides answered
    ended,       ///< over; waiting for the last figures of the media
};
inline constexpr int kPhaseCount = 9;
/// "checking", "talking", ...
std::string_view to_string(Phase phase);

/// One page that takes part: the connection and the name that this call has on it.
struct PageCall {
    SessionId session{};
    std::string name;

    friend bool operator==(const PageCall&, const PageCall&) = default;
};

/// Where a call to the telephone network may be tried, best first.
struct Ways {
    std::vector<const config::Trunk*> trunks;  ///< inside the call's configuration
    std::size_t next = 0;                      ///< of `trunks`
    std::vector<trunks::Endpoint> servers;     ///< of the trunk in use, not yet tried
    std::optional<trunks::Endpoint> server;    ///< the one in use; none when nobody keeps a board
    std::optional<EndReason> obstacle;         ///< why the latest was passed over
};

/// A call on its way to another telephone.
struct Transfer {
    bool by_page = false;   ///< the page asked for it: our REFER is out
    bool accepted = false;  ///< and the telephone said yes
    std::string to;         ///< number of the new one
    // Asked for by the telephone.
    const config::Trunk* trunk = nullptr;
    Ways ways{};
    std::optional<DialogId> dialog{};  ///< to the new one, beside the call's own
    sdp::AudioMedia local_offer{};     ///< that it answers
};

struct Call {
    // Given at birth.
    CallId id{};
    config::Snapshot config;           ///< kept for the call's whole life
    std::uint64_t sdp_session_id = 0;  ///< the o= line of our SIP descriptions
    std::uint64_t chance = 0;          ///< decides between trunks of one priority

    // State.
    Phase phase = Phase::idle;
    std::optional<PageCall> page;          ///< the page that called or took the call
    std::vector<PageCall> ringing;         ///< pages that ring now
    std::optional<DialogId> dialog;        ///< while the SIP side lives
    const config::Trunk* trunk = nullptr;  ///< inside `config`; nullptr for the demo exchange
    bool to_demo = false;
    std::string from;  ///< number shown to SIP, or the caller's number
    std::string from_display;
    std::string to;
    std::string browser_offer;               ///< waits until the caller is checked
    identity::OutboundCaller caller;         ///< of a call from a page
    identity::OutboundRequest presentation;  ///< what `caller` is decided from
    identity::InboundCaller sip_caller;      ///< of a call from SIP
    std::string sip_from_display;
    sip::InboundInvite invite;                 ///< of a call from SIP
    std::vector<SessionId> candidates;         ///< pages that will ring when the caller is checked
    std::string capability;                    ///< id of the permission in use, "" when none or given back
    std::optional<int> longest_seconds;        ///< by the capability
    bool browser_connected = false;            ///< its DTLS is done
    bool answers_late = false;                 ///< the page may take our description with the answer only
    std::vector<std::string> late_candidates;  ///< of such a page; none of them is tried before
    Ways ways;                                 ///< of a call from a page
    std::string slot;                          ///< trunk whose limits this call counts for, "" none
    bool told_ringing = false;                 ///< the page hears one ringing, whoever rings
    int attempts = 0;                          ///< INVITEs sent
    bool signed_again = false;                 ///< this way disliked a signature already
    bool signed_identity = false;              ///< the last INVITE had an Identity header
    bool media_open = false;                   ///< `OpenMedia` was sent and `CloseMedia` was not
    bool sip_answered = false;
    webrtc::BrowserAnswer browser_answer;
    SocketAddress sip_rtp;                           ///< as the peer shall see it
    std::string sip_offer;                           ///< the peer's, "" for a late offer
    sdp::AudioMedia local_offer;                     ///< ours, that the peer answers
    sdp::SipDescription described;                   ///< our latest description towards SIP
    sdp::Direction wish = sdp::Direction::sendrecv;  ///< the browser's, as SIP was told last
    std::optional<sdp::AudioMedia> sip_remote;       ///< the peer's, as agreed last
    bool early_updated = false;                      ///< agreed anew before the answer (RFC 3311)
    bool held = false;                               ///< the page was told that the telephone holds
    std::uint64_t sdp_version = 0;
    sdp::Fingerprint dtls_fingerprint;         ///< of our certificate, should the SIP side be DTLS-SRTP
    std::optional<sdp::OwnSecurity> security;  ///< our keys on the dialog; new ones for each INVITE
    bool peer_takes_info = false;              ///< by its Allow
    DigitWay digit_way = DigitWay::events;     ///< how key presses reach SIP
    bool awaits_sip_answer = false;            ///< our 200 carried an offer: the ACK brings the answer
    bool early = false;                        ///< the page was told about early media
    std::string last_progress_sdp;
    std::vector<webrtc::Fingerprint> fingerprints;  ///< of the browser's certificate
    // While the page or its media is lost (resuming.cpp).
    bool page_away = false;
    bool media_lost = false;
    bool may_change_certificate = false;  ///< the page came back and has not offered since
    std::optional<EndReason> missing;     ///< ends the call when nobody comes back in time
    std::string checked_reoffer;          ///< waits until its assertion is verified
    std::optional<Transfer> transfer;
    std::vector<Diversion> diverted;  ///< by 3xx, oldest first
    std::vector<std::string> tried;   ///< places that have redirected this call
    accounting::CallRecord record;
};

/// The codecs that this call's SIP side may use, in order.
std::vector<sdp::Codec> sip_codecs(const Call& call);

}  // namespace causeway::call
