// REGISTER against a registrar that a test plays by hand.
#include <string>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

class Registrations : public testing::Test {
  protected:
    Registrations()
        : agent_(std::make_unique<SipUa>(loopback_settings(), counters_, heard_)),
          registrar_(agent_->udp_port()) {}

    Registration wanted() const {
        return {.trunk = "alpha",
                .registrar_uri = "sip:" + registrar_.address().to_string() + ";transport=udp",
                .address_of_record = "sip:user@trunk.test",
                .credentials = {.username = "user", .password = "secret", .realm = ""},
                .expires = std::chrono::seconds(3)};
    }
    std::string granted(const std::string& request, const std::string& seconds) {
        return response_to(request, "200 OK",
                           "Contact: " + header_of(request, "Contact") + ";expires=" + seconds + "\n");
    }

    Counters counters_;
    SipRecorder heard_;
    std::unique_ptr<SipUa> agent_;
    RawPeer registrar_;
};

TEST_F(Registrations, a_trunk_is_registered_with_digest_refreshed_and_unregistered) {
    agent_->register_trunks({wanted()});
    const std::string first = registrar_.receive_starting("REGISTER");
    EXPECT_EQ(first.substr(0, first.find(' ', 9)),
              "REGISTER sip:" + registrar_.address().to_string() + ";transport=udp");
    EXPECT_EQ(header_of(first, "To"), "<sip:user@trunk.test>");
    EXPECT_EQ(header_of(first, "Expires"), "3");
    EXPECT_NE(header_of(first, "Contact").find("127.0.0.1:" + std::to_string(agent_->udp_port())),
              std::string::npos);
    registrar_.send(
        response_to(first, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\n"));

    const std::string second = registrar_.receive_starting("REGISTER");
    EXPECT_NE(header_of(second, "Authorization").find("username=\"user\""), std::string::npos);
    registrar_.send(granted(second, "3"));
    const auto registered = heard_.next(What::registration);
    ASSERT_TRUE(registered);
    EXPECT_EQ(registered->registration.trunk, "alpha");
    EXPECT_TRUE(registered->registration.registered);

    const std::string refresh = registrar_.receive_starting("REGISTER");
    ASSERT_NE(refresh, "") << "no refresh before the registration ran out";
    registrar_.send(granted(refresh, "3"));
    const auto refreshed = heard_.next(What::registration);
    ASSERT_TRUE(refreshed);
    EXPECT_TRUE(refreshed->registration.registered);

    agent_->register_trunks({});
    std::string leaving = registrar_.receive_starting("REGISTER");
    while (leaving != "" && header_of(leaving, "Expires") != "0" &&
           header_of(leaving, "Contact").find("expires=0") == std::string::npos) {
        registrar_.send(granted(leaving, "3"));
        leaving = registrar_.receive_starting("REGISTER");
    }
    ASSERT_NE(leaving, "");
    registrar_.send(response_to(leaving, "200 OK", ""));
    const auto left = heard_.next_where(
        [](const Seen& seen) { return seen.what == What::registration && !seen.registration.registered; });
    EXPECT_TRUE(left);
}

TEST_F(Registrations, a_failed_registration_is_told_and_tried_again_after_a_pause) {
    agent_->register_trunks({wanted()});
    const std::string first = registrar_.receive_starting("REGISTER");
    const auto begin = std::chrono::steady_clock::now();
    registrar_.send(response_to(first, "503 Service Unavailable", ""));
    const auto failed = heard_.next(What::registration);
    ASSERT_TRUE(failed);
    EXPECT_FALSE(failed->registration.registered);
    EXPECT_EQ(failed->registration.status, 503);
    const std::string again = registrar_.receive_starting("REGISTER");
    ASSERT_NE(again, "");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(900));
    registrar_.send(granted(again, "300"));
    const auto registered = heard_.next(What::registration);
    ASSERT_TRUE(registered);
    EXPECT_TRUE(registered->registration.registered);
}

TEST_F(Registrations, wrong_credentials_are_not_sent_twice_for_one_challenge) {
    agent_->register_trunks({wanted()});
    const std::string challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\n";
    registrar_.send(response_to(registrar_.receive_starting("REGISTER"), "401 Unauthorized", challenge));
    registrar_.send(response_to(registrar_.receive_starting("REGISTER"), "401 Unauthorized", challenge));
    const auto failed = heard_.next(What::registration);
    ASSERT_TRUE(failed);
    EXPECT_FALSE(failed->registration.registered);
    EXPECT_EQ(failed->registration.status, 401);
}

TEST_F(Registrations, requests_of_the_registrar_on_the_registration_itself_get_481) {
    agent_->register_trunks({wanted()});
    const std::string request = registrar_.receive_starting("REGISTER");
    registrar_.send(granted(request, "300"));
    ASSERT_TRUE(heard_.next(What::registration));
    int number = 1;
    for (const std::string method : {"INVITE", "INFO", "UPDATE", "INVITE"}) {
        SCOPED_TRACE(method);
        std::string text = with(with(kInvite, "$VIA", registrar_.address().to_string()), "$ID@raw.test",
                                header_of(request, "Call-ID"));
        text = replaced(text, "$ID", method + std::to_string(number));
        text = replaced(text, "To: <sip:600@$YOU>", "To: " + header_of(request, "From"));
        text = replaced(text, "1 INVITE", std::to_string(number++) + " INVITE");
        registrar_.send(replaced(text, "INVITE", method));
        const std::string refusal = registrar_.receive_starting("SIP/2.0 481");
        EXPECT_NE(refusal, "");
        // The others are refused by the stack itself.
        if (number > 3) continue;
        EXPECT_EQ(header_of(refusal, "Reason"), "Q.850;cause=111;text=\"There is no such call.\"");
    }
    EXPECT_EQ(heard_.count(What::invite), 0U);
    EXPECT_EQ(heard_.count(What::reoffer), 0U);
    EXPECT_EQ(agent_->dialog_count(), 0U);
}

TEST_F(Registrations, the_time_granted_to_another_device_is_not_ours) {
    agent_->register_trunks({wanted()});
    const std::string first = registrar_.receive_starting("REGISTER");
    const std::string other = "Contact: <sip:desk@192.0.2.9:5060>;expires=3\n";
    const std::string ours = "Contact: " + header_of(first, "Contact") + ";expires=1\n";
    const auto begin = std::chrono::steady_clock::now();
    registrar_.send(response_to(first, "200 OK", other + ours));
    ASSERT_NE(registrar_.receive_starting("REGISTER"), "");
    // Four fifths of 3 s would be 2.4 s.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(2200));
}

TEST_F(Registrations, stopping_unregisters) {
    agent_->register_trunks({wanted()});
    registrar_.send(granted(registrar_.receive_starting("REGISTER"), "300"));
    ASSERT_TRUE(heard_.next(What::registration));
    std::thread registrar([this] {
        const std::string leaving = registrar_.receive_starting("REGISTER");
        EXPECT_TRUE(header_of(leaving, "Expires") == "0" ||
                    header_of(leaving, "Contact").find("expires=0") != std::string::npos)
            << leaving;
        registrar_.send(response_to(leaving, "200 OK", ""));
    });
    agent_.reset();
    registrar.join();
}

}  // namespace
}  // namespace causeway::sip::test
