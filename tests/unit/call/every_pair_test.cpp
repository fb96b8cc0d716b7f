// Every event in every phase: nothing may crash, end twice, or act for a call that is over.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

class EveryPair : public CallTest {
  protected:
    static sip::InboundReferral referral() {
        sip::InboundReferral wanted;
        wanted.target_user = "912";
        return wanted;
    }
    static SipLeg lone_leg() {
        SipLeg leg;
        leg.dialog = DialogId{99};
        return leg;
    }
    std::vector<Event> all_events() const {
        return {alice_calls("911"),
                PageAccepted{kPage, kBrowserOffer},
                PageDeclined{kPage},
                PageHungUp{kPage},
                PageGone{kPage},
                PageCandidate{kPage, "candidate:1 1 udp 1 192.0.2.1 9 typ host"},
                PageDigit{kPage, '1', 100},
                media_opened(),
                MediaCandidate{"candidate:x"},
                MediaConnected{},
                MediaFailed{{EndCause::ice_failed, Side::browser, {}, {}}},
                MediaDigit{'2', 100},
                MediaClosed{},
                phone_calls("+12155551212"),
                SipProgress{183, kPhoneSdp},
                CallerChecked{},
                PassportsChecked{},
                SipAnswered{kPhoneSdp},
                SipAcknowledged{kPhoneSdp},
                SipReoffer{kPhoneSdp},
                SipDigit{'3', 100},
                SipPaused{std::chrono::seconds(5)},
                BrowserDigit{'4', 100},
                SipCapabilities{true},
                SipEnded{{EndCause::hangup, Side::sip, {}, {}}},
                PageTransfers{kPage, "912"},
                SipReferred{referral()},
                SipReferProgress{200, true},
                SipRedirected{302, {{"912", "192.0.2.9"}}},
                SipReplaces{phone_calls("+12155551212").invite},
                NewLegProgress{180, ""},
                NewLegAnswered{kPhoneSdp},
                NewLegEnded{{EndCause::busy, Side::sip, {}, {}}},
                OfOther<SipAcknowledged>{},
                OfOther<SipReoffer>{{kPhoneSdp}},
                OfOther<SipReofferAnswered>{{kPhoneSdp}},
                OfOther<SipReofferRefused>{},
                OfOther<SipDigit>{},
                OfOther<SipCapabilities>{},
                OfOther<SipPaused>{},
                OfOther<SipReferred>{},
                OfOther<SipRedirected>{},
                OtherOpened{*SocketAddress::parse("192.0.2.1", 40002)},
                OtherRefused{"no port"},
                LegWanted{},
                LegArrived{std::make_shared<SipLeg>(lone_leg())},
                LegStayed{},
                TimerFired{TimerKind::ringing},
                EndOrdered{{EndCause::shutting_down, Side::gateway, {}, {}}},
                PageReoffer{kPage, kBrowserOffer},
                MediaReoffered{media_opened().answer},
                MediaReofferRefused{"no"},
                SipReofferAnswered{kPhoneSdp},
                SipReofferRefused{488},
                PageReturned{kPage, kOtherPage},
                MediaLost{{EndCause::ice_failed, Side::browser, {}, {}}}};
    }

    /// The phases, and what `talking` may be besides.
    enum State { leg_moves = kPhaseCount, leg_will_move, second_rings_without_page, joined, kStates };

    void page_hands_over() {
        browser_call_up_to_talking();
        call.peer_takes_refer = false;
        happens(PageTransfers{kPage, "912"});
        happens(OtherOpened{*SocketAddress::parse("192.0.2.1", 40002)});
        ASSERT_NE(asked<InviteElsewhere>(), nullptr);
        call.other->dialog = DialogId{98};
    }

    /// Brings a fresh call there; the same way for each pair. Its phase then.
    Phase reach(int state) {
        if (state < kPhaseCount) {
            reach_phase(static_cast<Phase>(state));
            return static_cast<Phase>(state);
        }
        reset();
        if (state == joined || state == second_rings_without_page) {
            page_hands_over();
            happens(state == joined ? Event{NewLegAnswered{kPhoneSdp}} : Event{PageHungUp{kPage}});
            EXPECT_FALSE(call.page);
        } else {
            browser_call_up_to_talking();
            MediaReoffered held{media_opened().answer};
            held.answer.agreed.direction = sdp::Direction::inactive;
            if (state == leg_will_move) happens(held);
            happens(LegWanted{CallId{5}, *SocketAddress::parse("192.0.2.1", 40004), "801"});
            EXPECT_TRUE(call.moving_to);
        }
        return Phase::talking;
    }
    /// Whatever has happened: nobody is left alone, and nothing waits for what cannot come.
    void expect_sense() const {
        if (call.phase == Phase::ended) {
            EXPECT_FALSE(call.other);
            EXPECT_FALSE(call.moving_to);
        }
        if (call.phase != Phase::talking) return;
        EXPECT_TRUE(call.page || call.bridged || (call.transfer && call.other)) << "a telephone is alone";
        EXPECT_TRUE(!call.moving_to || call.offer_under_way) << "it waits for no answer";
        EXPECT_TRUE(!call.bridged || (call.dialog && call.other && call.other->dialog));
    }

    void reach_phase(Phase phase) {
        reset();
        switch (phase) {
            case Phase::idle:
                return;
            case Phase::checking:
                checks_by_hand = true;
                happens(alice_calls("911"));
                checks_by_hand = false;
                return;
            case Phase::ringing:
                return phone_call_up_to_ringing();
            case Phase::opening:
                return happens(alice_calls("911"));
            case Phase::connecting:
                happens(alice_calls("911"));
                return happens(media_opened());
            case Phase::inviting:
                return browser_call_up_to_invite();
            case Phase::confirming:
                happens(phone_calls("+12155551212", ""));
                happens(PageAccepted{kPage, kBrowserOffer});
                happens(media_opened());
                return happens(MediaConnected{});
            case Phase::talking:
                return browser_call_up_to_talking();
            case Phase::ended:
                browser_call_up_to_talking();
                return happens(PageHungUp{kPage});
        }
    }
};

TEST_F(EveryPair, every_event_is_taken_in_every_phase) {
    ASSERT_EQ(all_events().size(), std::variant_size_v<Event>) << "an event is missing in this test";
    for (int state = 0; state < kStates; ++state) {
        for (const Event& event : all_events()) {
            const Phase phase = reach(state);
            ASSERT_EQ(call.phase, phase);
            happens(event);
            SCOPED_TRACE("state " + std::to_string(state) + ", event " + std::to_string(event.index()));
            expect_sense();
            if (phase == Phase::ended) {
                EXPECT_EQ(call.phase, Phase::ended) << "a call does not live again";
                // An INVITE that comes too late to replace this call's dialog is refused, as a dialog of its
                // own.
                const bool brings_one =
                    std::holds_alternative<SipReplaces>(event) || std::holds_alternative<LegArrived>(event);
                if (!brings_one) {
                    EXPECT_EQ(asked<EndDialog>(), nullptr);
                }
                EXPECT_EQ(told<http::Ended>(kPage), nullptr) << "a page hears of the end once";
            }
            if (call.phase == Phase::ended && phase != Phase::ended) {
                EXPECT_FALSE(call.dialog) << "the dialog was ended or had ended";
                EXPECT_FALSE(call.media_open);
                EXPECT_TRUE(call.ringing.empty());
                EXPECT_TRUE(asked<CloseMedia>() != nullptr || asked<Retire>() != nullptr);
            }
        }
    }
}

TEST_F(EveryPair, every_call_can_be_ended_by_order_and_leaves_one_record) {
    for (int state = 1; state < kStates; ++state) {
        reach(state);
        int records = 0;
        for (const Event& event :
             {Event{EndOrdered{{EndCause::shutting_down, Side::gateway, {}, {}}}}, Event{MediaClosed{}}}) {
            happens(event);
            if (asked<WriteRecord>() != nullptr) ++records;
            if (asked<Retire>() != nullptr) break;
        }
        EXPECT_EQ(records, 1) << "state " << state;
    }
}

}  // namespace
}  // namespace causeway::call
