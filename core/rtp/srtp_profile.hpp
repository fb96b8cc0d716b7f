// The SRTP protection profiles that we speak, and their names and sizes. Any thread; pure.
// RFC 5764 §4.1.2, RFC 6188, RFC 7714 §14.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace causeway::rtp {

/// The last two are for keys out of SDP only.
enum class SrtpProfile {
    aead_aes_128_gcm,
    aead_aes_256_gcm,
    aes128_cm_sha1_80,
    aes128_cm_sha1_32,
    aes256_cm_sha1_80,
};

/// Those of DTLS, in the order of preference: the fastest first.
inline constexpr std::array kSrtpProfiles{SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm,
                                          SrtpProfile::aes128_cm_sha1_80};

constexpr std::size_t key_length(SrtpProfile profile) {
    const bool is_256 = profile == SrtpProfile::aead_aes_256_gcm || profile == SrtpProfile::aes256_cm_sha1_80;
    return is_256 ? 32 : 16;
}
constexpr std::size_t salt_length(SrtpProfile profile) {
    const bool is_gcm = profile == SrtpProfile::aead_aes_128_gcm || profile == SrtpProfile::aead_aes_256_gcm;
    return is_gcm ? 12 : 14;
}
constexpr std::size_t key_and_salt_length(SrtpProfile profile) {
    return key_length(profile) + salt_length(profile);
}

/// OpenSSL's (and the registry's) name: "SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80" and so on.
std::string_view to_string(SrtpProfile profile);
/// All three for SSL_CTX_set_tlsext_use_srtp, most preferred first, separated by colons.
std::string_view openssl_profile_list();
/// By the name of to_string (SRTP_PROTECTION_PROFILE::name).
std::optional<SrtpProfile> srtp_profile_from_name(std::string_view name);

}  // namespace causeway::rtp
