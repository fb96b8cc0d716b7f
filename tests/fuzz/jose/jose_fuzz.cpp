// Any bytes as JSON, as a token, as a key, as certificates: no fault, and what was taken is taken again in
// its canonical form.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/jose/base64.hpp"
#include "core/jose/certificate.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/key.hpp"
#include "core/jose/strict_json.hpp"

namespace {

using namespace causeway;

void check(bool holds) {
    if (!holds) std::abort();
}

void base64(std::string_view text) {
    // One text for each value.
    if (const auto bytes = jose::decode_base64(text)) check(jose::encode_base64(*bytes) == text);
    if (const auto bytes = jose::decode_base64url(text)) check(jose::encode_base64url(*bytes) == text);
    check(jose::decode_base64(jose::encode_base64(text)) == text);
    check(jose::decode_base64url(jose::encode_base64url(text)) == text);
}

void key(const boost::json::object& jwk) {
    const auto key = jose::VerifyKey::from_jwk(jwk);
    if (!key) return;
    check(jose::VerifyKey::from_jwk(jose::parse_object(key->jwk()).value()).value() == *key);
    for (const auto algorithm : {jose::Algorithm::es256, jose::Algorithm::es384, jose::Algorithm::rs256,
                                 jose::Algorithm::ps256, jose::Algorithm::eddsa, jose::Algorithm::hs256}) {
        check(!key->verify(algorithm, "input", "signature"));
    }
}

/// Boost.JSON reads a fraction or an exponent only nearly right, so that what it writes may be read as a
/// neighbour.
bool has_real(const boost::json::value& value) {
    if (value.is_double()) return true;
    if (const auto* array = value.if_array()) return std::any_of(array->begin(), array->end(), has_real);
    const auto* object = value.if_object();
    return object != nullptr && std::any_of(object->begin(), object->end(),
                                            [](const auto& member) { return has_real(member.value()); });
}

void object(std::string_view text) {
    const auto parsed = jose::parse_object(text);
    if (!parsed) return;
    (void)jose::date_member(*parsed, "iat");
    (void)jose::string_member(*parsed, "alg");
    key(*parsed);
    const std::string once = jose::canonical(*parsed);
    // Escapes may make it longer than what came.
    const auto again = jose::parse_object(once, once.size());
    check(again.has_value() && (has_real(*again) || jose::canonical(*again) == once));
}

void token(std::string_view text) {
    const auto jws = jose::split(text);
    if (!jws) return;
    check(jws->signing_input + "." + jose::encode_base64url(jws->signature) == text);
    object(jws->header);
    object(jws->payload);
}

void certificates(std::string_view pem) {
    const auto chain = jose::CertificateChain::from_pem(pem);
    if (!chain) return;
    (void)chain->key().jwk();
    (void)chain->common_name();
    (void)chain->serial();
    (void)chain->dns_names();
    (void)chain->uri_names();
    (void)chain->crl_urls();
    (void)chain->extension("1.3.6.1.5.5.7.1.26");
    const auto store = jose::TrustStore::from_pem(pem);
    check(store.has_value());
    (void)store->verify(*chain, 1'700'000'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    base64(text);
    object(text);
    token(text);
    certificates(text);
    return 0;
}
