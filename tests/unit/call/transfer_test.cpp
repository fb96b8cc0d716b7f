// Calls that go on with somebody else: by REFER of the telephone, by the page's wish, by Replaces, by 3xx.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

constexpr DialogId kNew{78};

class TransferTest : public CallTest {
  protected:
    TransferTest() {
        config->trunks[0].transfers = true;
        config::Trunk other = config->trunks[0];
        other.name = "other";
        other.address = "192.0.2.10";
        other.sources = {"192.0.2.10"};
        config->trunks.push_back(other);
        config::Route over;
        over.to = "8*";
        over.trunk_in = "carrier";
        over.target = config::RouteTarget::trunk;
        over.target_name = "other";
        config->routes.insert(config->routes.begin(), over);
        dial_plan = std::make_unique<routing::DialPlan>(*config);
        identity.trunks["other"];
    }

    void is_referred(const std::string& user, const std::string& replaces = "", int hops = 70) {
        sip::InboundReferral referral;
        referral.target_user = user;
        referral.replaces = replaces;
        referral.referred_by = "<sip:boss@x.test>";
        referral.max_forwards = hops;
        happens(SipReferred{referral});
        // The registry's part.
        if (asked<InviteElsewhere>() != nullptr) call.other->dialog = kNew;
    }
    std::vector<int> told_referrer() const {
        std::vector<int> all;
        for (const Action& action : actions) {
            if (const auto* tell = std::get_if<TellReferrer>(&action)) all.push_back(tell->status);
        }
        return all;
    }
    const EndDialog* ended(DialogId dialog) const {
        for (const Action& action : actions) {
            const auto* end = std::get_if<EndDialog>(&action);
            if (end != nullptr && end->dialog == dialog) return end;
        }
        return nullptr;
    }
};

TEST_F(TransferTest, a_telephone_hands_the_page_over_and_gets_its_bye_when_the_new_one_answers) {
    browser_call_up_to_talking();
    is_referred("801", "a@b;to-tag=1;from-tag=2");
    ASSERT_NE(asked<AnswerReferral>(), nullptr);
    EXPECT_EQ(asked<AnswerReferral>()->status, 202);
    EXPECT_EQ(told_referrer(), std::vector<int>{100});
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    const sip::OutboundInvite& invite = asked<InviteElsewhere>()->invite;
    EXPECT_EQ(invite.request_uri.substr(0, 19), "sip:801@192.0.2.10");
    EXPECT_EQ(asked<Invite>(), nullptr);
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "trying");
    const auto header = [&](const std::string& name) {
        for (const auto& [key, value] : invite.headers) {
            if (key == name) return value;
        }
        return std::string();
    };
    EXPECT_EQ(header("Replaces"), "a@b;to-tag=1;from-tag=2");
    EXPECT_EQ(header("Referred-By"), "<sip:boss@x.test>");
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_EQ(call.dialog, kDialog);

    happens(NewLegProgress{180, ""});
    EXPECT_EQ(told_referrer(), std::vector<int>{180});
    happens(NewLegAnswered{kPhoneSdp});
    EXPECT_EQ(told_referrer(), std::vector<int>{200});
    EXPECT_NE(ended(kDialog), nullptr);
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "done");
    EXPECT_EQ(told<http::TransferNews>(kPage)->to, "801");
    EXPECT_EQ(call.dialog, kNew);
    EXPECT_EQ(call.record.transferred_to, "801");
    EXPECT_FALSE(call.transfer);
    happens(PageHungUp{kPage});
    EXPECT_NE(ended(kNew), nullptr);
}

TEST_F(TransferTest, a_transfer_that_fails_is_told_and_the_old_call_goes_on) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(NewLegEnded{from_sip_status(486, "Busy Here")});
    EXPECT_EQ(told_referrer(), std::vector<int>{486});
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "failed");
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_EQ(call.dialog, kDialog);
    is_referred("802");
    EXPECT_EQ(asked<AnswerReferral>()->status, 202) << "and another may be tried";
}

TEST_F(TransferTest,
       the_page_hears_the_new_telephone_before_it_answers_and_the_old_one_again_if_it_does_not) {
    browser_call_up_to_talking();
    is_referred("801");
    const std::string other =
        "v=0\r\no=phone 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
        "m=audio 5000 RTP/AVP 0\r\n";
    happens(NewLegProgress{183, other});
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.rtp.port(), 5000);
    EXPECT_FALSE(asked<ConnectMedia>()->answered);
    EXPECT_TRUE(asked<ConnectMedia>()->of_other);
    EXPECT_EQ(told_referrer(), std::vector<int>{183});
    happens(NewLegProgress{183, other});
    EXPECT_EQ(asked<ConnectMedia>(), nullptr) << "only repeated";
    happens(NewLegProgress{183, "v=0\r\n"});
    EXPECT_EQ(asked<ConnectMedia>(), nullptr) << "forgiven";
    happens(NewLegEnded{from_sip_status(486, "Busy Here")});
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.rtp.port(), 4000);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TransferTest, a_referrer_that_left_does_not_silence_the_new_ones_early_sound) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(NewLegProgress{183, kPhoneSdp});
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_EQ(asked<ConnectMedia>(), nullptr);
    happens(NewLegAnswered{""});
    EXPECT_NE(asked<ConnectMedia>(), nullptr) << "the description of the 183 is the answer";
    EXPECT_EQ(call.dialog, kNew);
}

TEST_F(TransferTest, the_next_trunk_of_the_group_is_tried_for_the_telephone_too) {
    config::TrunkGroup group;
    group.name = "both";
    group.trunks = {{"other", 1, 1}, {"carrier", 2, 1}};
    config->trunk_groups = {group};
    config->routes.front().target_name = "both";
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    browser_call_up_to_talking();
    is_referred("801", "a@b;to-tag=1;from-tag=2");
    happens(NewLegEnded{from_sip_status(503, "")});
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    call.other->dialog = kNew;
    EXPECT_EQ(asked<InviteElsewhere>()->invite.request_uri, "sip:801@192.0.2.9");
    EXPECT_EQ(asked<InviteElsewhere>()->invite.headers.back().first, "Referred-By");
    EXPECT_TRUE(told_referrer().empty());
    happens(NewLegAnswered{kPhoneSdp});
    EXPECT_EQ(call.record.trunk, "carrier");
    EXPECT_EQ(call.dialog, kNew);
}

TEST_F(TransferTest, an_answer_that_cannot_be_used_is_a_failure_too) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(NewLegAnswered{"v=0\r\n"});
    EXPECT_NE(ended(kNew), nullptr);
    EXPECT_EQ(told_referrer().size(), 1U);
    EXPECT_EQ(call.dialog, kDialog);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TransferTest, the_dial_plan_decides_with_the_rights_of_the_trunk) {
    browser_call_up_to_talking();
    is_referred("911555");  // pages may call it, calls from the trunk too: no rule says trunk_in
    EXPECT_EQ(asked<AnswerReferral>()->status, 202);
    happens(NewLegEnded{from_sip_status(404, "")});
    is_referred("0900666");
    EXPECT_EQ(asked<AnswerReferral>()->status, 404);
    is_referred("+12155551212");
    EXPECT_EQ(asked<AnswerReferral>()->status, 403) << "a user's page";
    is_referred("6;isub=1");
    EXPECT_EQ(asked<AnswerReferral>()->status, 404);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TransferTest, a_trunk_that_may_not_transfer_is_refused) {
    config->trunks[0].transfers = false;
    browser_call_up_to_talking();
    is_referred("801");
    EXPECT_EQ(asked<AnswerReferral>()->status, 603);
    config->trunks[0].transfers.reset();
    is_referred("801");
    EXPECT_EQ(asked<AnswerReferral>()->status, 603) << "untrusted trunks may not by default";
}

TEST_F(TransferTest, a_transfer_without_hops_left_is_refused) {
    browser_call_up_to_talking();
    is_referred("801", "", 0);
    EXPECT_EQ(asked<AnswerReferral>()->status, 483);
}

TEST_F(TransferTest, a_telephone_that_hangs_up_after_its_refer_leaves_the_page_to_the_new_one) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_EQ(call.phase, Phase::talking);
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.direction, sdp::Direction::inactive);
    happens(NewLegAnswered{kPhoneSdp});
    EXPECT_TRUE(told_referrer().empty());
    EXPECT_EQ(call.dialog, kNew);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TransferTest, when_both_are_gone_the_call_ends_with_the_reason_of_the_new_one) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    happens(NewLegEnded{from_sip_status(486, "Busy Here")});
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "busy");
}

TEST_F(TransferTest, a_page_that_hangs_up_meanwhile_ends_both_dialogs) {
    browser_call_up_to_talking();
    is_referred("801");
    happens(PageHungUp{kPage});
    EXPECT_NE(ended(kDialog), nullptr);
    EXPECT_NE(ended(kNew), nullptr);
}

TEST_F(TransferTest, a_called_page_may_be_handed_over_too) {
    phone_call_up_to_ringing();
    call.record.user = "alice";
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
    is_referred("801");
    EXPECT_EQ(asked<AnswerReferral>()->status, 202);
    ASSERT_NE(asked<InviteElsewhere>(), nullptr);
    EXPECT_NE(asked<InviteElsewhere>()->invite.from_uri.find("12155551212"), std::string::npos)
        << asked<InviteElsewhere>()->invite.from_uri;
    EXPECT_EQ(told<http::Presented>(kPage), nullptr);
}

TEST_F(TransferTest, a_page_hands_the_telephone_over) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "9 12"});
    ASSERT_NE(asked<Refer>(), nullptr);
    EXPECT_EQ(asked<Refer>()->referral.target_uri, "sip:912@192.0.2.9");
    EXPECT_FALSE(asked<Refer>()->referral.replaces);
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "trying");
    happens(SipReferProgress{202, false});
    happens(SipReferProgress{180, false});
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "ringing");
    happens(SipReferProgress{200, true});
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "done");
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "transferred");
    EXPECT_NE(ended(kDialog), nullptr);
}

TEST_F(TransferTest, a_telephone_whose_target_does_not_take_it_stays) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "912"});
    happens(SipReferProgress{486, true});
    EXPECT_EQ(told<http::TransferNews>(kPage)->state, "failed");
    EXPECT_EQ(told<http::TransferNews>(kPage)->sip_status, 486);
    EXPECT_EQ(call.phase, Phase::talking);
    happens(PageTransfers{kPage, "913"});
    EXPECT_NE(asked<Refer>(), nullptr) << "and may be asked again";
}

TEST_F(TransferTest, a_page_hands_over_only_to_numbers_that_it_may_call) {
    browser_call_up_to_talking();
    for (const std::string to : {"5551000", "x y;z", ""}) {
        happens(PageTransfers{kPage, to});
        EXPECT_EQ(asked<Refer>(), nullptr) << to;
        EXPECT_EQ(told<http::TransferNews>(kPage)->state, "failed");
    }
    happens(PageTransfers{kOtherPage, "912"});
    EXPECT_TRUE(actions.empty()) << "not its call";
}

TEST_F(TransferTest, an_attended_transfer_needs_two_answered_calls) {
    browser_call_up_to_talking();
    happens(PageTransfers{kPage, "", OtherCall{kNew, "carrier", "913", false}});
    EXPECT_EQ(asked<Refer>(), nullptr);
    happens(PageTransfers{kPage, "", OtherCall{kNew, "carrier", "913", true}});
    ASSERT_NE(asked<Refer>(), nullptr);
    EXPECT_EQ(asked<Refer>()->referral.target_uri, "sip:913@192.0.2.9");
    EXPECT_EQ(asked<Refer>()->referral.replaces, kNew);
}

sip::InboundInvite replacing(const sip::InboundInvite& like) {
    sip::InboundInvite invite = like;
    invite.dialog = kNew;
    invite.replaces = kDialog;
    return invite;
}

TEST_F(TransferTest, another_telephone_of_the_trunk_takes_the_place_of_the_first) {
    browser_call_up_to_talking();
    happens(SipReplaces{replacing(phone_calls("911").invite)});
    EXPECT_NE(asked<Accept>(), nullptr);
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_NE(ended(kDialog), nullptr);
    EXPECT_EQ(call.dialog, kNew);
    EXPECT_EQ(told<http::TransferNews>(kPage)->to, "5551000");
}

TEST_F(TransferTest, without_a_description_it_gets_our_offer_and_answers_in_the_ack) {
    browser_call_up_to_talking();
    auto invite = replacing(phone_calls("911").invite);
    invite.sdp.clear();
    happens(SipReplaces{invite});
    ASSERT_NE(asked<Accept>(), nullptr);
    EXPECT_NE(asked<Accept>()->sdp.find("m=audio"), std::string::npos);
    happens(SipAcknowledged{kPhoneSdp});
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
}

TEST_F(TransferTest, an_early_call_is_taken_and_thereby_answered) {
    browser_call_up_to_invite();
    happens(SipReplaces{replacing(phone_calls("911").invite)});
    EXPECT_NE(asked<Accept>(), nullptr);
    EXPECT_NE(told<http::Answered>(kPage), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(TransferTest, strangers_other_trunks_and_bad_offers_take_nothing) {
    browser_call_up_to_talking();
    auto invite = replacing(phone_calls("911").invite);
    invite.source = SocketAddress::parse("192.0.2.10", 5060).value();
    happens(SipReplaces{invite});
    ASSERT_NE(ended(kNew), nullptr);
    EXPECT_EQ(sip_status(ended(kNew)->reason), 403);
    invite = replacing(phone_calls("911").invite);
    invite.sdp = "v=0\r\n";
    happens(SipReplaces{invite});
    EXPECT_EQ(sip_status(ended(kNew)->reason), 488);
    EXPECT_EQ(call.dialog, kDialog);
    EXPECT_EQ(call.phase, Phase::talking);
}

class RedirectTest : public TransferTest {
  protected:
    void follows(config::Redirects policy) {
        config->trunks[0].redirects = policy;
        browser_call_up_to_invite();
    }
};

TEST_F(RedirectTest, a_redirection_is_refused_by_default) {
    browser_call_up_to_invite();
    happens(SipRedirected{302, {{"912", "elsewhere.test"}}});
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(told<http::Ended>(kPage)->sip_status, 302);
}

TEST_F(RedirectTest, the_same_trunk_is_asked_for_the_new_number_whatever_host_it_named) {
    follows(config::Redirects::same_trunk);
    happens(SipRedirected{302, {{"912", "elsewhere.test"}}});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.request_uri, "sip:912@192.0.2.9");
    EXPECT_EQ(call.record.redirected_to, "912");
    std::string diversion;
    for (const auto& [name, value] : asked<Invite>()->invite.headers) {
        if (name == "Diversion") diversion = value;
    }
    EXPECT_EQ(diversion, "<sip:911@gw.example>;reason=unconditional;counter=1");
    happens(SipAnswered{kPhoneSdp});
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(RedirectTest, the_dial_plan_may_lead_to_another_trunk_or_nowhere) {
    follows(config::Redirects::dial_plan);
    happens(SipRedirected{302, {{"0900666", "x.test"}, {"801", "x.test"}}});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.request_uri, "sip:801@192.0.2.10");
    EXPECT_EQ(call.record.trunk, "other");
    happens(SipRedirected{302, {{"802", "x.test"}}});
    EXPECT_EQ(call.phase, Phase::ended) << "the other trunk may not redirect";
}

TEST_F(RedirectTest, a_loop_and_the_sixth_redirection_are_the_end) {
    follows(config::Redirects::same_trunk);
    happens(SipRedirected{302, {{"912", "x.test"}}});
    happens(SipRedirected{302, {{"911", "x.test"}}});
    EXPECT_EQ(call.phase, Phase::ended) << "back to where it came from";
    reset();
    browser_call_up_to_invite();
    for (int i = 0; i < 5; ++i) {
        happens(SipRedirected{302, {{"92" + std::to_string(i), "x.test"}}});
        ASSERT_NE(asked<Invite>(), nullptr) << i;
    }
    happens(SipRedirected{302, {{"929", "x.test"}}});
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(RedirectTest, a_trusted_trunk_says_who_the_call_was_for) {
    SipInvited event = phone_calls("+12155551212");
    event.invite.diversion = {"\"Front \\\"desk\\\"\" <sip:+4930111@x.test>;reason=no-answer;counter=1"};
    happens(event);
    EXPECT_EQ(told<http::Incoming>(kPage)->diverted.number, "") << "not believed";
    reset();
    config->trunks[0].trusted = true;
    happens(event);
    EXPECT_EQ(told<http::Incoming>(kPage)->diverted,
              (http::DivertedFrom{"+4930111", "Front \"desk\"", "no-answer"}));
    EXPECT_EQ(call.record.diverted_from, "+4930111");
}

}  // namespace
}  // namespace causeway::call
