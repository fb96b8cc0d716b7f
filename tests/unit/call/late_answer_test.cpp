// Pages that may take the gateway's description only when the call is answered: softphones.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

class LateAnswerTest : public CallTest {
  protected:
    void calls() {
        PagePlaced placed = alice_calls("911");
        placed.answers_late = true;
        happens(placed);
    }
    /// What the last step said of the time to connect, last word last.
    bool must_connect() const {
        bool armed = false;
        for (const Action& action : actions) {
            const auto* arms = std::get_if<ArmTimer>(&action);
            const auto* disarms = std::get_if<DisarmTimer>(&action);
            if (arms != nullptr && arms->kind == TimerKind::connecting) armed = true;
            if (disarms != nullptr && disarms->kind == TimerKind::connecting) armed = false;
        }
        return armed;
    }
    static SipAnswered answered() { return SipAnswered{kPhoneSdp}; }
};

TEST_F(LateAnswerTest, its_invite_does_not_wait_for_its_dtls) {
    calls();
    happens(media_opened());
    EXPECT_NE(told<http::Answer>(kPage), nullptr);
    EXPECT_NE(asked<Invite>(), nullptr);
}

TEST_F(LateAnswerTest, its_candidates_are_tried_when_the_call_is_answered) {
    calls();
    ASSERT_NE(asked<OpenMedia>(), nullptr);
    EXPECT_TRUE(asked<OpenMedia>()->offer.candidates.empty());
    EXPECT_FALSE(asked<OpenMedia>()->offer.end_of_candidates);
    happens(media_opened());
    EXPECT_EQ(asked<AddCandidate>(), nullptr);
    happens(answered());
    EXPECT_NE(asked<AddCandidate>(), nullptr);
    EXPECT_NE(told<http::Answered>(kPage), nullptr);
}

TEST_F(LateAnswerTest, it_may_ring_longer_than_a_page_may_take_to_connect) {
    calls();
    EXPECT_FALSE(must_connect()) << "it cannot yet";
    happens(media_opened());
    EXPECT_FALSE(must_connect());
    happens(answered());
    EXPECT_TRUE(must_connect()) << "from now on it must connect";
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "ice-failed");
}

}  // namespace
}  // namespace causeway::call
