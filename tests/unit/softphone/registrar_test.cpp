// Which devices of which user are where.
#include "gateway/softphone/registrar.hpp"

#include <gmock/gmock.h>

namespace causeway::softphone {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RegistrarTest : public testing::Test {
  protected:
    RegisterOutcome apply(const std::string& user, RegisterWish wish) {
        if (wish.call_id.empty()) wish.call_id = "call-" + std::to_string(wish.flow.value);
        if (wish.cseq == 0) wish.cseq = ++cseq;
        return registrar.apply(user, wish, now);
    }
    static RegisterWish device(const std::string& instance, FlowId flow,
                               std::optional<std::uint32_t> expires = 600) {
        RegisterWish wish;
        wish.contacts = {
            {"sip:" + instance + "@x.invalid;transport=ws", "<urn:uuid:" + instance + ">", 1, expires}};
        wish.flow = flow;
        return wish;
    }

    Registrar registrar;
    Instant now{};
    std::uint32_t cseq = 0;
};

TEST_F(RegistrarTest, several_devices_of_one_user_are_kept) {
    EXPECT_THAT(apply("alice", device("a", {1})).added, SizeIs(1));
    EXPECT_THAT(apply("alice", device("b", {2})).added, SizeIs(1));
    EXPECT_THAT(apply("bob", device("a", {3})).added, SizeIs(1));
    EXPECT_THAT(registrar.of_user("alice"), SizeIs(2));
    EXPECT_EQ(registrar.on_flow({2}, "alice")->contact.instance, "<urn:uuid:b>");
    EXPECT_EQ(registrar.on_flow({2}, "bob"), nullptr);
}

TEST_F(RegistrarTest, a_refresh_changes_nothing_but_the_time) {
    const auto first = apply("alice", device("a", {1}));
    now += 500s;
    const auto second = apply("alice", device("a", {1}));
    EXPECT_THAT(second.added, IsEmpty());
    EXPECT_THAT(second.moved, IsEmpty());
    EXPECT_EQ(registrar.find(first.added[0])->expires, now + 600s);
}

TEST_F(RegistrarTest, the_same_instance_by_another_connection_is_the_same_device) {
    const auto first = apply("alice", device("a", {1}));
    RegisterWish again = device("a", {2});
    again.contacts[0].uri = "sip:other@y.invalid;transport=ws";
    const auto second = apply("alice", again);
    EXPECT_EQ(second.moved, first.added);
    EXPECT_THAT(registrar.of_user("alice"), SizeIs(1));
    EXPECT_EQ(registrar.find(first.added[0])->flow, FlowId{2});
}

TEST_F(RegistrarTest, without_an_instance_the_contact_is_the_device) {
    RegisterWish wish;
    wish.contacts = {{"sip:x@y.invalid", "", 0, 600}};
    wish.flow = {1};
    const auto first = apply("alice", wish);
    wish.flow = {2};
    wish.cseq = 0;
    EXPECT_EQ(apply("alice", wish).moved, first.added);
    wish.contacts[0].uri = "sip:z@y.invalid";
    wish.cseq = 0;
    EXPECT_THAT(apply("alice", wish).added, SizeIs(1));
}

TEST_F(RegistrarTest, zero_takes_a_device_away_and_a_star_all_of_them) {
    apply("alice", device("a", {1}));
    apply("alice", device("b", {2}));
    apply("bob", device("c", {3}));
    EXPECT_THAT(apply("alice", device("a", {1}, 0)).removed, SizeIs(1));
    RegisterWish star;
    star.all = true;
    EXPECT_EQ(apply("alice", star).status, 400);
    star.expires = 0;
    star.cseq = 0;
    EXPECT_THAT(apply("alice", star).removed, SizeIs(1));
    EXPECT_THAT(registrar.of_user("bob"), SizeIs(1));
}

TEST_F(RegistrarTest, too_short_is_refused_and_too_long_cut) {
    EXPECT_EQ(apply("alice", device("a", {1}, 30)).status, 423);
    EXPECT_EQ(registrar.size(), 0U);
    const auto long_one = apply("alice", device("a", {1}, 4'000'000'000U));
    EXPECT_EQ(registrar.find(long_one.added[0])->expires, now + 3600s);
    const auto unsaid = apply("alice", device("b", {1}, std::nullopt));
    EXPECT_EQ(registrar.find(unsaid.added[0])->expires, now + 600s);
}

TEST_F(RegistrarTest, an_old_request_that_comes_late_is_refused) {
    RegisterWish wish = device("a", {1});
    wish.call_id = "one";
    wish.cseq = 7;
    EXPECT_EQ(apply("alice", wish).status, 200);
    EXPECT_EQ(apply("alice", wish).status, 500);
    wish.cseq = 6;
    EXPECT_EQ(apply("alice", wish).status, 500);
    wish.call_id = "two";
    EXPECT_EQ(apply("alice", wish).status, 200);
}

TEST_F(RegistrarTest, nobody_fills_the_table) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(apply("alice", device(std::to_string(i), {1})).status, 200);
    EXPECT_EQ(apply("alice", device("more", {1})).status, 403);
    EXPECT_EQ(apply("alice", device("3", {1})).status, 200);
    EXPECT_EQ(apply("bob", device("b", {1})).status, 200);
    RegisterWish many = device("x", {2});
    many.contacts.resize(11, many.contacts[0]);
    EXPECT_EQ(apply("bob", many).status, 403);
    RegisterWish endless = device("x", {2});
    endless.contacts[0].uri = "sip:" + std::string(600, 'a');
    EXPECT_EQ(apply("bob", endless).status, 400);
}

TEST_F(RegistrarTest, a_full_table_refuses_with_503) {
    Registrar small({60, 600, 3600, 10, 1});
    EXPECT_EQ(small.apply("alice", device("a", {1}), now).status, 200);
    EXPECT_EQ(small.apply("bob", device("b", {2}), now).status, 503);
}

TEST_F(RegistrarTest, what_expires_is_told_once) {
    apply("alice", device("a", {1}, 60));
    now += 59s;
    EXPECT_THAT(registrar.expire(now), IsEmpty());
    now += 1s;
    EXPECT_THAT(registrar.expire(now), SizeIs(1));
    EXPECT_THAT(registrar.expire(now), IsEmpty());
}

TEST_F(RegistrarTest, a_device_outlives_its_connection) {
    const auto first = apply("alice", device("a", {1}));
    EXPECT_THAT(registrar.flow_closed({1}), SizeIs(1));
    EXPECT_EQ(registrar.find(first.added[0])->flow, FlowId{});
    EXPECT_EQ(registrar.on_flow({}, "alice"), nullptr);
    EXPECT_EQ(apply("alice", device("a", {2})).moved, first.added);
}

}  // namespace
}  // namespace causeway::softphone
