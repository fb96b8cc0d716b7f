// Rules B1 to B10 of the identity policy: which caller a browser's call has, and with which reason it has
// none.
#include "gateway/identity/policy/outbound_policy.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

constexpr const char* kAlice = "alice@idp.example.org";
constexpr const char* kNumber = "+12155551212";

NumberTable table(UnlistedNumber = {}) {
    return NumberTable({
        {.identity = kAlice, .numbers = {kNumber, "+12155551213"}, .display = "Alice"},
        {.identity = "bob@idp.example.org", .numbers = {"+12155552000"}, .max_attest = Attestation::b},
        {.identity = "carol@idp.example.org"},
        {.identity = "vip@idp.example.org", .numbers = {"+12155559999"}, .require_assertion = true},
        {.session_account = "kiosk7",
         .numbers = {"+12125551007", "+12155559999"},
         .max_attest = Attestation::a},
        {.session_account = "lobby", .numbers = {"+12125551008"}, .max_attest = Attestation::c},
        {.session_account = "nameless"},
        {.session_account = "vault", .default_number = "+12155559999"},
        {.session_account = "token:shop", .numbers = {"+12155553000", "+12155559999"}, .display = "The shop"},
    });
}

AssertionVerdict valid(std::string identity, Attestation cap = Attestation::a) {
    AssertionVerdict verdict;
    verdict.result = AssertionVerdict::Result::valid;
    verdict.identity = std::move(identity);
    verdict.provider = "idp.example.org";
    verdict.cap = cap;
    return verdict;
}

AssertionVerdict invalid(AssertionFault fault, std::string why) {
    AssertionVerdict verdict;
    verdict.result = AssertionVerdict::Result::invalid;
    verdict.fault = fault;
    verdict.why = std::move(why);
    return verdict;
}

OutboundPolicy policy() {
    OutboundPolicy policy;
    policy.sip_domain = "gw.example.org";
    policy.guest_calls = true;
    return policy;
}

/// With account kiosk7 logged in, so that any silent fall-back to the session would show.
OutboundRequest asserted(AssertionVerdict verdict, std::string number = {}) {
    OutboundRequest request;
    request.presenter.account = "kiosk7";
    request.assertion = std::move(verdict);
    request.requested_number = std::move(number);
    request.account_display = "Kiosk";
    return request;
}

OutboundRequest session(std::string account, std::string number = {}) {
    OutboundRequest request;
    request.presenter.account = std::move(account);
    request.requested_number = std::move(number);
    return request;
}

OutboundRequest guest(std::string number = {}) {
    OutboundRequest request;
    request.presenter.guest = true;
    request.requested_number = std::move(number);
    return request;
}

OutboundRequest with_token(Capability capability, std::string number = {}) {
    OutboundRequest request = session("kiosk7", std::move(number));
    request.account_display = "Kiosk";
    capability.id = "t1";
    capability.issuer = "shop";
    request.capability = std::move(capability);
    return request;
}

void expect_refused(const OutboundDecision& decision, EndCause cause, const std::string& words = {}) {
    ASSERT_FALSE(decision.caller) << decision.caller->rule << " " << decision.caller->number;
    EXPECT_EQ(code(decision.refusal.cause), code(cause));
    EXPECT_NE(decision.refusal.detail.find(words), std::string::npos) << decision.refusal.detail;
    EXPECT_EQ(decision.refusal.by, Side::gateway);
}

void expect_caller(const OutboundDecision& decision, const std::string& rule, IdentitySource source,
                   const std::string& number, Attestation attestation) {
    ASSERT_TRUE(decision.caller) << decision.refusal.detail;
    EXPECT_EQ(decision.caller->rule, rule);
    EXPECT_EQ(to_string(decision.caller->source), to_string(source));
    EXPECT_EQ(decision.caller->number, number);
    EXPECT_STREQ(letter(decision.caller->attestation), letter(attestation));
}

TEST(OutboundPolicyB1, a_valid_identity_presents_a_number_of_its_row_with_full_attestation) {
    const auto decision = decide_outbound(asserted(valid(kAlice), kNumber), table(), policy());
    expect_caller(decision, "B1", IdentitySource::assertion, kNumber, Attestation::a);
    EXPECT_EQ(decision.caller->display, "Alice");
    EXPECT_EQ(decision.caller->identity, kAlice);
    EXPECT_EQ(decision.caller->provider, "idp.example.org");
    EXPECT_FALSE(decision.caller->asserted_number);
    EXPECT_FALSE(decision.caller->privacy);
}

TEST(OutboundPolicyB1, a_valid_identity_presents_its_default_when_it_asks_for_none) {
    expect_caller(decide_outbound(asserted(valid(kAlice)), table(), policy()), "B1",
                  IdentitySource::assertion, kNumber, Attestation::a);
}

TEST(OutboundPolicyB1, the_row_the_provider_and_the_missing_dtls_each_cap_the_attestation) {
    expect_caller(decide_outbound(asserted(valid("bob@idp.example.org")), table(), policy()), "B1",
                  IdentitySource::assertion, "+12155552000", Attestation::b);
    expect_caller(decide_outbound(asserted(valid(kAlice, Attestation::c)), table(), policy()), "B1",
                  IdentitySource::assertion, kNumber, Attestation::c);
    OutboundPolicy early = policy();
    early.assertion.dtls_before_invite = false;
    expect_caller(decide_outbound(asserted(valid(kAlice)), table(), early), "B1", IdentitySource::assertion,
                  kNumber, Attestation::b);
}

TEST(OutboundPolicyB1, the_binding_is_told_on) {
    AssertionVerdict verdict = valid(kAlice);
    verdict.binding = Binding::dpop;
    EXPECT_EQ(decide_outbound(asserted(verdict), table(), policy()).caller->binding, Binding::dpop);
}

TEST(OutboundPolicyB1, a_protected_number_may_be_presented_by_its_identity) {
    expect_caller(decide_outbound(asserted(valid("vip@idp.example.org")), table(), policy()), "B1",
                  IdentitySource::assertion, "+12155559999", Attestation::a);
}

TEST(OutboundPolicyB1, a_display_of_the_account_serves_where_the_row_has_none_but_never_a_guests) {
    OutboundRequest request = asserted(valid("bob@idp.example.org"));
    EXPECT_EQ(decide_outbound(request, table(), policy()).caller->display, "Kiosk");
    request.presenter = {"", "", true};
    EXPECT_EQ(decide_outbound(request, table(), policy()).caller->display, "");
}

TEST(OutboundPolicyB2, reject_refuses_an_unlisted_number) {
    for (const auto* number : {"+19995550000", "+12155552000", "+12125551007"}) {
        expect_refused(decide_outbound(asserted(valid(kAlice), number), table(), policy()),
                       EndCause::number_not_allowed, number);
    }
    expect_refused(decide_outbound(asserted(valid("eve@idp.example.org"), kNumber), table(), policy()),
                   EndCause::number_not_allowed);
}

TEST(OutboundPolicyB2, default_number_presents_the_default_instead) {
    OutboundPolicy lenient = policy();
    lenient.unlisted = UnlistedNumber::default_number;
    expect_caller(decide_outbound(asserted(valid(kAlice), "+19995550000"), table(), lenient), "B2",
                  IdentitySource::assertion, kNumber, Attestation::a);
    expect_refused(decide_outbound(asserted(valid("eve@idp.example.org"), kNumber), table(), lenient),
                   EndCause::number_not_allowed);
}

TEST(OutboundPolicyB2, attest_b_lends_a_number_that_is_nobodys_and_asserts_the_own_one) {
    OutboundPolicy lenient = policy();
    lenient.unlisted = UnlistedNumber::attest_b;
    const auto decision = decide_outbound(asserted(valid(kAlice), "+1 999 555-0000"), table(), lenient);
    expect_caller(decision, "B2", IdentitySource::assertion, "+19995550000", Attestation::b);
    EXPECT_EQ(decision.caller->asserted_number, kNumber);
    const auto rowless = decide_outbound(asserted(valid("eve@idp.example.org"), "999"), table(), lenient);
    expect_caller(rowless, "B2", IdentitySource::assertion, "999", Attestation::b);
    EXPECT_EQ(rowless.caller->asserted_number, "");
    expect_caller(decide_outbound(asserted(valid(kAlice, Attestation::c), "+19995550000"), table(), lenient),
                  "B2", IdentitySource::assertion, "+19995550000", Attestation::c);
}

TEST(OutboundPolicyB2, attest_b_never_lends_a_number_of_another_or_one_that_is_none) {
    OutboundPolicy lenient = policy();
    lenient.unlisted = UnlistedNumber::attest_b;
    for (const auto* number : {"+12155552000", "+12125551007", "eve", "+1\r\nX: y"}) {
        expect_refused(decide_outbound(asserted(valid(kAlice), number), table(), lenient),
                       EndCause::number_not_allowed);
    }
}

TEST(OutboundPolicyB3, an_identity_without_number_is_presented_as_a_uri) {
    for (const auto* name : {"carol@idp.example.org", "eve@IDP.example.org"}) {
        const auto decision = decide_outbound(asserted(valid(name)), table(), policy());
        expect_caller(decision, "B3", IdentitySource::assertion, "", Attestation::none);
        EXPECT_EQ(decision.caller->uri_user, std::string(name).substr(0, std::string(name).find('@')));
        EXPECT_EQ(decision.caller->uri_domain, "idp.example.org");
    }
    expect_refused(decide_outbound(asserted(valid("carol@idp.example.org"), kNumber), table(), policy()),
                   EndCause::number_not_allowed);
}

TEST(OutboundPolicyB4, a_session_presents_its_accounts_row_with_partial_attestation) {
    expect_caller(decide_outbound(session("kiosk7"), table(), policy()), "B4", IdentitySource::session,
                  "+12125551007", Attestation::b);
    expect_caller(decide_outbound(session("lobby", "+12125551008"), table(), policy()), "B4",
                  IdentitySource::session, "+12125551008", Attestation::c);
    OutboundRequest unknown = session("kiosk7");
    unknown.assertion.result = AssertionVerdict::Result::unknown_idp;
    expect_caller(decide_outbound(unknown, table(), policy()), "B4", IdentitySource::session, "+12125551007",
                  Attestation::b);
}

TEST(OutboundPolicyB4, on_none_and_on_unknown_idp_can_refuse_sessions_and_guests) {
    OutboundPolicy strict = policy();
    strict.assertion.on_none = OnMissing::reject;
    OutboundRequest unknown = session("kiosk7");
    unknown.assertion.result = AssertionVerdict::Result::unknown_idp;
    expect_refused(decide_outbound(session("kiosk7"), table(), strict), EndCause::identity_required,
                   "has none");
    expect_refused(decide_outbound(guest(), table(), strict), EndCause::identity_required, "has none");
    EXPECT_TRUE(decide_outbound(unknown, table(), strict).caller);
    strict = policy();
    strict.assertion.on_unknown_idp = OnMissing::reject;
    expect_refused(decide_outbound(unknown, table(), strict), EndCause::identity_required, "not known");
    EXPECT_TRUE(decide_outbound(session("kiosk7"), table(), strict).caller);
}

TEST(OutboundPolicyB4, a_protected_number_needs_an_assertion) {
    expect_refused(decide_outbound(session("kiosk7", "+12155559999"), table(), policy()),
                   EndCause::identity_required, "+12155559999");
    OutboundPolicy lenient = policy();
    lenient.unlisted = UnlistedNumber::default_number;
    expect_refused(decide_outbound(session("vault", "+19995550000"), table(), lenient),
                   EndCause::identity_required, "+12155559999");
}

TEST(OutboundPolicyB4, an_account_without_a_row_has_no_number_and_one_without_numbers_its_name) {
    expect_refused(decide_outbound(session("stranger"), table(), policy()), EndCause::number_not_allowed);
    expect_refused(decide_outbound(session("nameless", kNumber), table(), policy()),
                   EndCause::number_not_allowed);
    const auto decision = decide_outbound(session("nameless"), table(), policy());
    expect_caller(decision, "B4", IdentitySource::session, "", Attestation::none);
    EXPECT_EQ(decision.caller->uri_user, "nameless");
    EXPECT_EQ(decision.caller->uri_domain, "");
}

TEST(OutboundPolicyB4, without_a_table_the_number_of_the_login_is_presented_partially_attested) {
    OutboundRequest request = session("alice");
    request.account_number = "2155551212";
    request.account_display = "Alice\r\n";
    const auto decision = decide_outbound(request, NumberTable({}), policy());
    expect_caller(decision, "B4", IdentitySource::session, "2155551212", Attestation::b);
    EXPECT_EQ(decision.caller->display, "Alice");
    request.requested_number = "+19995550000";
    expect_refused(decide_outbound(request, NumberTable({}), policy()), EndCause::number_not_allowed);
    request.assertion = valid(kAlice);
    expect_refused(decide_outbound(request, NumberTable({}), policy()), EndCause::number_not_allowed);
    request.requested_number = "";
    expect_caller(decide_outbound(request, NumberTable({}), policy()), "B4", IdentitySource::assertion,
                  "2155551212", Attestation::b);
    request.account_number = "";
    expect_caller(decide_outbound(request, NumberTable({}), policy()), "B3", IdentitySource::assertion, "",
                  Attestation::none);
    EXPECT_EQ(decide_outbound(session("alice"), NumberTable({}), policy()).caller->uri_user, "alice");
}

TEST(OutboundPolicyB4, with_a_table_the_number_of_the_login_counts_for_nothing) {
    OutboundRequest request = session("stranger");
    request.account_number = kNumber;
    expect_refused(decide_outbound(request, table(), policy()), EndCause::number_not_allowed);
    request.assertion = valid(kAlice);
    request.account_number = "+19995550000";
    expect_caller(decide_outbound(request, table(), policy()), "B1", IdentitySource::assertion, kNumber,
                  Attestation::a);
    OutboundRequest visitor = guest();
    visitor.account_number = kNumber;
    expect_caller(decide_outbound(visitor, table(), policy()), "B5", IdentitySource::guest, "",
                  Attestation::c);
}

TEST(OutboundPolicyB5, a_guest_is_one_whatever_name_he_logged_in_with) {
    OutboundRequest request = session("kiosk7");
    request.presenter.guest = true;
    expect_caller(decide_outbound(request, table(), policy()), "B5", IdentitySource::guest, "",
                  Attestation::c);
}

TEST(OutboundPolicyB5, without_a_table_a_guest_with_an_identity_has_no_number_of_the_login) {
    OutboundRequest request = guest();
    request.assertion = valid(kAlice);
    request.account_number = "9001";
    expect_caller(decide_outbound(request, NumberTable({}), policy()), "B3", IdentitySource::assertion, "",
                  Attestation::none);
}

TEST(OutboundPolicyB5, a_guest_has_the_tenants_number_or_none_and_gateway_attestation) {
    OutboundPolicy tenant = policy();
    expect_caller(decide_outbound(guest(), table(), tenant), "B5", IdentitySource::guest, "", Attestation::c);
    tenant.guest_number = "+12155550000";
    expect_caller(decide_outbound(guest(), table(), tenant), "B5", IdentitySource::guest, "+12155550000",
                  Attestation::c);
    const NumberTable own(std::vector<NumberRow>{{.session_account = "guest", .numbers = {"+12155550001"}}});
    expect_caller(decide_outbound(guest(), own, tenant), "B5", IdentitySource::guest, "+12155550001",
                  Attestation::c);
    EXPECT_TRUE(decide_outbound(OutboundRequest{}, table(), tenant).caller->source == IdentitySource::guest);
}

TEST(OutboundPolicyB5, without_a_table_a_guest_has_the_number_of_the_login_unless_the_tenant_names_one) {
    OutboundRequest request = guest();
    request.account_number = "9001";
    OutboundPolicy tenant = policy();
    expect_caller(decide_outbound(request, NumberTable({}), tenant), "B5", IdentitySource::guest, "9001",
                  Attestation::c);
    tenant.guest_number = "+12155550000";
    expect_caller(decide_outbound(request, NumberTable({}), tenant), "B5", IdentitySource::guest,
                  "+12155550000", Attestation::c);
}

TEST(OutboundPolicyB5, guests_are_refused_where_they_may_not_call) {
    OutboundPolicy closed = policy();
    closed.guest_calls = false;
    expect_refused(decide_outbound(guest(), table(), closed), EndCause::identity_required, "Guests");
    EXPECT_TRUE(decide_outbound(session("kiosk7"), table(), closed).caller);
    OutboundRequest known = guest();
    known.assertion = valid(kAlice);
    expect_caller(decide_outbound(known, table(), closed), "B1", IdentitySource::assertion, kNumber,
                  Attestation::a);
}

TEST(OutboundPolicyB5, a_guest_gets_no_other_number_whatever_the_rule_for_unlisted_ones) {
    OutboundPolicy lenient = policy();
    expect_refused(decide_outbound(guest("+19995550000"), table(), lenient), EndCause::number_not_allowed);
    lenient.unlisted = UnlistedNumber::attest_b;
    expect_refused(decide_outbound(guest("+19995550000"), table(), lenient), EndCause::number_not_allowed);
    lenient.unlisted = UnlistedNumber::default_number;
    lenient.guest_number = "+12155550000";
    expect_caller(decide_outbound(guest("+19995550000"), table(), lenient), "B5", IdentitySource::guest,
                  "+12155550000", Attestation::c);
    const NumberTable own(std::vector<NumberRow>{{.session_account = "guest", .numbers = {"+12155550001"}}});
    expect_caller(decide_outbound(guest("+19995550000"), own, lenient), "B5", IdentitySource::guest,
                  "+12155550001", Attestation::c);
}

TEST(OutboundPolicyB5, a_guest_does_not_get_a_protected_number) {
    OutboundPolicy tenant = policy();
    tenant.guest_number = "+12155559999";
    expect_refused(decide_outbound(guest(), table(), tenant), EndCause::identity_required);
}

struct FaultCase {
    std::string rule;
    AssertionFault fault;
    std::string why;
    EndCause cause;
};
class OutboundPolicyFault : public testing::TestWithParam<FaultCase> {};

TEST_P(OutboundPolicyFault, is_refused_with_its_reason_and_never_falls_back_to_the_session) {
    const FaultCase& c = GetParam();
    OutboundRequest request = asserted(invalid(c.fault, c.why));
    expect_refused(decide_outbound(request, table(), policy()), c.cause, c.why);
    request.capability = Capability{};
    expect_refused(decide_outbound(request, table(), policy()), c.cause, c.why);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, OutboundPolicyFault,
    testing::Values(FaultCase{"B6", AssertionFault::invalid, "signature", EndCause::identity_invalid},
                    FaultCase{"B6", AssertionFault::none, "alg", EndCause::identity_invalid},
                    FaultCase{"B6", AssertionFault::unknown_key, "kid", EndCause::identity_invalid},
                    FaultCase{"B7", AssertionFault::fingerprint, "fingerprint not covered",
                              EndCause::identity_fingerprint},
                    FaultCase{"B8", AssertionFault::expired, "exp", EndCause::identity_expired},
                    FaultCase{"B9", AssertionFault::replay, "jti", EndCause::identity_replay}),
    [](const auto& one) { return one.param.rule + "_" + std::to_string(one.index); });

TEST(OutboundPolicyB6, an_invalid_assertion_is_refused_even_when_its_provider_cannot_be_reached) {
    OutboundRequest request = asserted(invalid(AssertionFault::invalid, "base64"));
    request.provider_unavailable = true;
    OutboundPolicy lenient = policy();
    lenient.assertion.on_unavailable = OnMissing::session;
    expect_refused(decide_outbound(request, table(), lenient), EndCause::identity_invalid, "base64");
}

TEST(OutboundPolicyB10, an_unreachable_provider_is_told_apart_from_a_bad_assertion) {
    OutboundRequest request = asserted({});
    request.provider_unavailable = true;
    expect_refused(decide_outbound(request, table(), policy()), EndCause::identity_unavailable);
    EXPECT_EQ(sip_status(decide_outbound(request, table(), policy()).refusal), 503);
    request.assertion = invalid(AssertionFault::unknown_key, "kid");
    expect_refused(decide_outbound(request, table(), policy()), EndCause::identity_unavailable);
}

TEST(OutboundPolicyB10, an_unreachable_provider_can_be_treated_as_no_identity) {
    OutboundPolicy lenient = policy();
    lenient.assertion.on_unavailable = OnMissing::session;
    lenient.assertion.on_none = OnMissing::reject;
    lenient.assertion.on_unknown_idp = OnMissing::reject;
    OutboundRequest request = asserted(invalid(AssertionFault::unknown_key, "kid"));
    request.provider_unavailable = true;
    expect_caller(decide_outbound(request, table(), lenient), "B4", IdentitySource::session, "+12125551007",
                  Attestation::b);
    request.assertion = {};
    expect_caller(decide_outbound(request, table(), lenient), "B4", IdentitySource::session, "+12125551007",
                  Attestation::b);
}

TEST(OutboundPolicyB10, an_identity_that_could_be_verified_all_the_same_is_valid) {
    OutboundRequest request = asserted(valid(kAlice));
    request.provider_unavailable = true;
    expect_caller(decide_outbound(request, table(), policy()), "B1", IdentitySource::assertion, kNumber,
                  Attestation::a);
}

TEST(OutboundPolicyPrivacy, the_pages_wish_is_told_on_from_every_source) {
    for (OutboundRequest request : {asserted(valid(kAlice)), session("kiosk7"), guest(), with_token({})}) {
        request.wants_privacy = true;
        EXPECT_TRUE(decide_outbound(request, table(), policy()).caller->privacy);
    }
}

TEST(OutboundPolicyCapability, presents_its_number_with_partial_attestation_and_shows_no_user) {
    Capability capability{.number = "+12155553000", .display = "Shop", .headers = {{"X-Order", "7"}}};
    OutboundRequest request = with_token(capability, "+12155553000");
    request.assertion = valid(kAlice);
    const auto decision = decide_outbound(request, table(), policy());
    expect_caller(decision, "capability", IdentitySource::capability, "+12155553000", Attestation::b);
    EXPECT_EQ(decision.caller->identity, "");
    EXPECT_EQ(decision.caller->provider, "");
    EXPECT_EQ(decision.caller->display, "Shop");
    EXPECT_EQ(decision.caller->headers, capability.headers);
}

TEST(OutboundPolicyCapability, works_without_login_and_where_sessions_are_not_enough) {
    OutboundPolicy strict = policy();
    strict.guest_calls = false;
    strict.assertion.on_none = OnMissing::reject;
    OutboundRequest request = with_token({.number = "+12155553000"});
    request.presenter = {"", "", true};
    expect_caller(decide_outbound(request, table(), strict), "capability", IdentitySource::capability,
                  "+12155553000", Attestation::b);
    EXPECT_EQ(decide_outbound(request, table(), strict).caller->display, "The shop");
}

TEST(OutboundPolicyCapability, a_number_must_be_in_the_row_of_its_identity_or_of_its_issuer) {
    expect_caller(decide_outbound(with_token({.number = kNumber, .identity = kAlice}), table(), policy()),
                  "capability", IdentitySource::capability, kNumber, Attestation::b);
    expect_caller(
        decide_outbound(with_token({.number = "+12155553000", .identity = kAlice}), table(), policy()),
        "capability", IdentitySource::capability, "+12155553000", Attestation::b);
    for (const auto* number : {kNumber, "+12125551007", "+19995550000"}) {
        expect_refused(decide_outbound(with_token({.number = number}), table(), policy()),
                       EndCause::number_not_allowed);
    }
}

TEST(OutboundPolicyCapability, the_page_may_not_ask_for_another_number) {
    expect_refused(decide_outbound(with_token({.number = "+12155553000"}, kNumber), table(), policy()),
                   EndCause::number_not_allowed, "permission");
    expect_refused(decide_outbound(with_token({}, "+12155553000"), table(), policy()),
                   EndCause::number_not_allowed, "permission");
    expect_refused(decide_outbound(with_token({}, "+12155553000"), NumberTable({}), policy()),
                   EndCause::number_not_allowed);
    expect_refused(decide_outbound(with_token({.identity = kAlice}, kNumber), NumberTable({}), policy()),
                   EndCause::number_not_allowed);
}

TEST(OutboundPolicyCapability, an_identity_brings_the_numbers_that_the_table_gives_to_it) {
    expect_caller(decide_outbound(with_token({.identity = kAlice}), table(), policy()), "capability",
                  IdentitySource::capability, kNumber, Attestation::b);
    expect_caller(decide_outbound(with_token({.identity = kAlice}, "+12155551213"), table(), policy()),
                  "capability", IdentitySource::capability, "+12155551213", Attestation::b);
    expect_refused(decide_outbound(with_token({.identity = kAlice}, "+12155553000"), table(), policy()),
                   EndCause::number_not_allowed);
    const auto uri = decide_outbound(with_token({.identity = "carol@idp.example.org"}), table(), policy());
    expect_caller(uri, "capability", IdentitySource::capability, "", Attestation::none);
    EXPECT_EQ(uri.caller->uri_user, "carol");
    EXPECT_EQ(uri.caller->uri_domain, "idp.example.org");
    expect_refused(decide_outbound(with_token({.identity = "eve@idp.example.org"}), table(), policy()),
                   EndCause::number_not_allowed, "eve@idp.example.org");
}

TEST(OutboundPolicyCapability, without_number_and_identity_the_issuers_default_is_presented) {
    expect_caller(decide_outbound(with_token({}), table(), policy()), "capability",
                  IdentitySource::capability, "+12155553000", Attestation::b);
    const NumberTable other(std::vector<NumberRow>{{.session_account = "kiosk7", .numbers = {kNumber}}});
    expect_caller(decide_outbound(with_token({}), other, policy()), "capability", IdentitySource::capability,
                  "", Attestation::b);
}

TEST(OutboundPolicyCapability, does_not_open_a_protected_number) {
    expect_refused(decide_outbound(with_token({.number = "+12155559999"}), table(), policy()),
                   EndCause::identity_required);
}

TEST(OutboundPolicyCapability, without_a_table_its_word_is_enough) {
    expect_caller(decide_outbound(with_token({.number = "+19995550000"}), NumberTable({}), policy()),
                  "capability", IdentitySource::capability, "+19995550000", Attestation::b);
    EXPECT_EQ(decide_outbound(with_token({.identity = kAlice}), NumberTable({}), policy()).caller->uri_user,
              "alice");
}

TEST(OutboundPolicyCapability, a_users_name_cannot_be_an_issuers) {
    const NumberTable numbers(std::vector<NumberRow>{{.session_account = "shop", .numbers = {kNumber}}});
    expect_refused(decide_outbound(with_token({.number = kNumber}), numbers, policy()),
                   EndCause::number_not_allowed);
}

TEST(CapabilityRefusal, has_an_end_of_its_own) {
    const std::pair<CapabilityFault, EndCause> ends[] = {
        {CapabilityFault::invalid, EndCause::capability_invalid},
        {CapabilityFault::expired, EndCause::capability_expired},
        {CapabilityFault::callee, EndCause::capability_callee},
        {CapabilityFault::page, EndCause::capability_callee},
        {CapabilityFault::used_up, EndCause::capability_used},
        {CapabilityFault::too_many_calls, EndCause::capability_used}};
    for (const auto& [fault, cause] : ends) {
        const EndReason reason = end_reason_of({fault, "because"});
        EXPECT_EQ(code(reason.cause), code(cause));
        EXPECT_EQ(reason.detail, "because");
    }
}

}  // namespace
}  // namespace causeway::identity
