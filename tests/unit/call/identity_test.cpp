// Who calls from a page is checked before anything of media or SIP happens; each verdict has its own end.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

using identity::AssertionFault;
using Result = identity::AssertionVerdict::Result;

/// {"idp":{"domain":"idp.example","protocol":"es256"},"assertion":"x"}
constexpr const char* kClaim =
    "a=identity:eyJpZHAiOnsiZG9tYWluIjoiaWRwLmV4YW1wbGUiLCJwcm90b2NvbCI6ImVzMjU2In0sImFzc2VydGlvbiI6IngifQ=="
    "\r\n";

class IdentityTest : public CallTest {
  protected:
    IdentityTest() { checks_by_hand = true; }

    static PagePlaced alice_calls_with_assertion() {
        PagePlaced placed = alice_calls("911");
        placed.sdp.insert(placed.sdp.find("m=audio"), kClaim);
        return placed;
    }
    static CallerChecked verdict(Result result, AssertionFault fault = AssertionFault::none,
                                 std::string why = {}) {
        CallerChecked checked;
        checked.assertion.result = result;
        checked.assertion.fault = fault;
        checked.assertion.why = std::move(why);
        checked.assertion.provider = "idp.example";
        if (result == Result::valid) {
            checked.assertion.identity = "alice@idp.example";
            checked.assertion.cap = identity::Attestation::a;
        }
        return checked;
    }
    void list(const std::string& who, const std::string& number) {
        identity.numbers = identity::NumberTable({identity::NumberRow{.identity = who, .numbers = {number}}});
    }
};

TEST_F(IdentityTest, a_page_is_told_of_the_check_only_when_it_brings_something_to_check) {
    happens(alice_calls("911"));
    EXPECT_EQ(told<http::Checking>(kPage), nullptr) << "a session alone is nothing new";
    EXPECT_NE(asked<CheckCaller>(), nullptr);

    reset();
    happens(alice_calls_with_assertion());
    ASSERT_NE(told<http::Checking>(kPage), nullptr);
    EXPECT_EQ(told<http::Checking>(kPage)->call, "c1");

    reset();
    PagePlaced placed = alice_calls("911");
    placed.capability = "token";
    happens(placed);
    EXPECT_NE(told<http::Checking>(kPage), nullptr);
}

TEST_F(IdentityTest, what_is_checked_is_the_offer_the_session_and_the_dialled_number) {
    config->routes[0].rewrite_to = "+1555";
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    PagePlaced placed = alice_calls_with_assertion();
    placed.to = "9 (11)";
    placed.capability = "token";
    happens(placed);
    const auto* check = asked<CheckCaller>();
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(check->sdp, placed.sdp);
    EXPECT_EQ(check->session, "1/alice");
    EXPECT_EQ(check->capability, "token");
    EXPECT_EQ(check->to, "911") << "a permission speaks of what is dialled, not of what trunks want to hear";
    EXPECT_EQ(check->page, "https://shop.example/");
    EXPECT_EQ(call.to, "+1555");
}

TEST_F(IdentityTest, nothing_of_media_or_sip_happens_before_the_caller_is_checked) {
    happens(alice_calls_with_assertion());
    EXPECT_EQ(call.phase, Phase::checking);
    for (const Event& event :
         {Event{media_opened()}, Event{MediaConnected{}}, Event{SipAnswered{kPhoneSdp}},
          Event{PageCandidate{kPage, "candidate:1"}}, Event{PageDigit{kPage, '1', 100}}}) {
        happens(event);
        EXPECT_EQ(call.phase, Phase::checking);
        EXPECT_EQ(asked<OpenMedia>(), nullptr);
        EXPECT_EQ(asked<Invite>(), nullptr);
        EXPECT_EQ(told<http::Answer>(kPage), nullptr);
    }
    list("alice@idp.example", "+12155551212");
    happens(verdict(Result::valid));
    EXPECT_EQ(call.phase, Phase::opening);
    ASSERT_NE(asked<OpenMedia>(), nullptr);
    EXPECT_EQ(asked<Invite>(), nullptr) << "the INVITE waits for DTLS";
    happens(media_opened());
    EXPECT_EQ(asked<Invite>(), nullptr);
    happens(MediaConnected{});
    EXPECT_NE(asked<Invite>(), nullptr);
}

TEST_F(IdentityTest, every_refusal_ends_the_call_with_its_code_and_without_an_invite) {
    struct Case {
        CallerChecked checked;
        std::string code;
        std::string verdict;
        std::string why;
    };
    CallerChecked unreachable = verdict(Result::none);
    unreachable.provider_unavailable = true;
    unreachable.assertion.why = "time-out";
    CallerChecked half_known = verdict(Result::invalid, AssertionFault::unknown_key, "kid");
    half_known.provider_unavailable = true;
    const std::vector<Case> cases{
        {verdict(Result::invalid, AssertionFault::invalid, "signature"), "identity-invalid", "invalid",
         "signature"},
        {verdict(Result::invalid, AssertionFault::unknown_key, "kid"), "identity-invalid", "invalid", "kid"},
        {verdict(Result::invalid, AssertionFault::fingerprint, "fingerprint not covered"),
         "identity-fingerprint", "invalid", "fingerprint not covered"},
        {verdict(Result::invalid, AssertionFault::expired, "expired"), "identity-expired", "invalid",
         "expired"},
        {verdict(Result::invalid, AssertionFault::replay, "replay"), "identity-replay", "invalid", "replay"},
        {unreachable, "identity-unavailable", "unavailable", "time-out"},
        {half_known, "identity-unavailable", "unavailable", "kid"},
        {verdict(Result::valid), "number-not-allowed", "valid", "+19995550000"},
        {verdict(Result::unknown_idp), "identity-required", "unknown_idp", "not known"},
    };
    identity.policy.assertion.on_unknown_idp = identity::OnMissing::reject;
    list("alice@idp.example", "+12155551212");
    for (const Case& one : cases) {
        SCOPED_TRACE(one.code + ' ' + one.why);
        reset();
        PagePlaced placed = alice_calls_with_assertion();
        placed.number = "+19995550000";
        happens(placed);
        happens(one.checked);
        EXPECT_EQ(call.phase, Phase::ended);
        EXPECT_EQ(asked<OpenMedia>(), nullptr);
        EXPECT_EQ(asked<Invite>(), nullptr);
        EXPECT_EQ(asked<EndDialog>(), nullptr);
        ASSERT_NE(told<http::Ended>(kPage), nullptr);
        EXPECT_EQ(told<http::Ended>(kPage)->reason, one.code);
        ASSERT_NE(asked<WriteRecord>(), nullptr);
        const accounting::IdentityFigures& figures = asked<WriteRecord>()->record.identity;
        EXPECT_EQ(figures.verdict, one.verdict);
        EXPECT_NE(figures.reason.find(one.why), std::string::npos) << figures.reason;
        EXPECT_EQ(figures.provider, "idp.example");
        EXPECT_EQ(figures.identity, "") << "nobody was verified";
        EXPECT_NE(asked<Retire>(), nullptr);
    }
}

TEST_F(IdentityTest, a_guest_without_an_identity_is_refused_where_guests_may_not_call) {
    config->guests.enabled = true;
    config->guests.may_call = {"9*"};
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    PagePlaced placed = alice_calls("911");
    placed.caller = {"", true, "", ""};
    happens(placed);
    happens(CallerChecked{});
    EXPECT_EQ(call.record.reason.cause, EndCause::identity_required);
    EXPECT_EQ(asked<OpenMedia>(), nullptr);
}

TEST_F(IdentityTest, whatever_ends_a_call_while_it_is_checked_opens_nothing) {
    struct Case {
        Event event;
        EndCause cause;
    };
    const std::vector<Case> cases{
        {PageHungUp{kPage}, EndCause::cancelled},
        {PageGone{kPage}, EndCause::page_gone},
        {TimerFired{TimerKind::connecting}, EndCause::identity_unavailable},
        {EndOrdered{{EndCause::shutting_down, Side::gateway, {}, {}}}, EndCause::shutting_down},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.event.index());
        reset();
        happens(alice_calls_with_assertion());
        ASSERT_NE(asked<ArmTimer>(), nullptr) << "a check that never answers must not keep the call";
        happens(one.event);
        EXPECT_EQ(call.phase, Phase::ended);
        EXPECT_EQ(call.record.reason.cause, one.cause);
        EXPECT_EQ(told<http::Ended>(kPage)->reason, code(one.cause));
        EXPECT_NE(asked<Retire>(), nullptr);
        happens(verdict(Result::valid));
        EXPECT_TRUE(actions.empty()) << "the answer comes too late";
    }
}

TEST_F(IdentityTest, the_record_says_whose_word_was_taken) {
    list("alice@idp.example", "+12155551212");
    happens(alice_calls_with_assertion());
    CallerChecked checked = verdict(Result::valid);
    checked.assertion.binding = identity::Binding::oidc_nonce;
    happens(checked);
    happens(media_opened());
    happens(MediaConnected{});
    const accounting::IdentityFigures& figures = call.record.identity;
    EXPECT_EQ(figures.source, "assertion");
    EXPECT_EQ(figures.rule, "B1");
    EXPECT_EQ(figures.verdict, "valid");
    EXPECT_EQ(figures.provider, "idp.example");
    EXPECT_EQ(figures.binding, "oidc-nonce");
    EXPECT_EQ(figures.identity, "alice@idp.example");
    EXPECT_EQ(figures.presented, "+12155551212");
    EXPECT_EQ(figures.token, "");
    EXPECT_EQ(call.record.user, "alice");
    EXPECT_EQ(call.record.from, "+12155551212");
}

TEST_F(IdentityTest, a_caller_who_wants_privacy_is_anonymous_in_the_record_of_what_was_presented) {
    PagePlaced placed = alice_calls("911");
    placed.privacy = true;
    happens(placed);
    happens(CallerChecked{});
    happens(media_opened());
    happens(MediaConnected{});
    EXPECT_EQ(call.record.identity.presented, "anonymous");
    ASSERT_NE(told<http::Presented>(kPage), nullptr);
    EXPECT_EQ(told<http::Presented>(kPage)->number, "anonymous");
}

TEST_F(IdentityTest, an_identity_without_a_number_is_presented_by_name) {
    list("bob@idp.example", "+12155551212");
    happens(alice_calls_with_assertion());
    happens(verdict(Result::valid));
    happens(media_opened());
    happens(MediaConnected{});
    ASSERT_NE(asked<Invite>(), nullptr);
    const std::string& from = asked<Invite>()->invite.from_uri;
    EXPECT_EQ(from.find("alice"), std::string::npos) << "no certificate speaks for idp.example: " << from;
    EXPECT_EQ("sip:" + call.record.identity.presented, from);
    EXPECT_EQ(told<http::Presented>(kPage)->number, "") << "a name is no number";
    EXPECT_EQ(told<http::Presented>(kPage)->identity, "alice@idp.example");
}

TEST_F(IdentityTest, an_incoming_calls_check_is_not_answered_by_a_callers_verdict) {
    identity.trunks["carrier"].trust.stir_in = identity::InboundStir::verify;
    SipInvited invited = phone_calls("+12155551212");
    invited.invite.identity = {"token"};
    happens(invited);
    ASSERT_EQ(call.phase, Phase::checking);
    happens(verdict(Result::valid));
    EXPECT_EQ(call.phase, Phase::checking);
    EXPECT_TRUE(actions.empty());

    reset();
    happens(alice_calls("911"));
    happens(PassportsChecked{});
    EXPECT_EQ(call.phase, Phase::checking);
    EXPECT_TRUE(actions.empty());
}

}  // namespace
}  // namespace causeway::call
