// The SRTP protection profiles that we speak, and their names and sizes. Any thread; pure.
// RFC 5764 §4.1.2, RFC 7714 §14.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace causeway::rtp {

enum class SrtpProfile { aead_aes_128_gcm, aead_aes_256_gcm, aes128_cm_sha1_80 };

/// In the order of preference: the fastest first.
inline constexpr std::array kSrtpProfiles{SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm,
                                          SrtpProfile::aes128_cm_sha1_80};

constexpr std::size_t key_length(SrtpProfile profile) {
    return profile == SrtpProfile::aead_aes_256_gcm ? 32 : 16;
}
constexpr std::size_t salt_length(SrtpProfile profile) {
    return profile == SrtpProfile::aes128_cm_sha1_80 ? 14 : 12;
}
constexpr std::size_t key_and_salt_length(SrtpProfile profile) {
    return key_length(profile) + salt_length(profile);
}

/// OpenSSL's (and the registry's) name: "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM",
/// "SRTP_AES128_CM_SHA1_80".
std::string_view to_string(SrtpProfile profile);
/// All three for SSL_CTX_set_tlsext_use_srtp, most preferred first, separated by colons.
std::string_view openssl_profile_list();
/// By the name of to_string (SRTP_PROTECTION_PROFILE::name).
std::optional<SrtpProfile> srtp_profile_from_name(std::string_view name);

}  // namespace causeway::rtp
