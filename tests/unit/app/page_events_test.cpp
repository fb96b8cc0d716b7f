#include "gateway/app/page_events.hpp"

#include <gtest/gtest.h>

#include "core/base/counters.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/http/password_hash.hpp"

namespace causeway::app {
namespace {

/// All ports at once; a log-in asks nothing of them.
struct Silence : call::PagePort, call::SipPort, media::MediaPort, call::TimerPort, call::RecordPort {
    void send(SessionId, const http::ServerMessage&) override {}
    DialogId invite(sip::OutboundInvite) override { return {}; }
    void progress(DialogId, int) override {}
    void accept(DialogId, std::string) override {}
    void end(DialogId, const EndReason&) override {}
    void answer_reoffer(DialogId, std::string) override {}
    void refuse_reoffer(DialogId, int) override {}
    void open(media::OpenMedia) override {}
    void connect(media::ConnectMedia) override {}
    void add_remote_candidate(CallId, std::string) override {}
    void send_digit(CallId, char, int) override {}
    void close(CallId) override {}
    void arm(CallId, call::TimerKind, Duration) override {}
    void disarm(CallId, call::TimerKind) override {}
    void write(const accounting::CallRecord&) override {}
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
    call::CallRegistry calls{{silence, silence, silence, silence, silence}, pages, counters, config};
    PageEvents events{pages, calls, counters, [](SessionId, const http::ServerMessage&) {}};
};

TEST_F(PageLogIn, a_user_logs_in_with_the_password_of_its_own) {
    const auto who = log_in("alice", "correct horse");
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user, "alice");
    EXPECT_FALSE(log_in("alice", "wrong horse"));
    EXPECT_FALSE(log_in("alice", ""));
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

}  // namespace
}  // namespace causeway::app
