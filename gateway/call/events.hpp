// Everything that can happen to a call. Built on other threads' news by the adapters, consumed by `step`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "gateway/call/sip_leg.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"
#include "gateway/media/media_port.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::call {

/// Deadlines of a call; each kind is armed at most once at a time.
enum class TimerKind { ringing, connecting, duration, closing, resume };

/// Who a page speaks for: from the login, never from the page's messages.
struct Caller {
    std::string user;  ///< "" for a guest
    bool guest = false;
    std::string number;
    std::string display;
};

struct PagePlaced {
    SessionId session{};
    std::string name;  ///< the page's name for the call
    Caller caller;
    std::string page;  ///< verified URL
    std::string to;
    std::string sdp;
    int calls_of_session = 0;     ///< besides this one
    std::string number = {};      ///< own number that the page wishes to show
    bool privacy = false;         ///< the page wishes to show none
    std::string capability = {};  ///< a signed permission to call, not yet read
    bool answers_late = false;    ///< it may take our description only when the call is answered (softphones)
};
struct PageAccepted {
    SessionId session{};
    std::string sdp;
};
/// A new offer of the page in its running call.
struct PageReoffer {
    SessionId session{};
    std::string sdp;
};
struct PageDeclined {
    SessionId session{};
};
struct PageHungUp {
    SessionId session{};
};
struct PageGone {
    SessionId session{};
    bool may_return = false;  ///< it holds a secret to come back with
};
/// The page that was `before` has another connection now.
struct PageReturned {
    SessionId before{};
    SessionId session{};
};
struct PageCandidate {
    SessionId session{};
    std::string candidate;
};
struct PageDigit {
    SessionId session{};
    char digit = '0';
    int duration_ms = 100;
};

/// Another call of the same page, as a transfer needs it.
struct OtherCall {
    DialogId dialog{};
    std::string trunk;
    std::string to;  ///< who is there
    bool answered = false;
    CallId call{};
};
struct PageTransfers {
    SessionId session{};
    std::string to;  ///< "" when attended
    std::optional<OtherCall> with{};
};

/// What came of CheckCaller.
struct CallerChecked {
    identity::AssertionVerdict assertion;
    bool provider_unavailable = false;
    std::optional<identity::Capability> capability;  ///< read and counted as in use
    std::optional<identity::CapabilityRefusal> capability_refusal;
};
/// What came of CheckPassports.
struct PassportsChecked {
    identity::PassportVerdict verdict;
};

struct MediaOpened {
    webrtc::BrowserAnswer answer;
    SocketAddress sip_rtp;
    sdp::Fingerprint fingerprint{};  ///< of our certificate for DTLS-SRTP towards SIP
};
struct MediaReoffered {
    webrtc::BrowserAnswer answer;
};
struct MediaReofferRefused {
    std::string why;
};
struct MediaCandidate {
    std::string candidate;
};
struct MediaConnected {};
struct MediaFailed {
    EndReason reason;
};
/// The browser cannot be reached for the moment; MediaConnected when it is back.
struct MediaLost {
    EndReason reason;
};
struct MediaDigit {
    char digit = '0';
    int duration_ms = 0;
};
/// Pressed in the browser by RFC 4733.
struct BrowserDigit {
    char digit = '0';
    int duration_ms = 0;
};
struct MediaClosed {
    media::MediaStatistics last;
};

struct SipInvited {
    sip::InboundInvite invite;
    std::vector<SessionId> full_sessions;  ///< pages that have as many calls as they may have
};
struct SipProgress {
    int status = 180;
    std::string sdp;
};
struct SipAnswered {
    std::string sdp;
};
struct SipAcknowledged {
    std::string sdp;
};
struct SipReoffer {
    std::string sdp;
};
struct SipReofferAnswered {
    std::string sdp;
};
struct SipReofferRefused {
    int status = 488;
};
/// What the peer's Allow says, before its answer.
struct SipCapabilities {
    bool takes_info = false;
    bool takes_refer = true;
};
struct SipDigit {
    char digit = '0';
    int duration_ms = 0;
};
/// 503 with Retry-After: the server wants no calls for so long. SipEnded follows.
struct SipPaused {
    Duration time{};
};
struct SipEnded {
    EndReason reason;
};

/// The telephone wants the call to go on with somebody else.
struct SipReferred {
    sip::InboundReferral referral;
};
/// What becomes of our REFER.
struct SipReferProgress {
    int status = 100;
    bool last = false;
};
/// A 3xx to our INVITE; the dialog is over.
struct SipRedirected {
    int status = 302;
    std::vector<sip::RedirectTarget> targets;
};
/// An INVITE that shall take the place of this call's dialog (RFC 3891).
struct SipReplaces {
    sip::InboundInvite invite;
};
/// News of the call's other dialog: of the telephone that it is handed to, or the second of a bridged call.
template <class News>
struct OfOther {
    News news;
};
using NewLegProgress = OfOther<SipProgress>;
using NewLegAnswered = OfOther<SipAnswered>;
using NewLegEnded = OfOther<SipEnded>;

/// The place for a second telephone's media is there.
struct OtherOpened {
    SocketAddress sip_rtp;
};
struct OtherRefused {
    std::string why;
};

/// A call of the same page takes this one's telephone in: it is to send its sound there.
struct LegWanted {
    CallId by{};
    SocketAddress sip_rtp;
    std::string to;  ///< whom it will talk with
};
/// The telephone of the page's other call, now at home here; or why it stayed.
struct LegArrived {
    std::shared_ptr<const SipLeg> leg;
};
struct LegStayed {
    EndReason reason;
};

struct TimerFired {
    TimerKind kind = TimerKind::ringing;
};
/// The gateway ends this call: shutdown or an operator's wish.
struct EndOrdered {
    EndReason reason;
};

using Event =
    std::variant<PagePlaced, CallerChecked, PassportsChecked, PageAccepted, PageDeclined, PageHungUp,
                 PageGone, PageCandidate, PageDigit, MediaOpened, MediaCandidate, MediaConnected, MediaFailed,
                 MediaDigit, MediaClosed, SipInvited, SipProgress, SipAnswered, SipAcknowledged, SipReoffer,
                 SipDigit, SipEnded, TimerFired, EndOrdered, PageReoffer, MediaReoffered, MediaReofferRefused,
                 SipReofferAnswered, SipReofferRefused, PageReturned, MediaLost, SipPaused, BrowserDigit,
                 SipCapabilities, PageTransfers, SipReferred, SipReferProgress, SipRedirected, SipReplaces,
                 NewLegProgress, NewLegAnswered, NewLegEnded, OfOther<SipAcknowledged>, OfOther<SipReoffer>,
                 OfOther<SipReofferAnswered>, OfOther<SipReofferRefused>, OfOther<SipDigit>,
                 OfOther<SipCapabilities>, OfOther<SipPaused>, OfOther<SipReferred>, OfOther<SipRedirected>,
                 OtherOpened, OtherRefused, LegWanted, LegArrived, LegStayed>;

}  // namespace causeway::call
