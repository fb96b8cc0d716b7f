#include "call_fixture.hpp"

#include <algorithm>

namespace causeway::call {

const char kBrowserOffer[] =
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 126\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "61:E3:32:A4:FD:FC:EF:F9:F2:31:AE:62:90:A1:0C:63:25:F5:D9:53:CA:F2:72:BE:57:F2:CA:4C:F2:1E:BB:49\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:126 telephone-event/8000\r\n";

const char kPhoneSdp[] =
    "v=0\r\no=phone 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

std::vector<SessionId> KnownPages::sessions_of_user(std::string_view user) const {
    return user == "alice" ? alice : std::vector<SessionId>{};
}

std::vector<SessionId> KnownPages::sessions_of_guest_number(std::string_view number) const {
    return number == "7000" ? std::vector<SessionId>{SessionId{9}} : std::vector<SessionId>{};
}

bool KnownPages::is_connected(SessionId session) const {
    return std::find(alice.begin(), alice.end(), session) != alice.end();
}

CallTest::CallTest() : config(std::make_shared<config::Config>()) {
    config->sip.domain = "gw.example";
    config::Trunk carrier;
    carrier.name = "carrier";
    carrier.address = "192.0.2.9";
    carrier.codecs = {sdp::Codec::pcmu};
    carrier.sources = {"192.0.2.9"};
    config->trunks = {carrier};
    config::User alice;
    alice.name = "alice";
    alice.numbers = {"+12155551212"};
    alice.token = "secret";
    config->users = {alice};
    config::Route out;
    out.to = "9*";
    out.target = config::RouteTarget::trunk;
    out.target_name = "carrier";
    config->routes = {out};
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    identity.policy.sip_domain = "gw.example";
    identity.origid_secret = "secret";
    identity.trunks["carrier"];
    reset();
}

void CallTest::reset() {
    call = Call{};
    call.id = CallId{0xabc};
    call.config = config;
}

void CallTest::happens(const Event& event) {
    const Environment environment{*dial_plan,    pages,         identity,   now,
                                  running_calls, shutting_down, overloaded, board.get()};
    actions = step(call, event, environment);
    if (asked<CheckCaller>() != nullptr && !checks_by_hand) {
        Actions more = step(call, CallerChecked{}, environment);
        actions.insert(actions.end(), more.begin(), more.end());
    }
    // The registry's part.
    if (asked<Invite>() != nullptr) call.dialog = kDialog;
}

PagePlaced CallTest::alice_calls(const std::string& to) {
    return {kPage,         "c1", {"alice", false, "+12155551212", "Alice"}, "https://shop.example/", to,
            kBrowserOffer, 0};
}

SipInvited CallTest::phone_calls(const std::string& to, const std::string& sdp) {
    SipInvited event;
    event.invite.dialog = kDialog;
    event.invite.source = SocketAddress::parse("192.0.2.9", 5060).value();
    event.invite.to_user = to;
    event.invite.from_user = "5551000";
    event.invite.from_uri = "sip:5551000@192.0.2.9";
    event.invite.sdp = sdp;
    return event;
}

MediaOpened CallTest::media_opened() {
    MediaOpened event;
    const auto offer = webrtc::parse_offer(kBrowserOffer).value();
    event.answer.sdp = "v=0 answer";
    event.answer.agreed = offer.audio;
    event.sip_rtp = SocketAddress::parse("127.0.0.1", 20000).value();
    event.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 0xCD)};
    return event;
}

void CallTest::browser_call_up_to_invite() {
    happens(alice_calls("911"));
    happens(media_opened());
    happens(MediaConnected{});
}

void CallTest::browser_call_up_to_talking() {
    browser_call_up_to_invite();
    happens(SipAnswered{kPhoneSdp});
}

void CallTest::phone_call_up_to_ringing() {
    happens(phone_calls("+12155551212"));
}

void CallTest::phone_call_up_to_talking() {
    phone_call_up_to_ringing();
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
}

}  // namespace causeway::call
