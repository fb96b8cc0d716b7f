#include "gateway/app/page_events.hpp"

#include <gtest/gtest.h>

#include "core/base/counters.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/http/password_hash.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::app {
namespace {

const char kBrowserOffer[] =
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "61:E3:32:A4:FD:FC:EF:F9:F2:31:AE:62:90:A1:0C:63:25:F5:D9:53:CA:F2:72:BE:57:F2:CA:4C:F2:1E:BB:49\r\n"
    "a=rtpmap:0 PCMU/8000\r\n";

/// All ports at once; a log-in asks nothing of them.
struct Silence : call::PagePort,
                 call::SipPort,
                 media::MediaPort,
                 call::TimerPort,
                 call::RecordPort,
                 call::IdentityPort {
    void send(SessionId, const http::ServerMessage&) override {}
    DialogId invite(sip::OutboundInvite) override { return {}; }
    void progress(DialogId, int) override {}
    void accept(DialogId, std::string) override {}
    void end(DialogId, const EndReason&) override {}
    void answer_reoffer(DialogId, std::string) override {}
    void acknowledge(DialogId, std::string) override {}
    void refer(DialogId, sip::OutboundReferral) override {}
    void answer_referral(DialogId, int) override {}
    void tell_referrer(DialogId, int) override {}
    void refuse_reoffer(DialogId, int, const std::string&) override {}
    void info_digit(DialogId, char, int) override {}
    void reoffer(DialogId, std::string) override {}
    void set_options(DialogId, const sip::DialogOptions&) override {}
    void reoffer(media::ReofferMedia) override {}
    void open(media::OpenMedia) override {}
    void connect(media::ConnectMedia) override {}
    void add_remote_candidate(CallId, std::string) override {}
    void send_digit(CallId, char, int) override {}
    void close(CallId) override {}
    bool has_room() const override { return true; }
    void arm(CallId, call::TimerKind, Duration) override {}
    void disarm(CallId, call::TimerKind) override {}
    void write(const accounting::CallRecord&) override {}
    void add_response_header(DialogId, sip::Header) override {}
    void check_caller(CallId call, call::CheckCaller check) override { checked.emplace_back(call, check); }
    void check_passports(CallId, call::CheckPassports) override {}
    void release_capability(const std::string&) override {}

    std::vector<std::pair<CallId, call::CheckCaller>> checked;
};

config::Snapshot configuration() {
    auto config = std::make_shared<config::Config>();
    config::User alice;
    alice.name = "alice";
    alice.password_hash = http::hash_password("correct horse");
    config::User bob;
    bob.name = "bob";
    bob.token = "bobs-token";
    config->users = {alice, bob};
    config::Trunk carrier;
    carrier.name = "carrier";
    carrier.address = "192.0.2.9";
    config->trunks = {carrier};
    config::Route out;
    out.to = "9*";
    out.target = config::RouteTarget::trunk;
    out.target_name = "carrier";
    config->routes = {out};
    return config;
}

class PageLogIn : public testing::Test {
  protected:
    std::optional<http::Authenticated> log_in(const std::string& user, const std::string& password) {
        http::Hello hello;
        hello.user = user;
        hello.password = password;
        return events.authenticate(SessionId{1}, hello);
    }

    config::Snapshot config = configuration();
    Silence silence;
    Counters counters;
    ConnectedPages pages{config};
    call::CallRegistry calls{{silence, silence, silence, silence, silence, silence},
                             pages,
                             counters,
                             config,
                             std::make_shared<const call::IdentityBook>()};
    std::vector<sip::OutboundMessage> sent;
    trunks::TrunkBoard board{*config};
    MessageDesk messages{config,
                         std::make_shared<const call::IdentityBook>(),
                         pages,
                         calls,
                         board,
                         {[](SessionId, const http::ServerMessage&) {},
                          [this](sip::OutboundMessage message) { sent.push_back(std::move(message)); },
                          [](sip::MessageId, int) {}, [](const std::string&) {}}};
    PageEvents events{pages,
                      calls,
                      messages,
                      counters,
                      [](SessionId, const http::ServerMessage&) {},
                      [](const std::string& token) {
                          identity::ReadCapability read;
                          if (token == "good") read.capability.emplace();
                          return read;
                      },
                      std::chrono::seconds(30),
                      [](const std::string& user) {
                          return http::IceServers{{{{"turn:192.0.2.1:3478"}, "1:" + user, "secret"}}, 60};
                      }};
};

TEST_F(PageLogIn, a_user_logs_in_with_the_password_of_its_own) {
    const auto who = log_in("alice", "correct horse");
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user, "alice");
    EXPECT_FALSE(log_in("alice", "wrong horse"));
    EXPECT_FALSE(log_in("alice", ""));
}

TEST_F(PageLogIn, a_page_comes_back_as_who_it_was_once_and_only_with_its_own_login) {
    http::Hello hello;
    hello.token = "bobs-token";
    hello.resume = "";
    http::SessionInfo session{
        SessionId{1}, *events.authenticate(SessionId{1}, hello), "", "https://a.example", {}};
    http::Welcome welcome;
    events.complete(session, hello, welcome);
    EXPECT_FALSE(welcome.resume.empty());
    EXPECT_EQ(welcome.resume_seconds, 30);
    EXPECT_EQ(welcome.ice.servers.at(0).username, "1:bob");
    events.on_session_open(session);
    events.on_session_closed(SessionId{1});

    http::Hello back;
    back.resume = welcome.resume;
    EXPECT_FALSE(events.resume(back, "https://b.example"));
    back.user = "alice";
    back.password = "correct horse";
    EXPECT_FALSE(events.resume(back, "https://a.example")) << "that is bob's";
    back.user.clear();
    back.password.clear();
    const auto who = events.resume(back, "https://a.example");
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user, "bob");
    EXPECT_EQ(who->before, SessionId{1});
    EXPECT_FALSE(events.resume(back, "https://a.example"));
}

TEST_F(PageLogIn, the_stand_in_password_opens_no_account) {
    for (const char* user : {"alice", "bob", "carol", "nobody"}) {
        for (const char* password : {"nobody", ""}) EXPECT_FALSE(log_in(user, password)) << user;
    }
    EXPECT_EQ(counters.counter("page_login_refused").value(), 8u);
}

TEST_F(PageLogIn, a_user_without_a_password_still_has_its_token) {
    http::Hello hello;
    hello.token = "bobs-token";
    const auto who = events.authenticate(SessionId{1}, hello);
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user, "bob");
}

TEST_F(PageLogIn, a_permission_to_call_is_a_login_without_a_user) {
    http::Hello hello;
    hello.capability = "good";
    const auto who = events.authenticate(SessionId{1}, hello);
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user, "");
    EXPECT_TRUE(who->guest);
    EXPECT_EQ(who->number, "") << "the permission says what is shown";
    EXPECT_EQ(who->capability, "good");
    EXPECT_EQ(who->refusal, "");
    hello.capability = "bad";
    EXPECT_NE(events.authenticate(SessionId{1}, hello)->refusal, "");
    hello.user = "alice";
    hello.password = "correct horse";
    EXPECT_NE(events.authenticate(SessionId{1}, hello)->refusal, "")
        << "whoever shows a bad one is not let in by another";
    EXPECT_EQ(counters.counter("page_login_refused").value(), 2u);
}

TEST_F(PageLogIn, each_call_of_such_a_page_is_made_by_its_permission_or_by_one_of_its_own) {
    http::SessionInfo info;
    info.session = SessionId{1};
    info.who = pages.as_bearer("good");
    info.page = "https://shop.example/";
    events.on_session_open(info);
    for (const std::string own : {"", "another"}) {
        http::PlaceCall place;
        place.call = "c" + own;
        place.to = "911";
        place.sdp = kBrowserOffer;
        place.capability = own;
        events.on_message(SessionId{1}, place);
    }
    ASSERT_EQ(silence.checked.size(), 2u);
    EXPECT_EQ(silence.checked[0].second.capability, "good");
    EXPECT_EQ(silence.checked[0].second.page, "https://shop.example/");
    EXPECT_EQ(silence.checked[1].second.capability, "another");
}

}  // namespace
}  // namespace causeway::app
