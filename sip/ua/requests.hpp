// What goes to and fro besides the call itself: transfers (RFC 3515, 3891, 3892, 4488), redirections, short
// messages (RFC 3428) and message waiting (RFC 3842), as values. Everything received is a stranger's word.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::sip {

/// The peer's REFER inside a dialog. Answer with `answer_referral`, then tell how it goes with
/// `tell_referrer`.
struct InboundReferral {
    std::string target_user;  ///< of Refer-To, unescaped: a number or a name
    std::string target_host;
    std::string replaces;             ///< for a Replaces header of the new call, "" for a blind transfer
    std::optional<DialogId> other{};  ///< of a page's REFER: the dialog here that `replaces` names
    std::string referred_by;          ///< as received, "" if none
    bool wants_news = true;           ///< false: no NOTIFY (RFC 4488 Refer-Sub: false)
    int max_forwards = 70;            ///< what is left for the new call (RFC 7332 §5)
};

/// Our REFER inside a dialog; `on_refer_progress` tells how it goes.
struct OutboundReferral {
    std::string target_uri;            ///< a SIP URI without headers
    std::optional<DialogId> replaces;  ///< attended: the other call, which the target shall give up
    std::string referred_by;           ///< a SIP URI, "" for none
};

/// A place that a 3xx names (RFC 3261 §8.1.3.4), best first.
struct RedirectTarget {
    std::string user;  ///< unescaped
    std::string host;

    friend bool operator==(const RedirectTarget&, const RedirectTarget&) = default;
};

/// Longest text of a message: one that may go by UDP (RFC 3428 §8).
inline constexpr std::size_t kLongestMessage = 1300;

/// Names a message on its way, in either direction; the receiver of a message answers by it.
struct MessageId {
    std::uint64_t value = 0;

    friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// A MESSAGE that came in. Answer with `answer_message`.
struct InboundMessage {
    MessageId id;
    std::optional<DialogId> dialog;  ///< inside that call
    SocketAddress source;
    std::string to_user;
    std::string from_user;
    std::string from_display;
    std::string from_uri;
    std::string asserted_identity;
    std::string privacy;
    std::string text;  ///< text/plain
    // Of a page at a WebSocket, which no trunk is:
    FlowId flow{};
    std::string request_uri{};
    std::vector<std::string> authorization{};  ///< Authorization and Proxy-Authorization
};

struct OutboundMessage {
    MessageId id;                    ///< the caller's; `on_message_result` names it
    std::optional<DialogId> dialog;  ///< inside that call; the URIs are not looked at then
    std::string request_uri;
    std::string proxy;
    std::string from_uri;
    std::string from_display;
    std::string to_uri;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string text;
    std::string username;  ///< "" for no credentials
    std::string password;
    std::string realm;
    std::string trunk{};  ///< whom it is for, by name in the configuration
    FlowId flow{};        ///< the connection to send it by; `proxy` does not count then
};

/// What a voice mailbox says of itself (RFC 3842 §5.2).
struct MessagesWaiting {
    SocketAddress source;  ///< of an unsolicited one
    std::string trunk;     ///< whose subscription it was; "" for an unsolicited one
    std::string account;   ///< user part of the address that the mailbox belongs to
    bool waiting = false;
    int new_messages = 0;
    int old_messages = 0;
    int urgent_messages = 0;
};

/// Names a page's subscription to its mailboxes.
using SubscriptionId = StrongId<struct SipSubscriptionIdTag, std::uint64_t>;

/// A page's SUBSCRIBE to message-summary, the first one or a later one. Answer with `answer_subscribe`.
struct InboundSubscribe {
    SubscriptionId id{};
    bool again = false;  ///< it refreshes or ends what was granted before
    FlowId flow{};       ///< the connection that it came by
    SocketAddress source;
    std::string request_uri;
    std::string to_user;  ///< whose mailboxes
    std::string to_host;
    std::string from_user;
    std::string from_uri;
    std::uint32_t expires = 3600;            ///< 0: it wants to know once, or no more
    std::vector<std::string> authorization;  ///< Authorization and Proxy-Authorization
};

/// A mailbox to be subscribed to.
struct Mailbox {
    std::string trunk;
    std::string address_of_record;
    std::string server_uri;
    std::string username;
    std::string password;
    std::string realm;
    std::chrono::seconds expires{3600};

    friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

}  // namespace causeway::sip
