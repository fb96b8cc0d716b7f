// Messages and voice mail of softphones.
#include "tests/unit/softphone/softphones_fixture.hpp"

namespace causeway::softphone {
namespace {

class TextsTest : public SoftphonesTest {
  protected:
    static sip::InboundMessage message_of(const std::string& from, FlowId flow) {
        sip::InboundMessage message;
        message.id = {31};
        message.flow = flow;
        message.source = *SocketAddress::parse("192.0.2.9", 4000);
        message.to_user = "200";
        message.from_user = from;
        message.from_uri = "sip:" + from + "@gw.example";
        message.request_uri = "sip:200@gw.example";
        message.text = "Hello";
        return message;
    }
    bool writes(const sip::InboundMessage& message) { return phones.on_message(message, clock); }
    static sip::InboundSubscribe subscribe_of(const std::string& user, FlowId flow, std::uint64_t id = 41) {
        sip::InboundSubscribe request;
        request.id = {id};
        request.flow = flow;
        request.source = *SocketAddress::parse("192.0.2.9", 4000);
        request.request_uri = "sip:" + user + "@gw.example";
        request.to_user = user;
        request.to_host = "gw.example";
        request.from_user = user;
        request.from_uri = "sip:" + user + "@gw.example";
        request.expires = 600;
        return request;
    }
    void subscribes(const sip::InboundSubscribe& request) { phones.on_subscribe(request, clock); }
};

TEST_F(TextsTest, its_message_is_the_pages_message_and_the_result_its_answer) {
    registers("alice", {5});
    auto message = message_of("+4930100", {5});
    message.from_display = "The President";
    EXPECT_TRUE(writes(message));
    ASSERT_THAT(world.written, SizeIs(1));
    const http::SendMessage& text = world.written[0].message;
    EXPECT_EQ(world.written[0].session, session());
    EXPECT_EQ(world.written[0].user, "alice");
    EXPECT_EQ(text.to, "200");
    EXPECT_EQ(text.call, "");
    EXPECT_EQ(text.text, "Hello");
    EXPECT_EQ(text.number, "+4930100");
    EXPECT_FALSE(text.privacy);
    is_told(http::MessageSent{text.id, true, "", "", 202});
    is_told(http::MessageSent{text.id, false, "not-found", "Nobody.", 404});
    is_told(http::MessageSent{text.id, false, "forbidden", "No.", 407});
    EXPECT_THAT(world.said, testing::ElementsAre("message 31 202", "message 31 404", "message 31 403"));
    EXPECT_THAT(header("Reason"), HasSubstr("No."));
}

TEST_F(TextsTest, a_message_of_a_trunk_is_not_taken) {
    EXPECT_FALSE(writes(message_of("alice", {})));
}

TEST_F(TextsTest, who_writes_must_be_known_and_write_as_himself) {
    EXPECT_TRUE(writes(message_of("alice", {5})));
    EXPECT_THAT(header("WWW-Authenticate"), HasSubstr("Digest"));
    registers("alice", {5});
    EXPECT_TRUE(writes(message_of("bob", {5})));
    EXPECT_THAT(header("Reason"), HasSubstr("your own"));
    EXPECT_THAT(world.said, testing::ElementsAre("message 31 401", "message 31 403"));
    EXPECT_THAT(world.written, IsEmpty());
    EXPECT_EQ(counters.snapshot().at("softphone_foreign_address"), 1U);
}

TEST_F(TextsTest, a_message_inside_a_call_is_the_calls_own) {
    registers("alice", {5});
    registers("bob", {6}, "i2");
    invites(invite_of("alice", {5}));
    auto message = message_of("alice", {5});
    message.dialog = DialogId{77};
    writes(message);
    EXPECT_EQ(world.written.at(0).message.call, "sip-77");
    auto foreign = message_of("bob", {6});
    foreign.dialog = DialogId{77};
    writes(foreign);
    EXPECT_THAT(world.written, SizeIs(1));
    EXPECT_THAT(world.said, Contains("message 31 403"));
    EXPECT_EQ(counters.snapshot().at("softphone_foreign_call"), 1U);
}

TEST_F(TextsTest, what_is_written_to_it_goes_to_its_contact_by_its_connection) {
    registers("alice", {5});
    is_told(http::ReceivedMessage{"", "200", "Desk", "100", "Hi", {}});
    http::ReceivedMessage hidden{"", "200", "Desk", "100", "Hi", {}};
    hidden.caller.privacy = true;
    is_told(hidden);
    ASSERT_THAT(world.messages, SizeIs(2));
    const sip::OutboundMessage& message = world.messages[0];
    EXPECT_EQ(message.request_uri, "sip:xi1@y.invalid;transport=ws");
    EXPECT_EQ(message.to_uri, "sip:alice@gw.example");
    EXPECT_EQ(message.from_uri, "sip:200@gw.example");
    EXPECT_EQ(message.from_display, "Desk");
    EXPECT_EQ(message.flow, FlowId{5});
    EXPECT_EQ(message.text, "Hi");
    EXPECT_EQ(world.messages[1].from_uri, "sip:anonymous@anonymous.invalid");
    EXPECT_NE(world.messages[0].id, world.messages[1].id);
}

TEST_F(TextsTest, nothing_is_sent_where_no_connection_is) {
    registers("alice", {5});
    const SessionId gone = session();
    phones.on_flow_closed({5}, clock.now);
    phones.send(gone, http::ReceivedMessage{"", "200", "", "100", "Hi", {}}, clock.now);
    EXPECT_THAT(world.messages, IsEmpty());
}

TEST_F(TextsTest, who_subscribes_is_told_at_once_and_whenever_it_changes) {
    registers("alice", {5});
    subscribes(subscribe_of("alice", {5}));
    world.voice_mail = {{"100", true, 2, 8, 1}};
    clock.now += 100s;
    phones.on_mailbox_news("alice", clock.now);
    EXPECT_THAT(world.said, testing::ElementsAre(
                                "subscribe 41 200 for 600", "notify 41 for 600: Messages-Waiting: no\r\n",
                                "notify 41 for 500: Messages-Waiting: yes\r\n"
                                "Message-Account: sip:100@gw.example\r\nVoice-Message: 2/8 (1/0)\r\n"));
    clock.now += 501s;
    phones.on_tick(clock.now);
    phones.on_mailbox_news("alice", clock.now);
    EXPECT_THAT(world.said, SizeIs(3)) << "it has expired";
}

TEST_F(TextsTest, who_subscribes_without_registering_is_told_too_and_only_of_his_own) {
    for (const char* user : {"alice", "bob"}) {
        auto request = subscribe_of(user, {user[0] == 'a' ? 5U : 6U}, user[0] == 'a' ? 41 : 42);
        request.authorization = {"Bearer " + std::string(user) + "s-token"};
        subscribes(request);
    }
    EXPECT_EQ(phones.registered(), 0U);
    EXPECT_THAT(world.said, Contains("subscribe 41 200 for 600"));
    EXPECT_THAT(world.said, Contains("subscribe 42 200 for 600"));
    world.said.clear();
    world.voice_mail = {{"100", true, 2, 8, 1}};
    phones.on_mailbox_news("alice", clock.now);
    EXPECT_THAT(world.said, testing::ElementsAre(testing::StartsWith("notify 41 for 600: ")));
}

TEST_F(TextsTest, several_mailboxes_are_one_sum) {
    registers("alice", {5});
    world.voice_mail = {{"100", false, 0, 3, 0}, {"+4930100", true, 2, 0, 1}};
    subscribes(subscribe_of("100", {5}));
    EXPECT_THAT(world.said,
                Contains("notify 41 for 600: Messages-Waiting: yes\r\nVoice-Message: 2/3 (1/0)\r\n"));
}

TEST_F(TextsTest, a_refresh_is_granted_and_an_end_is_told_no_more) {
    registers("alice", {5});
    subscribes(subscribe_of("alice", {5}));
    auto again = subscribe_of("alice", {5});
    again.again = true;
    again.to_user = "";  // our own Contact
    subscribes(again);
    again.expires = 0;
    subscribes(again);
    EXPECT_THAT(world.said, testing::ElementsAre("subscribe 41 200 for 600", HasSubstr("notify 41"),
                                                 "subscribe 41 200 for 600", "subscribe 41 200 for 0"));
    phones.on_mailbox_news("alice", clock.now);
    EXPECT_THAT(world.said, SizeIs(4));
}

TEST_F(TextsTest, who_asks_once_is_told_once) {
    registers("alice", {5});
    auto request = subscribe_of("alice", {5});
    request.expires = 0;
    subscribes(request);
    EXPECT_THAT(world.said, testing::ElementsAre("subscribe 41 200 for 0", HasSubstr("notify 41 for 0")));
}

TEST_F(TextsTest, strangers_others_mailboxes_and_brief_intervals_are_refused) {
    subscribes(subscribe_of("alice", {5}));
    EXPECT_THAT(header("WWW-Authenticate"), HasSubstr("Digest"));
    registers("alice", {5});
    auto foreign = subscribe_of("bob", {5});
    foreign.from_user = "alice";
    foreign.from_uri = "sip:alice@gw.example";
    subscribes(foreign);
    auto brief = subscribe_of("alice", {5});
    brief.expires = 5;
    subscribes(brief);
    EXPECT_EQ(header("Min-Expires"), "60");
    EXPECT_THAT(world.said, testing::ElementsAre("subscribe 41 401 for 0", "subscribe 41 403 for 0",
                                                 "subscribe 41 423 for 0"));
}

TEST_F(TextsTest, nobody_subscribes_without_end) {
    registers("alice", {5});
    for (std::uint64_t id = 1; id <= 10; ++id) subscribes(subscribe_of("alice", {5}, id));
    subscribes(subscribe_of("alice", {5}, 11));
    EXPECT_THAT(world.said, Contains("subscribe 11 403 for 0"));
    phones.on_subscription_ended({3});
    subscribes(subscribe_of("alice", {5}, 12));
    EXPECT_THAT(world.said, Contains("subscribe 12 200 for 600"));
    auto forever = subscribe_of("alice", {5}, 1);
    forever.again = true;
    forever.expires = 1'000'000;
    subscribes(forever);
    EXPECT_THAT(world.said, Contains("subscribe 1 200 for 3600"));
}

}  // namespace
}  // namespace causeway::softphone
