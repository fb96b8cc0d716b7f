// What the trunk's wishes about encryption and key presses make of a call.
#include <gmock/gmock.h>

#include <algorithm>

#include "call_fixture.hpp"

namespace causeway::call {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kKey[] = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n";

class SipMedia : public CallTest {
  protected:
    config::Trunk& trunk() { return config->trunks.front(); }
    static std::string phone_sdp(const std::string& profile, const std::string& lines,
                                 const std::string& formats = "0 101") {
        return "v=0\r\no=phone 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
               "m=audio 4000 " +
               profile + " " + formats + "\r\na=rtpmap:101 telephone-event/8000\r\n" + lines;
    }
    static std::string keyed(int tag) {
        return "a=crypto:" + std::to_string(tag) + " AES_CM_128_HMAC_SHA1_80 " + kKey;
    }
    static EndReason refused(int status) {
        return {.cause = EndCause::no_common_codec, .by = Side::sip, .detail = {}, .sip_status = status};
    }
    static SipReplaces takes_over(const std::string& sdp) {
        SipReplaces event{phone_calls("911", sdp).invite};
        event.invite.dialog = DialogId{78};
        event.invite.replaces = kDialog;
        return event;
    }
    void encrypted_call() {
        happens(phone_calls("+12155551212", phone_sdp("RTP/SAVP", keyed(1))));
        happens(PageAccepted{kPage, kBrowserOffer});
        happens(media_opened());
        happens(MediaConnected{});
    }
    const transcode::LanePlan& to_sip() { return asked<ConnectMedia>()->plan.browser_to_sip; }
    const transcode::LanePlan& to_browser() { return asked<ConnectMedia>()->plan.sip_to_browser; }
};

TEST_F(SipMedia, each_attempt_has_keys_of_its_own) {
    trunk().srtp = sdp::SrtpPolicy::required;
    browser_call_up_to_invite();
    const std::string first = asked<Invite>()->invite.sdp;
    EXPECT_THAT(first, HasSubstr("RTP/SAVP"));
    call.signed_identity = true;
    happens(SipEnded{refused(438)});
    const std::string second = asked<Invite>()->invite.sdp;
    EXPECT_THAT(second, HasSubstr("a=crypto:4 "));
    EXPECT_NE(first.substr(first.find("a=crypto")), second.substr(second.find("a=crypto")));
}

TEST_F(SipMedia, a_reinvite_is_answered_with_the_same_key) {
    trunk().srtp = sdp::SrtpPolicy::required;
    happens(phone_calls("+12155551212", phone_sdp("RTP/SAVP", keyed(1))));
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
    ASSERT_NE(asked<Accept>(), nullptr);
    const std::string first = asked<Accept>()->sdp;
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.agreed.protection, sdp::Protection::sdes);
    happens(SipReoffer{phone_sdp("RTP/SAVP", keyed(1) + "a=sendonly\r\n")});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    const std::string key = first.substr(first.find("a=crypto:1"), 80);
    EXPECT_THAT(asked<AnswerReoffer>()->sdp, HasSubstr(key));
}

TEST_F(SipMedia, a_new_key_of_the_telephone_reaches_the_media_and_ours_stays) {
    trunk().srtp = sdp::SrtpPolicy::required;
    happens(phone_calls("+12155551212", phone_sdp("RTP/SAVP", keyed(1))));
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
    const sdp::AgreedTransport first = asked<ConnectMedia>()->sip_remote.agreed;
    happens(SipReoffer{phone_sdp("RTP/SAVP",
                                 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                                 "inline:AAAmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n")});
    const sdp::AgreedTransport second = asked<ConnectMedia>()->sip_remote.agreed;
    EXPECT_EQ(second.send_key, first.send_key);
    EXPECT_NE(second.receive_key, first.receive_key);
    happens(SipReoffer{phone_sdp("RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_32 " + std::string(kKey))});
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.agreed.suite, sdp::CryptoSuite::aes_cm_128_sha1_32);
    // Between two suites no key is shared.
    EXPECT_NE(asked<ConnectMedia>()->sip_remote.agreed.send_key, first.send_key);
}

TEST_F(SipMedia, a_certificate_that_the_caller_has_signed_cannot_be_changed_in_the_call) {
    const auto dtls = [](const std::string& first) {
        std::string digest = first;
        for (int i = 1; i < 32; ++i) digest += ":11";
        return phone_sdp("UDP/TLS/RTP/SAVP",
                         "a=setup:actpass\r\na=rtcp-mux\r\na=fingerprint:sha-256 " + digest + "\r\n");
    };
    for (const bool is_signed : {true, false}) {
        reset();
        trunk().srtp = sdp::SrtpPolicy::optional;
        happens(phone_calls("+12155551212", dtls("AA")));
        happens(PageAccepted{kPage, kBrowserOffer});
        happens(media_opened());
        happens(MediaConnected{});
        call.sip_caller.media_bound = is_signed;
        happens(SipReoffer{dtls("AA")});
        EXPECT_NE(asked<AnswerReoffer>(), nullptr);
        for (const std::string& other : {dtls("BB"), phone_sdp("RTP/AVP", "")}) {
            happens(SipReoffer{other});
            EXPECT_EQ(asked<RefuseReoffer>() != nullptr, is_signed);
            EXPECT_EQ(call.phase, Phase::talking);
        }
    }
}

TEST_F(SipMedia, encryption_that_is_required_cannot_be_given_up_in_a_call_and_optional_one_can) {
    for (const sdp::SrtpPolicy policy : {sdp::SrtpPolicy::required, sdp::SrtpPolicy::optional}) {
        reset();
        trunk().srtp = policy;
        happens(phone_calls("+12155551212", phone_sdp("RTP/SAVP", keyed(1))));
        happens(PageAccepted{kPage, kBrowserOffer});
        happens(media_opened());
        happens(MediaConnected{});
        happens(SipReoffer{phone_sdp("RTP/AVP", "")});
        if (policy == sdp::SrtpPolicy::required) {
            ASSERT_NE(asked<RefuseReoffer>(), nullptr);
            EXPECT_EQ(asked<RefuseReoffer>()->status, 488);
            EXPECT_EQ(asked<RefuseReoffer>()->why, "this trunk takes encrypted audio only");
            EXPECT_EQ(call.sip_remote->agreed.protection, sdp::Protection::sdes);
        } else {
            ASSERT_NE(asked<AnswerReoffer>(), nullptr);
            EXPECT_EQ(asked<ConnectMedia>()->sip_remote.agreed.protection, sdp::Protection::none);
        }
        EXPECT_EQ(call.phase, Phase::talking);
    }
}

TEST_F(SipMedia, a_caller_without_encryption_is_refused_where_it_is_required_before_any_page_rings) {
    trunk().srtp = sdp::SrtpPolicy::required;
    happens(phone_calls("+12155551212"));
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 488);
    EXPECT_EQ(asked<EndDialog>()->reason.detail, "this trunk takes encrypted audio only");
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
}

TEST_F(SipMedia, an_answer_without_encryption_ends_a_call_that_requires_it) {
    trunk().srtp = sdp::SrtpPolicy::required;
    browser_call_up_to_talking();
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_THAT(asked<EndDialog>()->reason.detail, HasSubstr("not encrypted"));
    EXPECT_EQ(asked<ConnectMedia>(), nullptr);
}

TEST_F(SipMedia, optional_encryption_that_is_refused_is_offered_once_more_as_savp_and_then_given_up) {
    trunk().srtp = sdp::SrtpPolicy::optional;
    browser_call_up_to_invite();
    EXPECT_THAT(asked<Invite>()->invite.sdp, HasSubstr("RTP/AVP"));
    happens(SipEnded{refused(488)});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_THAT(asked<Invite>()->invite.sdp, HasSubstr("RTP/SAVP"));
    happens(SipEnded{refused(488)});
    EXPECT_EQ(asked<Invite>(), nullptr);
    EXPECT_EQ(call.phase, Phase::ended);
}

TEST_F(SipMedia, optional_encryption_is_content_with_a_plain_answer) {
    trunk().srtp = sdp::SrtpPolicy::optional;
    browser_call_up_to_talking();
    EXPECT_EQ(call.phase, Phase::talking);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.agreed.protection, sdp::Protection::none);
}

TEST_F(SipMedia, dtls_is_offered_with_the_certificate_of_the_media) {
    trunk().srtp = sdp::SrtpPolicy::dtls;
    browser_call_up_to_invite();
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_THAT(asked<Invite>()->invite.sdp, HasSubstr("UDP/TLS/RTP/SAVP"));
    EXPECT_THAT(asked<Invite>()->invite.sdp, HasSubstr("a=fingerprint:sha-256 CD:CD:"));
}

TEST_F(SipMedia, a_fax_offered_in_a_call_is_refused_and_the_call_goes_on) {
    phone_call_up_to_talking();
    happens(
        SipReoffer{"v=0\r\no=phone 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
                   "m=image 4002 udptl t38\r\n"});
    ASSERT_NE(asked<RefuseReoffer>(), nullptr);
    EXPECT_EQ(asked<RefuseReoffer>()->status, 488);
    EXPECT_EQ(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(SipMedia, the_trunks_packet_time_is_in_every_offer_and_the_telephones_is_sent) {
    trunk().ptime_ms = 30;
    browser_call_up_to_talking();
    EXPECT_THAT(call.described.sdp, HasSubstr("a=ptime:30\r\n"));
    happens(SipReoffer{""});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_THAT(asked<AnswerReoffer>()->sdp, HasSubstr("a=ptime:30\r\n"));
    happens(SipAcknowledged{phone_sdp("RTP/AVP", "a=ptime:60\r\na=maxptime:40\r\n")});
    EXPECT_EQ(to_sip().ptime_ms, 40);
}

TEST_F(SipMedia, a_trunk_that_makes_the_offer_is_invited_without_one_and_answered_in_the_ack) {
    trunk().late_offer = true;
    browser_call_up_to_invite();
    EXPECT_EQ(asked<Invite>()->invite.sdp, "");
    // A foretaste in an unreliable response is kept from us by the SIP side.
    happens(SipProgress{180, ""});
    happens(SipAnswered{phone_sdp("RTP/AVP", "")});
    ASSERT_NE(asked<Acknowledge>(), nullptr);
    EXPECT_THAT(asked<Acknowledge>()->sdp, HasSubstr("m=audio"));
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_TRUE(asked<ConnectMedia>()->answered);
    EXPECT_EQ(call.phase, Phase::talking);
    // From now on all is as ever.
    happens(SipReoffer{phone_sdp("RTP/AVP", "a=sendonly\r\n")});
    EXPECT_THAT(asked<AnswerReoffer>()->sdp, HasSubstr("a=recvonly"));
}

TEST_F(SipMedia, an_early_offer_is_answered_at_once_and_the_answer_of_the_call_joins_both_ways) {
    trunk().late_offer = true;
    browser_call_up_to_invite();
    happens(SipProgress{183, phone_sdp("RTP/AVP", "")});
    ASSERT_NE(asked<Acknowledge>(), nullptr);
    EXPECT_FALSE(asked<ConnectMedia>()->answered);
    EXPECT_NE(told<http::Early>(kPage), nullptr);
    happens(SipAnswered{phone_sdp("RTP/AVP", "")});
    EXPECT_TRUE(asked<ConnectMedia>()->answered);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(SipMedia, a_late_offer_that_cannot_be_met_or_never_comes_ends_the_call) {
    trunk().late_offer = true;
    for (const std::string& offer : {phone_sdp("RTP/SAVP", keyed(1)), std::string()}) {
        reset();
        browser_call_up_to_invite();
        happens(SipAnswered{offer});
        EXPECT_EQ(asked<Acknowledge>(), nullptr);
        ASSERT_NE(asked<EndDialog>(), nullptr);
    }
}

TEST_F(SipMedia, digits_go_as_events_by_default) {
    browser_call_up_to_talking();
    EXPECT_TRUE(to_sip().events_to);
    EXPECT_EQ(to_sip().digits, transcode::DigitSettings{});
    happens(PageDigit{kPage, '5', 100});
    EXPECT_NE(asked<SendDigit>(), nullptr);
    happens(BrowserDigit{'6', 100});
    EXPECT_EQ(asked<SendInfo>(), nullptr);
}

TEST_F(SipMedia, digits_go_by_info_where_that_is_wanted) {
    trunk().dtmf = config::TrunkDtmf::info;
    browser_call_up_to_talking();
    EXPECT_TRUE(to_sip().digits.elsewhere);
    happens(PageDigit{kPage, '5', 120});
    EXPECT_EQ(asked<SendDigit>(), nullptr);
    ASSERT_NE(asked<SendInfo>(), nullptr);
    EXPECT_EQ(asked<SendInfo>()->digit, '5');
    EXPECT_EQ(asked<SendInfo>()->duration_ms, 120);
    happens(BrowserDigit{'6', 100});
    ASSERT_NE(asked<SendInfo>(), nullptr);
}

TEST_F(SipMedia, tones_are_made_and_heard_in_sound_that_is_converted) {
    trunk().dtmf = config::TrunkDtmf::inband;
    browser_call_up_to_talking();
    EXPECT_TRUE(to_sip().digits.as_tones);
    EXPECT_FALSE(to_sip().events_to);
    EXPECT_FALSE(to_sip().pass_through);
    EXPECT_TRUE(to_browser().digits.hear_tones);
    EXPECT_FALSE(to_browser().pass_through);
    happens(PageDigit{kPage, '5', 100});
    EXPECT_NE(asked<SendDigit>(), nullptr);
}

TEST_F(SipMedia, automatic_digits_follow_the_answer_and_its_allow) {
    const auto way_of = [&](config::TrunkDtmf wanted, bool events, bool info) {
        reset();
        trunk().dtmf = wanted;
        browser_call_up_to_invite();
        happens(SipCapabilities{info});
        happens(SipAnswered{phone_sdp("RTP/AVP", "", events ? "0 101" : "0")});
        return call.digit_way;
    };
    using config::TrunkDtmf;
    EXPECT_EQ(way_of(TrunkDtmf::automatic, true, true), DigitWay::events);
    EXPECT_EQ(way_of(TrunkDtmf::automatic, false, true), DigitWay::tones);
    EXPECT_EQ(way_of(TrunkDtmf::automatic_info, true, true), DigitWay::events);
    EXPECT_EQ(way_of(TrunkDtmf::automatic_info, false, true), DigitWay::info);
    EXPECT_EQ(way_of(TrunkDtmf::automatic_info, false, false), DigitWay::tones);
}

TEST_F(SipMedia, a_telephone_that_takes_anothers_place_is_encrypted_by_keys_of_its_own) {
    for (const sdp::SrtpPolicy policy : {sdp::SrtpPolicy::required, sdp::SrtpPolicy::optional}) {
        reset();
        trunk().srtp = policy;
        encrypted_call();
        ASSERT_NE(asked<ConnectMedia>(), nullptr);
        const sdp::AgreedTransport first = asked<ConnectMedia>()->sip_remote.agreed;
        call.sip_caller.media_bound = true;
        happens(takes_over(phone_sdp("RTP/SAVP", keyed(1))));
        ASSERT_NE(asked<Accept>(), nullptr);
        EXPECT_THAT(asked<Accept>()->sdp, HasSubstr("a=crypto:1 "));
        ASSERT_NE(asked<ConnectMedia>(), nullptr);
        const sdp::AgreedTransport second = asked<ConnectMedia>()->sip_remote.agreed;
        EXPECT_EQ(second.protection, sdp::Protection::sdes);
        EXPECT_NE(second.send_key, first.send_key);
        EXPECT_FALSE(call.sip_caller.media_bound) << "it is not the one that has signed";
    }
}

TEST_F(SipMedia, a_takeover_without_the_encryption_that_is_required_changes_nothing) {
    trunk().srtp = sdp::SrtpPolicy::required;
    encrypted_call();
    const auto keys = call.security;
    happens(takes_over(phone_sdp("RTP/AVP", "")));
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(asked<EndDialog>()->dialog, DialogId{78});
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 488);
    EXPECT_EQ(asked<Accept>(), nullptr);
    EXPECT_EQ(call.dialog, kDialog);
    EXPECT_EQ(call.security, keys);
    happens(SipReoffer{phone_sdp("RTP/SAVP", keyed(1))});
    EXPECT_NE(asked<AnswerReoffer>(), nullptr);
}

TEST_F(SipMedia, a_hold_after_a_takeover_offers_what_the_new_telephone_agreed_to) {
    trunk().codecs = {sdp::Codec::pcmu, sdp::Codec::pcma};
    browser_call_up_to_talking();
    auto event = takes_over(phone_sdp("RTP/AVP", "", "8 101"));
    event.invite.takes_info = true;
    event.invite.takes_refer = false;
    happens(event);
    ASSERT_NE(asked<Accept>(), nullptr);
    EXPECT_TRUE(call.peer_takes_info);
    EXPECT_FALSE(call.peer_takes_refer);
    MediaReoffered held{media_opened().answer};
    held.answer.agreed.direction = sdp::Direction::inactive;
    happens(held);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_THAT(asked<Reoffer>()->sdp, HasSubstr("RTP/AVP 8 101"));
    event.invite.sdp.clear();
    event.invite.dialog = DialogId{79};
    happens(event);
    ASSERT_NE(asked<Accept>(), nullptr);
    EXPECT_EQ(call.described.sdp, asked<Accept>()->sdp);
    EXPECT_FALSE(call.offer_under_way) << "that was another dialog";
}

TEST_F(SipMedia, of_several_telephones_that_offer_early_each_is_answered_and_one_may_be_useless) {
    trunk().late_offer = true;
    browser_call_up_to_invite();
    happens(SipProgress{183, phone_sdp("RTP/SAVP", keyed(1))});
    EXPECT_EQ(call.phase, Phase::inviting);
    ASSERT_NE(asked<Acknowledge>(), nullptr);
    EXPECT_EQ(asked<Acknowledge>()->sdp, "");
    EXPECT_EQ(told<http::Early>(kPage), nullptr);
    for (int telephone = 0; telephone < 2; ++telephone) {
        happens(SipProgress{183, phone_sdp("RTP/AVP", "")});
        ASSERT_NE(asked<Acknowledge>(), nullptr) << "the same text is another telephone's, too";
        EXPECT_THAT(asked<Acknowledge>()->sdp, HasSubstr("m=audio"));
    }
    happens(SipAnswered{phone_sdp("RTP/AVP", "")});
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(SipMedia, a_caller_on_a_trunk_without_encryption_costs_no_keys_before_it_is_answered) {
    static int made;
    made = 0;
    Environment environment{*dial_plan, pages, identity, now};
    environment.make_security = [](sdp::SrtpPolicy policy, sdp::Fingerprint fingerprint) {
        ++made;
        return sdp::make_own_security(policy, std::move(fingerprint));
    };
    step(call, phone_calls("+12155551212"), environment);
    EXPECT_EQ(call.phase, Phase::ringing);
    EXPECT_EQ(made, 0);
}

}  // namespace
}  // namespace causeway::call
