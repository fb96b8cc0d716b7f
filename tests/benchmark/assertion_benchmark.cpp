// What it costs to verify that a browser's user is who the provider says: one thread, keys parsed before, the
// assertion new to the gateway. How to run it and what it gave: README.md.
#include <benchmark/benchmark.h>

#include "tests/unit/identity_assertion/scenario.hpp"

namespace causeway::identity::test {
namespace {

void assertion_verify(benchmark::State& state, Binding binding) {
    const Scenario scenario = good(binding);
    const std::string sdp = scenario.sdp();
    const auto keys = KeySet::from_jwks(scenario.jwks());
    AssertionRequest request;
    request.sdp = sdp;
    request.now = scenario.now;
    request.session = scenario.session;
    for (auto _ : state) {
        const auto verdict = verify_assertion(request, {scenario.provider}, *keys, {}, nullptr);
        if (verdict.result != AssertionVerdict::Result::valid) state.SkipWithError(verdict.why.c_str());
    }
}
BENCHMARK_CAPTURE(assertion_verify, contents, Binding::contents);
BENCHMARK_CAPTURE(assertion_verify, oidc_nonce, Binding::oidc_nonce);

void assertion_keys_parse(benchmark::State& state) {
    const std::string jwks = good(Binding::contents).jwks();
    for (auto _ : state) benchmark::DoNotOptimize(KeySet::from_jwks(jwks));
}
BENCHMARK(assertion_keys_parse);

}  // namespace
}  // namespace causeway::identity::test

BENCHMARK_MAIN();
