// What each step of "who is calling" costs on one core, but for assertions: signatures, PASSporTs,
// permissions, the decision. One thread; keys and certificates are made before the clock runs. How to run it
// and what it gave: README.md.
#include <benchmark/benchmark.h>

#include <boost/json.hpp>
#include <map>
#include <string>

#include "core/jose/certificate.hpp"
#include "core/jose/key.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "tests/unit/identity_passport/passport_world.hpp"

namespace causeway::identity::test {
namespace {

constexpr std::int64_t kPassportTime = 1790000000;

void es256_sign(benchmark::State& state) {
    const auto key = jose::SigningKey::generate();
    const std::string input(400, 'x');
    for (auto _ : state) benchmark::DoNotOptimize(key.sign(jose::Algorithm::es256, input));
}
BENCHMARK(es256_sign);

void es256_verify(benchmark::State& state) {
    const auto key = jose::SigningKey::generate();
    const jose::VerifyKey other_half = key.verify_key();
    const std::string input(400, 'x');
    const std::string signature = key.sign(jose::Algorithm::es256, input);
    for (auto _ : state) {
        if (!other_half.verify(jose::Algorithm::es256, input, signature))
            state.SkipWithError("does not verify");
    }
}
BENCHMARK(es256_verify);

void passport_sign_shaken(benchmark::State& state) {
    const auto& certificate = certificates().provider;
    const auto signer =
        PassportSigner::make(certificate.key(), *jose::CertificateChain::from_pem(certificate.chain_pem()),
                             "https://cert.example.org/provider.pem", kPassportTime);
    PassportClaims claims;
    claims.origin_number = "+12155551212";
    claims.destination_numbers = {"+12155551213"};
    claims.issued_at = kPassportTime;
    claims.attestation = Attestation::a;
    for (auto _ : state) {
        claims.origid = make_origid("secret", "call");
        if (!signer->sign(claims)) state.SkipWithError("not signed");
    }
}
BENCHMARK(passport_sign_shaken);

/// One Identity header over a leaf, an intermediate and a root, with or without parsing the certificates.
void passport_verify(benchmark::State& state, bool parsed) {
    const World world = shaken_call();
    const PassportRequest request = world.whole_request();
    const auto roots = jose::TrustStore::from_pem(world.roots);
    std::map<std::string, jose::CertificateChain> chains;
    for (const auto& [url, pem] : world.served) chains.emplace(url, *read_certificate(pem));
    const auto lookup = [&](const std::string& url) -> Result<jose::CertificateChain> {
        if (parsed) return chains.at(url);
        return read_certificate(world.served.at(url));
    };
    for (auto _ : state) {
        const auto verdict = verify_passports(request, world.policy, *roots, lookup, nullptr);
        if (verdict.result != PassportVerdict::Result::valid) state.SkipWithError(verdict.why.c_str());
    }
}
BENCHMARK_CAPTURE(passport_verify, cold, false);
BENCHMARK_CAPTURE(passport_verify, warm, true);

/// What `passport_verify/warm` holds of path validation (RFC 5280 §6).
void certificate_chain_verify(benchmark::State& state) {
    const World world = shaken_call();
    const auto roots = jose::TrustStore::from_pem(world.roots);
    const auto chain = jose::CertificateChain::from_pem(certificates().provider.chain_pem());
    for (auto _ : state) {
        if (!roots->verify(*chain, kPassportTime)) state.SkipWithError("not trusted");
    }
}
BENCHMARK(certificate_chain_verify);

Capability permission() {
    Capability capability;
    capability.id = "t-1";
    capability.issuer = "shop";
    capability.issued_at = kPassportTime;
    capability.expires_at = kPassportTime + 600;
    capability.callees = {"+1215*"};
    capability.number = "+12155553000";
    return capability;
}

void capability_mint(benchmark::State& state) {
    const auto key = jose::SigningKey::generate();
    const Capability capability = permission();
    for (auto _ : state) {
        if (mint(capability, key, jose::Algorithm::es256).empty()) state.SkipWithError("not minted");
    }
}
BENCHMARK(capability_mint);

void capability_read(benchmark::State& state) {
    const auto key = jose::SigningKey::generate();
    const std::string token = mint(permission(), key, jose::Algorithm::es256);
    const std::vector<CapabilityIssuer> issuers{{"shop", key.verify_key(), jose::Algorithm::es256, 3600}};
    for (auto _ : state) {
        if (!read_token(token, issuers, kPassportTime).capability) state.SkipWithError("not read");
    }
}
BENCHMARK(capability_read);

/// A table of a thousand rows, the caller's the last.
void outbound_decision(benchmark::State& state) {
    std::vector<NumberRow> rows;
    for (int i = 0; i < 1000; ++i) {
        NumberRow row;
        row.identity = "user" + std::to_string(i) + "@idp.example.org";
        row.numbers = {"+1215555" + std::to_string(1000 + i)};
        rows.push_back(std::move(row));
    }
    const NumberTable table(rows);
    OutboundPolicy policy;
    policy.sip_domain = "gw.example.org";
    OutboundRequest request;
    request.assertion.result = AssertionVerdict::Result::valid;
    request.assertion.identity = "user999@idp.example.org";
    request.assertion.provider = "idp.example.org";
    request.assertion.cap = Attestation::a;
    for (auto _ : state) {
        if (!decide_outbound(request, table, policy).caller) state.SkipWithError("refused");
    }
}
BENCHMARK(outbound_decision);

void json_canonical(benchmark::State& state) {
    const boost::json::value payload(shaken_call().row().payload);
    for (auto _ : state) benchmark::DoNotOptimize(jose::canonical(payload));
}
BENCHMARK(json_canonical);

}  // namespace
}  // namespace causeway::identity::test

BENCHMARK_MAIN();
