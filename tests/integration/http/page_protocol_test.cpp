// The page protocol over a real WebSocket: hello, errors that harm nobody else, limits, ends.
#include "tests/integration/http/door_fixture.hpp"

namespace causeway::http::testing {
namespace {

const std::string kCall = R"({"type":"call","call":"c1","to":"600","sdp":"v=0\r\n"})";

TEST(PageProtocol, a_token_opens_a_session_and_the_welcome_tells_who_one_is) {
    RunningDoor door;
    Page page(door.port());
    ASSERT_FALSE(page.upgrade_error);
    const json::object welcome = page.hello(R"("token":"good","page":"https://shop.example/contact?x=1")");
    EXPECT_EQ(welcome.at("type"), "welcome");
    EXPECT_EQ(welcome.at("gateway"), "causeway/test");
    EXPECT_EQ(welcome.at("user"), "ann");
    EXPECT_EQ(welcome.at("numbers").as_array().at(0).as_object().at("number"), "600");
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.opened.size() == 1; }));
    EXPECT_EQ(door.listener.opened[0].page, "https://shop.example/contact?x=1");
    EXPECT_EQ(door.listener.opened[0].origin, "https://shop.example");
    EXPECT_TRUE(door.listener.opened[0].remote.is_loopback());
}

TEST(PageProtocol, messages_reach_the_listener_and_answers_the_page) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    page.send(kCall);
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 1; }));
    EXPECT_EQ(std::get<PlaceCall>(door.listener.messages[0]),
              (PlaceCall{.call = "c1", .to = "600", .sdp = "v=0\r\n"}));
    door.send(door.listener.opened[0].session, Ringing{"c1"});
    EXPECT_EQ(page.receive(), (json::object{{"type", "ringing"}, {"call", "c1"}}));
}

TEST(PageProtocol, an_offer_with_an_identity_of_16_kib_arrives_whole) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    const std::string offer =
        "v=0\\r\\na=identity:" + std::string(16384, 'A') + "\\r\\n" + std::string(8192, 'm');
    page.send(R"({"type":"call","call":"c1","to":"600","number":"+12155551212","privacy":true,"sdp":")" +
              offer + "\"}");
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 1; }));
    const auto& call = std::get<PlaceCall>(door.listener.messages[0]);
    EXPECT_EQ(call.sdp.size(), 16384U + 8192U + 18U);
    EXPECT_EQ(call.number, "+12155551212");
    EXPECT_TRUE(call.privacy);
}

TEST(PageProtocol, checking_and_presented_reach_the_page) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.opened.size() == 1; }));
    door.send(door.listener.opened[0].session, Checking{"c1"});
    EXPECT_EQ(page.receive(), (json::object{{"type", "checking"}, {"call", "c1"}}));
    door.send(door.listener.opened[0].session, Presented{.call = "c1",
                                                         .number = "+12155551212",
                                                         .identity = "alice@idp.example",
                                                         .source = "assertion",
                                                         .attest = "A",
                                                         .note = ""});
    const json::object presented = page.receive();
    EXPECT_EQ(presented.at("type"), "presented");
    EXPECT_EQ(presented.at("attest"), "A");
}

TEST(PageProtocol, a_page_of_a_foreign_origin_is_refused_with_a_reason) {
    RunningDoor door;
    Page page(door.port(), "https://evil.example");
    EXPECT_TRUE(page.upgrade_error);
    EXPECT_EQ(page.response.result_int(), 403U);
    EXPECT_NE(page.response.body().find("allowed origins"), std::string::npos);
    EXPECT_EQ(door.count("http_origins_refused"), 1U);
}

TEST(PageProtocol, the_doors_own_page_is_always_allowed) {
    RunningDoor door;
    Page page(door.port(), "http://127.0.0.1:" + std::to_string(door.port()));
    EXPECT_EQ(page.hello("").at("type"), "welcome");
}

TEST(PageProtocol, a_client_without_origin_needs_a_token) {
    RunningDoor door;
    Page guest(door.port(), "");
    EXPECT_EQ(guest.hello("").at("code"), "not-authenticated");
    EXPECT_EQ(guest.hello().at("type"), "welcome");
}

TEST(PageProtocol, a_page_address_of_another_origin_is_refused_by_name) {
    RunningDoor door;
    Page page(door.port());
    const json::object error = page.hello(R"("page":"https://bank.example/")");
    EXPECT_EQ(error.at("code"), "bad-field");
    EXPECT_EQ(error.at("field"), "page");
    EXPECT_EQ(page.hello(R"("page":"https://SHOP.example:443/x")").at("type"), "welcome");
}

TEST(PageProtocol, nothing_but_hello_is_heard_before_hello) {
    RunningDoor door;
    Page page(door.port());
    page.send(kCall);
    EXPECT_EQ(page.receive().at("code"), "not-authenticated");
    EXPECT_EQ(page.hello().at("type"), "welcome");
    EXPECT_TRUE(door.listener.messages.empty());
}

TEST(PageProtocol, a_bad_message_is_told_its_field_and_ends_nothing) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    for (const auto& [text, code, field] : std::vector<std::array<std::string, 3>>{
             {"{", "bad-json", ""},
             {"[]", "bad-json", ""},
             {R"({"type":"sing"})", "unknown-type", "type"},
             {R"({"type":"hangup"})", "bad-field", "call"},
             {R"({"type":"dtmf","call":"c1","digit":"x"})", "bad-field", "digit"},
             {R"({"type":"hello","version":1})", "unexpected", "type"}}) {
        page.send(text);
        const json::object error = page.receive();
        EXPECT_EQ(error.at("type"), "error") << text;
        EXPECT_EQ(error.at("code").as_string(), code) << text;
        EXPECT_EQ(error.at("field").as_string(), field) << text;
    }
    page.send(kCall);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 1; }));
}

TEST(PageProtocol, a_binary_message_is_refused) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    page.send_binary(kCall);
    EXPECT_EQ(page.receive().at("code"), "bad-json");
}

TEST(PageProtocol, a_ten_megabyte_frame_is_thrown_away_and_ends_nothing) {
    RunningDoor door;
    Page page(door.port());
    Page neighbour(door.port());
    page.hello();
    neighbour.hello();
    page.send(std::string(10'000'000, 'x'));
    EXPECT_EQ(page.receive().at("code"), "too-big");
    page.send(kCall);
    neighbour.send(kCall);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 2; }));
}

TEST(PageProtocol, a_frame_beyond_all_measure_closes_with_1009) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    ErrorCode error;
    page.socket().text(true);
    page.socket().write(asio::buffer(std::string(17 * 1024 * 1024, 'x')), error);
    EXPECT_EQ(page.receive().at("code"), "too-big");
    EXPECT_EQ(page.receive().at("closed"), 1009);
}

TEST(PageProtocol, a_large_frame_of_a_stranger_closes_with_1009) {
    RunningDoor door;
    Page page(door.port());
    page.send(std::string(70'000, 'x'));
    EXPECT_EQ(page.receive().at("code"), "too-big");
    EXPECT_EQ(page.receive().at("closed"), 1009);
}

TEST(PageProtocol, a_page_that_says_nothing_is_disconnected) {
    WebDoorSettings settings = door_settings();
    settings.hello_time = std::chrono::milliseconds(50);
    RunningDoor door(settings);
    Page page(door.port());
    EXPECT_EQ(page.receive().at("code"), "not-authenticated");
    EXPECT_EQ(page.receive().at("closed"), 1008);
    EXPECT_EQ(door.count("http_hello_timeouts"), 1U);
}

TEST(PageProtocol, a_page_that_said_hello_is_not_disconnected_by_the_hello_deadline) {
    WebDoorSettings settings = door_settings();
    settings.hello_time = std::chrono::milliseconds(50);
    RunningDoor door(settings);
    Page page(door.port());
    page.hello();
    Page silent(door.port());
    EXPECT_EQ(silent.receive().at("code"), "not-authenticated");
    page.send(kCall);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 1; }));
}

TEST(PageProtocol, five_failed_log_ins_close_the_connection) {
    RunningDoor door;
    Page page(door.port());
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(page.hello(R"("user":"ann","password":"guess")").at("code"), "not-authenticated");
    }
    EXPECT_EQ(page.receive().at("closed"), 1008);
    EXPECT_EQ(door.count("http_authentications_failed"), 5U);
}

TEST(PageProtocol, a_flood_is_told_and_then_closed_while_others_go_on) {
    RunningDoor door;
    Page page(door.port());
    Page neighbour(door.port());
    page.hello();
    neighbour.hello();
    for (int i = 0; i < 300; ++i) page.send(kCall);
    EXPECT_EQ(page.receive().at("code"), "rate-limit");
    ErrorCode error;
    for (int i = 0; i < 20000 && !error; ++i) page.socket().write(asio::buffer(kCall), error);
    int told = 1;
    while (!page.receive().contains("closed")) ++told;
    EXPECT_LT(told, 100);
    EXPECT_LT(door.count("http_messages_received"), 2000U);
    neighbour.send(R"({"type":"hangup","call":"n1"})");
    EXPECT_TRUE(door.listener.wait_until([&] {
        return !door.listener.messages.empty() &&
               std::holds_alternative<HangUp>(door.listener.messages.back());
    }));
}

TEST(PageProtocol, a_page_that_does_not_read_is_disconnected) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.opened.size() == 1; }));
    const Answer large{.call = "c1", .id = "", .sdp = std::string(60'000, 'x')};
    for (int i = 0; i < 400; ++i) door.send(door.listener.opened[0].session, large);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.closed.size() == 1; }));
    EXPECT_EQ(door.count("http_slow_readers"), 1U);
}

TEST(PageProtocol, a_lost_page_is_reported_once) {
    RunningDoor door;
    {
        Page page(door.port());
        page.hello();
    }
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.closed.size() == 1; }));
    door.send(door.listener.opened[0].session, Ringing{"c1"});
    EXPECT_EQ(door.listener.closed, std::vector{door.listener.opened[0].session});
}

TEST(PageProtocol, ill_formed_text_closes_that_connection_alone) {
    RunningDoor door;
    Page page(door.port());
    Page neighbour(door.port());
    neighbour.hello();
    page.send("{\"type\":\"\xff\"}");
    EXPECT_TRUE(page.receive().contains("closed"));
    neighbour.send(kCall);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.messages.size() == 1; }));
}

TEST(PageProtocol, names_that_are_not_utf8_reach_the_page_repaired) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.opened.size() == 1; }));
    door.send(door.listener.opened[0].session,
              Incoming{.call = "i1", .id = "7", .from = "100", .from_display = "M\xfcller", .to = "200"});
    EXPECT_EQ(page.receive().at("from_display"), "M\xEF\xBF\xBDller");
}

TEST(PageProtocol, closing_the_door_tells_pages_that_it_goes_away) {
    RunningDoor door;
    Page page(door.port());
    page.hello();
    door.close();
    EXPECT_EQ(page.receive().at("closed"), 1001);
    EXPECT_TRUE(door.listener.wait_until([&] { return door.listener.closed.size() == 1; }));
    asio::io_context io;
    EXPECT_THROW(connect(io, door.port()), boost::system::system_error);
}

}  // namespace
}  // namespace causeway::http::testing
