// Names of the SRTP profiles. RFC 5764 §4.1.2, RFC 7714 §14.2.
#include "core/rtp/srtp_profile.hpp"

namespace causeway::rtp {

std::string_view to_string(SrtpProfile profile) {
    switch (profile) {
        case SrtpProfile::aead_aes_128_gcm:
            return "SRTP_AEAD_AES_128_GCM";
        case SrtpProfile::aead_aes_256_gcm:
            return "SRTP_AEAD_AES_256_GCM";
        case SrtpProfile::aes128_cm_sha1_32:
            return "SRTP_AES128_CM_SHA1_32";
        case SrtpProfile::aes256_cm_sha1_80:
            return "SRTP_AES256_CM_SHA1_80";
        case SrtpProfile::aes128_cm_sha1_80:
            break;
    }
    return "SRTP_AES128_CM_SHA1_80";
}

std::string_view openssl_profile_list() {
    return "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
}

std::optional<SrtpProfile> srtp_profile_from_name(std::string_view name) {
    for (const auto profile : kSrtpProfiles) {
        if (to_string(profile) == name) return profile;
    }
    return std::nullopt;
}

}  // namespace causeway::rtp
