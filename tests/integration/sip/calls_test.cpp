// Calls between two stacks over UDP and TCP: every way to begin and to end one.
#include "two_agents.hpp"

namespace causeway::sip::test {
namespace {

TEST_F(TwoAgents, a_call_is_offered_rung_answered_and_hung_up_by_the_caller) {
    const DialogId call = here_.invite(invite_to(there_.udp_port(), "600"));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->text, sdp_named("offer"));
    EXPECT_EQ(invited->invite.to_user, "600");
    EXPECT_EQ(invited->invite.from_user, "caller");
    EXPECT_EQ(invited->invite.from_display, "The \"Caller\"");
    EXPECT_EQ(invited->invite.transport, Transport::udp);
    EXPECT_EQ(invited->invite.source.ip(), "127.0.0.1");

    there_.progress(invited->dialog, 180, "");
    const auto ringing = here.next(What::progress);
    ASSERT_TRUE(ringing);
    EXPECT_EQ(ringing->number, 180);
    EXPECT_EQ(ringing->text, "");

    there_.progress(invited->dialog, 183, sdp_named("early"));
    const auto early = here.next(What::progress);
    ASSERT_TRUE(early);
    EXPECT_EQ(early->number, 183);
    EXPECT_EQ(early->text, sdp_named("early"));

    there_.accept(invited->dialog, sdp_named("answer"));
    const auto answered = here.next(What::answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->dialog, call);
    EXPECT_EQ(answered->text, sdp_named("answer"));
    EXPECT_TRUE(there.next(What::acknowledged));

    here_.end(call, {.cause = EndCause::hangup, .by = Side::browser, .detail = "Good bye", .sip_status = {}});
    const auto ended = there.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->dialog, invited->dialog);
    EXPECT_EQ(ended->reason.cause, EndCause::hangup);
    EXPECT_EQ(ended->reason.by, Side::sip);
    EXPECT_EQ(ended->reason.detail, "Good bye (Q.850 16)");
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(here.count(What::ended), 0U);
}

}  // namespace
}  // namespace causeway::sip::test
