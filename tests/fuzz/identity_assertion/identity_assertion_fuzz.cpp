// Any bytes as a description, an envelope, an assertion or an introspection answer: a verdict with a reason,
// and none that is valid without the provider's word.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/jose/base64.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"
#include "gateway/identity/assertion/identity_name.hpp"

namespace {

using namespace causeway;

void require(bool fact) {
    if (!fact) std::abort();
}

const identity::KeySet& keys() {
    // RFC 7515 A.3.1
    static const auto set = identity::KeySet::from_jwks(
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
    return *set;
}

std::vector<identity::IdentityProvider> providers(identity::Binding binding) {
    identity::IdentityProvider provider;
    provider.domain = "a.example";
    provider.protocols = {"default"};
    provider.issuer = "https://a.example";
    provider.binding = binding;
    return {provider};
}

std::string sdp_of(const std::string& envelope) {
    return "v=0\r\na=fingerprint:sha-256 AA:BB\r\na=identity:" + jose::encode_base64(envelope) + "\r\n";
}

/// What the bytes are taken for.
std::string description(unsigned form, const std::string& bytes) {
    if (form == 0) return bytes;
    if (form == 1) return sdp_of(bytes);
    const std::string assertion = boost::json::serialize(boost::json::value(bytes));
    return sdp_of(R"({"idp":{"domain":"a.example"},"assertion":)" + assertion + "}");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto binding = static_cast<identity::Binding>(data[0] & 3U);
    const unsigned form = (data[0] >> 2U) & 3U;
    const std::string sdp = description(form, bytes);
    identity::AssertionRequest request;
    request.sdp = sdp;
    request.now = 1300819370;
    const bool asks = binding == identity::Binding::introspection;
    const std::string answer =
        form == 3 ? bytes : R"({"active":true,"sub":"alice","contents":"{\"fingerprint\":[]}"})";
    const auto verdict = identity::verify_assertion(request, providers(binding), keys(), answer, nullptr);
    const bool valid = verdict.result == identity::AssertionVerdict::Result::valid;
    require(!valid || asks);
    require(valid != verdict.identity.empty());
    require((verdict.result == identity::AssertionVerdict::Result::invalid) ==
            (verdict.fault != identity::AssertionFault::none));
    require(verdict.result != identity::AssertionVerdict::Result::invalid || !verdict.why.empty());
    const std::string name = identity::a_labels(bytes);
    require(identity::a_labels(name) == name);
    const auto fault = identity::identity_fault(bytes, providers(binding).front());
    require(fault || identity::canonical_identity(bytes).size() > std::string_view("@a.example").size());
    return 0;
}
