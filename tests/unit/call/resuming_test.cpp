// Calls whose page or browser is lost for a while.
#include <algorithm>
#include <string>

#include "call_fixture.hpp"

namespace causeway::call {
namespace {

const EndReason kNoPath{EndCause::ice_failed, Side::browser, {}, {}};
const EndReason kGoodbye{EndCause::hangup, Side::browser, {}, {}};

/// Of a browser that was started again: another certificate.
std::string other_offer() {
    std::string offer = kBrowserOffer;
    offer.replace(offer.find("61:E3"), 5, "62:E4");
    return offer;
}

class ResumingTest : public CallTest {
  protected:
    ResumingTest() { browser_call_up_to_talking(); }
    void page_goes() { happens(PageGone{kPage, true}); }
    void page_returns() { happens(PageReturned{kPage, kOtherPage}); }
    bool waits(Duration time) const {
        const auto* timer = asked<ArmTimer>();
        return timer != nullptr && timer->kind == TimerKind::resume && timer->after == time;
    }
    bool waits_no_more() const {
        return std::any_of(actions.begin(), actions.end(), [](const Action& action) {
            const auto* timer = std::get_if<DisarmTimer>(&action);
            return timer != nullptr && timer->kind == TimerKind::resume;
        });
    }
};

TEST_F(ResumingTest, a_page_that_can_come_back_is_waited_for) {
    page_goes();
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_TRUE(waits(std::chrono::seconds(30)));
    EXPECT_EQ(asked<EndDialog>(), nullptr);
    page_returns();
    EXPECT_TRUE(waits_no_more());
    EXPECT_EQ(call.page->session, kOtherPage);
    EXPECT_EQ(call.record.resumed, 1);
}

TEST_F(ResumingTest, one_that_stays_away_ends_the_call) {
    page_goes();
    happens(TimerFired{TimerKind::resume});
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(call.record.reason.cause, EndCause::page_gone);
}

TEST_F(ResumingTest, one_that_cannot_come_back_ends_it_at_once) {
    happens(PageGone{kPage, false});
    EXPECT_EQ(call.record.reason.cause, EndCause::page_gone);
}

TEST_F(ResumingTest, nobody_is_waited_for_where_that_is_switched_off) {
    config->http.resume_time = std::chrono::seconds(0);
    page_goes();
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(ResumingTest, a_call_that_is_not_yet_connected_does_not_wait) {
    reset();
    happens(alice_calls("911"));
    happens(media_opened());
    page_goes();
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(ResumingTest, a_lost_path_waits_for_a_new_one) {
    happens(MediaLost{kNoPath});
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_TRUE(waits(std::chrono::seconds(30)));
    happens(MediaConnected{});
    EXPECT_TRUE(waits_no_more());
}

TEST_F(ResumingTest, both_must_be_back_before_nobody_is_missing) {
    page_goes();
    happens(MediaLost{kNoPath});
    page_returns();
    EXPECT_FALSE(waits_no_more());
    happens(MediaConnected{});
    EXPECT_TRUE(waits_no_more());
}

TEST_F(ResumingTest, a_browser_that_says_goodbye_hangs_up_unless_its_page_is_going_too) {
    happens(MediaLost{kGoodbye});
    EXPECT_TRUE(waits(std::chrono::seconds(2)));
    page_goes();
    EXPECT_TRUE(waits(std::chrono::seconds(30)));
    happens(TimerFired{TimerKind::resume});
    EXPECT_EQ(call.record.reason.cause, EndCause::page_gone);
}

TEST_F(ResumingTest, a_goodbye_alone_is_a_hangup) {
    happens(MediaLost{kGoodbye});
    happens(TimerFired{TimerKind::resume});
    EXPECT_EQ(call.record.reason.cause, EndCause::hangup);
}

TEST_F(ResumingTest, a_page_that_came_back_may_have_another_certificate_and_the_record_says_so) {
    page_goes();
    page_returns();
    happens(PageReoffer{kOtherPage, other_offer()});
    ASSERT_NE(asked<ReofferMedia>(), nullptr);
    EXPECT_TRUE(asked<ReofferMedia>()->returned);
    EXPECT_NE(call.record.identity.reason.find("another certificate"), std::string::npos);
}

TEST_F(ResumingTest, with_its_old_certificate_nothing_is_noted) {
    page_goes();
    page_returns();
    happens(PageReoffer{kOtherPage, kBrowserOffer});
    ASSERT_NE(asked<ReofferMedia>(), nullptr);
    EXPECT_EQ(call.record.identity.reason.find("another certificate"), std::string::npos);
}

TEST_F(ResumingTest, any_other_page_may_not) {
    happens(PageReoffer{kPage, other_offer()});
    ASSERT_NE(asked<ReofferMedia>(), nullptr);
    EXPECT_FALSE(asked<ReofferMedia>()->returned) << "the media room refuses it";
}

TEST_F(ResumingTest, once_it_has_taken_up_its_call_it_may_not_either) {
    page_goes();
    page_returns();
    happens(PageReoffer{kOtherPage, other_offer()});
    happens(MediaReoffered{media_opened().answer});
    happens(PageReoffer{kOtherPage, kBrowserOffer});
    ASSERT_NE(asked<ReofferMedia>(), nullptr);
    EXPECT_FALSE(asked<ReofferMedia>()->returned);
}

TEST_F(ResumingTest, whose_user_was_asserted_must_assert_it_for_the_new_certificate) {
    call.caller.identity = "alice@idp.example";
    call.presentation.assertion.identity = "alice@idp.example";
    page_goes();
    page_returns();
    checks_by_hand = true;
    happens(PageReoffer{kOtherPage, other_offer()});
    ASSERT_NE(asked<CheckCaller>(), nullptr);
    EXPECT_EQ(asked<ReofferMedia>(), nullptr);
    CallerChecked checked;
    happens(checked);
    EXPECT_EQ(asked<ReofferMedia>(), nullptr);
    ASSERT_NE(told<http::ProtocolError>(kOtherPage), nullptr);

    happens(PageReoffer{kOtherPage, other_offer()});
    checked.assertion.result = identity::AssertionVerdict::Result::valid;
    checked.assertion.identity = "mallory@idp.example";
    happens(checked);
    EXPECT_EQ(asked<ReofferMedia>(), nullptr);

    happens(PageReoffer{kOtherPage, other_offer()});
    checked.assertion.identity = "alice@idp.example";
    happens(checked);
    ASSERT_NE(asked<ReofferMedia>(), nullptr);
    EXPECT_TRUE(asked<ReofferMedia>()->returned);
}

}  // namespace
}  // namespace causeway::call
