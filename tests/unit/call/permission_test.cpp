// Permissions to call: each is given back exactly once, whatever becomes of the call, and the record knows
// the permission instead of the person.
#include <algorithm>

#include "call_fixture.hpp"

namespace causeway::call {
namespace {

using identity::CapabilityFault;

class PermissionTest : public CallTest {
  protected:
    PermissionTest() { checks_by_hand = true; }

    void is_placed() {
        PagePlaced placed = alice_calls("911");
        placed.capability = "token";
        takes(placed);
    }
    static CallerChecked permitted() {
        identity::Capability capability;
        capability.id = "t1";
        capability.issuer = "shop";
        capability.callees = {"9*"};
        capability.number = "+12155550000";
        capability.headers = {{"X-Order", "17"}};
        CallerChecked checked;
        checked.capability = capability;
        return checked;
    }
    static CallerChecked refused(CapabilityFault fault, std::string why) {
        CallerChecked checked;
        checked.capability_refusal = identity::CapabilityRefusal{fault, std::move(why)};
        return checked;
    }
    /// Steps, and counts what is given back.
    void takes(const Event& event) {
        happens(event);
        for (const Action& action : actions) {
            const auto* release = std::get_if<ReleaseCapability>(&action);
            if (release == nullptr) continue;
            EXPECT_EQ(release->id, "t1");
            ++released;
        }
    }

    int released = 0;
};

TEST_F(PermissionTest, it_says_how_the_caller_is_presented) {
    is_placed();
    takes(permitted());
    takes(media_opened());
    takes(MediaConnected{});
    ASSERT_NE(asked<Invite>(), nullptr);
    const sip::OutboundInvite& invite = asked<Invite>()->invite;
    EXPECT_EQ(invite.from_uri, "sip:+12155550000@gw.example;user=phone");
    EXPECT_EQ(invite.headers, (std::vector<sip::Header>{{"X-Order", "17"}}));
    EXPECT_EQ(told<http::Presented>(kPage)->source, "capability");
    EXPECT_EQ(told<http::Presented>(kPage)->identity, "");
    EXPECT_EQ(released, 0) << "it is in use";
}

TEST_F(PermissionTest, its_longest_time_bounds_the_call) {
    is_placed();
    CallerChecked checked = permitted();
    checked.capability->max_duration_seconds = 7;
    takes(checked);
    takes(media_opened());
    takes(MediaConnected{});
    takes(SipAnswered{kPhoneSdp});
    ASSERT_NE(asked<ArmTimer>(), nullptr);
    EXPECT_EQ(asked<ArmTimer>()->kind, TimerKind::duration);
    EXPECT_EQ(asked<ArmTimer>()->after, Duration(std::chrono::seconds(7)));
    takes(TimerFired{TimerKind::duration});
    EXPECT_EQ(call.record.reason.cause, EndCause::over_limit);
    EXPECT_EQ(released, 1);
}

TEST_F(PermissionTest, it_is_given_back_exactly_once_however_the_call_ends) {
    const EndReason hangup{EndCause::hangup, Side::sip, {}, {}};
    const EndReason busy{EndCause::busy, Side::sip, {}, 486};
    const std::vector<std::vector<Event>> stories{
        {media_opened(), MediaConnected{}, SipAnswered{kPhoneSdp}, PageHungUp{kPage}},
        {media_opened(), MediaConnected{}, SipAnswered{kPhoneSdp}, SipEnded{hangup}},
        {media_opened(), MediaConnected{}, SipEnded{busy}},
        {media_opened(), MediaConnected{}, PageGone{kPage}},
        {media_opened(), MediaFailed{{EndCause::dtls_failed, Side::browser, {}, {}}}},
        {media_opened(), TimerFired{TimerKind::connecting}},
        {PageHungUp{kPage}},
        {EndOrdered{{EndCause::shutting_down, Side::gateway, {}, {}}}},
    };
    for (std::size_t i = 0; i < stories.size(); ++i) {
        SCOPED_TRACE(i);
        reset();
        released = 0;
        is_placed();
        takes(permitted());
        EXPECT_EQ(released, 0);
        for (const Event& event : stories[i]) takes(event);
        EXPECT_EQ(call.phase, Phase::ended);
        EXPECT_EQ(released, 1);
        takes(MediaClosed{});
        takes(PageGone{kPage});
        EXPECT_EQ(released, 1);
    }
}

TEST_F(PermissionTest, it_is_given_back_when_the_table_of_numbers_is_stricter) {
    identity.numbers = identity::NumberTable(
        {identity::NumberRow{.session_account = "token:other", .numbers = {"+12155550000"}}});
    is_placed();
    takes(permitted());
    EXPECT_EQ(call.record.reason.cause, EndCause::number_not_allowed);
    EXPECT_EQ(asked<OpenMedia>(), nullptr);
    EXPECT_EQ(released, 1);
    const accounting::CallRecord& record = asked<WriteRecord>()->record;
    EXPECT_EQ(record.identity.source, "capability");
    EXPECT_EQ(record.identity.token, "t1");
    EXPECT_EQ(record.identity.verdict, "invalid");
    EXPECT_NE(record.identity.reason.find("+12155550000"), std::string::npos) << record.identity.reason;
    EXPECT_EQ(record.user, "") << "a refused permission tells no more of the person than a good one";
    EXPECT_EQ(record.from, "");
}

TEST_F(PermissionTest, an_answer_that_comes_when_the_page_has_hung_up_gives_it_back) {
    is_placed();
    takes(PageHungUp{kPage});
    EXPECT_EQ(released, 0) << "nothing was in use yet";
    takes(permitted());
    EXPECT_EQ(released, 1);
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(asked<OpenMedia>(), nullptr);
}

TEST_F(PermissionTest, an_assertion_that_is_no_good_is_not_healed_by_a_permission) {
    is_placed();
    CallerChecked checked = permitted();
    checked.assertion.result = identity::AssertionVerdict::Result::invalid;
    checked.assertion.fault = identity::AssertionFault::replay;
    checked.assertion.why = "replay";
    takes(checked);
    EXPECT_EQ(call.record.reason.cause, EndCause::identity_replay);
    EXPECT_EQ(released, 1);
}

TEST_F(PermissionTest, the_record_holds_its_id_and_no_person) {
    is_placed();
    CallerChecked checked = permitted();
    checked.assertion.result = identity::AssertionVerdict::Result::valid;
    checked.assertion.identity = "alice@idp.example";
    checked.assertion.provider = "idp.example";
    takes(checked);
    takes(media_opened());
    takes(MediaConnected{});
    const accounting::CallRecord& record = call.record;
    EXPECT_EQ(record.user, "");
    EXPECT_EQ(record.from, "+12155550000");
    EXPECT_EQ(record.identity.source, "capability");
    EXPECT_EQ(record.identity.token, "t1");
    EXPECT_EQ(record.identity.verdict, "valid");
    EXPECT_EQ(record.identity.identity, "");
    EXPECT_EQ(record.identity.provider, "");
    EXPECT_EQ(record.identity.binding, "");
    const std::string line = accounting::to_json(record);
    EXPECT_EQ(line.find("alice"), std::string::npos) << line;
    EXPECT_EQ(line.find("+12155551212"), std::string::npos) << "the number of the page's login: " << line;
}

TEST_F(PermissionTest, each_fault_has_its_own_end) {
    struct Case {
        CapabilityFault fault;
        std::string why;
        EndCause cause;
        std::string text;
    };
    const std::vector<Case> cases{
        {CapabilityFault::invalid, "signature", EndCause::capability_invalid,
         "The permission to call is not good (signature)."},
        {CapabilityFault::expired, "exp: expired", EndCause::capability_expired,
         "The permission to call is not good (exp: expired)."},
        {CapabilityFault::callee, "The permission to call is not for this number.",
         EndCause::capability_callee, "The permission to call is not for this number."},
        {CapabilityFault::page, "The permission to call is not for this page.", EndCause::capability_callee,
         "The permission to call is not for this page."},
        {CapabilityFault::used_up, "The permission to call is used up.", EndCause::capability_used,
         "The permission to call is used up."},
        {CapabilityFault::too_many_calls, "The permission allows no more calls at once.",
         EndCause::capability_used, "The permission allows no more calls at once."},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.why);
        reset();
        released = 0;
        is_placed();
        takes(refused(one.fault, one.why));
        EXPECT_EQ(call.record.reason.cause, one.cause);
        EXPECT_EQ(told<http::Ended>(kPage)->text, one.text);
        EXPECT_EQ(asked<OpenMedia>(), nullptr);
        EXPECT_EQ(asked<Invite>(), nullptr);
        EXPECT_EQ(released, 0) << "nothing was counted";
        EXPECT_EQ(call.record.identity.source, "capability");
        EXPECT_EQ(call.record.identity.verdict, "invalid");
        EXPECT_EQ(call.record.identity.reason, one.why);
        EXPECT_EQ(call.record.user, "");
        EXPECT_EQ(call.record.from, "");
    }
}

TEST_F(PermissionTest, a_page_without_login_may_call_by_it) {
    PagePlaced placed = alice_calls("911");
    placed.caller = {"", true, "", ""};
    placed.capability = "token";
    happens(placed);
    EXPECT_NE(asked<CheckCaller>(), nullptr);
    reset();
    placed.capability.clear();
    happens(placed);
    EXPECT_EQ(asked<CheckCaller>(), nullptr);
    EXPECT_EQ(call.record.reason.cause, EndCause::forbidden);
}

}  // namespace
}  // namespace causeway::call
