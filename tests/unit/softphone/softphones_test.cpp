// Softphones as pages: what their SIP becomes, what they are told, and what they cannot do.
#include "tests/unit/softphone/softphones_fixture.hpp"

namespace causeway::softphone {
namespace {

TEST_F(SoftphonesTest, who_registers_without_credentials_is_challenged) {
    auto request = register_of("alice", {5});
    request.authorization.clear();
    phones.on_register(request, clock);
    EXPECT_EQ(world.registered, 401);
    EXPECT_THAT(header("WWW-Authenticate"), HasSubstr("Digest realm=\"gw.example\""));
    EXPECT_THAT(world.listed, IsEmpty());
}

TEST_F(SoftphonesTest, a_registered_device_is_listed_and_told_its_bindings) {
    registers("alice", {5});
    EXPECT_EQ(world.listed.begin()->second, "alice");
    EXPECT_EQ(header("Contact"),
              "<sip:xi1@y.invalid;transport=ws>;expires=600;+sip.instance=\"<urn:uuid:i1>\";reg-id=1");
    EXPECT_EQ(header("Require"), "outbound");
    EXPECT_EQ(world.owners.at({5}), "alice");
}

TEST_F(SoftphonesTest, anothers_address_cannot_be_registered) {
    auto request = register_of("alice", {5});
    request.to_user = "bob";
    phones.on_register(request, clock);
    EXPECT_EQ(world.registered, 403);
    EXPECT_THAT(header("Reason"), HasSubstr("sip:alice@gw.example"));
    request.to_user = "alice";
    request.to_host = "elsewhere.example";
    phones.on_register(request, clock);
    EXPECT_EQ(world.registered, 403);
    EXPECT_THAT(world.listed, IsEmpty());
    EXPECT_EQ(counters.snapshot().at("softphone_foreign_address"), 2U);
}

TEST_F(SoftphonesTest, wrong_passwords_are_counted_and_then_not_looked_at) {
    auto request = register_of("alice", {5});
    request.authorization = {"Bearer guess"};
    for (int i = 0; i < 10; ++i) phones.on_register(request, clock);
    EXPECT_EQ(world.registered, 401);
    phones.on_register(register_of("alice", {5}), clock);
    EXPECT_EQ(world.registered, 503);
    EXPECT_EQ(header("Retry-After"), "30");
    EXPECT_EQ(counters.snapshot().at("softphone_wrong_password"), 11U);
}

TEST_F(SoftphonesTest, a_short_registration_is_refused_with_the_least) {
    auto request = register_of("alice", {5});
    request.contacts[0].expires = 20;
    phones.on_register(request, clock);
    EXPECT_EQ(world.registered, 423);
    EXPECT_EQ(header("Min-Expires"), "60");
}

TEST_F(SoftphonesTest, its_call_is_a_pages_call) {
    registers("alice", {5});
    EXPECT_TRUE(invites(invite_of("alice", {5})));
    ASSERT_THAT(world.placed, SizeIs(1));
    const call::PagePlaced& placed = world.placed[0];
    EXPECT_EQ(placed.session, session());
    EXPECT_EQ(placed.caller.user, "alice");
    EXPECT_EQ(placed.caller.number, "100");
    EXPECT_EQ(placed.caller.display, "Alice");
    EXPECT_EQ(placed.to, "200");
    EXPECT_EQ(placed.sdp, "offer");
    EXPECT_EQ(placed.number, "");
    EXPECT_FALSE(placed.privacy);
    EXPECT_TRUE(placed.answers_late);
}

TEST_F(SoftphonesTest, what_it_says_of_itself_only_chooses_among_its_own) {
    registers("alice", {5});
    auto invite = invite_of("+4930100", {5});
    invite.from_display = "The President";
    invite.asserted_identity = "<sip:110@gw.example>";
    invites(invite);
    EXPECT_EQ(world.placed.at(0).number, "+4930100");
    EXPECT_EQ(world.placed.at(0).caller.display, "Alice");
    auto hidden = invite_of("anonymous", {5}, "anonymous.invalid");
    hidden.dialog = {78};
    invites(hidden);
    EXPECT_TRUE(world.placed.at(1).privacy);
    EXPECT_EQ(world.placed.at(1).caller.user, "alice");
}

TEST_F(SoftphonesTest, a_from_that_is_not_its_own_is_refused) {
    registers("alice", {5});
    for (const char* from : {"bob", "101", "anonymous", ""}) EXPECT_TRUE(invites(invite_of(from, {5})));
    EXPECT_TRUE(invites(invite_of("alice", {5}, "evil.example")));
    auto with_credentials = invite_of("bob", {5});
    with_credentials.authorization = {"Bearer alices-token"};
    invites(with_credentials);
    EXPECT_THAT(world.placed, IsEmpty());
    EXPECT_THAT(world.said, testing::Each("end 77 403"));
    EXPECT_THAT(world.said, SizeIs(6));
}

TEST_F(SoftphonesTest, who_is_not_registered_is_challenged_and_may_call_with_credentials) {
    EXPECT_TRUE(invites(invite_of("alice", {6})));
    EXPECT_THAT(world.said, Contains("end 77 401"));
    EXPECT_THAT(header("WWW-Authenticate"), HasSubstr("Digest"));
    auto again = invite_of("alice", {6});
    again.authorization = {"Bearer alices-token"};
    invites(again);
    ASSERT_THAT(world.placed, SizeIs(1));
    EXPECT_THAT(world.listed, IsEmpty());
}

TEST_F(SoftphonesTest, a_registration_on_another_connection_proves_nothing_here) {
    registers("alice", {5});
    invites(invite_of("alice", {6}));
    EXPECT_THAT(world.said, Contains("end 77 401"));
}

TEST_F(SoftphonesTest, an_invite_without_an_offer_is_refused) {
    registers("alice", {5});
    auto invite = invite_of("alice", {5});
    invite.sdp.clear();
    invites(invite);
    EXPECT_THAT(world.said, Contains("end 77 488"));
}

TEST_F(SoftphonesTest, what_comes_by_no_connection_is_not_its_own) {
    EXPECT_FALSE(invites(invite_of("alice", {})));
}

TEST_F(SoftphonesTest, the_caller_gets_its_answer_before_the_ringing_and_again_with_the_200) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    is_told(http::Answer{"sip-77", "id", "answer\r\na=end-of-candidates\r\n"});
    is_told(http::Ringing{"sip-77"});
    is_told(http::Answered{"sip-77"});
    EXPECT_THAT(world.said, testing::ElementsAre("183 answer\r\na=end-of-candidates\r\n", "180 ",
                                                 "200 answer\r\na=end-of-candidates\r\n"));
}

TEST_F(SoftphonesTest, candidates_that_come_later_are_put_into_the_answer) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    is_told(http::Answer{"sip-77", "id", "answer\r\n"});
    EXPECT_THAT(world.said, IsEmpty());
    is_told(http::Candidate{"sip-77", "candidate:1"});
    is_told(http::Candidate{"sip-77", ""});
    EXPECT_THAT(world.said, testing::ElementsAre("183 answer\r\na=candidate:1\r\n"));
}

TEST_F(SoftphonesTest, an_answer_does_not_wait_for_candidates_for_ever) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    is_told(http::Answer{"sip-77", "id", "answer\r\n"});
    clock.now += 2s;
    phones.on_tick(clock.now);
    EXPECT_THAT(world.said, testing::ElementsAre("183 answer\r\n"));
}

TEST_F(SoftphonesTest, ends_cross_both_ways) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    phones.on_ended({77}, {EndCause::cancelled, Side::sip, {}, {}});
    EXPECT_NE(last_event<call::PageHungUp>(), nullptr);
    EXPECT_FALSE(phones.owns({77}));
    invites(invite_of("alice", {5}));
    is_told(http::Ended{"sip-77", "id", "busy", "sip", "Busy.", 486, 17});
    EXPECT_THAT(world.said, Contains("end 77 486"));
    EXPECT_FALSE(phones.owns({77}));
}

TEST_F(SoftphonesTest, a_trunks_challenge_does_not_reach_the_softphone) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    is_told(http::Ended{"sip-77", "id", "forbidden", "sip", "No.", 407, 21});
    EXPECT_THAT(world.said, Contains("end 77 403"));
}

TEST_F(SoftphonesTest, a_called_device_is_asked_for_its_offer) {
    rings();
    ASSERT_THAT(world.invites, SizeIs(1));
    const sip::OutboundInvite& invite = world.invites[0];
    EXPECT_EQ(invite.request_uri, "sip:xi1@y.invalid;transport=ws");
    EXPECT_EQ(invite.to_uri, "sip:alice@gw.example");
    EXPECT_EQ(invite.from_uri, "sip:200@gw.example");
    EXPECT_EQ(invite.from_display, "Telephone");
    EXPECT_EQ(invite.flow, FlowId{5});
    EXPECT_EQ(invite.sdp, "");
    EXPECT_THAT(invite.headers, IsEmpty());
    phones.on_answered({901}, "offer");
    const auto* accepted = last_event<call::PageAccepted>();
    ASSERT_NE(accepted, nullptr);
    EXPECT_EQ(accepted->sdp, "offer");
    EXPECT_EQ(world.events.back().name, "in1");
    is_told(http::Answer{"in1", "id", "answer\r\na=end-of-candidates\r\n"});
    is_told(http::Answered{"in1"});
    EXPECT_THAT(world.said, testing::ElementsAre("ACK answer\r\na=end-of-candidates\r\n"));
}

TEST_F(SoftphonesTest, a_caller_who_hides_is_hidden_and_one_who_is_vouched_for_is_asserted) {
    registers("alice", {5});
    http::Incoming hidden{"in1", "in1", "anonymous", "Secret Name", "100", {}};
    hidden.caller.privacy = true;
    is_told(hidden);
    EXPECT_EQ(world.invites[0].from_uri, "sip:anonymous@anonymous.invalid");
    EXPECT_EQ(world.invites[0].from_display, "Anonymous");
    EXPECT_THAT(world.invites[0].headers, Contains(sip::Header{"Privacy", "id"}));
    http::Incoming signed_one{"in2", "in2", "+4930200", "Shop", "100", {}};
    signed_one.caller.verstat = "TN-Validation-Passed";
    is_told(signed_one);
    EXPECT_THAT(world.invites[1].headers,
                Contains(sip::Header{"P-Asserted-Identity",
                                     "<sip:+4930200;verstat=TN-Validation-Passed@gw.example;user=phone>"}));
}

TEST_F(SoftphonesTest, a_refusal_is_the_users_and_a_failure_only_this_devices) {
    rings();
    phones.on_ended({901}, from_sip_status(486, "Busy Here"));
    EXPECT_NE(last_event<call::PageDeclined>(), nullptr);
    is_told(http::Incoming{"in2", "in2", "200", "", "100", {}});
    phones.on_ended({902}, from_sip_status(408, "Request Timeout"));
    EXPECT_NE(last_event<call::PageGone>(), nullptr);
}

TEST_F(SoftphonesTest, an_answer_that_comes_too_late_is_hung_up) {
    rings();
    world.knows_calls = false;
    phones.on_answered({901}, "offer");
    EXPECT_THAT(world.said, Contains(HasSubstr("end 901")));
    EXPECT_FALSE(phones.owns({901}));
}

TEST_F(SoftphonesTest, an_answer_without_an_offer_is_hung_up) {
    rings();
    phones.on_answered({901}, "");
    EXPECT_NE(last_event<call::PageGone>(), nullptr);
    EXPECT_THAT(world.said, Contains(HasSubstr("end 901")));
}

TEST_F(SoftphonesTest, an_offer_that_cannot_be_used_ends_this_device_only) {
    rings();
    phones.on_answered({901}, "nonsense");
    is_told(http::ProtocolError{"bad-field", "sdp", "no", "in1"});
    EXPECT_THAT(world.said, Contains("end 901 488"));
    EXPECT_EQ(last_event<call::PageGone>(), nullptr)
        << "the call itself is telling us: it must not be asked now";
    phones.on_tick(clock.now);
    EXPECT_NE(last_event<call::PageGone>(), nullptr);
}

TEST_F(SoftphonesTest, hold_is_a_new_offer_of_the_page) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    phones.on_reoffer({77}, "hold");
    const auto* offered = last_event<call::PageReoffer>();
    ASSERT_NE(offered, nullptr);
    EXPECT_EQ(offered->sdp, "hold");
    phones.on_reoffer({77}, "more");
    EXPECT_THAT(world.said, Contains("re491"));
    is_told(http::Answer{"sip-77", "id", "held"});
    EXPECT_THAT(world.said, Contains("re200 held"));
    phones.on_reoffer({77}, "bad");
    is_told(http::ProtocolError{"bad-field", "sdp", "no", "sip-77"});
    EXPECT_THAT(world.said, Contains("re488"));
    phones.on_reoffer({77}, "");
    EXPECT_THAT(world.said, testing::Contains("re488").Times(2));
}

TEST_F(SoftphonesTest, digits_by_info_are_the_pages_digits) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    phones.on_digit({77}, '5', 160);
    ASSERT_NE(last_event<call::PageDigit>(), nullptr);
    EXPECT_EQ(last_event<call::PageDigit>()->digit, '5');
}

TEST_F(SoftphonesTest, a_device_that_comes_back_has_its_calls_again) {
    registers("alice", {5});
    const SessionId before = session();
    invites(invite_of("alice", {5}));
    phones.on_flow_closed({5}, clock.now);
    EXPECT_THAT(world.listed, IsEmpty());
    clock.now += 10s;
    phones.on_tick(clock.now);
    auto again = register_of("alice", {9});
    again.cseq = 2;
    phones.on_register(again, clock);
    EXPECT_EQ(session(), before);
    EXPECT_THAT(world.said, Contains("move 77 to 9"));
    EXPECT_THAT(world.closed, IsEmpty());
}

TEST_F(SoftphonesTest, a_device_that_stays_away_loses_its_calls) {
    registers("alice", {5});
    const SessionId before = session();
    invites(invite_of("alice", {5}));
    phones.on_flow_closed({5}, clock.now);
    clock.now += 61s;
    phones.on_tick(clock.now);
    EXPECT_THAT(world.closed, testing::ElementsAre(before));
    EXPECT_FALSE(phones.owns({77}));
    EXPECT_EQ(phones.registered(), 0U);
}

TEST_F(SoftphonesTest, a_device_that_has_expired_rings_no_more) {
    registers("alice", {5});
    clock.now += 601s;
    phones.on_tick(clock.now);
    EXPECT_THAT(world.listed, IsEmpty());
}

}  // namespace
}  // namespace causeway::softphone
