// What trunks ask of the stack beyond a call: proofs by SHA-256, nonces that grow old, signs of life, servers
// that a name led to, silence that must not last.
#include <string>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

using namespace std::chrono_literals;

/// A recorder that keeps what only trunk groups want to know.
class TrunkRecorder : public SipRecorder {
  public:
    void on_retry_after(DialogId, std::chrono::seconds time) override {
        keep("retry " + std::to_string(time.count()));
    }
    void on_probed(const std::string& id, int status) override { keep(id + " " + std::to_string(status)); }

    /// The next of them, "" when none comes.
    std::string next_word(std::chrono::milliseconds patience = kPatience) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [this] { return !words_.empty(); })) return {};
        std::string word = words_.front();
        words_.erase(words_.begin());
        return word;
    }

  private:
    void keep(std::string word) {
        const std::lock_guard lock(mutex_);
        words_.push_back(std::move(word));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> words_;
};

class Trunks : public testing::Test {
  protected:
    OutboundInvite wanted() const {
        OutboundInvite invite = invite_to(trunk.address().port(), "600");
        invite.credentials = DigestCredentials{.username = "us:er", .password = "sec:ret\"", .realm = ""};
        return invite;
    }
    void challenge(const std::string& request, const std::string& rows) {
        trunk.send(response_to(request, "401 Unauthorized", rows));
    }
    static std::string row(const std::string& nonce, const std::string& more) {
        return "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"" + nonce + "\"" + more + "\n";
    }

    Counters counters;
    TrunkRecorder heard;
    SipUa agent{loopback_settings(), counters, heard};
    RawPeer trunk{agent.udp_port()};
};

TEST_F(Trunks, the_strongest_of_several_challenges_is_answered) {
    agent.invite(wanted());
    const std::string first = trunk.receive_starting("INVITE");
    challenge(first, row("weak", ", algorithm=MD5") + row("none", ", algorithm=SHA-512-256") +
                         row("strong", ", algorithm=SHA-256, qop=\"auth-int,auth\""));
    const std::string answer = header_of(trunk.receive_starting("INVITE"), "Authorization");
    EXPECT_NE(answer.find("nonce=\"strong\""), std::string::npos) << answer;
    EXPECT_NE(answer.find("algorithm=SHA-256"), std::string::npos) << answer;
    EXPECT_NE(answer.find("qop=auth, nc=00000001"), std::string::npos) << answer;
    EXPECT_NE(answer.find("username=\"us:er\""), std::string::npos)
        << "nothing is cut at a colon: " << answer;
}

TEST_F(Trunks, a_stale_nonce_is_answered_once_more_and_a_refusal_is_final) {
    agent.invite(wanted());
    challenge(trunk.receive_starting("INVITE"), row("first", ", algorithm=SHA-256, qop=\"auth\""));
    challenge(trunk.receive_starting("INVITE"),
              row("second", ", algorithm=SHA-256, qop=\"auth\", stale=true"));
    const std::string third = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(third, "Authorization").find("nonce=\"second\""), std::string::npos);
    challenge(third, row("third", ", algorithm=SHA-256, qop=\"auth\""));
    const auto ended = heard.next(Seen::What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.sip_status, 401);
}

TEST_F(Trunks, a_trunk_whose_nonces_are_always_stale_is_given_up) {
    agent.invite(wanted());
    int answered = 0;
    for (int i = 0; i < 10; ++i) {
        const std::string invite = trunk.receive_starting("INVITE");
        if (invite.empty()) break;
        ++answered;
        challenge(invite, row("n" + std::to_string(i), ", stale=true"));
        if (heard.next(Seen::What::ended, 100ms)) break;
    }
    EXPECT_GE(answered, 2);
    EXPECT_LE(answered, 6);
}

TEST_F(Trunks, a_challenge_that_cannot_be_answered_is_a_refusal) {
    for (const char* what : {", qop=\"auth-int\"", ", algorithm=SHA-512-256", ", algorithm=MD5-sess"}) {
        agent.invite(wanted());
        const std::string invite = trunk.receive_starting("INVITE");
        challenge(invite, row("n", what));
        const auto ended = heard.next(Seen::What::ended);
        ASSERT_TRUE(ended) << what;
        EXPECT_EQ(ended->reason.sip_status, 401) << what;
    }
}

TEST_F(Trunks, a_pause_that_a_503_asks_for_is_told) {
    agent.invite(wanted());
    trunk.send(
        response_to(trunk.receive_starting("INVITE"), "503 Busy", "Retry-After: 17 (later);duration=5\n"));
    EXPECT_EQ(heard.next_word(), "retry 17");
    EXPECT_TRUE(heard.next(Seen::What::ended));
    agent.invite(wanted());
    trunk.send(response_to(trunk.receive_starting("INVITE"), "503 Busy", "Retry-After: 4294967295\n"));
    EXPECT_EQ(heard.next_word(), "retry 86400");
}

TEST_F(Trunks, silence_ends_when_another_trunk_could_be_asked_and_any_response_breaks_it) {
    OutboundInvite invite = wanted();
    invite.answer_within = 1s;
    agent.invite(invite);
    ASSERT_NE(trunk.receive_starting("INVITE"), "");
    const auto silent = heard.next(Seen::What::ended, 4s);
    ASSERT_TRUE(silent);
    EXPECT_EQ(silent->reason.cause, EndCause::trunk_timeout);
    EXPECT_FALSE(silent->reason.sip_status);

    RawPeer other{agent.udp_port()};
    OutboundInvite second = invite_to(other.address().port(), "600");
    second.answer_within = 1s;
    agent.invite(second);
    other.send(response_to(other.receive_starting("INVITE"), "100 Trying", ""));
    EXPECT_FALSE(heard.next(Seen::What::ended, 1500ms));
}

TEST_F(Trunks, a_late_answer_of_a_trunk_that_was_left_is_taken_back) {
    OutboundInvite invite = wanted();
    invite.answer_within = 1s;
    agent.invite(invite);
    const std::string request = trunk.receive_starting("INVITE");
    ASSERT_TRUE(heard.next(Seen::What::ended, 4s));
    trunk.send(response_to(request, "180 Ringing", ""));
    EXPECT_NE(trunk.receive_starting("CANCEL"), "");
}

TEST_F(Trunks, options_tell_of_life_and_of_none) {
    agent.probe({"a", "sip:" + trunk.address().to_string(), ""});
    const std::string request = trunk.receive_starting("OPTIONS");
    ASSERT_NE(request, "");
    trunk.send(response_to(request, "404 Not Here", ""));
    EXPECT_EQ(heard.next_word(), "a 404");

    agent.probe({"a", "sip:" + trunk.address().to_string(), ""});
    ASSERT_NE(trunk.receive_starting("OPTIONS"), "");
    agent.probe({"a", "sip:" + trunk.address().to_string(), ""});
    EXPECT_EQ(heard.next_word(), "a 0") << "the one before was not answered in time";

    agent.probe({"b", "sip:bad uri\r\n", ""});
    EXPECT_EQ(heard.next_word(), "b 0");
}

TEST_F(Trunks, a_name_stays_in_the_request_and_the_server_gets_it) {
    OutboundInvite invite = wanted();
    invite.request_uri = "sip:600@sip.carrier.test";
    invite.to_uri = invite.request_uri;
    invite.proxy = "sip:" + trunk.address().to_string() + ";transport=udp";
    agent.invite(invite);
    EXPECT_EQ(trunk.receive_starting("INVITE").substr(0, 32), "INVITE sip:600@sip.carrier.test ");
}

TEST_F(Trunks, headers_that_the_operator_lets_in_are_handed_up) {
    SipUaSettings settings = loopback_settings();
    settings.headers_in = {"X-Queue"};
    TrunkRecorder listener;
    SipUa other{settings, counters, listener};
    RawPeer caller{other.udp_port()};
    OutboundInvite invite = invite_to(other.udp_port(), "600");
    invite.headers = {{"x-queue", "sales"}, {"X-Other", "no"}};
    agent.invite(invite);
    const auto invited = listener.next(Seen::What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.headers, (std::vector<Header>{{"X-Queue", "sales"}}));
}

}  // namespace
}  // namespace causeway::sip::test
