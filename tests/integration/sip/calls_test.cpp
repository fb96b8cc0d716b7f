// Calls between two stacks over UDP and TCP: every way to begin and to end one.
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "raw_peer.hpp"
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

TEST_F(TwoAgents, a_call_over_tcp_is_answered_and_hung_up_by_the_called_party) {
    const Call call = connect("tcp");
    there_.end(call.there,
               {.cause = EndCause::media_timeout, .by = Side::gateway, .detail = {}, .sip_status = {}});
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->dialog, call.here);
    EXPECT_EQ(ended->reason.cause, EndCause::hangup);
    EXPECT_EQ(ended->reason.by, Side::sip);
    EXPECT_EQ(ended->reason.detail, "Q.850 102, No sound arrived any more. (SIP 480)");
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(there.count(What::ended), 0U);
}

TEST_F(TwoAgents, refusals_reach_the_caller_with_their_status_and_cause) {
    const std::vector<std::pair<EndReason, EndCause>> refusals{
        {{EndCause::busy, Side::browser, {}, {}}, EndCause::busy},
        {{EndCause::declined, Side::browser, {}, {}}, EndCause::declined},
        {{EndCause::not_found, Side::gateway, {}, {}}, EndCause::not_found},
        {{EndCause::unavailable, Side::gateway, {}, {}}, EndCause::unavailable},
        {{EndCause::no_common_codec, Side::gateway, {}, {}}, EndCause::no_common_codec},
        {{EndCause::over_limit, Side::gateway, {}, {}}, EndCause::trunk_refused},
        {{EndCause::trunk_refused, Side::gateway, {}, 302}, EndCause::trunk_refused},
    };
    for (const auto& [refusal, expected] : refusals) {
        SCOPED_TRACE(text(refusal));
        const DialogId call = here_.invite(invite_to(there_.udp_port(), "600"));
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited);
        there_.end(invited->dialog, refusal);
        const auto ended = here.next(What::ended);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->dialog, call);
        EXPECT_EQ(ended->reason.cause, expected);
        EXPECT_EQ(ended->reason.by, Side::sip);
        EXPECT_EQ(ended->reason.sip_status, sip_status(refusal));
    }
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(there.count(What::ended), 0U);
}

TEST_F(TwoAgents, a_caller_who_gives_up_cancels) {
    const DialogId call = here_.invite(invite_to(there_.udp_port(), "600"));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    there_.progress(invited->dialog, 180, "");
    ASSERT_TRUE(here.next(What::progress));
    here_.end(call, {.cause = EndCause::cancelled, .by = Side::browser, .detail = {}, .sip_status = {}});
    const auto ended = there.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::cancelled);
    EXPECT_EQ(ended->reason.by, Side::sip);
    EXPECT_EQ(ended->reason.detail, "The caller gave up before an answer. (Q.850 16)");
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(here.count(What::ended), 0U);
}

TEST_F(TwoAgents, a_cancel_because_of_an_answer_elsewhere_says_so) {
    const DialogId call = here_.invite(invite_to(there_.udp_port(), "600"));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    there_.progress(invited->dialog, 180, "");
    ASSERT_TRUE(here.next(What::progress));
    here_.end(call,
              {.cause = EndCause::answered_elsewhere, .by = Side::browser, .detail = {}, .sip_status = {}});
    const auto ended = there.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.detail, "Call completed elsewhere (SIP 200)");
}

TEST_F(TwoAgents, a_cancel_and_an_answer_that_cross_leave_no_call_behind) {
    for (int i = 0; i < 20; ++i) {
        const DialogId call = here_.invite(invite_to(there_.udp_port(), "600"));
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited);
        there_.progress(invited->dialog, 180, "");
        ASSERT_TRUE(here.next(What::progress));
        there_.accept(invited->dialog, sdp_named("answer"));
        here_.end(call, {.cause = EndCause::cancelled, .by = Side::browser, .detail = {}, .sip_status = {}});
        const auto ended = there.next(What::ended);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->dialog, invited->dialog);
    }
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(there.count(What::ended), 0U);
    EXPECT_EQ(here.count(What::ended), 0U);
}

TEST_F(TwoAgents, nobody_answering_ends_the_call_after_the_ring_time) {
    OutboundInvite invite = invite_to(there_.udp_port(), "600");
    invite.ring_timeout = std::chrono::seconds(1);
    here_.invite(invite);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    there_.progress(invited->dialog, 180, "");
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::no_answer);
    const auto cancelled = there.next(What::ended);
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->reason.cause, EndCause::cancelled);
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(TwoAgents, values_with_control_characters_are_never_sent) {
    using Change = std::function<void(OutboundInvite&)>;
    const std::vector<Change> changes{
        [](OutboundInvite& i) { i.request_uri += "\r\nEvil: yes"; },
        [](OutboundInvite& i) { i.to_uri += "\nEvil: yes"; },
        [](OutboundInvite& i) { i.from_uri = "sip:a@b>\r\n"; },
        [](OutboundInvite& i) { i.from_uri = "sip:a@b>;tag=1, <sip:c@d"; },
        [](OutboundInvite& i) { i.from_display = "x\r\nEvil: yes"; },
        [](OutboundInvite& i) { i.proxy = "sip:127.0.0.1\r\n"; },
        [](OutboundInvite& i) { i.sip_call_id = "x\r\nEvil: yes"; },
        [](OutboundInvite& i) { i.sdp += std::string(1, '\0'); },
        [](OutboundInvite& i) {
            i.headers.push_back({"Privacy", "id\r\nEvil: yes"});
        },
        [](OutboundInvite& i) {
            i.headers.push_back({"Evil\r\nX", "id"});
        },
        [](OutboundInvite& i) {
            i.headers.push_back({"Contact", "<sip:evil@example.com>"});
        },
        [](OutboundInvite& i) {
            i.headers.push_back({"Privacy", std::string("id\0", 3)});
        },
    };
    for (std::size_t n = 0; n < changes.size(); ++n) {
        SCOPED_TRACE(n);
        OutboundInvite invite = invite_to(there_.udp_port(), "600");
        changes[n](invite);
        const DialogId call = here_.invite(invite);
        const auto ended = here.next(What::ended);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->dialog, call);
        EXPECT_EQ(ended->reason.cause, EndCause::internal_error);
    }
    EXPECT_EQ(counters_.snapshot()["sip_header_injection"], changes.size());
    EXPECT_EQ(there.count(What::invite), 0U);
}

TEST_F(TwoAgents, the_caller_may_choose_the_call_id) {
    OutboundInvite invite = invite_to(there_.udp_port(), "600");
    invite.sip_call_id = "4711@gateway.test";
    here_.invite(invite);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.sip_call_id, "4711@gateway.test");
}

TEST_F(TwoAgents, headers_of_the_policy_arrive_as_they_were_written) {
    OutboundInvite invite = invite_to(there_.udp_port(), "%2b49123");
    invite.headers = {{"P-Asserted-Identity", "<sip:+4930@gateway.test>"},
                      {"Privacy", "id"},
                      {"Identity", "abc.def;info=<https://example.com/cert>;alg=ES256"},
                      {"y", "second"}};
    here_.invite(invite);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.to_user, "+49123");
    EXPECT_EQ(invited->invite.asserted_identity, "<sip:+4930@gateway.test>");
    EXPECT_EQ(invited->invite.privacy, "id");
    ASSERT_EQ(invited->invite.identity.size(), 2U);
    EXPECT_EQ(invited->invite.identity[0], "abc.def;info=<https://example.com/cert>;alg=ES256");
    EXPECT_EQ(invited->invite.identity[1], "second");
}

TEST_F(TwoAgents, two_hundred_calls_leave_nothing_behind) {
    for (int i = 0; i < 200; ++i) {
        const DialogId call = here_.invite(invite_to(there_.udp_port(), "600", i % 2 == 0 ? "udp" : "tcp"));
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited) << i;
        there_.accept(invited->dialog, sdp_named("answer"));
        ASSERT_TRUE(here.next(What::answered));
        ASSERT_TRUE(there.next(What::acknowledged));
        here_.end(call, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
        ASSERT_TRUE(there.next(What::ended));
    }
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
}

TEST_F(TwoAgents, fifty_calls_at_once_are_all_answered) {
    there.when_invited = [this](const InboundInvite& invite) {
        there_.accept(invite.dialog, sdp_named("answer"));
    };
    std::vector<DialogId> calls;
    for (int i = 0; i < 50; ++i) calls.push_back(here_.invite(invite_to(there_.udp_port(), "600")));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(here.next(What::answered)) << i;
    for (const DialogId call : calls) {
        here_.end(call, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    }
    EXPECT_TRUE(becomes_empty(here_));
    EXPECT_TRUE(becomes_empty(there_));
}

TEST(SipUa, a_trunk_whose_port_is_closed_is_unreachable) {
    Counters counters;
    SipRecorder heard;
    SipUa agent(loopback_settings(), counters, heard);
    std::uint16_t closed = 0;
    {
        RawPeer gone(agent.udp_port());
        closed = gone.address().port();
    }
    for (const std::string transport : {"udp", "tcp"}) {
        SCOPED_TRACE(transport);
        const DialogId call = agent.invite(invite_to(closed, "600", transport));
        const auto ended = heard.next(What::ended);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->dialog, call);
        EXPECT_EQ(ended->reason.cause, EndCause::trunk_unreachable);
        EXPECT_EQ(ended->reason.by, Side::sip);
    }
}

TEST(SipUa, a_trunk_that_is_silent_times_out_after_about_sixteen_seconds) {
    Counters counters;
    SipRecorder heard;
    SipUa agent(loopback_settings(), counters, heard);
    RawPeer silent(agent.udp_port());
    const auto begin = std::chrono::steady_clock::now();
    agent.invite(invite_to(silent.address().port(), "600"));
    const auto ended = heard.next(What::ended, std::chrono::seconds(25));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::trunk_timeout);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_GT(took, std::chrono::seconds(14));
    EXPECT_LT(took, std::chrono::seconds(20));
}

TEST(SipUa, two_stacks_cannot_listen_on_one_address_and_the_error_names_it) {
    Counters counters;
    SipRecorder heard;
    SipUa first(loopback_settings(), counters, heard);
    SipUaSettings settings = loopback_settings();
    settings.listen_udp = {*SocketAddress::parse("127.0.0.1", first.udp_port())};
    try {
        SipUa second(settings, counters, heard);
        FAIL() << "the address was taken twice";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(first.udp_port())),
                  std::string::npos)
            << error.what();
    }
}

TEST(SipUa, stopping_ends_calls_within_three_seconds_even_when_nobody_answers) {
    Counters counters;
    SipRecorder heard;
    auto agent = std::make_unique<SipUa>(loopback_settings(), counters, heard);
    RawPeer silent(agent->udp_port());
    agent->invite(invite_to(silent.address().port(), "600"));
    ASSERT_NE(silent.receive_starting("INVITE"), "");
    const auto begin = std::chrono::steady_clock::now();
    agent.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(4500));
}

TEST(SipUa, stopping_says_bye_to_answered_calls_and_refuses_ringing_ones) {
    Counters counters;
    SipRecorder here;
    SipRecorder there;
    SipUa peer(loopback_settings(), counters, here);
    auto agent = std::make_unique<SipUa>(loopback_settings(), counters, there);
    const DialogId answered = peer.invite(invite_to(agent->udp_port(), "1"));
    auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    agent->accept(invited->dialog, sdp_named("answer"));
    ASSERT_TRUE(there.next(What::acknowledged));
    const DialogId ringing = peer.invite(invite_to(agent->udp_port(), "2"));
    ASSERT_TRUE(there.next(What::invite));
    const DialogId ours = agent->invite(invite_to(peer.udp_port(), "3"));
    const auto coming = here.next(What::invite);
    ASSERT_TRUE(coming);
    peer.progress(coming->dialog, 180, "");
    ASSERT_TRUE(there.next(What::progress));
    agent.reset();
    for (int i = 0; i < 3; ++i) {
        const auto ended = here.next(What::ended);
        ASSERT_TRUE(ended);
        if (ended->dialog == answered) {
            EXPECT_EQ(ended->reason.cause, EndCause::hangup);
        }
        if (ended->dialog == ringing) {
            EXPECT_EQ(ended->reason.sip_status, 503);
        }
        if (ended->dialog == coming->dialog) {
            EXPECT_EQ(ended->reason.cause, EndCause::cancelled);
        }
    }
    EXPECT_EQ(there.count(What::ended), 0U);
    (void)ours;
}

TEST_F(TwoAgents, a_long_invite_goes_by_tcp_where_that_is_wanted) {
    for (const bool wanted : {false, true}) {
        OutboundInvite invite = invite_to(there_.udp_port(), "bob", "udp");
        invite.headers.emplace_back("X-Long", std::string(1300, 'x'));
        invite.tcp_above = wanted ? 1300 : 0;
        const DialogId call = here_.invite(invite);
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited);
        EXPECT_EQ(invited->invite.transport, wanted ? Transport::tcp : Transport::udp);
        there_.accept(invited->dialog, sdp_named("answer"));
        EXPECT_TRUE(there.next(What::acknowledged));
        here_.end(call, {.cause = EndCause::hangup, .by = Side::gateway, .detail = {}, .sip_status = {}});
        EXPECT_TRUE(there.next(What::ended));
    }
}

}  // namespace
}  // namespace causeway::sip::test
