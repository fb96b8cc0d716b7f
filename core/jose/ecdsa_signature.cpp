#include "core/jose/ecdsa_signature.hpp"

#include <openssl/ec.h>

namespace causeway::jose {
namespace {

using Signature = CHandle<ECDSA_SIG, ECDSA_SIG_free>;

/// Null unless the number is one that a signature can have (SEC 1 §4.1.4 step 1).
BignumHandle scalar(std::string_view bytes, const BIGNUM* order) {
    BignumHandle number(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
    if (!number || BN_is_zero(number.get()) || BN_cmp(number.get(), order) >= 0) return nullptr;
    return number;
}

}  // namespace

std::string ecdsa_to_der(std::string_view raw, std::size_t width, const BIGNUM* order) {
    // RFC 7518 §3.4: any other length must fail; so does the DER form.
    if (raw.size() != 2 * width) return {};
    BignumHandle r = scalar(raw.substr(0, width), order);
    BignumHandle s = scalar(raw.substr(width), order);
    const Signature signature(ECDSA_SIG_new());
    if (!r || !s || !signature) return {};
    ECDSA_SIG_set0(signature.get(), r.release(), s.release());
    const int length = i2d_ECDSA_SIG(signature.get(), nullptr);
    if (length <= 0) return {};
    std::string der(static_cast<std::size_t>(length), '\0');
    unsigned char* out = octets(der);
    i2d_ECDSA_SIG(signature.get(), &out);
    return der;
}

std::string ecdsa_to_raw(std::string_view der, std::size_t width) {
    const unsigned char* in = octets(der);
    const Signature signature(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
    if (!signature) return {};
    std::string raw(2 * width, '\0');
    const int length = static_cast<int>(width);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), octets(raw), length) != length ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), octets(raw) + width, length) != length) {
        return {};
    }
    return raw;
}

}  // namespace causeway::jose
