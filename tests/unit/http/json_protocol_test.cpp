#include "gateway/http/json_protocol.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/page_protocol.hpp"

namespace causeway::http {
namespace {

ProtocolError error_of(std::string_view json) {
    auto parsed = parse_client_message(json);
    if (auto* error = std::get_if<ProtocolError>(&parsed)) return *error;
    ADD_FAILURE() << "accepted: " << json;
    return {};
}

ClientMessage message_of(std::string_view json) {
    auto parsed = parse_client_message(json);
    if (auto* message = std::get_if<ClientMessage>(&parsed)) return *message;
    const auto& error = std::get<ProtocolError>(parsed);
    ADD_FAILURE() << json << ": " << error.field << ": " << error.text;
    return {};
}

struct Bad {
    const char* json;
    const char* code;
    const char* field;
};
class BadMessage : public ::testing::TestWithParam<Bad> {};

TEST_P(BadMessage, is_refused_with_the_member_at_fault) {
    const ProtocolError error = error_of(GetParam().json);
    EXPECT_EQ(error.code, GetParam().code) << error.text;
    EXPECT_EQ(error.field, GetParam().field) << error.text;
    EXPECT_FALSE(error.text.empty());
}

INSTANTIATE_TEST_SUITE_P(
    NotJson, BadMessage,
    ::testing::Values(Bad{"", "bad-json", ""}, Bad{"{", "bad-json", ""}, Bad{"null", "bad-json", ""},
                      Bad{"7", "bad-json", ""}, Bad{"\"hello\"", "bad-json", ""}, Bad{"[]", "bad-json", ""},
                      Bad{"[{}]", "bad-json", ""}, Bad{R"({"type":"hangup","call":"c"} x)", "bad-json", ""},
                      Bad{R"({"type":"hangup","call":"c"}{})", "bad-json", ""},
                      Bad{R"({"type":"hangup","call":"c",})", "bad-json", ""},
                      Bad{R"({"type":"hangup",/**/"call":"c"})", "bad-json", ""},
                      Bad{"{\"type\":\"\xff\"}", "bad-json", ""}, Bad{R"({"type":"\ud800"})", "bad-json", ""},
                      Bad{R"({"type":"hangup","call":[[[[[[[[[[]]]]]]]]]]})", "bad-json", ""}));

INSTANTIATE_TEST_SUITE_P(
    Members, BadMessage,
    ::testing::Values(Bad{"{}", "bad-field", "type"}, Bad{R"({"type":7})", "bad-field", "type"},
                      Bad{R"({"type":"sing"})", "unknown-type", "type"},
                      Bad{R"({"type":"HANGUP","call":"c"})", "unknown-type", "type"},
                      Bad{R"({"type":"hangup"})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":null})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":{"a":{"b":1}}})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":""})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":"a b"})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":"ä"})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","call":"c","why":1})", "bad-field", "why"},
                      Bad{R"({"type":"hangup","call":"c","call":"d"})", "bad-field", "call"},
                      Bad{R"({"type":"hangup","type":"call","call":"c"})", "bad-field", "type"},
                      Bad{R"({"type":"hello"})", "bad-field", "version"},
                      Bad{R"({"type":"hello","version":2})", "bad-field", "version"},
                      Bad{R"({"type":"hello","version":1.0})", "bad-field", "version"},
                      Bad{R"({"type":"hello","version":"1"})", "bad-field", "version"},
                      Bad{R"({"type":"hello","version":18446744073709551615})", "bad-field", "version"},
                      Bad{R"({"type":"hello","version":1,"user":"a"})", "bad-field", "password"},
                      Bad{R"({"type":"hello","version":1,"password":"a"})", "bad-field", "user"},
                      Bad{R"({"type":"hello","version":1,"token":"t","user":"a","password":"b"})",
                          "bad-field", "user"}));

INSTANTIATE_TEST_SUITE_P(
    Values, BadMessage,
    ::testing::Values(Bad{R"({"type":"call","call":"c","to":"","sdp":"v=0"})", "bad-field", "to"},
                      Bad{R"({"type":"call","call":"c","to":"6\r\nX: y","sdp":"v=0"})", "bad-field", "to"},
                      Bad{R"({"type":"call","call":"c","to":"6\u0000","sdp":"v=0"})", "bad-field", "to"},
                      Bad{R"({"type":"call","call":"c","to":"6\u007f","sdp":"v=0"})", "bad-field", "to"},
                      Bad{R"({"type":"call","call":"c","to":"600","sdp":""})", "bad-field", "sdp"},
                      Bad{R"({"type":"call","call":"c","to":"600","sdp":"v=0\u0000"})", "bad-field", "sdp"},
                      Bad{R"({"type":"call","call":"c","to":"600","sdp":"v=0\t"})", "bad-field", "sdp"},
                      Bad{R"({"type":"candidate","call":"c"})", "bad-field", "candidate"},
                      Bad{R"({"type":"candidate","call":"c","candidate":"a\nb"})", "bad-field", "candidate"},
                      Bad{R"({"type":"dtmf","call":"c","digit":"E"})", "bad-field", "digit"},
                      Bad{R"({"type":"dtmf","call":"c","digit":"55"})", "bad-field", "digit"},
                      Bad{R"({"type":"dtmf","call":"c","digit":5})", "bad-field", "digit"},
                      Bad{R"({"type":"dtmf","call":"c","digit":"5","duration":39})", "bad-field", "duration"},
                      Bad{R"({"type":"dtmf","call":"c","digit":"5","duration":6001})", "bad-field",
                          "duration"},
                      Bad{R"({"type":"dtmf","call":"c","digit":"5","duration":-1})", "bad-field", "duration"},
                      Bad{R"({"type":"statistics","call":"c"})", "bad-field", "on"},
                      Bad{R"({"type":"statistics","call":"c","on":1})", "bad-field", "on"}));

INSTANTIATE_TEST_SUITE_P(
    Identity, BadMessage,
    ::testing::Values(
        Bad{R"({"type":"hello","version":1,"capability":7})", "bad-field", "capability"},
        Bad{R"({"type":"hello","version":1,"capability":"a\nb"})", "bad-field", "capability"},
        Bad{R"({"type":"hello","version":1,"token":"t","capability":"c"})", "bad-field", "capability"},
        Bad{R"({"type":"hello","version":1,"user":"u","password":"p","capability":"c"})", "bad-field",
            "capability"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"alice"})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"+"})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"1+2"})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"+1 215"})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"1\r\nX: y"})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":12})", "bad-field", "number"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","privacy":"id"})", "bad-field", "privacy"},
        Bad{R"({"type":"call","call":"c","to":"6","sdp":"v=0","capability":"a\u0000"})", "bad-field",
            "capability"},
        Bad{R"({"type":"accept","call":"c","sdp":"v=0","number":"1"})", "bad-field", "number"}));

TEST(JsonProtocol, values_up_to_their_bounds_pass_and_one_more_byte_does_not) {
    const auto call = [](std::size_t to, std::size_t sdp) {
        return R"({"type":"call","call":"c","to":")" + std::string(to, '6') + R"(","sdp":")" +
               std::string(sdp, 'v') + "\"}";
    };
    EXPECT_EQ(std::get<PlaceCall>(message_of(call(kMaxName, kMaxSdp))).sdp.size(), kMaxSdp);
    EXPECT_EQ(error_of(call(kMaxName + 1, 1)).field, "to");
    EXPECT_EQ(error_of(call(1, kMaxSdp + 1)).field, "sdp");
    const auto hang_up = [](std::size_t n) {
        return R"({"type":"hangup","call":")" + std::string(n, 'c') + "\"}";
    };
    EXPECT_EQ(std::get<HangUp>(message_of(hang_up(kMaxCallName))).call.size(), kMaxCallName);
    EXPECT_EQ(error_of(hang_up(kMaxCallName + 1)).field, "call");
    const auto hello = [](std::size_t n) {
        return R"({"type":"hello","version":1,"token":")" + std::string(n, 't') + "\"}";
    };
    EXPECT_EQ(std::get<Hello>(message_of(hello(kMaxToken))).token.size(), kMaxToken);
    EXPECT_EQ(error_of(hello(kMaxToken + 1)).field, "token");
}

TEST(JsonProtocol, a_call_may_name_its_number_its_privacy_and_a_permission) {
    const auto call = std::get<PlaceCall>(message_of(
        R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":"+12155551212","privacy":true,"capability":"a.b.c"})"));
    EXPECT_EQ(call, (PlaceCall{.call = "c",
                               .to = "6",
                               .sdp = "v=0",
                               .number = "+12155551212",
                               .privacy = true,
                               .capability = "a.b.c"}));
}

TEST(JsonProtocol, a_call_without_them_shows_the_default_number) {
    const auto call =
        std::get<PlaceCall>(message_of(R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":""})"));
    EXPECT_EQ(call, (PlaceCall{.call = "c", .to = "6", .sdp = "v=0"}));
}

TEST(JsonProtocol, numbers_and_permissions_are_bounded) {
    const auto call = [](std::size_t number, std::size_t capability) {
        return R"({"type":"call","call":"c","to":"6","sdp":"v=0","number":")" + std::string(number, '6') +
               R"(","capability":")" + std::string(capability, 'c') + "\"}";
    };
    EXPECT_EQ(std::get<PlaceCall>(message_of(call(64, 8192))).capability.size(), 8192U);
    EXPECT_EQ(error_of(call(65, 1)).field, "number");
    EXPECT_EQ(error_of(call(1, 8193)).field, "capability");
    const auto hello = [](std::size_t n) {
        return R"({"type":"hello","version":1,"capability":")" + std::string(n, 'c') + "\"}";
    };
    EXPECT_EQ(std::get<Hello>(message_of(hello(8192))).capability.size(), 8192U);
    EXPECT_EQ(error_of(hello(8193)).field, "capability");
}

TEST(JsonProtocol, an_offer_may_carry_an_identity_of_16_kib) {
    const std::string identity = "a=identity:" + std::string(16384, 'A') + "\\r\\n";
    const std::string offer = "v=0\\r\\n" + identity + std::string(8192, 'x');
    const std::string text = R"({"type":"call","call":"c","to":"6","sdp":")" + offer + "\"}";
    EXPECT_LT(text.size(), 65536U);
    EXPECT_NE(std::get<PlaceCall>(message_of(text)).sdp.find("a=identity:AAAA"), std::string::npos);
}

TEST(JsonProtocol, a_callers_strange_texts_become_valid_utf8) {
    Incoming incoming{.call = "i", .id = "", .from = "1", .from_display = "", .to = "2", .caller = {}};
    incoming.caller.display = "\xff\"</script>";
    incoming.caller.signer = "SHAKEN \xe4";
    const auto read = std::get<Incoming>(testing::parse_server_message(to_json(incoming)));
    EXPECT_EQ(read.caller.display, "\xEF\xBF\xBD\"</script>");
    EXPECT_EQ(read.caller.signer, "SHAKEN \xEF\xBF\xBD");
    EXPECT_EQ(read.caller.verstat, "No-TN-Validation");
}

TEST(JsonProtocol, line_ends_are_allowed_in_sdp) {
    const auto call =
        std::get<PlaceCall>(message_of(R"({"type":"call","call":"c","to":"600","sdp":"v=0\r\ns=-\n"})"));
    EXPECT_EQ(call.sdp, "v=0\r\ns=-\n");
}

TEST(JsonProtocol, a_left_out_duration_is_a_hundred_milliseconds) {
    EXPECT_EQ(std::get<SendDigit>(message_of(R"({"type":"dtmf","call":"c","digit":"D"})")),
              (SendDigit{.call = "c", .digit = 'D', .duration_ms = 100}));
}

TEST(JsonProtocol, an_error_names_the_call_so_that_the_page_knows_which_one_failed) {
    EXPECT_EQ(error_of(R"({"type":"call","call":"c7","to":7,"sdp":"v=0"})").call, "c7");
    EXPECT_EQ(error_of(R"({"type":"call","call":"no good","to":"6","sdp":"v=0"})").call, "");
}

TEST(JsonProtocol, a_long_name_of_an_unknown_member_is_cut_in_the_error) {
    EXPECT_EQ(error_of(R"({"type":"hangup","call":"c",")" + std::string(5000, 'x') + "\":1}").field.size(),
              64U);
}

TEST(JsonProtocol, too_many_members_are_refused) {
    std::string json = R"({"type":"hangup")";
    for (int i = 0; i < 40; ++i) json += ",\"m" + std::to_string(i) + "\":1";
    EXPECT_EQ(error_of(json + "}").code, "bad-json");
}

TEST(JsonProtocol, texts_of_the_telephone_side_become_valid_utf8) {
    const Ended ended{
        .call = "c", .id = "", .reason = "busy", .by = "sip", .text = "Besetzt \xe4\xff \"\r\n"};
    const auto read = testing::parse_server_message(to_json(ended));
    EXPECT_EQ(std::get<Ended>(read).text, "Besetzt \xEF\xBF\xBD\xEF\xBF\xBD \"\r\n");
}

TEST(JsonProtocol, numbers_that_json_lacks_become_zero) {
    Statistics statistics;
    statistics.call = "c";
    statistics.browser.loss_percent = std::nan("");
    statistics.browser.round_trip_ms = std::numeric_limits<double>::infinity();
    const auto read = std::get<Statistics>(testing::parse_server_message(to_json(statistics)));
    EXPECT_EQ(read.browser.loss_percent, 0);
    EXPECT_EQ(read.browser.round_trip_ms, 0);
}

TEST(JsonProtocol, what_is_not_known_of_the_sound_is_null) {
    Statistics statistics;
    statistics.call = "c";
    statistics.sip.mos_received = 4.25;
    const std::string json = to_json(statistics);
    EXPECT_EQ(std::get<Statistics>(testing::parse_server_message(json)), statistics);
    EXPECT_NE(json.find("\"mos_sent\":null"), std::string::npos);
}

}  // namespace
}  // namespace causeway::http
