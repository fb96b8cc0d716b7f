// The state of one call attempt: a value that only `step` changes. Control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/sdp/sip_audio.hpp"
#include "gateway/accounting/call_record.hpp"
#include "gateway/call/sip_leg.hpp"
#include "gateway/identity/policy/inbound_caller.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "sip/ua/sip_ua.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::call {

/// "checking", "talking", ...
std::string_view to_string(Phase phase);

/// One page that takes part: the connection and the name that this call has on it.
struct PageCall {
    SessionId session{};
    std::string name;

    friend bool operator==(const PageCall&, const PageCall&) = default;
};

/// A call on its way to another telephone, which is the call's `other` leg.
struct Transfer {
    bool by_page = false;     ///< the page asked for it
    bool by_referral = true;  ///< one telephone was asked, or asked, by REFER; else the gateway joins two
    bool accepted = false;    ///< our REFER was: the telephone said yes
    std::string to;           ///< number of the new one
    bool early = false;       ///< the new one is heard before it answers
    sip::InboundReferral referral{};  ///< of the telephone
    // For the gateway's own way, should the telephone refuse to be referred.
    std::string way{};  ///< trunk or group
    bool to_demo = false;
    std::optional<CallId> with{};  ///< the page's other call, when attended
};

struct Call : SipLeg {
    // Given at birth.
    CallId id{};
    config::Snapshot config;   ///< kept for the call's whole life
    std::uint64_t chance = 0;  ///< decides between trunks of one priority

    // State.
    std::optional<PageCall> page;   ///< the page that called or took the call
    std::vector<PageCall> ringing;  ///< pages that ring now
    std::string from_display;
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
    bool told_ringing = false;                 ///< the page hears one ringing, whoever rings
    int attempts = 0;                          ///< INVITEs sent
    bool media_open = false;                   ///< `OpenMedia` was sent and `CloseMedia` was not
    bool sip_answered = false;
    webrtc::BrowserAnswer browser_answer;
    std::string sip_offer;                          ///< the peer's, "" for a late offer
    bool held = false;                              ///< the page was told that the telephone holds
    sdp::Fingerprint dtls_fingerprint;              ///< of our certificate, should the SIP side be DTLS-SRTP
    std::vector<webrtc::Fingerprint> fingerprints;  ///< of the browser's certificate
    // While the page or its media is lost (resuming.cpp).
    bool page_away = false;
    bool media_lost = false;
    bool may_change_certificate = false;  ///< the page came back and has not offered since
    std::optional<EndReason> missing;     ///< ends the call when nobody comes back in time
    std::string checked_reoffer;          ///< waits until its assertion is verified
    std::optional<Transfer> transfer;
    std::unique_ptr<SipLeg> other;         ///< of the transfer, or the second telephone of a `bridged` call
    bool bridged = false;                  ///< two telephones talk with each other; the page has left
    std::optional<CallId> moving_to;       ///< its telephone is on its way into that call
    std::optional<SocketAddress> place;    ///< there, once an earlier offer of ours is answered
    std::optional<EndReason> end_of_page;  ///< came meanwhile: the call's, should the telephone stay
    std::unique_ptr<SipLeg> before_move;   ///< should it not arrive; none before it is asked to come
    accounting::CallRecord record;
};

/// The codecs that this call's SIP side may use, in order.
std::vector<sdp::Codec> sip_codecs(const Call& call);

}  // namespace causeway::call
