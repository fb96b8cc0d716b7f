// Sofia's parsed messages as values of ours. SIP thread only; nothing here keeps a pointer into a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/end_reason.hpp"
#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "sip/ua/ack_guard.hpp"
#include "sip/ua/register_request.hpp"
#include "sip/ua/session_timer.hpp"
#include "sip/ua/sip_ua.hpp"

struct msg_s;
struct sip_s;

namespace causeway::sip {

/// The body when it is application/sdp, "" when there is none; an Error when it is something else.
Result<std::string> sdp_of(const sip_s* sip);
/// Where the message came from, by the socket, not by its Via.
SocketAddress source_of(msg_s* message);
/// By a connection, not by a datagram.
bool came_by_stream(msg_s* message);
/// The name of an INVITE, or of the INVITE that an ACK belongs to.
InviteName invite_name_of(const sip_s* sip);
/// What an INVITE says (dialog, call and source are left to the caller). An Error, in words for the log,
/// when a value holds control characters or a broken escape.
Result<InboundInvite> read_invite(const sip_s* sip);
/// Values of Authorization and Proxy-Authorization, with their schemes; at most 4.
std::vector<std::string> authorization_of(const sip_s* sip);
/// What a REGISTER says (request, flow and source are left to the caller). An Error, in words for the log.
Result<InboundRegister> read_register(const sip_s* sip);
/// The Reason header of a BYE, CANCEL or refusal in words (RFC 3326); "" if none.
std::string reason_of(const sip_s* sip);
/// The Allow header names INFO.
bool takes_info(const sip_s* sip);
/// It names REFER, or there is none.
bool takes_refer(const sip_s* sip);
/// What it says about session timers.
TimerWords timer_words_of(const sip_s* sip);
/// Allow names UPDATE; nullopt without Allow.
std::optional<bool> allows_update(const sip_s* sip);
/// "100rel" in Supported or Require; in Require alone.
bool supports_100rel(const sip_s* sip);
bool requires_100rel(const sip_s* sip);
/// RSeq of a provisional response that asks for a PRACK.
std::optional<std::uint32_t> rseq_of(const sip_s* sip);
/// The peer's tag: of From in requests, of To in responses; in small letters.
std::string peer_tag_of(const sip_s* sip);
/// The Warning of a refusal in words, "" if none.
std::string warning_of(const sip_s* sip);
/// Call-ID and tags of a message: `remote` is its From tag when the peer sent it as a request.
struct DialogName {
    std::string call_id;
    std::string local_tag;
    std::string remote_tag;

    friend bool operator==(const DialogName&, const DialogName&) = default;
};
/// Of a response to our request.
DialogName name_by_response(const sip_s* sip);
/// Of a request of the peer's.
DialogName name_by_request(const sip_s* sip);
/// Of a Replaces value (RFC 3891 §6.1); all "" when it is broken.
DialogName name_by_replaces(std::string_view value);
/// The dialog that an INVITE shall take the place of, as we know it; nullopt without a Replaces header.
struct ReplacesHeader {
    DialogName dialog;
    bool early_only = false;
};
std::optional<ReplacesHeader> replaces_of(const sip_s* sip);
/// A REFER or a NOTIFY, whatever the stack takes it for.
bool is_taken_over(const sip_s* sip);
/// An UPDATE of an early dialog, which the stack takes for INFO.
bool is_early_update(const sip_s* sip);
/// What a REFER asks for; an Error when it cannot be followed.
Result<InboundReferral> read_referral(const sip_s* sip);
/// The status that a NOTIFY's message/sipfrag tells (RFC 3420); nullopt when it tells none.
std::optional<int> status_in_fragment(const sip_s* sip);
/// Whether a NOTIFY is the last of its subscription (RFC 6665 §4.1.3).
bool ends_subscription(const sip_s* sip);
/// The contacts of a 3xx, best q first, at most 5.
std::vector<RedirectTarget> redirect_targets_of(const sip_s* sip);

/// The realm of the first Digest challenge in a 401 or 407, still quoted.
std::optional<std::string> digest_realm_of(const sip_s* sip);
/// All of them, each once, in quotes as they came; those of proxies begin with "proxy ".
inline constexpr std::string_view kOfProxy = "proxy ";
std::vector<std::string> digest_challenges_of(const sip_s* sip);

}  // namespace causeway::sip
