// The schema's part about who is calling: providers, numbers, trust, signing, tokens.
#pragma once

#include "config/identity_kinds.hpp"

namespace causeway::config {

using namespace std::chrono_literals;

template <class Visitor>
void describe(Visitor& v, TrunkIn& in) {
    v.value("pai", in.pai, pai_in_kind());
    v.value("stir", in.stir, stir_in_kind());
    v.value("orig_from", in.orig_from, orig_from_kind());
    v.value("on_fail", in.on_fail, on_fail_kind());
    v.value("min_attest_for_name", in.min_attest_for_name, least_attest_kind());
}

template <class Visitor>
void describe(Visitor& v, TrunkOut& out) {
    v.value("pai", out.pai, pai_out_kind());
    v.value("stir", out.stir, stir_out_kind());
    v.value("attest_max", out.attest_max, attest_kind());
    v.value("mky", out.mky, mky_kind());
    v.value("anonymous_uri", out.anonymous_uri, sip_uri_kind());
    v.value("identity_header", out.identity_header, extension_header_kind());
    v.value("certificate", out.certificate, free_text());
    v.value("private_key", out.private_key, free_text());
    v.value("x5u", out.x5u, https_url_kind());
}

template <class Visitor>
void describe(Visitor& v, IdentityProvider& provider) {
    v.value("domain", provider.domain, a_label_kind());
    v.list("protocols", provider.protocols, protocol_kind());
    v.value("issuer", provider.issuer, https_url_kind());
    v.value("jwks_uri", provider.jwks_uri, https_url_kind());
    v.value("discovery", provider.discovery, Boolean{});
    v.value("binding", provider.binding, binding_kind());
    v.value("typ", provider.typ, free_text());
    v.list("algs", provider.algs, algorithm_kind());
    v.list("audiences", provider.audiences, claim_name_kind());
    v.value("name_claim", provider.name_claim, claim_name_kind());
    v.scalars("require_claims", provider.require_claims, Claims{});
    v.list("may_assert", provider.may_assert, a_label_kind());
    v.value("max_age", provider.max_age, Seconds(1s, 86400s));
    v.value("skew", provider.skew, Seconds(0s, 300s));
    v.value("attest_cap", provider.attest_cap, attest_kind());
    v.value("introspection_endpoint", provider.introspection_endpoint, https_url_kind());
    v.value("client_id", provider.client_id, free_text());
    v.value("client_secret", provider.client_secret, secret_kind());
}

template <class Visitor>
void describe(Visitor& v, NumberRow& row) {
    v.value("identity", row.identity, caller_kind());
    v.value("session_account", row.session_account, account_kind());
    v.list("numbers", row.numbers, telephones_kind());
    v.value("default", row.default_, telephone_kind());
    v.value("max_attest", row.max_attest, attest_kind());
    v.value("display", row.display, free_text());
    v.value("require_assertion", row.require_assertion, Boolean{});
}

template <class Visitor>
void describe(Visitor& v, Assertion& assertion) {
    v.value("on_none", assertion.on_none, on_missing_kind());
    v.value("on_unknown_idp", assertion.on_unknown_idp, on_missing_kind());
    v.value("on_unavailable", assertion.on_unavailable, on_missing_kind());
    v.value("dtls_before_invite", assertion.dtls_before_invite, Boolean{});
    v.value("replay_window", assertion.replay_window, Seconds(1s, 2 * 86400s));
}

template <class Visitor>
void describe(Visitor& v, Stir& stir) {
    v.value("certificate", stir.certificate, free_text());
    v.value("private_key", stir.private_key, free_text());
    v.value("x5u", stir.x5u, https_url_kind());
    v.value("serve", stir.serve, Boolean{});
    v.value("roots", stir.roots, free_text());
    v.value("crls", stir.crls, free_text());
    v.value("freshness", stir.freshness, Seconds(1s, 600s));
}

template <class Visitor>
void describe(Visitor& v, GatewayIdentity& identity) {
    v.value("enabled", identity.enabled, Boolean{});
    v.value("domain", identity.domain, public_domain_kind());
    v.value("protocol", identity.protocol, protocol_kind());
}

template <class Visitor>
void describe(Visitor& v, TokenIssuer& issuer) {
    v.value("name", issuer.name, name_kind());
    v.value("public_key", issuer.public_key, free_text());
    v.value("secret", issuer.secret, secret_kind());
    v.value("api_key", issuer.api_key, secret_kind());
    v.value("longest_life", issuer.longest_life, Seconds(1s, 86400s));
}

template <class Visitor>
void describe(Visitor& v, Fetch& fetch) {
    v.value("ca_file", fetch.ca_file, free_text());
    v.list("private_hosts", fetch.private_hosts, host_kind());
}

}  // namespace causeway::config
