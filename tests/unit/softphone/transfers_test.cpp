// REFER by softphones: the page's transfer and its news.
#include "tests/unit/softphone/softphones_fixture.hpp"

namespace causeway::softphone {
namespace {

TEST_F(SoftphonesTest, its_refer_is_the_pages_transfer_and_its_news_are_notified) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    sip::InboundReferral wanted;
    wanted.target_user = "201";
    phones.on_referred({77}, wanted);
    EXPECT_THAT(world.transfers,
                testing::ElementsAre(std::to_string(session().value) + " sip-77 to '201' with ''"));
    for (const char* state : {"trying", "ringing", "done"}) {
        is_told(http::TransferNews{"sip-77", state, "browser", "201", "", 0});
    }
    EXPECT_THAT(world.said,
                testing::ElementsAre("refer 77 202", "notify 77 100", "notify 77 180", "notify 77 200"));
    is_told(http::TransferNews{"sip-77", "failed", "browser", "201", "", 500});
    EXPECT_THAT(world.said, SizeIs(4)) << "it was over";
}

TEST_F(SoftphonesTest, an_attended_transfer_names_another_call_of_the_same_device) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    auto second = invite_of("alice", {5});
    second.dialog = {78};
    invites(second);
    sip::InboundReferral wanted;
    wanted.target_user = "phone";
    wanted.replaces = "x;to-tag=1;from-tag=2";
    wanted.other = DialogId{78};
    phones.on_referred({77}, wanted);
    EXPECT_THAT(world.transfers,
                testing::ElementsAre(std::to_string(session().value) + " sip-77 to '' with 'sip-78'"));
}

TEST_F(SoftphonesTest, a_replaces_that_names_nothing_itself_or_anothers_call_is_refused) {
    registers("alice", {5});
    registers("bob", {6}, "i2");
    invites(invite_of("alice", {5}));
    auto of_bob = invite_of("bob", {6});
    of_bob.dialog = {79};
    invites(of_bob);
    sip::InboundReferral wanted;
    wanted.replaces = "x;to-tag=1;from-tag=2";
    for (const auto other : {std::optional<DialogId>(), {DialogId{77}}, {DialogId{79}}, {DialogId{555}}}) {
        wanted.other = other;
        phones.on_referred({77}, wanted);
    }
    EXPECT_THAT(world.transfers, IsEmpty());
    EXPECT_THAT(world.said, testing::Each("refer 77 403 Replaces must name another call of your own."));
    EXPECT_THAT(world.said, SizeIs(4));
    EXPECT_EQ(counters.snapshot().at("softphone_foreign_call"), 4U);
}

TEST_F(SoftphonesTest, a_transfer_that_is_refused_at_once_is_the_answer_and_a_later_one_is_notified) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    phones.on_referred({77}, {});
    is_told(http::TransferNews{"sip-77", "failed", "browser", "1", "No such number.", 404});
    phones.on_referred({77}, {});
    is_told(http::TransferNews{"sip-77", "trying", "browser", "201", "", 0});
    is_told(http::TransferNews{"sip-77", "failed", "browser", "201", "Busy.", 486});
    phones.on_referred({77}, {});
    is_told(http::TransferNews{"sip-77", "trying", "browser", "201", "", 0});
    is_told(http::TransferNews{"sip-77", "failed", "browser", "201", "", 407});
    EXPECT_THAT(world.said,
                testing::ElementsAre("refer 77 404 No such number.", "refer 77 202", "notify 77 100",
                                     "notify 77 486", "refer 77 202", "notify 77 100", "notify 77 403"));
}

TEST_F(SoftphonesTest, a_transfer_by_the_telephone_is_nothing_to_a_softphone) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    is_told(http::TransferNews{"sip-77", "trying", "sip", "201", "", 0});
    is_told(http::TransferNews{"sip-77", "done", "sip", "201", "", 0});
    EXPECT_THAT(world.said, IsEmpty());
    EXPECT_TRUE(phones.owns({77}));
}

TEST_F(SoftphonesTest, a_refer_in_a_call_that_is_just_over_is_refused) {
    registers("alice", {5});
    invites(invite_of("alice", {5}));
    world.knows_calls = false;
    phones.on_referred({77}, {});
    EXPECT_THAT(world.said, testing::ElementsAre("refer 77 403 There is no such call any more."));
}

TEST_F(SoftphonesTest, an_invite_that_would_take_a_calls_place_is_refused) {
    registers("alice", {5});
    auto invite = invite_of("alice", {5});
    invite.replaces = DialogId{3};
    invites(invite);
    EXPECT_THAT(world.said, Contains("end 77 403"));
    EXPECT_THAT(world.placed, IsEmpty());
}

}  // namespace
}  // namespace causeway::softphone
