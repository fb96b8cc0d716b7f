// Rules S1 to S11 of the identity policy: what the page sees of a caller from SIP, and who is refused.
#include "gateway/identity/policy/inbound_caller.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

InboundRequest request() {
    InboundRequest request;
    request.from_user = "+12155551212";
    request.from_display = "Alice";
    request.token = "r4nd0m";
    return request;
}

PassportVerdict valid(Attestation attestation, std::string origin = "12155551212") {
    PassportVerdict verdict;
    verdict.result = PassportVerdict::Result::valid;
    verdict.attestation = attestation;
    verdict.origin = std::move(origin);
    verdict.signer = "SHAKEN 1234";
    return verdict;
}

PassportVerdict invalid(int code, std::string why) {
    PassportVerdict verdict;
    verdict.result = PassportVerdict::Result::invalid;
    verdict.code = code;
    verdict.why = std::move(why);
    return verdict;
}

TrunkTrust carrier() {
    TrunkTrust trust;
    trust.trusted = true;
    trust.pai_accepted = true;
    trust.origin_from = OriginSource::pai;
    return trust;
}

TEST(InboundPolicyS1, full_attestation_makes_the_number_the_callers_name) {
    const auto decision = decide_inbound(request(), valid(Attestation::a), {});
    EXPECT_FALSE(decision.refusal);
    EXPECT_EQ(decision.stir_reason, "");
    InboundCaller expected;
    expected.rule = "S1";
    expected.number = "+12155551212";
    expected.display = "Alice";
    expected.verstat = Verification::passed;
    expected.attest = Attestation::a;
    expected.method = CallerMethod::stir;
    expected.signer = "SHAKEN 1234";
    expected.assured_name = "+12155551212";
    EXPECT_EQ(decision.caller, expected);
}

TEST(InboundPolicyS1, the_verified_number_is_the_one_of_the_trunks_origin) {
    InboundRequest both = request();
    both.pai = "<sip:+19995550000@carrier.example>";
    EXPECT_EQ(decide_inbound(both, valid(Attestation::a, "19995550000"), carrier()).caller.number,
              "+19995550000");
    TrunkTrust by_from = carrier();
    by_from.origin_from = OriginSource::from;
    EXPECT_EQ(decide_inbound(both, valid(Attestation::a), by_from).caller.number, "+12155551212");
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::a), carrier()).caller.assured_name,
              "+12155551212");
}

TEST(InboundPolicyS1, the_verified_number_is_the_asserted_one_that_is_signed) {
    InboundRequest both = request();
    both.pai = "<sip:alice@carrier.example>, <tel:+19995550000>";
    const auto caller = decide_inbound(both, valid(Attestation::a, "19995550000"), carrier()).caller;
    EXPECT_EQ(caller.rule, "S1");
    EXPECT_EQ(caller.number, "+19995550000");
}

TEST(InboundPolicyS1, a_number_that_the_signature_is_not_about_is_never_shown_as_verified) {
    InboundRequest both = request();
    both.pai = "<sip:+19995550000@carrier.example>";
    for (const auto& trust : {carrier(), TrunkTrust{}}) {
        const auto caller = decide_inbound(both, valid(Attestation::a, "13335550000"), trust).caller;
        EXPECT_EQ(caller.rule, "S7");
        EXPECT_EQ(caller.verstat, Verification::failed);
        EXPECT_EQ(caller.assured_name, "caller-r4nd0m");
        EXPECT_NE(caller.reason.find("orig"), std::string::npos);
    }
    // The trunk's origin is P-Asserted-Identity: a signature about From is about another number.
    EXPECT_EQ(decide_inbound(both, valid(Attestation::a), carrier()).caller.rule, "S7");
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::a, ""), {}).caller.rule, "S7");
    InboundRequest nameless = request();
    nameless.from_user = "";
    EXPECT_EQ(decide_inbound(nameless, valid(Attestation::a, ""), {}).caller.rule, "S7");
}

TEST(InboundPolicyS1, media_is_bound_only_when_the_signature_and_the_certificate_in_use_say_so) {
    for (const bool mky : {false, true}) {
        for (const bool certificate : {false, true}) {
            InboundRequest bound = request();
            bound.media_bound = certificate;
            PassportVerdict verdict = valid(Attestation::a);
            verdict.mky = mky;
            EXPECT_EQ(decide_inbound(bound, verdict, {}).caller.media_bound, mky && certificate);
        }
    }
}

TEST(InboundPolicyS1, a_verstat_in_the_user_part_is_not_copied) {
    InboundRequest marked = request();
    marked.from_user = "+12155551212;verstat=TN-Validation-Passed";
    EXPECT_EQ(decide_inbound(marked, valid(Attestation::a), {}).caller.number, "+12155551212");
    EXPECT_EQ(decide_inbound(marked, {}, {}).caller.number, "+12155551212");
}

TEST(InboundPolicyS2, less_than_the_least_attestation_passes_under_a_name_that_says_nothing) {
    for (const auto attestation : {Attestation::b, Attestation::c, Attestation::none}) {
        const auto caller = decide_inbound(request(), valid(attestation), {}).caller;
        EXPECT_EQ(caller.rule, "S2");
        EXPECT_EQ(caller.verstat, Verification::passed);
        EXPECT_EQ(caller.attest, attestation);
        EXPECT_EQ(caller.number, "+12155551212");
        EXPECT_EQ(caller.assured_name, "caller-r4nd0m");
        EXPECT_EQ(caller.reason, "");
    }
}

TEST(InboundPolicyS2, the_trunk_can_take_less_for_a_name_but_never_no_attestation) {
    TrunkTrust trust;
    trust.min_attest_for_name = Attestation::b;
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::b), trust).caller.assured_name, "+12155551212");
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::c), trust).caller.assured_name, "caller-r4nd0m");
    trust.min_attest_for_name = Attestation::none;
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::none), trust).caller.assured_name,
              "caller-r4nd0m");
}

TEST(InboundPolicyS2, a_signed_uri_is_shown_whole) {
    InboundRequest named = request();
    named.from_user = "Alice";
    const auto caller =
        decide_inbound(named, valid(Attestation::none, "sip:alice@example.org"), TrunkTrust{}).caller;
    EXPECT_EQ(caller.rule, "S2");
    EXPECT_EQ(caller.number, "alice@example.org");
    EXPECT_EQ(caller.assured_name, "caller-r4nd0m");
    EXPECT_EQ(decide_inbound(named, valid(Attestation::a, "sip:alice@example.org"), {}).caller.rule, "S2");
    EXPECT_EQ(decide_inbound(named, valid(Attestation::a, "sip:alice@example.org"), {}).caller.assured_name,
              "caller-r4nd0m");
    EXPECT_EQ(decide_inbound(named, valid(Attestation::none, "sip:bob@example.org"), {}).caller.rule, "S7");
}

TEST(InboundPolicyS3, a_trusted_networks_word_is_shown_as_just_that) {
    InboundRequest asserted = request();
    asserted.pai = "<sip:+19995550000@carrier.example>, <tel:+19995550000>";
    const auto decision = decide_inbound(asserted, {}, carrier());
    EXPECT_FALSE(decision.refusal);
    EXPECT_EQ(decision.caller.rule, "S3");
    EXPECT_EQ(decision.caller.number, "+19995550000");
    EXPECT_EQ(decision.caller.verstat, Verification::none);
    EXPECT_EQ(decision.caller.method, CallerMethod::pai);
    EXPECT_TRUE(decision.caller.network_asserted);
    EXPECT_EQ(decision.caller.assured_name, "caller-r4nd0m");
    EXPECT_NE(decision.caller.reason, "");
}

TEST(InboundPolicyS3, it_makes_a_name_only_where_the_operator_says_so) {
    InboundRequest asserted = request();
    asserted.pai = "<sip:+19995550000@carrier.example>";
    TrunkTrust trust = carrier();
    trust.min_attest_for_name = Attestation::none;
    EXPECT_EQ(decide_inbound(asserted, {}, trust).caller.assured_name, "+19995550000");
    asserted.pai = "<sip:a%40b@carrier.example>";
    EXPECT_EQ(decide_inbound(asserted, {}, trust).caller.assured_name, "caller-r4nd0m");
}

TEST(InboundPolicyS3, p_asserted_identity_of_others_is_dropped) {
    InboundRequest asserted = request();
    asserted.pai = "<sip:+19995550000@carrier.example>";
    TrunkTrust untrusted = carrier();
    untrusted.trusted = false;
    TrunkTrust not_accepted = carrier();
    not_accepted.pai_accepted = false;
    for (TrunkTrust trust : {untrusted, not_accepted}) {
        trust.min_attest_for_name = Attestation::none;
        const auto caller = decide_inbound(asserted, {}, trust).caller;
        EXPECT_EQ(caller.rule, "S4");
        EXPECT_EQ(caller.number, "+12155551212");
        EXPECT_FALSE(caller.network_asserted);
        EXPECT_EQ(caller.method, CallerMethod::none);
        EXPECT_EQ(caller.assured_name, "caller-r4nd0m");
    }
}

TEST(InboundPolicyS4, nobodys_word_is_shown_without_belief) {
    const auto decision = decide_inbound(request(), {}, {});
    EXPECT_FALSE(decision.refusal);
    EXPECT_EQ(decision.caller.rule, "S4");
    EXPECT_EQ(decision.caller.number, "+12155551212");
    EXPECT_EQ(decision.caller.verstat, Verification::none);
    EXPECT_EQ(decision.caller.assured_name, "caller-r4nd0m");
    InboundRequest nameless = request();
    nameless.from_user = "";
    EXPECT_EQ(decide_inbound(nameless, {}, {}).caller.number, "anonymous");
    nameless.from_user = "a\r\nb";
    EXPECT_EQ(decide_inbound(nameless, {}, {}).caller.number, "anonymous");
}

TEST(InboundPolicyS4, a_trunk_that_requires_identity_refuses_with_428) {
    TrunkTrust trust = carrier();
    trust.stir_in = InboundStir::require;
    for (const auto* pai : {"", "<sip:+19995550000@carrier.example>"}) {
        InboundRequest unsigned_call = request();
        unsigned_call.pai = pai;
        const auto decision = decide_inbound(unsigned_call, {}, trust);
        ASSERT_TRUE(decision.refusal);
        EXPECT_EQ(decision.refusal->cause, EndCause::caller_unverified);
        EXPECT_EQ(decision.refusal->by, Side::sip);
        EXPECT_EQ(decision.refusal->sip_status, 428);
        EXPECT_EQ(decision.refusal->detail, "Use Identity Header");
    }
    EXPECT_FALSE(decide_inbound(request(), valid(Attestation::c), trust).refusal);
}

struct FailureCase {
    std::string rule;
    int code;
    std::string why;
    Verification verstat;
    std::string phrase;
};
class InboundPolicyFailure : public testing::TestWithParam<FailureCase> {};

TEST_P(InboundPolicyFailure, is_tagged_with_a_reason_or_refused_with_its_code) {
    const FailureCase& c = GetParam();
    TrunkTrust trust;
    trust.min_attest_for_name = Attestation::none;
    const auto tagged = decide_inbound(request(), invalid(c.code, c.why), trust);
    EXPECT_FALSE(tagged.refusal);
    EXPECT_EQ(tagged.stir_reason, "STIR;cause=" + std::to_string(c.code) + ";text=\"" + c.phrase + "\"");
    EXPECT_EQ(tagged.caller.rule, c.rule);
    EXPECT_EQ(tagged.caller.verstat, c.verstat);
    EXPECT_EQ(tagged.caller.attest, Attestation::none);
    EXPECT_EQ(tagged.caller.method, CallerMethod::stir);
    EXPECT_EQ(tagged.caller.reason, c.why);
    EXPECT_EQ(tagged.caller.number, "+12155551212");
    EXPECT_EQ(tagged.caller.assured_name, "caller-r4nd0m");
    trust.on_fail = OnFail::reject;
    const auto refused = decide_inbound(request(), invalid(c.code, c.why), trust);
    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->sip_status, c.code);
    EXPECT_EQ(refused.refusal->detail, c.phrase + ": " + c.why);
    EXPECT_EQ(refused.stir_reason, "");
}

INSTANTIATE_TEST_SUITE_P(
    Rules, InboundPolicyFailure,
    testing::Values(FailureCase{"S5", 436, "fetch failed", Verification::none, "Bad Identity Info"},
                    FailureCase{"S6", 437, "certificate expired", Verification::failed,
                                "Unsupported Credential"},
                    FailureCase{"S7", 438, "signature", Verification::failed, "Invalid Identity Header"},
                    FailureCase{"S8", 403, "iat", Verification::failed, "Stale Date"}),
    [](const auto& one) { return one.param.rule; });

TEST(InboundPolicyS6, a_failed_call_has_no_name_even_when_a_trusted_network_asserts_one) {
    InboundRequest asserted = request();
    asserted.pai = "<sip:+19995550000@carrier.example>";
    TrunkTrust trust = carrier();
    trust.min_attest_for_name = Attestation::none;
    const auto caller = decide_inbound(asserted, invalid(437, "TNAuthList"), trust).caller;
    EXPECT_EQ(caller.number, "+19995550000");
    EXPECT_FALSE(caller.network_asserted);
    EXPECT_EQ(caller.assured_name, "caller-r4nd0m");
}

TEST(InboundPolicyS7, foreign_media_keys_are_always_refused) {
    const auto decision = decide_inbound(request(), invalid(438, "mky does not match"), {});
    ASSERT_TRUE(decision.refusal);
    EXPECT_EQ(decision.refusal->sip_status, 438);
    EXPECT_FALSE(decide_inbound(request(), invalid(437, "mky"), {}).refusal);
}

TEST(InboundPolicyS7, an_unknown_code_counts_as_an_invalid_header) {
    EXPECT_EQ(decide_inbound(request(), invalid(0, "?"), {}).caller.rule, "S7");
}

TEST(InboundPolicyS9, a_trunk_that_ignores_identity_takes_no_verdict) {
    TrunkTrust trust;
    trust.stir_in = InboundStir::ignore;
    trust.on_fail = OnFail::reject;
    EXPECT_EQ(decide_inbound(request(), valid(Attestation::a), trust).caller.rule, "S4");
    EXPECT_EQ(decide_inbound(request(), invalid(438, "mky"), trust).caller.rule, "S4");
    EXPECT_FALSE(decide_inbound(request(), invalid(438, "mky"), trust).refusal);
}

TEST(InboundPolicyS10, who_asks_for_privacy_is_anonymous_and_nothing_else) {
    for (const auto* privacy : {"id", "user", "header"}) {
        InboundRequest secret = request();
        secret.privacy = privacy;
        secret.pai = "<sip:+19995550000@carrier.example>";
        InboundCaller anonymous;
        anonymous.rule = "S10";
        anonymous.number = "anonymous";
        anonymous.privacy = true;
        anonymous.assured_name = "anonymous";
        EXPECT_EQ(decide_inbound(secret, valid(Attestation::a, "19995550000"), carrier()).caller, anonymous);
        EXPECT_EQ(decide_inbound(secret, {}, carrier()).caller, anonymous);
        EXPECT_EQ(decide_inbound(secret, invalid(438, "orig 19995550000"), carrier()).caller, anonymous);
    }
    InboundRequest open = request();
    open.privacy = "none";
    EXPECT_EQ(decide_inbound(open, {}, {}).caller.rule, "S4");
}

TEST(InboundPolicyS10, privacy_does_not_excuse_from_a_signature) {
    InboundRequest secret = request();
    secret.privacy = "id";
    TrunkTrust strict;
    strict.stir_in = InboundStir::require;
    strict.on_fail = OnFail::reject;
    EXPECT_EQ(decide_inbound(secret, {}, strict).refusal->sip_status, 428);
    EXPECT_EQ(decide_inbound(secret, invalid(437, "certificate"), strict).refusal->sip_status, 437);
}

TEST(InboundCallerDisplay, is_cleaned) {
    InboundRequest hostile = request();
    hostile.from_display = "A\r\nX-Evil: 1";
    EXPECT_EQ(decide_inbound(hostile, {}, {}).caller.display, "AX-Evil: 1");
}

TEST(InboundCaller, has_words_of_the_page_protocol) {
    EXPECT_EQ(to_string(Verification::none), "No-TN-Validation");
    EXPECT_EQ(to_string(Verification::passed), "TN-Validation-Passed");
    EXPECT_EQ(to_string(Verification::failed), "TN-Validation-Failed");
    EXPECT_EQ(to_string(CallerMethod::none), "none");
    EXPECT_EQ(to_string(CallerMethod::pai), "pai");
    EXPECT_EQ(to_string(CallerMethod::stir), "stir");
}

}  // namespace
}  // namespace causeway::identity
