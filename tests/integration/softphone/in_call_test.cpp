// REFER, MESSAGE and SUBSCRIBE by a WebSocket, and by one that is not the call's. RFC 3515, 3428, 3842.
#include "tests/integration/softphone/door_fixture.hpp"

namespace causeway::softphone {
namespace {

const std::string kOffer =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

struct InCall : DoorTest {
    void SetUp() override { registers(page, "alice"); }
    static void registers(Page& page, const std::string& user) {
        const std::string answer = page.ask(
            {.method = "REGISTER", .user = user, .lines = {page.contact(), bearer(user + "s-token")}});
        ASSERT_TRUE(answer.starts_with("SIP/2.0 200")) << answer;
    }
    /// An answered call; what is asked in it is made from this.
    Page::Request calls(const std::string& id) {
        Page::Request call{.method = "INVITE",
                           .uri = "sip:200@gw.example",
                           .lines = {page.contact(), "Content-Type: application/sdp"},
                           .body = kOffer,
                           .call_id = id};
        call.cseq = 1;
        const std::string answer = page.ask(call);
        EXPECT_TRUE(answer.starts_with("SIP/2.0 200")) << answer;
        const std::string to = header_of(answer, "To");
        call.to_tag = to.substr(to.find(";tag=") + 5);
        const std::string target = header_of(answer, "Contact");
        call.uri = target.substr(1, target.find('>') - 1);
        call.lines = {page.contact()};
        call.body.clear();
        call.method = "ACK";
        page.say(page.text(call));
        return call;
    }
    static Page::Request refer(Page::Request call, const Page& page, const std::string& to, int cseq) {
        call.method = "REFER";
        call.cseq = cseq;
        call.lines = {page.contact(), "Refer-To: " + to};
        return call;
    }
    Page page{door.port()};
};

TEST_F(InCall, a_refer_is_accepted_and_its_end_is_notified) {
    const auto call = calls("one");
    const std::string accepted = page.ask(refer(call, page, "<sip:201@gw.example>", 2));
    EXPECT_TRUE(accepted.starts_with("SIP/2.0 202")) << accepted;
    for (const char* line : {"SIP/2.0 100", "SIP/2.0 200"}) {
        const std::string notify = page.hear_starting("NOTIFY");
        EXPECT_THAT(notify, HasSubstr(line));
        EXPECT_EQ(header_of(notify, "Event"), "refer");
        page.agree(notify);
    }
    EXPECT_THAT(door.transfers, testing::ElementsAre("201"));
}

TEST_F(InCall, an_attended_refer_names_the_other_call_in_either_order_of_tags) {
    const auto first = calls("one");
    const auto second = calls("two");
    const std::string ours = second.to_tag;
    int cseq = 1;
    for (const auto& tags :
         {"to-tag%3D" + ours + "%3Bfrom-tag%3Dmine", "to-tag%3Dmine%3Bfrom-tag%3D" + ours}) {
        EXPECT_TRUE(page.ask(refer(first, page, "<sip:x@gw.example?Replaces=two%3B" + tags + ">", ++cseq))
                        .starts_with("SIP/2.0 202"));
        for (int i = 0; i < 2; ++i) page.agree(page.hear_starting("NOTIFY"));
    }
    ASSERT_THAT(door.transfers, testing::SizeIs(2));
    EXPECT_THAT(door.transfers[0], testing::StartsWith("sip-"));
    EXPECT_EQ(door.transfers[1], door.transfers[0]);
}

TEST_F(InCall, nobody_refers_from_anothers_connection_or_into_anothers_call) {
    const auto call = calls("one");
    Page thief(door.port());
    registers(thief, "bob");
    const std::string refused = thief.ask(refer(call, thief, "<sip:201@gw.example>", 5));
    EXPECT_TRUE(refused.starts_with("SIP/2.0 403")) << refused;
    EXPECT_THAT(header_of(refused, "Reason"), HasSubstr("another connection"));
    EXPECT_EQ(door.count("sip_by_strange_connection"), 1U);
    const std::string none =
        page.ask(refer(call, page, "<sip:x@gw.example?Replaces=none%3Bto-tag%3D1%3Bfrom-tag%3D2>", 6));
    EXPECT_TRUE(none.starts_with("SIP/2.0 403")) << none;
    EXPECT_THAT(header_of(none, "Reason"), HasSubstr("of your own"));
    EXPECT_EQ(door.count("softphone_foreign_call"), 1U);
    EXPECT_TRUE(page.ask(refer(call, page, "<http://evil.example/>", 7)).starts_with("SIP/2.0 400"));
    EXPECT_EQ(door.count("sip_bad_referral"), 1U);
    EXPECT_THAT(door.transfers, testing::IsEmpty());
    auto bye = call;
    bye.method = "BYE";
    bye.cseq = 8;
    EXPECT_TRUE(page.ask(bye).starts_with("SIP/2.0 200")) << "the call lived on";
}

TEST_F(InCall, messages_go_both_ways) {
    page.say(page.text({.method = "MESSAGE",
                        .uri = "sip:200@gw.example",
                        .lines = {"Content-Type: text/plain"},
                        .body = "Hello"}));
    bool answered = false;
    for (int i = 0; i < 2; ++i) {
        const std::string heard = page.hear();
        if (heard.starts_with("MESSAGE")) {
            EXPECT_THAT(header_of(heard, "From"), HasSubstr("\"Desk\" <sip:200@gw.example>"));
            EXPECT_THAT(heard, testing::EndsWith("\r\n\r\nTo alice"));
            page.agree(heard);
        } else {
            answered = heard.starts_with("SIP/2.0 200");
        }
    }
    EXPECT_TRUE(answered);
    EXPECT_THAT(door.texts, testing::ElementsAre("alice: Hello"));
    EXPECT_TRUE(page.ask({.method = "MESSAGE",
                          .uri = "sip:200@gw.example",
                          .user = "bob",
                          .lines = {"Content-Type: text/plain"},
                          .body = "I am bob"})
                    .starts_with("SIP/2.0 403"));
    EXPECT_TRUE(page.ask({.method = "MESSAGE", .lines = {"Content-Type: text/html"}, .body = "<b>"})
                    .starts_with("SIP/2.0 415"));
    EXPECT_TRUE(
        page.ask({.method = "MESSAGE", .lines = {"Content-Type: text/plain"}, .body = std::string(1301, 'x')})
            .starts_with("SIP/2.0 413"));
}

TEST_F(InCall, a_subscription_is_told_refreshed_and_ended) {
    Page::Request subscribe{.method = "SUBSCRIBE",
                            .uri = "sip:alice@gw.example",
                            .lines = {page.contact(), "Event: message-summary", "Expires: 600"},
                            .call_id = "mail"};
    const std::string granted = page.ask(subscribe);
    ASSERT_TRUE(granted.starts_with("SIP/2.0 200")) << granted;
    EXPECT_EQ(header_of(granted, "Expires"), "600");
    const auto next = [&] {
        const std::string notify = page.hear_starting("NOTIFY");
        page.agree(notify);
        return notify;
    };
    const std::string first = next();
    EXPECT_THAT(first, testing::EndsWith("\r\n\r\nMessages-Waiting: no\r\n"));
    EXPECT_THAT(header_of(first, "Subscription-State"), testing::StartsWith("active"));
    door.tell_mailbox({"100", true, 1, 2, 0});
    EXPECT_THAT(next(), HasSubstr("Voice-Message: 1/2 (0/0)"));
    const std::string to = header_of(granted, "To");
    subscribe.to_tag = to.substr(to.find(";tag=") + 5);
    const std::string target = header_of(granted, "Contact");
    subscribe.uri = target.substr(1, target.find('>') - 1);
    EXPECT_TRUE(page.ask(subscribe).starts_with("SIP/2.0 200"));
    EXPECT_THAT(next(), HasSubstr("Voice-Message: 1/2"));
    subscribe.lines[2] = "Expires: 0";
    EXPECT_TRUE(page.ask(subscribe).starts_with("SIP/2.0 200"));
    EXPECT_THAT(header_of(next(), "Subscription-State"), testing::StartsWith("terminated"));
}

/// A subscription of alice's own, and the refresh of it.
struct Mailbox : DoorTest {
    Page::Request subscribes(Page& page, const std::vector<std::string>& more) {
        Page::Request subscribe{.method = "SUBSCRIBE",
                                .uri = "sip:alice@gw.example",
                                .lines = {page.contact(), "Event: message-summary", "Expires: 600"},
                                .call_id = "mail"};
        subscribe.lines.insert(subscribe.lines.end(), more.begin(), more.end());
        const std::string granted = page.ask(subscribe);
        EXPECT_TRUE(granted.starts_with("SIP/2.0 200")) << granted;
        page.agree(page.hear_starting("NOTIFY"));
        const std::string to = header_of(granted, "To");
        subscribe.to_tag = to.substr(to.find(";tag=") + 5);
        const std::string target = header_of(granted, "Contact");
        subscribe.uri = target.substr(1, target.find('>') - 1);
        subscribe.cseq = 50;
        return subscribe;
    }
    /// The refresh by another connection.
    static std::string refreshes(Page& by, Page::Request subscribe, const char* expires, int cseq) {
        subscribe.lines = {by.contact(), "Event: message-summary", std::string("Expires: ") + expires};
        subscribe.cseq = cseq;
        return by.ask(subscribe);
    }
    /// By it; the stack repeats what it told last after each SUBSCRIBE, refused ones included.
    void is_told(Page& page, int news) {
        door.tell_mailbox({"100", true, news, 0, 0});
        std::string notify;
        for (int tries = 0;
             tries < 2 && notify.find("Voice-Message: " + std::to_string(news) + "/0") == std::string::npos;
             ++tries) {
            notify = page.hear_starting("NOTIFY");
            page.agree(notify);
        }
        EXPECT_THAT(notify, HasSubstr("Voice-Message: " + std::to_string(news) + "/0"));
    }
    Page phone{door.port()};
    Page other{door.port()};
};

TEST_F(Mailbox, who_has_not_logged_in_takes_over_no_subscription) {
    const auto subscription = subscribes(phone, {bearer("alices-token")});
    is_told(phone, 1);
    EXPECT_TRUE(refreshes(other, subscription, "600", 51).starts_with("SIP/2.0 403"));
    is_told(phone, 2);
}

TEST_F(Mailbox, it_follows_its_owner_to_another_connection_once_that_is_granted) {
    const auto subscription = subscribes(phone, {bearer("alices-token")});
    const std::string registered =
        other.ask({.method = "REGISTER", .lines = {other.contact(), bearer("alices-token")}});
    ASSERT_TRUE(registered.starts_with("SIP/2.0 200")) << registered;
    EXPECT_TRUE(refreshes(other, subscription, "5", 51).starts_with("SIP/2.0 423"));
    is_told(phone, 1);
    EXPECT_TRUE(refreshes(other, subscription, "600", 52).starts_with("SIP/2.0 200"));
    // The stack's repetition has gone before the answer was known.
    phone.agree(phone.hear_starting("NOTIFY"));
    is_told(other, 2);
}

TEST_F(InCall, nobody_subscribes_inside_a_call_or_to_what_is_not_known) {
    auto call = calls("one");
    call.method = "SUBSCRIBE";
    call.cseq = 2;
    call.lines = {page.contact(), "Event: message-summary"};
    EXPECT_TRUE(page.ask(call).starts_with("SIP/2.0 405"));
    EXPECT_TRUE(page.ask({.method = "SUBSCRIBE",
                          .uri = "sip:alice@gw.example",
                          .lines = {page.contact(), "Event: presence"},
                          .call_id = "presence"})
                    .starts_with("SIP/2.0 489"));
    call.method = "BYE";
    call.cseq = 3;
    call.lines.clear();
    EXPECT_TRUE(page.ask(call).starts_with("SIP/2.0 200")) << "the call lived on";
}

}  // namespace
}  // namespace causeway::softphone
