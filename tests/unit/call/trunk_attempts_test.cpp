// Calls over groups of trunks: who is tried, when another is tried, and what trunks make of numbers and
// headers.
#include <gmock/gmock.h>

#include "call_fixture.hpp"

namespace causeway::call {
namespace {

using namespace std::chrono_literals;

class TrunkAttempts : public CallTest {
  protected:
    TrunkAttempts() {
        config->trunks.clear();
        for (const char* name : {"first", "second", "third"}) {
            config::Trunk trunk;
            trunk.name = name;
            trunk.address = "192.0.2." + std::to_string(10 + config->trunks.size());
            trunk.codecs = {sdp::Codec::pcmu};
            trunk.sources = {trunk.address};
            config->trunks.push_back(trunk);
        }
        config->trunk_groups = {{"carriers", {{"first", 1, 1}, {"second", 2, 1}, {"third", 3, 1}}}};
        config->routes[0].target_name = "carriers";
        dial_plan = std::make_unique<routing::DialPlan>(*config);
        make_board();
    }

    void make_board() {
        board = std::make_unique<trunks::TrunkBoard>(*config);
        board->set_time(Instant{} + 1h);
        reset();
    }
    void page_calls(const std::string& to = "911") {
        happens(alice_calls(to));
        if (call.phase == Phase::ended) return;
        happens(media_opened());
        happens(MediaConnected{});
    }
    void fails(std::optional<int> status, EndCause cause = EndCause::trunk_refused) {
        happens(SipEnded{{cause, Side::sip, {}, status}});
    }
    std::string invited() const {
        const auto* invite = asked<Invite>();
        return invite == nullptr ? "" : invite->invite.request_uri;
    }
    std::vector<std::string> attempts() const {
        std::vector<std::string> all;
        for (const auto& each : call.record.attempts) {
            all.push_back(each.trunk + " " + each.outcome + " " + std::to_string(each.status.value_or(0)));
        }
        return all;
    }
    config::Trunk& first() { return config->trunks[0]; }
};

TEST_F(TrunkAttempts, the_next_trunk_is_tried_when_a_server_fails) {
    page_calls();
    EXPECT_EQ(invited(), "sip:911@192.0.2.10");
    EXPECT_EQ(asked<Invite>()->invite.answer_within, 4s);
    EXPECT_EQ(call.slot, "first");
    fails(503, EndCause::over_limit);
    EXPECT_EQ(invited(), "sip:911@192.0.2.11");
    EXPECT_EQ(call.slot, "second");
    EXPECT_EQ(asked<Invite>()->invite.sip_call_id, to_string(call.id) + "-2@gw.example");
    fails(std::nullopt, EndCause::trunk_timeout);
    EXPECT_EQ(invited(), "sip:911@192.0.2.12");
    EXPECT_EQ(asked<Invite>()->invite.answer_within, 0s) << "nobody is left to be tried sooner";
    happens(SipAnswered{kPhoneSdp});
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_EQ(call.record.trunk, "third");
    EXPECT_EQ(attempts(), (std::vector<std::string>{"first over-limit 503", "second trunk-timeout 0",
                                                    "third answered 0"}));
}

TEST_F(TrunkAttempts, a_word_about_the_call_is_final) {
    for (const int status : {400, 404, 408, 480, 486, 488, 600, 603, 606}) {
        make_board();
        page_calls();
        fails(status, EndCause::busy);
        EXPECT_EQ(invited(), "") << status;
        EXPECT_EQ(call.phase, Phase::ended) << status;
    }
}

TEST_F(TrunkAttempts, the_last_failure_is_told_when_nobody_is_left) {
    page_calls();
    fails(503);
    fails(500);
    fails(502);
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(call.record.reason.sip_status, 502);
    EXPECT_EQ(attempts().size(), 3u);
}

TEST_F(TrunkAttempts, who_was_heard_is_not_left_for_another) {
    page_calls();
    happens(SipProgress{183, kPhoneSdp});
    fails(503);
    EXPECT_EQ(invited(), "");
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(TrunkAttempts, the_page_hears_one_ringing) {
    page_calls();
    happens(SipProgress{180, ""});
    EXPECT_NE(told<http::Ringing>(kPage), nullptr);
    fails(503);
    EXPECT_NE(invited(), "");
    happens(SipProgress{180, ""});
    EXPECT_EQ(told<http::Ringing>(kPage), nullptr);
}

TEST_F(TrunkAttempts, a_page_that_hangs_up_is_called_for_by_nobody) {
    page_calls();
    happens(PageHungUp{kPage});
    fails(503);
    EXPECT_EQ(invited(), "");
    EXPECT_EQ(attempts(), std::vector<std::string>{"first cancelled 0"});
}

TEST_F(TrunkAttempts, a_trunk_that_is_down_or_full_is_passed_over) {
    const auto server = board->endpoints("first", 0).front();
    for (int i = 0; i < 3; ++i) board->probed("first", server, false);
    config->trunks[1].limits.calls = 1;
    page_calls();
    EXPECT_EQ(invited(), "sip:911@192.0.2.11");

    make_board();
    board->take("second");
    for (int i = 0; i < 3; ++i) board->probed("first", server, false);
    page_calls();
    EXPECT_EQ(invited(), "sip:911@192.0.2.12");
}

TEST_F(TrunkAttempts, the_last_obstacle_is_the_reason_when_all_are_passed_over) {
    config->routes[0].target_name = "first";
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    first().limits.calls = 1;
    make_board();
    board->take("first");
    page_calls();
    EXPECT_EQ(call.record.reason.cause, EndCause::over_limit);
    EXPECT_EQ(call.slot, "");

    make_board();
    for (int i = 0; i < 3; ++i) board->probed("first", board->endpoints("first", 0).front(), false);
    page_calls();
    EXPECT_EQ(call.record.reason.cause, EndCause::trunk_unreachable);
}

TEST_F(TrunkAttempts, retry_after_asks_for_a_pause_and_a_silent_server_is_doubted) {
    page_calls();
    happens(SipPaused{30s});
    ASSERT_NE(asked<PauseTrunk>(), nullptr);
    EXPECT_EQ(asked<PauseTrunk>()->trunk, "first");
    EXPECT_EQ(asked<PauseTrunk>()->time, Duration(30s));
    fails(503);
    EXPECT_EQ(asked<DoubtTrunk>(), nullptr) << "it has answered";
    fails(std::nullopt, EndCause::trunk_unreachable);
    ASSERT_NE(asked<DoubtTrunk>(), nullptr);
    EXPECT_EQ(asked<DoubtTrunk>()->trunk, "second");
}

TEST_F(TrunkAttempts, a_doubted_trunk_comes_last) {
    board->doubt("first", board->endpoints("first", 0).front());
    page_calls();
    EXPECT_EQ(invited(), "sip:911@192.0.2.11");
}

TEST_F(TrunkAttempts, a_names_servers_are_tried_one_after_another) {
    first().address = "sip.carrier.example";
    make_board();
    const auto endpoint = [](const char* text) {
        return trunks::Endpoint{SocketAddress::parse(text).value(), config::TrunkTransport::udp};
    };
    board->resolved("first", {{trunks::Server{1, 1, {endpoint("198.51.100.1:5060")}},
                               trunks::Server{2, 1, {endpoint("198.51.100.2:5070")}}},
                              60s,
                              {}});
    page_calls();
    EXPECT_EQ(invited(), "sip:911@sip.carrier.example");
    EXPECT_EQ(asked<Invite>()->invite.proxy, "sip:198.51.100.1:5060;transport=udp");
    fails(503);
    EXPECT_EQ(asked<Invite>()->invite.proxy, "sip:198.51.100.2:5070;transport=udp");
    fails(503);
    EXPECT_EQ(invited(), "sip:911@192.0.2.11");
    EXPECT_EQ(asked<Invite>()->invite.proxy, "") << "a numeric trunk needs none";
}

TEST_F(TrunkAttempts, numbers_go_out_and_come_in_as_the_trunk_writes_them) {
    first().numbers.out = config::NumberForm::national;
    first().numbers.in = config::NumberForm::national;
    first().numbers.country = "1";
    first().numbers.national_prefix = "1";
    first().numbers.international_prefix = "011";
    identity.trunks["first"].trust.trusted = true;
    identity.trunks["first"].trust.pai_out = identity::OutboundPai::send;
    config->routes[0].to = "+49*";
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    make_board();
    page_calls("+4930123456");
    EXPECT_EQ(invited(), "sip:0114930123456@192.0.2.10");
    EXPECT_EQ(asked<Invite>()->invite.to_uri, "sip:0114930123456@192.0.2.10");
    EXPECT_THAT(asked<Invite>()->invite.from_uri, testing::StartsWith("sip:12155551212@gw.example"));

    reset();
    auto event = phone_calls("12155551212");
    event.invite.source = SocketAddress::parse("192.0.2.10", 5060).value();
    event.invite.from_user = "0114930123456";
    happens(event);
    const auto* incoming = told<http::Incoming>(kPage);
    ASSERT_NE(incoming, nullptr);
    EXPECT_EQ(incoming->from, "+4930123456");
    EXPECT_EQ(incoming->to, "+12155551212");
}

TEST_F(TrunkAttempts, header_rules_add_remove_and_let_in) {
    first().headers.add = {{"X-Customer", "{user};to={to}"}, {"X-Empty", "{account}"}};
    first().headers.remove = {"Privacy"};
    first().headers.allow_in = {"X-Queue"};
    make_board();
    page_calls();
    const auto& headers = asked<Invite>()->invite.headers;
    EXPECT_THAT(headers, testing::Contains(sip::Header{"X-Customer", "alice;to=911"}));
    for (const auto& [name, value] : headers)
        EXPECT_THAT(name, testing::AllOf(testing::Ne("Privacy"), testing::Ne("X-Empty")));

    reset();
    auto event = phone_calls("+12155551212");
    event.invite.source = SocketAddress::parse("192.0.2.10", 5060).value();
    event.invite.headers = {{"X-Queue", "sales"}, {"X-Other", "no"}};
    happens(event);
    const std::vector<std::pair<std::string, std::string>> expected{{"X-Queue", "sales"}};
    EXPECT_EQ(told<http::Incoming>(kPage)->headers, expected);
}

TEST_F(TrunkAttempts, the_account_goes_by_the_callers_number) {
    config::TrunkAccount shop;
    shop.username = "shop";
    shop.password = "secret";
    shop.numbers = {"+1215*"};
    config::TrunkAccount rest;
    rest.username = "rest";
    rest.password = "secret";
    first().accounts = {rest, shop};
    make_board();
    page_calls();
    ASSERT_TRUE(asked<Invite>()->invite.credentials);
    EXPECT_EQ(asked<Invite>()->invite.credentials->username, "shop");
}

TEST_F(TrunkAttempts, a_telephone_call_beyond_the_trunks_limit_is_refused) {
    first().limits.calls = 1;
    make_board();
    board->take("first");
    auto event = phone_calls("+12155551212");
    event.invite.source = SocketAddress::parse("192.0.2.10", 5060).value();
    happens(event);
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(call.record.reason.cause, EndCause::over_limit);
    EXPECT_EQ(call.slot, "") << "it counts for nothing";
}

TEST_F(TrunkAttempts, a_named_trunk_calls_from_where_its_name_leads) {
    first().address = "sip.carrier.example";
    first().sources.clear();
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    make_board();
    board->resolved("first", trunks::numeric_destination("198.51.100.1", config::TrunkTransport::udp));
    auto event = phone_calls("+12155551212");
    event.invite.source = SocketAddress::parse("198.51.100.1", 40000).value();
    happens(event);
    EXPECT_EQ(call.record.trunk, "first");
    EXPECT_EQ(call.phase, Phase::ringing);
}

}  // namespace
}  // namespace causeway::call
