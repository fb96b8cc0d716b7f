// What an INVITE says of its caller, for each trunk's trust: From, P-Asserted-Identity, Privacy, Date,
// Identity; and what becomes of it when the other side refuses the signature.
#include <boost/json.hpp>

#include "call_fixture.hpp"
#include "core/jose/jws.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::call {
namespace {

using identity::Attestation;
using identity::OutboundPai;
using identity::OutboundStir;

constexpr std::int64_t kNow = 1795266000;
constexpr const char* kUrl = "https://cert.gw.example/leaf.pem";

class SignedInvite : public CallTest {
  protected:
    SignedInvite() {
        checks_by_hand = true;
        now = std::chrono::system_clock::from_time_t(kNow);
        test::CertificateWish wish;
        wish.common_name = "SHAKEN 1234";
        wish.dns_names = {"gw.example"};
        wish.extensions = {test::tn_auth_list(test::tn_auth_list_number("12155551212"))};
        const test::TestCertificate leaf = root_.issue(wish);
        chain_pem_ = leaf.chain_pem();
        TrunkIdentity& carrier = identity.trunks["carrier"];
        carrier.signer = std::make_shared<const identity::PassportSigner>(*identity::PassportSigner::make(
            leaf.key(), *jose::CertificateChain::from_pem(chain_pem_), kUrl, kNow));
        carrier.trust.trusted = true;
        carrier.trust.pai_out = OutboundPai::send;
        carrier.trust.stir_out = OutboundStir::shaken;
        identity.numbers = identity::NumberTable(
            {identity::NumberRow{.identity = "alice@idp.example", .numbers = {"+12155551212"}}});
    }

    identity::TrunkTrust& trust() { return identity.trunks["carrier"].trust; }

    /// Alice's verified call up to its first INVITE.
    void invites(bool privacy = false) {
        PagePlaced placed = alice_calls("911");
        placed.privacy = privacy;
        happens(placed);
        CallerChecked checked;
        checked.assertion.result = identity::AssertionVerdict::Result::valid;
        checked.assertion.identity = "alice@idp.example";
        checked.assertion.provider = "idp.example";
        checked.assertion.cap = Attestation::a;
        happens(checked);
        happens(media_opened());
        happens(MediaConnected{});
    }

    std::string header(const std::string& name) const {
        const Invite* invite = asked<Invite>();
        if (invite == nullptr) return "no INVITE";
        std::string value;
        for (const auto& [key, text] : invite->invite.headers) {
            if (key != name) continue;
            EXPECT_EQ(value, "") << name << " stands twice";
            value = text;
        }
        return value;
    }

    static boost::json::object payload_of(const std::string& identity) {
        const auto parts = jose::split(identity.substr(0, identity.find(';')));
        EXPECT_TRUE(parts);
        return parts ? boost::json::parse(parts->payload).as_object() : boost::json::object{};
    }

    /// What a verifying peer says of the INVITE that was asked for.
    identity::PassportVerdict verified(identity::OriginSource source = identity::OriginSource::pai) {
        const sip::OutboundInvite& invite = asked<Invite>()->invite;
        identity::PassportRequest request;
        request.from = '<' + invite.from_uri + '>';
        if (const std::string pai = header("P-Asserted-Identity"); !pai.empty()) request.pai = pai;
        request.to = '<' + invite.to_uri + '>';
        request.request_uri = invite.request_uri;
        request.date = header("Date");
        request.now = kNow;
        request.identity = {header("Identity")};
        const auto certificate = [this](const std::string& url) -> Result<jose::CertificateChain> {
            if (url != kUrl) return Error{"another URL"};
            return identity::read_certificate(chain_pem_);
        };
        const auto roots = jose::TrustStore::from_pem(root_.pem());
        return identity::verify_passports(request, {true, source, 60}, *roots, certificate, nullptr);
    }

    static EndReason invalid_identity() {
        return {EndCause::trunk_refused, Side::sip, "Invalid Identity Header", 438};
    }

    test::TestCertificate root_ = test::TestCertificate::root();
    std::string chain_pem_;
};

TEST_F(SignedInvite, a_trusted_trunk_gets_a_shaken_passport_about_the_asserted_number) {
    invites();
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.from_uri, "sip:+12155551212@gw.example;user=phone");
    EXPECT_EQ(header("P-Asserted-Identity"), "<sip:+12155551212@gw.example;user=phone>, <tel:+12155551212>");
    EXPECT_EQ(header("Date"), identity::sip_date(kNow));
    EXPECT_EQ(header("Privacy"), "");
    const auto verdict = verified();
    EXPECT_EQ(verdict.result, identity::PassportVerdict::Result::valid) << verdict.why;
    EXPECT_EQ(verdict.attestation, Attestation::a);
    EXPECT_EQ(verdict.origin, "12155551212");
    EXPECT_EQ(verdict.signer, "SHAKEN 1234");
    const auto payload = payload_of(header("Identity"));
    EXPECT_EQ(payload.at("iat").as_int64(), kNow);
    EXPECT_FALSE(payload.contains("mky")) << "its SDP has no fingerprint";
    EXPECT_EQ(payload.at("dest").at("tn").as_array(), (boost::json::array{"911"}));
    EXPECT_EQ(call.record.identity.attest, "A");
}

TEST_F(SignedInvite, the_keys_of_dtls_srtp_are_signed_with_the_number) {
    config->trunks.front().srtp = sdp::SrtpPolicy::dtls;
    trust().mky = identity::MediaKeys::automatic;
    invites();
    ASSERT_NE(asked<Invite>(), nullptr);
    const auto payload = payload_of(header("Identity"));
    ASSERT_TRUE(payload.contains("mky"));
    EXPECT_TRUE(payload.at("mky").as_array().front().at("dig").as_string().starts_with("CDCD"));
}

TEST_F(SignedInvite, the_page_hears_how_it_is_presented_before_the_invite_leaves) {
    invites();
    const auto* presented = told<http::Presented>(kPage);
    ASSERT_NE(presented, nullptr);
    EXPECT_EQ(*presented, (http::Presented{"c1", "+12155551212", "alice@idp.example", "assertion", "A", ""}));
    EXPECT_TRUE(std::holds_alternative<Invite>(actions.back()));
}

TEST_F(SignedInvite, the_trunks_limit_of_attestation_is_kept_and_told) {
    trust().attest_max = Attestation::b;
    invites();
    EXPECT_EQ(verified().attestation, Attestation::b);
    EXPECT_EQ(told<http::Presented>(kPage)->attest, "B");
    EXPECT_NE(told<http::Presented>(kPage)->note, "");
    EXPECT_EQ(call.record.identity.attest, "B");
    EXPECT_EQ(call.record.identity.reason, told<http::Presented>(kPage)->note);
}

TEST_F(SignedInvite, an_untrusted_trunk_gets_a_base_passport_and_no_asserted_identity) {
    trust().trusted = false;
    trust().pai_out = OutboundPai::never;
    trust().stir_out = OutboundStir::base;
    invites();
    EXPECT_EQ(header("P-Asserted-Identity"), "");
    const auto verdict = verified(identity::OriginSource::from);
    EXPECT_EQ(verdict.result, identity::PassportVerdict::Result::valid) << verdict.why;
    EXPECT_EQ(verdict.attestation, Attestation::none) << "a base PASSporT has none";
    EXPECT_FALSE(payload_of(header("Identity")).contains("attest"));
}

TEST_F(SignedInvite, privacy_hides_from_and_keeps_the_assertion_inside_the_trust_domain) {
    invites(true);
    EXPECT_EQ(asked<Invite>()->invite.from_uri, "sip:anonymous@anonymous.invalid");
    EXPECT_EQ(asked<Invite>()->invite.from_display, "Anonymous");
    EXPECT_EQ(header("Privacy"), "id");
    EXPECT_EQ(header("P-Asserted-Identity"), "<sip:+12155551212@gw.example;user=phone>, <tel:+12155551212>");
    EXPECT_EQ(verified().result, identity::PassportVerdict::Result::valid);
}

TEST_F(SignedInvite, privacy_tells_an_untrusted_trunk_nothing_at_all) {
    trust().trusted = false;
    trust().pai_out = OutboundPai::never;
    invites(true);
    const sip::OutboundInvite& invite = asked<Invite>()->invite;
    EXPECT_EQ(invite.from_uri, "sip:anonymous@gw.example");
    EXPECT_EQ(header("Identity"), "");
    EXPECT_EQ(header("P-Asserted-Identity"), "");
    for (const auto& [name, value] : invite.headers) {
        EXPECT_EQ(value.find("2155551212"), std::string::npos) << name << ": " << value;
        EXPECT_EQ(value.find("alice"), std::string::npos) << name << ": " << value;
    }
}

TEST_F(SignedInvite, a_trunk_without_key_gets_nothing_signed_and_the_record_says_why) {
    identity.trunks["carrier"].signer.reset();
    invites();
    EXPECT_EQ(header("Identity"), "");
    EXPECT_EQ(call.record.identity.attest, "");
    EXPECT_NE(call.record.identity.reason.find("key"), std::string::npos) << call.record.identity.reason;
    happens(SipEnded{invalid_identity()});
    EXPECT_EQ(call.phase, Phase::ended) << "nothing was signed, so nothing would be better the second time";
}

TEST_F(SignedInvite, invalid_identity_header_is_answered_by_one_attempt_signed_anew) {
    invites();
    const std::string first_call_id = asked<Invite>()->invite.sip_call_id;
    const std::string first_identity = header("Identity");
    happens(SipProgress{183, kPhoneSdp});
    now += std::chrono::seconds(2);
    happens(SipEnded{invalid_identity()});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(call.phase, Phase::inviting);
    EXPECT_EQ(told<http::Ended>(kPage), nullptr);
    EXPECT_EQ(told<http::Presented>(kPage), nullptr) << "the page has heard it";
    EXPECT_NE(asked<Invite>()->invite.sip_call_id, first_call_id) << "another INVITE is another call to SIP";
    EXPECT_EQ(call.record.sip_call_id, asked<Invite>()->invite.sip_call_id);
    const std::string second_identity = header("Identity");
    EXPECT_NE(second_identity, first_identity);
    EXPECT_EQ(payload_of(second_identity).at("iat").as_int64(), kNow + 2);
    EXPECT_EQ(payload_of(second_identity).at("origid"), payload_of(first_identity).at("origid"))
        << "it is the same call";
    EXPECT_EQ(header("Date"), identity::sip_date(kNow + 2));
    EXPECT_EQ(verified().result, identity::PassportVerdict::Result::valid);

    happens(SipEnded{invalid_identity()});
    EXPECT_EQ(asked<Invite>(), nullptr) << "once only";
    EXPECT_EQ(call.phase, Phase::ended);
    EXPECT_EQ(call.record.reason.sip_status, 438);
    EXPECT_EQ(told<http::Ended>(kPage)->sip_status, 438);
}

TEST_F(SignedInvite, the_first_attempts_early_media_is_no_answer_to_the_second) {
    invites();
    happens(SipProgress{183, kPhoneSdp});
    happens(SipEnded{invalid_identity()});
    happens(SipAnswered{""});
    EXPECT_EQ(call.record.reason.cause, EndCause::bad_offer) << "the second INVITE was never described";
}

TEST_F(SignedInvite, other_refusals_and_redirections_are_the_end) {
    for (const int status : {302, 403, 428, 436, 437, 486}) {
        SCOPED_TRACE(status);
        reset();
        invites();
        happens(SipEnded{from_sip_status(status, "")});
        EXPECT_EQ(asked<Invite>(), nullptr);
        EXPECT_EQ(call.phase, Phase::ended);
        EXPECT_EQ(told<http::Ended>(kPage)->sip_status, status);
    }
}

TEST_F(SignedInvite, without_waiting_for_dtls_the_invite_leaves_at_once_and_claims_less) {
    identity.policy.assertion.dtls_before_invite = false;
    happens(alice_calls("911"));
    CallerChecked checked;
    checked.assertion.result = identity::AssertionVerdict::Result::valid;
    checked.assertion.identity = "alice@idp.example";
    checked.assertion.cap = Attestation::a;
    happens(checked);
    happens(media_opened());
    EXPECT_EQ(call.phase, Phase::inviting);
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(verified().attestation, Attestation::b) << "nobody has proved to hold the certificate's key";
    happens(MediaConnected{});
    EXPECT_EQ(asked<Invite>(), nullptr) << "one INVITE";
    happens(SipAnswered{kPhoneSdp});
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(SignedInvite, dtls_that_fails_while_it_rings_ends_the_call_everywhere) {
    identity.policy.assertion.dtls_before_invite = false;
    for (const bool answered : {false, true}) {
        reset();
        happens(alice_calls("911"));
        CallerChecked checked;
        checked.assertion.result = identity::AssertionVerdict::Result::valid;
        checked.assertion.identity = "alice@idp.example";
        happens(checked);
        happens(media_opened());
        if (answered) happens(SipAnswered{kPhoneSdp});
        happens(MediaFailed{{EndCause::dtls_failed, Side::browser, "handshake failure", {}}});
        EXPECT_EQ(call.phase, Phase::ended);
        ASSERT_NE(asked<EndDialog>(), nullptr);
        EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::dtls_failed);
        EXPECT_EQ(told<http::Ended>(kPage)->reason, "dtls-failed");
    }
}

TEST_F(SignedInvite, another_certificate_than_the_asserted_one_is_no_proof_of_the_identity) {
    const MediaFailed other{{EndCause::dtls_failed,
                             Side::browser,
                             "the certificate is not the one that the SDP's fingerprint announced",
                             {}}};
    happens(alice_calls("911"));
    CallerChecked checked;
    checked.assertion.result = identity::AssertionVerdict::Result::valid;
    checked.assertion.identity = "alice@idp.example";
    happens(checked);
    happens(media_opened());
    happens(other);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "identity-fingerprint");
    EXPECT_EQ(asked<Invite>(), nullptr);
    EXPECT_EQ(call.record.identity.verdict, "invalid");
    EXPECT_EQ(call.record.identity.identity, "") << "it was somebody else";

    reset();
    identity.numbers = identity::NumberTable(std::vector<identity::NumberRow>{});
    happens(alice_calls("911"));
    happens(CallerChecked{});
    happens(media_opened());
    happens(other);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "dtls-failed") << "nobody was asserted";
}

TEST_F(SignedInvite, a_browser_that_never_connects_ends_the_call_that_rings_already) {
    identity.numbers = identity::NumberTable(std::vector<identity::NumberRow>{});
    identity.policy.assertion.dtls_before_invite = false;
    happens(alice_calls("911"));
    happens(CallerChecked{});
    happens(media_opened());
    happens(SipAnswered{kPhoneSdp});
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(call.record.reason.cause, EndCause::ice_failed);
    EXPECT_NE(asked<EndDialog>(), nullptr);
}

}  // namespace
}  // namespace causeway::call
