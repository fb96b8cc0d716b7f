// Messages that a raw peer sends: one honest call by hand, whose parts tests then spoil.
#pragma once

#include "raw_peer.hpp"
#include "two_agents.hpp"

namespace causeway::sip::test {

inline const char* const kInvite =
    "INVITE sip:600@$YOU SIP/2.0\n"
    "Via: SIP/2.0/$T $VIA;branch=z9hG4bK$ID\n"
    "Max-Forwards: 70\n"
    "From: <sip:stranger@$ME>;tag=from$ID\n"
    "To: <sip:600@$YOU>\n"
    "Call-ID: $ID@raw.test\n"
    "CSeq: 1 INVITE\n"
    "Contact: <sip:stranger@$ME>\n"
    "Content-Type: application/sdp\n"
    "$LENGTH\n"
    "\n"
    "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=raw\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\n";

inline const char* const kAck =
    "ACK sip:600@$YOU SIP/2.0\n"
    "Via: SIP/2.0/$T $VIA;branch=z9hG4bK$ID\n"
    "Max-Forwards: 70\n"
    "From: <sip:stranger@$ME>;tag=from$ID\n"
    "To: <sip:600@$YOU>;tag=x\n"
    "Call-ID: $ID@raw.test\n"
    "CSeq: 1 ACK\n"
    "$LENGTH\n"
    "\n";

inline const char* const kOptions =
    "OPTIONS sip:$YOU SIP/2.0\n"
    "Via: SIP/2.0/$T $ME;branch=z9hG4bKopt$ID;rport\n"
    "Max-Forwards: 70\n"
    "From: <sip:stranger@$ME>;tag=opt\n"
    "To: <sip:$YOU>\n"
    "Call-ID: opt$ID@raw.test\n"
    "CSeq: 1 OPTIONS\n"
    "$LENGTH\n"
    "\n";

inline std::string with(std::string text, std::string_view what, std::string_view value) {
    return replaced(std::move(text), what, value);
}

/// One more header line.
inline std::string with_line(const std::string& text, const std::string& line) {
    return replaced(text, "$LENGTH", line + "\n$LENGTH");
}

/// Without its body and the body's type.
inline std::string without_body(const std::string& text) {
    const std::string head = text.substr(0, text.find("\n\n") + 2);
    return replaced(head, "Content-Type: application/sdp\n", "");
}

/// A response to `request` with the headers that every response has.
inline std::string response_to(const std::string& request, const std::string& status,
                               const std::string& more) {
    std::string to = header_of(request, "To");
    if (to.find(";tag=") == std::string::npos) to += ";tag=called";
    return "SIP/2.0 " + status + "\nVia: " + header_of(request, "Via") +
           "\nFrom: " + header_of(request, "From") + "\nTo: " + to +
           "\nCall-ID: " + header_of(request, "Call-ID") + "\nCSeq: " + header_of(request, "CSeq") + "\n" +
           more + "$LENGTH\n\n";
}

/// A call that a raw peer has made.
struct RawCall {
    std::string to;  ///< with the tag
    std::string id;
    std::string answer;
    DialogId dialog;
};

/// Calls, waits for the 200 and acknowledges it. `accept` answers the call.
template <class Accept>
RawCall call_by_hand(RawPeer& caller, SipRecorder& called, const std::string& id, Accept accept,
                     const std::string& invite_text = kInvite, const std::string& ack_more = "") {
    const std::string me = caller.address().to_string();
    caller.send(with(with(invite_text, "$VIA", me), "$ID", id));
    const auto invited = called.next(What::invite);
    EXPECT_TRUE(invited);
    if (!invited) return {};
    accept(*invited);
    RawCall call{
        .to = {}, .id = id, .answer = caller.receive_starting("SIP/2.0 200"), .dialog = invited->dialog};
    call.to = header_of(call.answer, "To");
    std::string ack = with(with(kAck, "$VIA", me), "$ID", id);
    ack = replaced(ack, "To: <sip:600@$YOU>;tag=x", "To: " + call.to);
    ack = replaced(ack, "z9hG4bK", "z9hG4bKack");
    caller.send(ack_more.empty() ? ack : replaced(ack, "$LENGTH\n\n", ack_more));
    return call;
}

/// A request inside that call, with an SDP body.
inline std::string inside(const RawCall& call, const RawPeer& caller, const std::string& method, int number) {
    std::string text = with(with(kInvite, "$VIA", caller.address().to_string()), "$ID", call.id);
    text = replaced(text, "INVITE", method);
    text = replaced(text, "CSeq: 1", "CSeq: " + std::to_string(number));
    text = replaced(text, "z9hG4bK", "z9hG4bK" + method + std::to_string(number));
    return replaced(text, "To: <sip:600@$YOU>", "To: " + call.to);
}

}  // namespace causeway::sip::test
