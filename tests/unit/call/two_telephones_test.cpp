// A page hands one telephone over to another that need not know REFER: the gateway calls it and joins the
// two.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

constexpr DialogId kNew{78};

std::string phone_sdp(const std::string& direction) {
    return kPhoneSdp + ("a=" + direction + "\r\n");
}

class TwoTelephones : public CallTest {
  protected:
    TwoTelephones() {
        config::Trunk other = config->trunks[0];
        other.name = "other";
        other.address = "192.0.2.10";
        other.codecs = {sdp::Codec::pcma};
        config->trunks.push_back(other);
        config::Trunk third = other;
        third.name = "third";
        third.address = "192.0.2.11";
        config->trunks.push_back(third);
        config::TrunkGroup group;
        group.name = "both";
        group.trunks = {{"other", 1, 1}, {"third", 2, 1}};
        config->trunk_groups = {group};
        for (const auto& [to, target] : {std::pair{"8*", "other"}, std::pair{"7*", "both"}}) {
            config::Route over;
            over.to = to;
            over.target = config::RouteTarget::trunk;
            over.target_name = target;
            config->routes.insert(config->routes.begin(), over);
        }
        dial_plan = std::make_unique<routing::DialPlan>(*config);
        identity.trunks["other"];
        identity.trunks["third"];
    }

    /// The registry's part.
    void goes_on(const Event& event) {
        happens(event);
        if (asked<InviteElsewhere>() != nullptr) call.other->dialog = kNew;
    }
    void page_transfers(const std::string& to) {
        happens(PageTransfers{kPage, to});
        goes_on(OtherOpened{SocketAddress::parse("127.0.0.1", 20002).value()});
    }
    void two_talk() {
        browser_call_up_to_talking();
        page_transfers("801");
        happens(NewLegAnswered{kPhoneSdpOfOther()});
    }
    static std::string kPhoneSdpOfOther() {
        return "v=0\r\no=phone 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
               "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
    }
    const EndDialog* ended(DialogId dialog) const {
        for (const Action& action : actions) {
            const auto* end = std::get_if<EndDialog>(&action);
            if (end != nullptr && end->dialog == dialog) return end;
        }
        return nullptr;
    }
    std::string state() const {
        const auto* news = told<http::TransferNews>(kPage);
        return news == nullptr ? "" : news->state;
    }
};

TEST_F(TwoTelephones, a_telephone_that_refuses_to_be_referred_is_joined_with_the_target) {
    for (const int status : {403, 405, 420, 501, 603}) {
        reset();
        browser_call_up_to_talking();
        happens(PageTransfers{kPage, "912"});
        ASSERT_NE(asked<Refer>(), nullptr) << status;
        happens(SipReferProgress{status, true});
        EXPECT_NE(asked<OpenOther>(), nullptr) << status;
        EXPECT_EQ(state(), "");
        EXPECT_EQ(call.phase, Phase::talking);
    }
}

TEST_F(TwoTelephones, a_refusal_that_comes_after_the_yes_is_the_targets) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "912"});
    happens(SipReferProgress{202, false});
    happens(SipReferProgress{603, true});
    EXPECT_EQ(asked<OpenOther>(), nullptr);
    EXPECT_EQ(state(), "failed");
}

TEST_F(TwoTelephones, who_does_not_allow_refer_or_cannot_get_there_is_not_asked) {
    browser_call_up_to_invite();
    happens(SipCapabilities{true, false});
    happens(SipAnswered{kPhoneSdp});
    happens(PageTransfers{kPage, "912"});
    EXPECT_EQ(asked<Refer>(), nullptr);
    EXPECT_NE(asked<OpenOther>(), nullptr);
    reset();
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "801"});
    EXPECT_EQ(asked<Refer>(), nullptr) << "another trunk";
    EXPECT_NE(asked<OpenOther>(), nullptr);
}

TEST_F(TwoTelephones, the_target_is_called_as_the_user_calls_and_the_page_leaves_when_it_answers) {
    browser_call_up_to_talking();
    page_transfers("801");
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    const sip::OutboundInvite& invite = asked<InviteElsewhere>()->invite;
    EXPECT_EQ(invite.request_uri, "sip:801@192.0.2.10");
    EXPECT_NE(invite.from_uri.find("12155551212"), std::string::npos) << invite.from_uri;
    EXPECT_NE(invite.sdp.find("m=audio 20002 "), std::string::npos) << "a place of its own";
    for (const auto& [name, value] : invite.headers) {
        EXPECT_NE(name, "Diversion");
        EXPECT_NE(name, "Referred-By");
    }
    EXPECT_EQ(call.dialog, kDialog);
    EXPECT_EQ(call.record.trunk, "carrier");
    happens(NewLegProgress{180, ""});
    EXPECT_EQ(state(), "ringing");

    happens(NewLegAnswered{kPhoneSdpOfOther()});
    EXPECT_EQ(state(), "done");
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "transferred");
    EXPECT_EQ(ended(kDialog), nullptr);
    EXPECT_EQ(ended(kNew), nullptr);
    ASSERT_NE(asked<JoinTelephones>(), nullptr);
    const JoinTelephones& join = *asked<JoinTelephones>();
    EXPECT_EQ(join.own.rtp.port(), 4000);
    EXPECT_EQ(join.other.rtp.port(), 5000);
    EXPECT_EQ(join.plan.browser_to_sip.from.codec, sdp::Codec::pcma);
    EXPECT_EQ(join.plan.browser_to_sip.to.codec, sdp::Codec::pcmu);
    EXPECT_FALSE(join.plan.browser_to_sip.pass_through);
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_EQ(call.record.transferred_to, "801");
    ASSERT_TRUE(call.record.bridged);
    EXPECT_EQ(call.record.bridged->trunk, "other");
    EXPECT_NE(call.record.bridged->sip_call_id, call.record.sip_call_id);
    EXPECT_EQ(call.slot, "carrier");
    EXPECT_EQ(call.other->slot, "other");
}

TEST_F(TwoTelephones, the_bye_of_either_ends_both) {
    two_talk();
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_NE(ended(kNew), nullptr);
    EXPECT_EQ(ended(kDialog), nullptr);
    EXPECT_EQ(call.phase, Phase::ended);
    reset();
    two_talk();
    happens(NewLegEnded{{{EndCause::hangup, Side::sip, {}, {}}}});
    EXPECT_NE(ended(kDialog), nullptr);
    EXPECT_EQ(ended(kNew), nullptr);
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(call.record.trunk, "carrier");
    media::MediaStatistics last;
    last.other_codec = "PCMA";
    happens(MediaClosed{last});
    ASSERT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>()->record.bridged->leg.codec, "PCMA");
    EXPECT_EQ(asked<WriteRecord>()->record.reason.cause, EndCause::hangup);
}

TEST_F(TwoTelephones, the_page_cannot_reach_into_the_call_that_it_left) {
    two_talk();
    for (const Event& event :
         {Event{PageHungUp{kPage}}, Event{PageDigit{kPage, '1', 100}}, Event{PageGone{kPage}},
          Event{PageTransfers{kPage, "912"}}, Event{PageReoffer{kPage, kBrowserOffer}}}) {
        happens(event);
        EXPECT_TRUE(actions.empty()) << event.index();
    }
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TwoTelephones, hold_and_resume_of_either_are_passed_to_the_other) {
    two_talk();
    happens(SipReoffer{phone_sdp("sendonly")});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_FALSE(asked<AnswerReoffer>()->dialog);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_EQ(asked<Reoffer>()->dialog, kNew);
    EXPECT_NE(asked<Reoffer>()->sdp.find("a=sendonly"), std::string::npos);
    EXPECT_NE(asked<JoinTelephones>(), nullptr);
    happens(OfOther<SipReofferAnswered>{{kPhoneSdpOfOther() + "a=recvonly\r\n"}});
    EXPECT_EQ(asked<Reoffer>(), nullptr) << "who answers a hold does not hold";
    happens(SipReoffer{phone_sdp("sendrecv")});
    EXPECT_NE(asked<AnswerReoffer>()->sdp.find("a=sendrecv"), std::string::npos);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_NE(asked<Reoffer>()->sdp.find("a=sendrecv"), std::string::npos);

    happens(OfOther<SipReofferAnswered>{{kPhoneSdpOfOther()}});
    happens(OfOther<SipReoffer>{{kPhoneSdpOfOther() + "a=sendonly\r\n"}});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_EQ(asked<AnswerReoffer>()->dialog, kNew);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_EQ(asked<Reoffer>()->dialog, kDialog);
    ASSERT_NE(asked<JoinTelephones>(), nullptr);
    EXPECT_EQ(asked<JoinTelephones>()->own.rtp.port(), 4000) << "never the wrong way round";
    EXPECT_EQ(asked<JoinTelephones>()->other.rtp.port(), 5000);
    EXPECT_EQ(asked<JoinTelephones>()->other.direction, sdp::Direction::sendonly);
}

TEST_F(TwoTelephones, a_telephone_that_the_page_held_is_taken_back_for_the_new_one) {
    browser_call_up_to_talking();
    MediaReoffered held{media_opened().answer};
    held.answer.agreed.direction = sdp::Direction::sendonly;
    happens(PageReoffer{kPage, kBrowserOffer});
    happens(held);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    happens(SipReofferAnswered{phone_sdp("recvonly")});
    page_transfers("801");
    EXPECT_NE(asked<InviteElsewhere>()->invite.sdp.find("a=sendrecv"), std::string::npos);
    happens(NewLegAnswered{kPhoneSdpOfOther()});
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_NE(asked<Reoffer>()->sdp.find("a=sendrecv"), std::string::npos);
    EXPECT_EQ(asked<Reoffer>()->dialog.value_or(kDialog), kDialog);
}

TEST_F(TwoTelephones, a_re_invite_without_an_offer_is_answered_in_the_ack_of_its_own_leg) {
    two_talk();
    happens(OfOther<SipReoffer>{{""}});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_EQ(asked<AnswerReoffer>()->dialog, kNew);
    EXPECT_NE(asked<AnswerReoffer>()->sdp.find("PCMA"), std::string::npos);
    happens(OfOther<SipAcknowledged>{{kPhoneSdpOfOther()}});
    ASSERT_NE(asked<JoinTelephones>(), nullptr);
    EXPECT_EQ(asked<JoinTelephones>()->other.rtp.port(), 5000);
}

TEST_F(TwoTelephones, nonsense_of_one_is_refused_and_the_call_goes_on) {
    two_talk();
    happens(OfOther<SipReoffer>{{"v=0\r\n"}});
    ASSERT_NE(asked<RefuseReoffer>(), nullptr);
    EXPECT_EQ(asked<RefuseReoffer>()->dialog, kNew);
    happens(OfOther<SipReferred>{});
    EXPECT_EQ(asked<AnswerReferral>()->status, 603);
    EXPECT_EQ(asked<AnswerReferral>()->dialog, kNew);
    happens(SipReferred{});
    EXPECT_EQ(asked<AnswerReferral>()->status, 603);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TwoTelephones, keys_by_info_reach_the_other_telephone) {
    two_talk();
    happens(SipDigit{'5', 100});
    ASSERT_NE(asked<SendDigit>(), nullptr);
    EXPECT_TRUE(asked<SendDigit>()->to_other);
    happens(OfOther<SipDigit>{{'6', 100}});
    ASSERT_NE(asked<SendDigit>(), nullptr);
    EXPECT_FALSE(asked<SendDigit>()->to_other);
    happens(MediaDigit{'7', 100});
    EXPECT_TRUE(actions.empty()) << "already sent on as an event";
    call.other->digit_way = DigitWay::info;
    happens(MediaDigit{'7', 100});
    ASSERT_NE(asked<SendInfo>(), nullptr);
    EXPECT_EQ(asked<SendInfo>()->dialog, kNew);
}

TEST_F(TwoTelephones, a_target_that_does_not_answer_leaves_the_page_with_its_telephone) {
    browser_call_up_to_talking();
    page_transfers("801");
    happens(NewLegEnded{{from_sip_status(486, "Busy Here")}});
    EXPECT_EQ(state(), "failed");
    EXPECT_EQ(told<http::TransferNews>(kPage)->sip_status, 486);
    EXPECT_NE(asked<CloseOther>(), nullptr);
    EXPECT_FALSE(call.other);
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_FALSE(call.record.bridged);
    happens(PageHungUp{kPage});
    EXPECT_NE(ended(kDialog), nullptr);
}

TEST_F(TwoTelephones, an_answer_that_cannot_be_used_ends_only_the_new_one) {
    browser_call_up_to_talking();
    page_transfers("801");
    happens(NewLegAnswered{"v=0\r\n"});
    EXPECT_NE(ended(kNew), nullptr);
    EXPECT_EQ(state(), "failed");
    EXPECT_EQ(call.dialog, kDialog);
}

TEST_F(TwoTelephones, the_next_trunk_of_the_group_is_tried_when_the_first_is_ill) {
    browser_call_up_to_talking();
    page_transfers("701");
    EXPECT_EQ(asked<InviteElsewhere>()->invite.request_uri, "sip:701@192.0.2.10");
    goes_on(NewLegEnded{{from_sip_status(503, "")}});
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    EXPECT_EQ(asked<InviteElsewhere>()->invite.request_uri, "sip:701@192.0.2.11");
    EXPECT_EQ(state(), "");
    EXPECT_EQ(call.record.trunk, "carrier");
    happens(NewLegEnded{{from_sip_status(503, "")}});
    EXPECT_EQ(state(), "failed");
}

TEST_F(TwoTelephones, a_page_that_hangs_up_meanwhile_leaves_the_rest_to_the_gateway) {
    browser_call_up_to_talking();
    page_transfers("801");
    happens(PageHungUp{kPage});
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "transferred");
    EXPECT_NE(asked<ReleaseBrowser>(), nullptr);
    EXPECT_EQ(ended(kDialog), nullptr);
    happens(NewLegAnswered{kPhoneSdpOfOther()});
    EXPECT_NE(asked<JoinTelephones>(), nullptr);
    reset();
    browser_call_up_to_talking();
    page_transfers("801");
    happens(PageGone{kPage});
    happens(NewLegEnded{{from_sip_status(486, "Busy Here")}});
    EXPECT_NE(ended(kDialog), nullptr) << "nobody is left to talk to";
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(TwoTelephones, a_telephone_that_hangs_up_meanwhile_ends_all) {
    browser_call_up_to_talking();
    page_transfers("801");
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_NE(ended(kNew), nullptr);
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(TwoTelephones, without_a_port_or_time_the_transfer_fails_and_the_call_goes_on) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "801"});
    happens(OtherRefused{"no port is free"});
    EXPECT_EQ(state(), "failed");
    overloaded = true;
    happens(PageTransfers{kPage, "801"});
    EXPECT_EQ(asked<OpenOther>(), nullptr);
    EXPECT_FALSE(call.transfer);
    overloaded = false;
    happens(OtherOpened{SocketAddress::parse("127.0.0.1", 20002).value()});
    EXPECT_EQ(asked<InviteElsewhere>(), nullptr) << "too late";
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TwoTelephones, a_called_page_may_hand_its_caller_over) {
    phone_call_up_to_talking();
    call.record.user = "alice";
    page_transfers("801");
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    EXPECT_NE(asked<InviteElsewhere>()->invite.from_uri.find("12155551212"), std::string::npos);
    happens(NewLegAnswered{kPhoneSdpOfOther()});
    EXPECT_NE(asked<JoinTelephones>(), nullptr);
    EXPECT_EQ(call.record.from, "5551000");
}

/// Attended: this call hands its telephone over to the page's other call, or takes that one's in.
class AttendedWithoutRefer : public TwoTelephones {
  protected:
    void page_brings_together() {
        happens(PageTransfers{kPage, "", OtherCall{kNew, "other", "801", true, CallId{0xdef}}});
    }
    void page_holds() {
        MediaReoffered held{media_opened().answer};
        held.answer.agreed.direction = sdp::Direction::inactive;
        happens(held);
    }
    void leg_is_wanted() {
        happens(LegWanted{CallId{0xdef}, SocketAddress::parse("127.0.0.1", 20006).value(), "801"});
    }
    static LegArrived arrived() {
        auto leg = std::make_shared<SipLeg>();
        leg->phase = Phase::talking;
        leg->dialog = kNew;
        leg->slot = "other";
        leg->sip_remote = sdp::parse_sip_offer(kPhoneSdpOfOther()).value();
        return {leg};
    }
};

TEST_F(AttendedWithoutRefer, the_other_calls_telephone_is_fetched_and_the_two_are_joined) {
    browser_call_up_to_talking();
    page_brings_together();
    EXPECT_EQ(asked<Refer>(), nullptr);
    ASSERT_NE(asked<OpenOther>(), nullptr);
    happens(OtherOpened{SocketAddress::parse("127.0.0.1", 20002).value()});
    ASSERT_NE(asked<FetchLeg>(), nullptr);
    EXPECT_EQ(asked<FetchLeg>()->from, CallId{0xdef});
    EXPECT_EQ(asked<FetchLeg>()->wanted.sip_rtp.port(), 20002);
    EXPECT_EQ(asked<FetchLeg>()->wanted.to, "911");
    happens(arrived());
    ASSERT_NE(asked<JoinTelephones>(), nullptr);
    EXPECT_EQ(asked<JoinTelephones>()->other.rtp.port(), 5000);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "transferred");
    EXPECT_EQ(call.record.transferred_to, "801");
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_NE(ended(kNew), nullptr);
}

TEST_F(AttendedWithoutRefer, a_refused_refer_comes_to_the_same) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "", OtherCall{kNew, "carrier", "913", true, CallId{0xdef}}});
    ASSERT_NE(asked<Refer>(), nullptr);
    happens(SipReferProgress{603, true});
    EXPECT_NE(asked<OpenOther>(), nullptr);
}

TEST_F(AttendedWithoutRefer, a_telephone_that_stays_where_it_was_is_a_transfer_that_failed) {
    browser_call_up_to_talking();
    page_brings_together();
    happens(OtherOpened{SocketAddress::parse("127.0.0.1", 20002).value()});
    happens(LegStayed{from_sip_status(488, "")});
    EXPECT_EQ(state(), "failed");
    EXPECT_NE(asked<CloseOther>(), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);
    happens(arrived());
    EXPECT_NE(ended(kNew), nullptr) << "nobody waits for it any more";
    happens(PageTransfers{kPage, "", OtherCall{kNew, "other", "801", true, call.id}});
    EXPECT_EQ(state(), "failed") << "with itself";
}

TEST_F(AttendedWithoutRefer, the_telephone_gets_a_new_address_and_new_keys_and_its_dialog_moves) {
    config->trunks[0].srtp = sdp::SrtpPolicy::optional;
    browser_call_up_to_talking();
    const std::string before = call.described.sdp;
    happens(LegWanted{CallId{0xdef}, SocketAddress::parse("127.0.0.1", 20006).value(), "801"});
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_NE(asked<Reoffer>()->sdp.find("m=audio 20006 "), std::string::npos);
    const auto key = [](const std::string& sdp) { return sdp.substr(sdp.find("inline:"), 30); };
    EXPECT_NE(key(before), key(asked<Reoffer>()->sdp));
    happens(PageHungUp{kPage});
    EXPECT_TRUE(actions.empty()) << "it ends by itself";
    happens(SipReofferAnswered{kPhoneSdp});
    EXPECT_EQ(ended(kDialog), nullptr) << "no BYE: the dialog lives on";
    ASSERT_NE(asked<HandLegOver>(), nullptr);
    EXPECT_EQ(asked<HandLegOver>()->to, CallId{0xdef});
    EXPECT_EQ(asked<HandLegOver>()->leg->dialog, kDialog);
    EXPECT_EQ(asked<HandLegOver>()->leg->slot, "carrier");
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "transferred");
    EXPECT_EQ(call.record.transferred_to, "801");
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(AttendedWithoutRefer, a_telephone_that_refuses_the_new_address_goes_on_as_before) {
    browser_call_up_to_talking();
    const auto rtp = call.sip_rtp;
    happens(LegWanted{CallId{0xdef}, SocketAddress::parse("127.0.0.1", 20006).value(), "801"});
    happens(SipReoffer{phone_sdp("sendonly")});
    EXPECT_EQ(asked<RefuseReoffer>()->status, 491);
    happens(SipReofferRefused{488});
    ASSERT_NE(asked<KeepLeg>(), nullptr);
    EXPECT_EQ(asked<KeepLeg>()->wanted_by, CallId{0xdef});
    EXPECT_EQ(call.sip_rtp, rtp);
    EXPECT_EQ(call.dialog, kDialog);
    EXPECT_EQ(call.record.transferred_to, "");
    happens(SipReoffer{phone_sdp("sendonly")});
    EXPECT_NE(asked<AnswerReoffer>(), nullptr);
    happens(LegWanted{CallId{0xdef}, rtp, "801"});
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_NE(asked<KeepLeg>(), nullptr) << "gone is gone";
}

TEST_F(TwoTelephones, nobody_takes_the_place_of_either) {
    two_talk();
    SipReplaces replaces{phone_calls("911").invite};
    replaces.invite.dialog = DialogId{99};
    happens(replaces);
    ASSERT_NE(ended(DialogId{99}), nullptr);
    EXPECT_EQ(sip_status(ended(DialogId{99})->reason), 603);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(AttendedWithoutRefer, what_becomes_of_a_hold_is_not_taken_for_the_answer_to_the_move) {
    for (const Event& of_hold :
         {Event{SipReofferAnswered{phone_sdp("inactive")}}, Event{SipReofferRefused{488}}}) {
        reset();
        browser_call_up_to_talking();
        page_holds();
        ASSERT_NE(asked<Reoffer>(), nullptr);
        leg_is_wanted();
        EXPECT_TRUE(actions.empty()) << "one offer at a time";
        happens(of_hold);
        EXPECT_EQ(asked<HandLegOver>(), nullptr);
        EXPECT_EQ(asked<KeepLeg>(), nullptr);
        ASSERT_NE(asked<Reoffer>(), nullptr);
        EXPECT_NE(asked<Reoffer>()->sdp.find("m=audio 20006 "), std::string::npos);
        happens(SipReofferAnswered{kPhoneSdp});
        EXPECT_NE(asked<HandLegOver>(), nullptr);
        EXPECT_EQ(call.phase, Phase::ended);
    }
}

TEST_F(AttendedWithoutRefer, a_page_that_hung_up_meanwhile_is_obeyed_when_the_telephone_stays) {
    browser_call_up_to_talking();
    leg_is_wanted();
    happens(PageHungUp{kPage});
    EXPECT_TRUE(actions.empty());
    happens(SipReofferRefused{488});
    EXPECT_NE(asked<KeepLeg>(), nullptr);
    EXPECT_NE(ended(kDialog), nullptr);
    ASSERT_NE(told<http::Ended>(kPage), nullptr);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "hangup");
    EXPECT_EQ(call.record.transferred_to, "");
}

TEST_F(AttendedWithoutRefer, a_hold_meanwhile_is_told_to_the_telephone_when_it_stays) {
    browser_call_up_to_talking();
    leg_is_wanted();
    page_holds();
    EXPECT_EQ(asked<Reoffer>(), nullptr);
    happens(SipReofferRefused{488});
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_NE(asked<Reoffer>()->sdp.find("a=inactive"), std::string::npos);
    EXPECT_EQ(asked<Reoffer>()->sdp.find("m=audio 20006 "), std::string::npos);
}

TEST_F(AttendedWithoutRefer, nobody_takes_the_place_of_a_telephone_that_is_to_be_joined_with_another) {
    SipReplaces replaces{phone_calls("911").invite};
    replaces.invite.dialog = DialogId{99};
    const auto is_refused = [&] {
        happens(replaces);
        ASSERT_NE(ended(DialogId{99}), nullptr);
        EXPECT_EQ(sip_status(ended(DialogId{99})->reason), 491);
        EXPECT_EQ(call.dialog, kDialog);
    };
    browser_call_up_to_talking();
    page_transfers("801");
    happens(PageHungUp{kPage});
    is_refused();
    happens(NewLegAnswered{kPhoneSdpOfOther()});
    EXPECT_NE(asked<JoinTelephones>(), nullptr) << "the page has left it to the gateway";
    reset();
    browser_call_up_to_talking();
    leg_is_wanted();
    is_refused();
    happens(SipReferred{});
    EXPECT_EQ(asked<AnswerReferral>()->status, 491);
    happens(SipReofferAnswered{kPhoneSdp});
    EXPECT_NE(asked<HandLegOver>(), nullptr);
    reset();
    browser_call_up_to_talking();
    page_brings_together();
    is_refused();
}

TEST_F(TwoTelephones, a_page_that_never_connected_may_leave_before_its_time_is_up) {
    browser_call_up_to_talking();
    call.browser_connected = false;
    page_transfers("801");
    happens(NewLegAnswered{kPhoneSdpOfOther()});
    bool disarmed = false;
    for (const Action& action : actions) {
        const auto* disarm = std::get_if<DisarmTimer>(&action);
        disarmed = disarmed || (disarm != nullptr && disarm->kind == TimerKind::connecting);
    }
    EXPECT_TRUE(disarmed);
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(call.phase, Phase::talking);
}

}  // namespace
}  // namespace causeway::call
