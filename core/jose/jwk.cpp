// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2) and their thumbprints (RFC 7638).
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/jose/base64.hpp"
#include "core/jose/key.hpp"
#include "core/jose/key_material.hpp"
#include "core/jose/strict_json.hpp"

namespace causeway::jose {
namespace {

namespace json = boost::json;

using ParamBuilder = CHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = CHandle<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

std::optional<std::string> bytes_member(const json::object& jwk, std::string_view name) {
    const auto text = string_member(jwk, name);
    if (!text) return std::nullopt;
    return decode_base64url(*text);
}

KeyHandle key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return nullptr;
    }
    return KeyHandle(key);
}

Result<KeyHandle> ec_key(const json::object& jwk) {
    const auto curve = string_member(jwk, "crv");
    const bool p256 = curve == "P-256";
    if (!p256 && curve != "P-384") return Error{"JWK has a curve that is not supported"};
    const std::size_t width = curve_width(p256 ? KeyKind::p256 : KeyKind::p384);
    const auto x = bytes_member(jwk, "x");
    const auto y = bytes_member(jwk, "y");
    // RFC 7518 §6.2.1.2: always the full size of a coordinate.
    if (!x || !y || x->size() != width || y->size() != width) return Error{"JWK has a malformed x or y"};
    const std::string point = "\x04" + *x + *y;
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->c_str(), 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return Error{"OpenSSL cannot take the JWK"};
    }
    // OpenSSL takes the point only if it is on the curve, which keeps an invalid one from doing harm.
    KeyHandle key = key_from("EC", builder.get());
    if (!key) return Error{"JWK has a point that is not on its curve"};
    return key;
}

Result<KeyHandle> rsa_key(const json::object& jwk) {
    constexpr std::size_t kLongest = 1025;  // 8192 bits; some writers put a zero before them
    const auto n = bytes_member(jwk, "n");
    const auto e = bytes_member(jwk, "e");
    if (!n || !e || n->size() > kLongest || e->size() > kLongest) return Error{"JWK has a malformed n or e"};
    const BignumHandle modulus(BN_bin2bn(octets(*n), static_cast<int>(n->size()), nullptr));
    const BignumHandle exponent(BN_bin2bn(octets(*e), static_cast<int>(e->size()), nullptr));
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || !modulus || !exponent ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return Error{"OpenSSL cannot take the JWK"};
    }
    KeyHandle key = key_from("RSA", builder.get());
    if (!key) return Error{"JWK has a malformed n or e"};
    return key;
}

Result<KeyHandle> okp_key(const json::object& jwk) {
    constexpr std::size_t kEd25519Width = 32;
    if (string_member(jwk, "crv") != "Ed25519") return Error{"JWK has a curve that is not supported"};
    const auto x = bytes_member(jwk, "x");
    if (!x || x->size() != kEd25519Width) return Error{"JWK has a malformed x"};
    KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*x), x->size()));
    if (!key) return Error{"JWK has a malformed x"};
    return key;
}

Result<KeyHandle> public_key(const json::object& jwk) {
    const auto type = string_member(jwk, "kty");
    if (type == "EC") return ec_key(jwk);
    if (type == "RSA") return rsa_key(jwk);
    if (type == "OKP") return okp_key(jwk);
    return Error{"JWK has a kty that is not supported"};
}

/// RFC 7517 §4.3: when there is `key_ops`, only these.
bool operations_allow_verifying(const json::value& operations) {
    if (!operations.is_array()) return false;
    for (const auto& operation : operations.get_array()) {
        if (operation.is_string() && operation.get_string() == "verify") return true;
    }
    return false;
}

bool may_verify(const json::object& jwk) {
    // RFC 7517 §4.2, §4.4
    if (jwk.contains("use") && string_member(jwk, "use") != "sig") return false;
    if (jwk.contains("alg") && !algorithm_of(string_member(jwk, "alg").value_or(""))) return false;
    const json::value* operations = jwk.if_contains("key_ops");
    return operations == nullptr || operations_allow_verifying(*operations);
}

std::string coded(const EVP_PKEY* key, const char* parameter, std::size_t width) {
    const BignumHandle number = number_of(key, parameter);
    if (!number) return {};
    std::string bytes(width != 0 ? width : static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2binpad(number.get(), octets(bytes), static_cast<int>(bytes.size()));
    return encode_base64url(bytes);
}

std::string coded_ed25519(const EVP_PKEY* key) {
    std::string bytes(32, '\0');
    std::size_t length = bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, octets(bytes), &length) != 1) return {};
    return encode_base64url(bytes);
}

/// The members that RFC 7638 §3.2 and RFC 8037 §2 name, no others.
json::object members(const KeyMaterial& material) {
    const EVP_PKEY* key = material.key.get();
    const std::size_t width = curve_width(material.kind);
    switch (material.kind) {
        case KeyKind::p256:
        case KeyKind::p384:
            return {{"kty", "EC"},
                    {"crv", material.kind == KeyKind::p256 ? "P-256" : "P-384"},
                    {"x", coded(key, OSSL_PKEY_PARAM_EC_PUB_X, width)},
                    {"y", coded(key, OSSL_PKEY_PARAM_EC_PUB_Y, width)}};
        case KeyKind::rsa:
            return {{"kty", "RSA"},
                    {"n", coded(key, OSSL_PKEY_PARAM_RSA_N, 0)},
                    {"e", coded(key, OSSL_PKEY_PARAM_RSA_E, 0)}};
        case KeyKind::ed25519:
            return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", coded_ed25519(key)}};
        case KeyKind::other:
        case KeyKind::secret:
            break;
    }
    return {};
}

}  // namespace

Result<VerifyKey> VerifyKey::from_jwk(const json::object& jwk) {
    const QuietErrors quiet;
    auto key = public_key(jwk);
    if (!key) return key.error();
    const KeyKind kind = kind_of(key->get());
    if (kind == KeyKind::other) return Error{"JWK is too short, too long or weak"};
    auto material = std::make_shared<Material>(kind, share(*std::move(key)));
    material->may_verify = may_verify(jwk);
    material->only = algorithm_of(string_member(jwk, "alg").value_or(""));
    return VerifyKey(std::move(material));
}

std::string VerifyKey::jwk() const {
    const QuietErrors quiet;
    json::object own = members(*material_);
    return own.empty() ? std::string() : canonical(std::move(own));
}

std::string VerifyKey::thumbprint() const {
    const std::string own = jwk();
    return own.empty() ? own : encode_base64url(sha256(own));
}

}  // namespace causeway::jose
