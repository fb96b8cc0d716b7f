// Who calls from SIP is verified before any page rings; what the trunk's policy makes of a failure, what
// pages are told, and what the gateway itself vouches for towards the browser.
#include <algorithm>
#include <boost/json.hpp>

#include "call_fixture.hpp"
#include "core/jose/base64.hpp"

namespace causeway::call {
namespace {

using identity::Attestation;
using identity::InboundStir;
using identity::OnFail;
using identity::PassportVerdict;

constexpr std::int64_t kNow = 1795266000;

class IncomingIdentity : public CallTest {
  protected:
    IncomingIdentity() {
        now = std::chrono::system_clock::from_time_t(kNow);
        trust().stir_in = InboundStir::verify;
    }

    identity::TrunkTrust& trust() { return identity.trunks["carrier"].trust; }

    static SipInvited signed_call(const std::string& from = "+12155550000") {
        SipInvited invited = phone_calls("+12155551212");
        invited.invite.from_user = from;
        invited.invite.from_display = "Bob";
        invited.invite.from_uri = "sip:" + from + "@192.0.2.9";
        invited.invite.to_uri = "sip:+12155551212@gw.example";
        invited.invite.request_uri = "sip:+12155551212@192.0.2.1";
        invited.invite.date = kNow - 1;
        invited.invite.identity = {"first;info=<https://a.example>", "second;info=<https://b.example>"};
        return invited;
    }
    static PassportsChecked valid(Attestation attestation = Attestation::a) {
        PassportsChecked checked;
        checked.verdict.result = PassportVerdict::Result::valid;
        checked.verdict.attestation = attestation;
        checked.verdict.origin = "12155550000";
        checked.verdict.signer = "SHAKEN 1234";
        return checked;
    }
    static PassportsChecked invalid(int code, std::string why) {
        PassportsChecked checked;
        checked.verdict.result = PassportVerdict::Result::invalid;
        checked.verdict.code = code;
        checked.verdict.why = std::move(why);
        return checked;
    }
    template <class Wanted>
    std::ptrdiff_t position() const {
        const auto at = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
            return std::holds_alternative<Wanted>(action);
        });
        return at == actions.end() ? -1 : at - actions.begin();
    }
};

TEST_F(IncomingIdentity, no_page_rings_before_the_signatures_are_verified) {
    happens(signed_call());
    EXPECT_EQ(call.phase, Phase::checking);
    EXPECT_NE(asked<CheckPassports>(), nullptr);
    EXPECT_NE(asked<ArmTimer>(), nullptr);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
    EXPECT_EQ(asked<Progress>(), nullptr) << "180 would say that somebody hears it";
    happens(PageAccepted{kPage, kBrowserOffer});
    EXPECT_TRUE(actions.empty());
    happens(valid());
    EXPECT_EQ(call.phase, Phase::ringing);
    EXPECT_NE(told<http::Incoming>(kPage), nullptr);
    EXPECT_NE(told<http::Incoming>(kOtherPage), nullptr);
    EXPECT_EQ(asked<Progress>()->status, 180);
}

TEST_F(IncomingIdentity, all_of_the_signalling_is_given_to_the_verifier) {
    trust().trusted = true;
    trust().pai_accepted = true;
    trust().origin_from = identity::OriginSource::pai;
    trust().stir_in = InboundStir::require;
    identity.freshness = 45;
    SipInvited invited = signed_call();
    invited.invite.asserted_identity = "<sip:+12155550000@carrier.example>";
    invited.invite.sdp += "a=fingerprint:sha-256 AA:BB\r\n";
    happens(invited);
    const auto* check = asked<CheckPassports>();
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(check->request.from, "<sip:+12155550000@192.0.2.9>");
    EXPECT_EQ(check->request.pai, "<sip:+12155550000@carrier.example>");
    EXPECT_EQ(check->request.to, "<sip:+12155551212@gw.example>");
    EXPECT_EQ(check->request.request_uri, "sip:+12155551212@192.0.2.1");
    EXPECT_EQ(check->request.date, identity::sip_date(kNow - 1));
    EXPECT_EQ(check->request.now, kNow);
    EXPECT_EQ(check->request.identity, invited.invite.identity);
    ASSERT_EQ(check->request.sdp_fingerprints.size(), 1u);
    EXPECT_EQ(check->request.sdp_fingerprints[0].digest, "AA:BB");
    EXPECT_TRUE(check->policy.require);
    EXPECT_EQ(check->policy.origin, identity::OriginSource::pai);
    EXPECT_EQ(check->policy.freshness, 45);
}

TEST_F(IncomingIdentity, an_assertion_of_the_network_is_not_shown_to_the_verifier_when_it_is_not_believed) {
    SipInvited invited = signed_call();
    invited.invite.asserted_identity = "<sip:+19995550000@carrier.example>";
    happens(invited);
    ASSERT_NE(asked<CheckPassports>(), nullptr);
    EXPECT_FALSE(asked<CheckPassports>()->request.pai);
}

TEST_F(IncomingIdentity, unsigned_calls_ring_at_once_unless_a_signature_is_required) {
    SipInvited unsigned_call = signed_call();
    unsigned_call.invite.identity.clear();
    happens(unsigned_call);
    EXPECT_EQ(call.phase, Phase::ringing);
    EXPECT_EQ(told<http::Incoming>(kPage)->caller.verstat, "No-TN-Validation");

    reset();
    trust().stir_in = InboundStir::ignore;
    happens(signed_call());
    EXPECT_EQ(asked<CheckPassports>(), nullptr);
    EXPECT_EQ(call.phase, Phase::ringing);

    reset();
    trust().stir_in = InboundStir::require;
    happens(unsigned_call);
    EXPECT_EQ(call.phase, Phase::checking);
    PassportsChecked none;
    none.verdict.code = 428;
    happens(none);
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 428);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
}

TEST_F(IncomingIdentity, a_verified_caller_is_told_to_the_pages_and_the_record) {
    happens(signed_call());
    happens(valid());
    const auto* incoming = told<http::Incoming>(kPage);
    ASSERT_NE(incoming, nullptr);
    EXPECT_EQ(incoming->caller, (http::CallerInfo{.number = "+12155550000",
                                                  .display = "Bob",
                                                  .verstat = "TN-Validation-Passed",
                                                  .attest = "A",
                                                  .method = "stir",
                                                  .signer = "SHAKEN 1234",
                                                  .reason = {}}));
    EXPECT_EQ(incoming->from, "+12155550000");
    const accounting::IdentityFigures& figures = call.record.identity;
    EXPECT_EQ(figures.source, "stir");
    EXPECT_EQ(figures.rule, "S1");
    EXPECT_EQ(figures.verdict, "valid");
    EXPECT_EQ(figures.attest, "A");
    EXPECT_EQ(figures.signer, "SHAKEN 1234");
    EXPECT_EQ(figures.presented, "+12155550000");
    EXPECT_EQ(asked<AddResponseHeader>(), nullptr);
}

TEST_F(IncomingIdentity, each_failure_is_refused_with_its_code_where_the_trunk_says_so) {
    trust().on_fail = OnFail::reject;
    for (const int status : {436, 437, 438, 403}) {
        SCOPED_TRACE(status);
        reset();
        happens(signed_call());
        happens(invalid(status, "signature: does not verify"));
        EXPECT_EQ(call.phase, Phase::ended);
        ASSERT_NE(asked<EndDialog>(), nullptr);
        const EndReason& reason = asked<EndDialog>()->reason;
        EXPECT_EQ(reason.cause, EndCause::caller_unverified);
        EXPECT_EQ(sip_status(reason), status);
        EXPECT_NE(text(reason).find("signature: does not verify"), std::string::npos) << text(reason);
        EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
        EXPECT_EQ(asked<Progress>(), nullptr);
        EXPECT_EQ(asked<WriteRecord>()->record.identity.verdict, "invalid");
        EXPECT_EQ(asked<WriteRecord>()->record.identity.reason, "signature: does not verify");
    }
}

TEST_F(IncomingIdentity, each_failure_is_tagged_in_all_responses_where_the_trunk_says_so) {
    struct Case {
        int status;
        std::string phrase;
        std::string verstat;
    };
    const std::vector<Case> cases{{436, "Bad Identity Info", "No-TN-Validation"},
                                  {437, "Unsupported Credential", "TN-Validation-Failed"},
                                  {438, "Invalid Identity Header", "TN-Validation-Failed"},
                                  {403, "Stale Date", "TN-Validation-Failed"}};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.status);
        reset();
        happens(signed_call());
        happens(invalid(one.status, "because"));
        EXPECT_EQ(call.phase, Phase::ringing);
        ASSERT_NE(asked<AddResponseHeader>(), nullptr);
        EXPECT_EQ(asked<AddResponseHeader>()->header,
                  (sip::Header{"Reason",
                               "STIR;cause=" + std::to_string(one.status) + ";text=\"" + one.phrase + '"'}));
        EXPECT_LT(position<AddResponseHeader>(), position<Progress>()) << "the 180 carries it too";
        const http::CallerInfo& caller = told<http::Incoming>(kPage)->caller;
        EXPECT_EQ(caller.verstat, one.verstat);
        EXPECT_EQ(caller.attest, "");
        EXPECT_EQ(caller.reason, "because");
    }
}

TEST_F(IncomingIdentity, forged_media_keys_are_refused_whatever_the_trunk_tolerates) {
    happens(signed_call());
    happens(invalid(438, "mky: not the fingerprints of the SDP"));
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 438);
}

TEST_F(IncomingIdentity, a_caller_who_wants_privacy_stays_unknown_to_every_page) {
    for (const std::string privacy : {"id", "user;critical", "header"}) {
        for (const bool good : {true, false}) {
            SCOPED_TRACE(privacy);
            reset();
            SipInvited invited = signed_call();
            invited.invite.privacy = privacy;
            happens(invited);
            happens(good ? valid() : invalid(438, "orig: not 12155550000"));
            const auto* incoming = told<http::Incoming>(kPage);
            ASSERT_NE(incoming, nullptr);
            EXPECT_EQ(incoming->from, "anonymous");
            EXPECT_EQ(incoming->from_display, "");
            EXPECT_EQ(incoming->caller.number, "anonymous");
            EXPECT_EQ(incoming->caller.display, "");
            EXPECT_EQ(incoming->caller.signer, "");
            EXPECT_TRUE(incoming->caller.privacy);
            EXPECT_EQ(incoming->caller.reason.find("2155550000"), std::string::npos);
            EXPECT_EQ(call.sip_caller.assured_name, "anonymous");
        }
    }
}

TEST_F(IncomingIdentity, the_number_that_was_signed_is_the_one_that_is_shown) {
    // The dial plan took the network's word, the trunk's signatures are about From.
    trust().trusted = true;
    trust().pai_accepted = true;
    trust().origin_from = identity::OriginSource::from;
    SipInvited invited = signed_call();
    invited.invite.asserted_identity = "<sip:+19995550000@carrier.example>";
    happens(invited);
    happens(valid());
    EXPECT_EQ(told<http::Incoming>(kPage)->caller.number, "+12155550000");
    EXPECT_EQ(told<http::Incoming>(kPage)->from, "+12155550000") << "not a number that nobody signed";
}

TEST_F(IncomingIdentity, signatures_that_nobody_here_can_read_are_called_so) {
    happens(signed_call());
    PassportsChecked none;
    none.verdict.why = "ppt: no Identity header field of a supported kind";
    happens(none);
    EXPECT_EQ(call.phase, Phase::ringing);
    EXPECT_EQ(told<http::Incoming>(kPage)->caller.reason, none.verdict.why);
    EXPECT_EQ(call.record.identity.reason, none.verdict.why);
    EXPECT_EQ(call.record.identity.verdict, "none");
}

TEST_F(IncomingIdentity, a_caller_that_cancels_while_it_is_checked_disturbs_no_page) {
    happens(signed_call());
    happens(SipEnded{{EndCause::cancelled, Side::sip, {}, {}}});
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(asked<EndDialog>(), nullptr);
    EXPECT_NE(asked<Retire>(), nullptr);
    happens(valid());
    EXPECT_TRUE(actions.empty());
}

TEST_F(IncomingIdentity, pages_that_left_while_it_was_checked_do_not_ring) {
    happens(signed_call());
    pages.alice = {kOtherPage};
    happens(valid());
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
    EXPECT_NE(told<http::Incoming>(kOtherPage), nullptr);

    reset();
    pages.alice = {kPage};
    happens(signed_call());
    pages.alice.clear();
    happens(valid());
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::unavailable);
}

TEST_F(IncomingIdentity, a_check_that_never_ends_is_a_certificate_that_could_not_be_fetched) {
    happens(signed_call());
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(call.phase, Phase::ringing) << "this trunk's calls go on, tagged";
    ASSERT_NE(asked<AddResponseHeader>(), nullptr);
    EXPECT_EQ(asked<AddResponseHeader>()->header.second, "STIR;cause=436;text=\"Bad Identity Info\"");
    happens(valid());
    EXPECT_TRUE(actions.empty());

    reset();
    trust().on_fail = OnFail::reject;
    happens(signed_call());
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 436);
}

class AssuredAnswer : public IncomingIdentity {
  protected:
    AssuredAnswer() {
        identity.assertions = std::make_shared<const identity::AssertionMaker>(
            identity::GatewayIdentitySettings{"gw.example", "sipgw1"}, jose::SigningKey::generate());
    }

    static MediaOpened described() {
        MediaOpened event = media_opened();
        event.answer.sdp = kBrowserOffer;
        return event;
    }
    /// The identity in the page's answer, as the gateway's own IdP proxy would tell it; "" when there is
    /// none.
    std::string assured() {
        const auto* answer = told<http::Answer>(kPage);
        if (answer == nullptr) return "no answer";
        constexpr std::string_view kAttribute = "a=identity:";
        const std::string& sdp = answer->sdp;
        const auto at = sdp.find(kAttribute);
        if (at == std::string::npos) return {};
        EXPECT_EQ(sdp.find(kAttribute, at + 1), std::string::npos) << "once";
        EXPECT_LT(at, sdp.find("m=audio")) << "at session level (RFC 8827 §5)";
        const auto value = sdp.substr(at + kAttribute.size(), sdp.find("\r\n", at) - at - kAttribute.size());
        const auto claim = boost::json::parse(*jose::decode_base64(value)).as_object();
        EXPECT_EQ(claim.at("idp").at("domain").as_string(), "gw.example");
        const auto said = identity.assertions->validate(std::string(claim.at("assertion").as_string()), kNow);
        if (!said) return said.error().detail;
        const auto told_by_proxy = boost::json::parse(*said).as_object();
        EXPECT_NE(told_by_proxy.at("contents").as_string().find("61:E3:32:A4"), std::string::npos);
        return std::string(told_by_proxy.at("identity").as_string());
    }
    void is_accepted() {
        happens(PageAccepted{kPage, kBrowserOffer});
        happens(described());
    }
};

TEST_F(AssuredAnswer, of_an_outgoing_call_is_the_gateways_never_the_dialled_numbers) {
    happens(alice_calls("911"));
    happens(described());
    EXPECT_EQ(assured(), "gateway@gw.example");
}

TEST_F(AssuredAnswer, names_a_verified_callers_number) {
    happens(signed_call());
    happens(valid());
    is_accepted();
    EXPECT_EQ(assured(), "+12155550000@gw.example");
}

TEST_F(AssuredAnswer, names_nobody_whom_it_does_not_know) {
    for (const PassportsChecked& checked :
         {valid(Attestation::b), valid(Attestation::c), invalid(438, "signature: does not verify")}) {
        reset();
        happens(signed_call());
        happens(checked);
        is_accepted();
        const std::string name = assured();
        EXPECT_TRUE(name.starts_with("caller-")) << name;
        EXPECT_EQ(name.find("2155550000"), std::string::npos) << name;
    }
}

TEST_F(AssuredAnswer, is_anonymous_for_callers_who_want_to_be) {
    SipInvited invited = signed_call();
    invited.invite.privacy = "id";
    happens(invited);
    happens(valid());
    is_accepted();
    EXPECT_EQ(assured(), "anonymous@gw.example");
}

TEST_F(AssuredAnswer, carries_nothing_when_the_gateway_is_no_identity_provider) {
    identity.assertions.reset();
    happens(alice_calls("911"));
    happens(described());
    EXPECT_EQ(assured(), "");
}

}  // namespace
}  // namespace causeway::call
