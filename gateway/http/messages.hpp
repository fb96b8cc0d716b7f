// The page protocol, version 1, as values. JSON is read and written by json_protocol.hpp; PROTOCOL.md is the
// contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace causeway::http {

/// First message of a connection. Token, or user and password, or neither (guest).
struct Hello {
    int version = 1;
    std::string token;
    std::string user;
    std::string password;
    std::string page;             ///< URL of the calling page; its origin must be the WebSocket's Origin
    std::string capability = {};  ///< a signed permission to call; instead of a login
    /// Given: the page can come back. The secret of its last welcome, or "" when it has none.
    std::optional<std::string> resume = {};

    friend bool operator==(const Hello&, const Hello&) = default;
};

/// `call` names the call on this connection: chosen by the page for its own calls (1..64 of [A-Za-z0-9_-]),
/// by the gateway for incoming ones.
struct PlaceCall {
    std::string call;
    std::string to;
    std::string sdp;              ///< may hold a=identity (RFC 8827 §5) at session level
    std::string number = {};      ///< own number that the page wishes to show, "" for the default
    bool privacy = false;         ///< the called party shall not learn the number (RFC 3323)
    std::string capability = {};  ///< a signed permission for this call, "" for the connection's

    friend bool operator==(const PlaceCall&, const PlaceCall&) = default;
};
/// Takes an incoming call; the page offers, the gateway answers.
struct AcceptCall {
    std::string call;
    std::string sdp;

    friend bool operator==(const AcceptCall&, const AcceptCall&) = default;
};
struct DeclineCall {
    std::string call;

    friend bool operator==(const DeclineCall&, const DeclineCall&) = default;
};
struct HangUp {
    std::string call;

    friend bool operator==(const HangUp&, const HangUp&) = default;
};
/// A new offer in a running call: hold, resume, an ICE restart. Answered by Answer, or a ProtocolError that
/// leaves all as it was.
struct Reoffer {
    std::string call;
    std::string sdp;

    friend bool operator==(const Reoffer&, const Reoffer&) = default;
};
/// Trickled candidate; "" is end-of-candidates.
struct Candidate {
    std::string call;
    std::string candidate;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};
struct SendDigit {
    std::string call;
    char digit = '0';
    int duration_ms = 100;

    friend bool operator==(const SendDigit&, const SendDigit&) = default;
};
/// Switches the once-a-second statistics of a call on or off.
struct WatchStatistics {
    std::string call;
    bool on = true;

    friend bool operator==(const WatchStatistics&, const WatchStatistics&) = default;
};

/// TURN credentials end: asks for IceServers.
struct AskIceServers {
    friend bool operator==(const AskIceServers&, const AskIceServers&) = default;
};

/// The telephone side of a call shall go on with somebody else: with the number `to`, or, attended, with the
/// other side of the page's call `with`.
struct TransferCall {
    std::string call;
    std::string to;
    std::string with;

    friend bool operator==(const TransferCall&, const TransferCall&) = default;
};
/// A short text (RFC 3428), to a number or inside a call.
struct SendMessage {
    std::string id;    ///< the page's name for it, like a call's
    std::string to;    ///< "" inside a call
    std::string call;  ///< "" outside
    std::string text;
    std::string number = {};  ///< as in PlaceCall
    bool privacy = false;

    friend bool operator==(const SendMessage&, const SendMessage&) = default;
};

using ClientMessage = std::variant<Hello, PlaceCall, AcceptCall, DeclineCall, HangUp, Candidate, SendDigit,
                                   WatchStatistics, Reoffer, AskIceServers, TransferCall, SendMessage>;

/// A number the page may offer to dial (the demo lists its own).
struct DialableNumber {
    std::string number;
    std::string description;

    friend bool operator==(const DialableNumber&, const DialableNumber&) = default;
};

/// One of RTCConfiguration.iceServers.
struct IceServer {
    std::vector<std::string> urls;
    std::string username;  ///< "" for STUN
    std::string credential;

    friend bool operator==(const IceServer&, const IceServer&) = default;
};
/// What a page should reach the gateway by, where it cannot directly.
struct IceServers {
    std::vector<IceServer> servers;
    int seconds = 0;  ///< the credentials are good for so long; 0: for ever

    friend bool operator==(const IceServers&, const IceServers&) = default;
};
/// A call of a page that came back; it goes on with a Reoffer.
struct ResumedCall {
    std::string call;
    std::string id;
    std::string state;  ///< "calling", "ringing", "early", "answered"
    bool incoming = false;
    std::string from;  ///< of an incoming call
    std::string to;

    friend bool operator==(const ResumedCall&, const ResumedCall&) = default;
};

struct Welcome {
    int version = 1;
    std::string gateway;  ///< product and version
    std::string user;     ///< who the gateway takes the page for; "" for a guest
    std::string number;   ///< the number that others reach this page by, "" if none
    std::vector<DialableNumber> numbers;
    std::string resume = {};  ///< a page that can come back does so by this secret, once; "" for others
    int resume_seconds = 0;   ///< how long its calls wait
    std::vector<ResumedCall> calls = {};
    IceServers ice = {};

    friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct Answer {
    std::string call;
    std::string id;  ///< the gateway's call id, as in its log and record
    std::string sdp;

    friend bool operator==(const Answer&, const Answer&) = default;
};
struct Ringing {
    std::string call;

    friend bool operator==(const Ringing&, const Ringing&) = default;
};
/// The page's identity is being verified; ringing starts after.
struct Checking {
    std::string call;

    friend bool operator==(const Checking&, const Checking&) = default;
};
/// How the called side sees this page; before Ringing.
struct Presented {
    std::string call;
    std::string number;    ///< "" or "anonymous" when none is shown
    std::string identity;  ///< the page's own verified web identity, "" if none
    std::string source;    ///< "assertion", "session", "guest", "capability"
    std::string attest;    ///< "A", "B", "C", "" when nothing was signed
    std::string note;      ///< why less was signed than could be, "" if not

    friend bool operator==(const Presented&, const Presented&) = default;
};
/// Who calls from SIP, as far as it is known to be true.
struct CallerInfo {
    std::string number;  ///< or "anonymous"
    std::string display;
    std::string verstat = "No-TN-Validation";  ///< "TN-Validation-Passed", "TN-Validation-Failed"
    std::string attest;                        ///< "A", "B", "C", "network-asserted" or ""
    std::string method = "none";               ///< "stir", "pai", "none"
    std::string signer;                        ///< common name of the signing certificate
    bool media_bound = false;
    bool privacy = false;
    std::string reason;  ///< why it is not verified, "" when it is

    friend bool operator==(const CallerInfo&, const CallerInfo&) = default;
};
/// Early media flows (ringback or an announcement before the answer).
struct Early {
    std::string call;

    friend bool operator==(const Early&, const Early&) = default;
};
struct Answered {
    std::string call;

    friend bool operator==(const Answered&, const Answered&) = default;
};
/// The telephone put the call on hold (it listens to nobody), or took it back.
struct Held {
    std::string call;
    bool on = true;

    friend bool operator==(const Held&, const Held&) = default;
};
/// Who the call was for before it came here; from trusted trunks only.
struct DivertedFrom {
    std::string number;  ///< "" when the call was not diverted
    std::string display;
    std::string reason;  ///< "user-busy", "no-answer", "unconditional", ... (RFC 5806), "" unknown

    friend bool operator==(const DivertedFrom&, const DivertedFrom&) = default;
};
struct Incoming {
    std::string call;
    std::string id;
    std::string from;          ///< number or "anonymous"
    std::string from_display;  ///< "" if none
    std::string to;
    CallerInfo caller = {};
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< that the operator lets through
    DivertedFrom diverted = {};

    friend bool operator==(const Incoming&, const Incoming&) = default;
};
struct Ended {
    std::string call;
    std::string id;      ///< as in Answer; also of a call that was refused at once
    std::string reason;  ///< code(EndCause)
    std::string by;      ///< to_string(Side)
    std::string text;
    int sip_status = 0;
    int q850 = 0;

    friend bool operator==(const Ended&, const Ended&) = default;
};
/// A digit that the SIP side pressed.
struct DigitReceived {
    std::string call;
    char digit = '0';
    int duration_ms = 0;

    friend bool operator==(const DigitReceived&, const DigitReceived&) = default;
};
struct LegStatistics {
    std::string codec;
    std::optional<double> round_trip_ms;
    double loss_percent = 0;  ///< worse of the two directions
    double jitter_ms = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t packets_lost = 0;
    /// "Received" is what the leg's peer says, "sent" is what it hears.
    std::optional<double> mos_received{};
    std::optional<double> mos_sent{};
    double loss_received_percent = 0;
    double loss_sent_percent = 0;
    std::optional<double> buffer_ms{};  ///< jitter buffer of what is received; none while it passes through

    friend bool operator==(const LegStatistics&, const LegStatistics&) = default;
};
struct Statistics {
    std::string call;
    LegStatistics browser;
    LegStatistics sip;
    std::string srtp;

    friend bool operator==(const Statistics&, const Statistics&) = default;
};
/// How a transfer goes, started by the page or by the telephone. `done` started by the telephone: the call
/// goes on with `to`.
struct TransferNews {
    std::string call;
    std::string state;  ///< "trying", "ringing", "done", "failed"
    std::string by;     ///< "browser" or "sip": who started it
    std::string to;     ///< number of the new other side, as far as known
    std::string text;   ///< of a failed one, for people
    int sip_status = 0;

    friend bool operator==(const TransferNews&, const TransferNews&) = default;
};
/// A text from the telephone side.
struct ReceivedMessage {
    std::string call;  ///< "" outside a call
    std::string from;
    std::string from_display;
    std::string to;
    std::string text;
    CallerInfo caller = {};

    friend bool operator==(const ReceivedMessage&, const ReceivedMessage&) = default;
};
struct MessageSent {
    std::string id;
    bool delivered = false;
    std::string reason;  ///< code(EndCause) when not delivered
    std::string text;
    int sip_status = 0;

    friend bool operator==(const MessageSent&, const MessageSent&) = default;
};
/// A voice mailbox of the page's user (RFC 3842).
struct MessagesWaiting {
    std::string account;
    bool waiting = false;
    int new_messages = 0;
    int old_messages = 0;
    int urgent_messages = 0;

    friend bool operator==(const MessagesWaiting&, const MessagesWaiting&) = default;
};
/// A message of the page was refused; nothing else changes.
struct ProtocolError {
    std::string code;   ///< "bad-json", "unknown-type", "bad-field", "not-authenticated", "rate-limit",
                        ///< "unknown-call", ...
    std::string field;  ///< the member at fault, "" if none
    std::string text;
    std::string call = {};  ///< the call that the refused message named, "" if none could be read

    friend bool operator==(const ProtocolError&, const ProtocolError&) = default;
};

using ServerMessage = std::variant<Welcome, Answer, Checking, Presented, Ringing, Early, Answered, Incoming,
                                   Ended, Candidate, DigitReceived, Statistics, ProtocolError, Held,
                                   IceServers, TransferNews, ReceivedMessage, MessageSent, MessagesWaiting>;

}  // namespace causeway::http
