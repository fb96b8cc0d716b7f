// Everything a call can ask for. `step` returns them in order; the registry carries them out through the
// ports.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "gateway/accounting/call_record.hpp"
#include "gateway/call/events.hpp"
#include "gateway/http/messages.hpp"
#include "gateway/media/media_port.hpp"
#include "gateway/trunks/endpoints.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::call {

struct TellPage {
    SessionId session{};
    http::ServerMessage message;
};
/// The page knows the call by this name from now on; `forget` when it ended for that page.
struct BindPage {
    SessionId session{};
    std::string name;
};
struct ForgetPage {
    SessionId session{};
    std::string name;
};

/// Verify who the page says its user is; CallerChecked is the answer.
struct CheckCaller {
    std::string sdp;         ///< perhaps with a=identity
    std::string session;     ///< whose use of the assertion this is
    std::string capability;  ///< "" for none
    std::string to;          ///< as dialled, before the dial plan rewrote it
    std::string page;
};
/// Verify what the SIP side signed; PassportsChecked is the answer.
struct CheckPassports {
    identity::PassportRequest request;
    identity::PassportPolicy policy;
};
/// The capability's call is over.
struct ReleaseCapability {
    std::string id;
};

struct OpenMedia {
    webrtc::BrowserOffer offer;
    std::vector<sdp::Codec> browser_codecs;
};
struct ConnectMedia {
    sdp::AudioMedia sip_remote;
    transcode::BridgePlan plan;
    bool answered = true;   ///< false for early media: it is heard, but the browser is not yet
    bool of_other = false;  ///< of the telephone that the call is handed to
};
/// The browser's new offer; MediaReoffered or MediaReofferRefused is the answer.
struct ReofferMedia {
    webrtc::BrowserOffer offer;
    bool returned = false;  ///< of a page that came back: its certificate may be another one
};
struct AddCandidate {
    std::string candidate;
};
struct SendDigit {
    char digit = '0';
    int duration_ms = 100;
    bool to_other = false;  ///< to the second telephone
};
/// The same by INFO.
struct SendInfo {
    char digit = '0';
    int duration_ms = 100;
    std::optional<DialogId> dialog{};  ///< this and the like: none means the call's own
};
struct CloseMedia {};

/// The registry answers by setting the call's dialog.
struct Invite {
    sip::OutboundInvite invite;
};
struct Progress {
    int status = 180;
};
/// For all further responses to the SIP caller.
struct AddResponseHeader {
    sip::Header header;
};
struct Accept {
    std::string sdp;
};
/// The dialog is no more the call's after this.
struct EndDialog {
    DialogId dialog{};
    EndReason reason;
};
struct AnswerReoffer {
    std::string sdp;
    std::optional<DialogId> dialog{};
};
struct RefuseReoffer {
    int status = 488;
    std::optional<DialogId> dialog{};
    std::string why{};  ///< for the peer's people
};

/// Our answer to the offer that the peer made to an INVITE without one.
struct Acknowledge {
    std::string sdp;
    std::optional<DialogId> dialog{};
};
/// A new offer to the SIP peer; SipReofferAnswered or SipReofferRefused is the answer.
struct Reoffer {
    std::string sdp;
    std::optional<DialogId> dialog{};
};
/// Of an incoming call, once its trunk is known.
struct SetDialogOptions {
    sip::DialogOptions options;
};
/// A server of a trunk asked for a pause.
struct PauseTrunk {
    std::string trunk;
    trunks::Endpoint server;
    Duration time{};
};
/// A server of a trunk could not be reached: others first, for a while.
struct DoubtTrunk {
    std::string trunk;
    trunks::Endpoint server;
};

/// Asks the telephone to call somebody else.
struct Refer {
    sip::OutboundReferral referral;
};
struct AnswerReferral {
    int status = 202;
    std::optional<DialogId> dialog{};
};
/// To the dialog that the transfer came from.
struct TellReferrer {
    DialogId dialog{};
    int status = 100;
};
/// The registry answers by setting the dialog of the call's other leg.
struct InviteElsewhere {
    sip::OutboundInvite invite;
};

/// A place for a second telephone's media; OtherOpened or OtherRefused is the answer.
struct OpenOther {};
struct CloseOther {};
/// The media of two telephones, the call's own and the other.
struct JoinTelephones {
    sdp::AudioMedia own;
    sdp::AudioMedia other;
    transcode::BridgePlan plan;  ///< the other one in the browser's place
};
/// To another call of the page: LegWanted. LegArrived or LegStayed is the answer.
struct FetchLeg {
    CallId from{};
    LegWanted wanted;
};
/// The dialog is that call's from now on.
struct HandLegOver {
    CallId to{};
    std::shared_ptr<const SipLeg> leg;
};
struct KeepLeg {
    CallId wanted_by{};
    EndReason reason;
};
/// The page has left: its media end, the call goes on.
struct ReleaseBrowser {};

struct ArmTimer {
    TimerKind kind = TimerKind::ringing;
    Duration after{};
};
struct DisarmTimer {
    TimerKind kind = TimerKind::ringing;
};
struct WriteRecord {
    accounting::CallRecord record;
};
/// Last of all: the call may be forgotten.
struct Retire {};

using Action =
    std::variant<TellPage, BindPage, ForgetPage, CheckCaller, CheckPassports, ReleaseCapability,
                 AddResponseHeader, OpenMedia, ConnectMedia, AddCandidate, SendDigit, SendInfo, CloseMedia,
                 Invite, Progress, Accept, EndDialog, AnswerReoffer, RefuseReoffer, ArmTimer, DisarmTimer,
                 WriteRecord, Retire, ReofferMedia, Reoffer, SetDialogOptions, PauseTrunk, DoubtTrunk, Refer,
                 AnswerReferral, TellReferrer, InviteElsewhere, OpenOther, CloseOther, JoinTelephones,
                 ReleaseBrowser, FetchLeg, HandLegOver, KeepLeg, Acknowledge>;
using Actions = std::vector<Action>;

}  // namespace causeway::call
