// OpenSSL behind libsrtp2's cipher and authentication interfaces. Keys are scheduled once per session; a
// packet costs a new IV and no allocation. RFC 3711 §4.1.1, §4.2.1, RFC 7714 §8.

// SHA1_* on purpose: the EVP digests and MACs of OpenSSL 3 allocate twice per packet and take half as long
// again.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/rtp/srtp_evp.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/footprint.hpp"
#include "core/rtp/srtp_vectors.hpp"

namespace causeway::rtp {

namespace {

// libsrtp2 hands no pointer of ours to those who allocate.
thread_local MadeKeys* made_keys = nullptr;
/// OpenSSL's own part of a context; its size is not public.
constexpr std::size_t kContextSize = 192;

struct FreeCipherContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

constexpr srtp_err_status_t status_of(bool ok, srtp_err_status_t failure = srtp_err_status_cipher_fail) {
    return ok ? srtp_err_status_ok : failure;
}

/// One keyed cipher. libsrtp2 holds a pointer to `handle`, whose `state` points back here.
struct EvpCipher {
    srtp_cipher_t handle{};
    std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext> context{EVP_CIPHER_CTX_new()};
    int tag_length = 0;
    /// AES-CM: the session salt in front of the block counter (RFC 3711 §4.1.1).
    std::array<std::uint8_t, 16> offset{};

    ~EvpCipher() { OPENSSL_cleanse(offset.data(), offset.size()); }
    EVP_CIPHER_CTX* evp() const { return context.get(); }
};

EvpCipher& cipher_of(void* state) {
    return *static_cast<EvpCipher*>(state);
}

srtp_err_status_t make_cipher(srtp_cipher_pointer_t* out, const srtp_cipher_type_t& type, int key_length,
                              int tag_length) noexcept {
    auto made = std::make_unique<EvpCipher>();
    if (!made->context) return srtp_err_status_alloc_fail;
    made->tag_length = tag_length;
    made->handle.type = &type;
    made->handle.state = made.get();
    made->handle.key_len = key_length;
    made->handle.algorithm = static_cast<int>(type.id);
    if (made_keys != nullptr && made_keys->parts.cipher == nullptr) {
        made_keys->parts.cipher = made.get();
        made_keys->parts.context = made->evp();
    }
    // libsrtp2 owns it from here until it calls free_cipher.
    *out = &made.release()->handle;
    return srtp_err_status_ok;
}

srtp_err_status_t free_cipher(srtp_cipher_pointer_t handle) noexcept {
    const std::unique_ptr<EvpCipher> owner(&cipher_of(handle->state));
    return srtp_err_status_ok;
}

// ---- AES in counter mode; 256 bits derive the keys of AES-256-GCM

extern const srtp_cipher_type_t kAesCm128;
extern const srtp_cipher_type_t kAesCm256;

srtp_err_status_t aes_cm_alloc(srtp_cipher_pointer_t* out, int key_length, int tag_length) noexcept {
    switch (key_length) {
        case SRTP_AES_ICM_128_KEY_LEN_WSALT:
            return make_cipher(out, kAesCm128, key_length, tag_length);
        case SRTP_AES_ICM_256_KEY_LEN_WSALT:
            return make_cipher(out, kAesCm256, key_length, tag_length);
        default:
            return srtp_err_status_bad_param;
    }
}

srtp_err_status_t aes_cm_init(void* state, const std::uint8_t* key) noexcept {
    EvpCipher& cipher = cipher_of(state);
    const bool is_256 = cipher.handle.type == &kAesCm256;
    cipher.offset.fill(0);
    std::copy_n(key + (is_256 ? SRTP_AES_256_KEY_LEN : SRTP_AES_128_KEY_LEN), SRTP_SALT_LEN,
                cipher.offset.begin());
    return status_of(EVP_EncryptInit_ex(cipher.evp(), is_256 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), nullptr,
                                        key, nullptr) == 1,
                     srtp_err_status_init_fail);
}

srtp_err_status_t aes_cm_set_iv(void* state, std::uint8_t* iv, srtp_cipher_direction_t) noexcept {
    EvpCipher& cipher = cipher_of(state);
    std::array<std::uint8_t, 16> counter;
    for (std::size_t n = 0; n < counter.size(); ++n) {
        counter[n] = static_cast<std::uint8_t>(iv[n] ^ cipher.offset[n]);
    }
    return status_of(EVP_EncryptInit_ex(cipher.evp(), nullptr, nullptr, nullptr, counter.data()) == 1);
}

srtp_err_status_t aes_cm_crypt(void* state, std::uint8_t* buffer, unsigned int* length) noexcept {
    int written = 0;
    return status_of(
        EVP_EncryptUpdate(cipher_of(state).evp(), buffer, &written, buffer, static_cast<int>(*length)) == 1);
}

// ---- AES-GCM, 128 and 256 bits

extern const srtp_cipher_type_t kAesGcm128;
extern const srtp_cipher_type_t kAesGcm256;

srtp_err_status_t gcm_alloc(srtp_cipher_pointer_t* out, int key_length, int tag_length) noexcept {
    if (tag_length != 8 && tag_length != 16) return srtp_err_status_bad_param;
    switch (key_length) {
        case SRTP_AES_GCM_128_KEY_LEN_WSALT:
            return make_cipher(out, kAesGcm128, key_length, tag_length);
        case SRTP_AES_GCM_256_KEY_LEN_WSALT:
            return make_cipher(out, kAesGcm256, key_length, tag_length);
        default:
            return srtp_err_status_bad_param;
    }
}

srtp_err_status_t gcm_init(void* state, const std::uint8_t* key) noexcept {
    EvpCipher& cipher = cipher_of(state);
    const EVP_CIPHER* type = cipher.handle.type == &kAesGcm256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    return status_of(EVP_CipherInit_ex(cipher.evp(), type, nullptr, key, nullptr, 1) == 1,
                     srtp_err_status_init_fail);
}

srtp_err_status_t gcm_set_iv(void* state, std::uint8_t* iv, srtp_cipher_direction_t direction) noexcept {
    const int encrypt = direction == srtp_direction_encrypt ? 1 : 0;
    return status_of(EVP_CipherInit_ex(cipher_of(state).evp(), nullptr, nullptr, nullptr, iv, encrypt) == 1);
}

srtp_err_status_t gcm_set_aad(void* state, const std::uint8_t* aad, std::uint32_t length) noexcept {
    int written = 0;
    return status_of(
        EVP_CipherUpdate(cipher_of(state).evp(), nullptr, &written, aad, static_cast<int>(length)) == 1);
}

srtp_err_status_t gcm_encrypt(void* state, std::uint8_t* buffer, unsigned int* length) noexcept {
    int written = 0;
    if (*length == 0) return srtp_err_status_ok;
    return status_of(
        EVP_CipherUpdate(cipher_of(state).evp(), buffer, &written, buffer, static_cast<int>(*length)) == 1);
}

srtp_err_status_t gcm_get_tag(void* state, std::uint8_t* tag, std::uint32_t* length) noexcept {
    EvpCipher& cipher = cipher_of(state);
    int written = 0;
    if (EVP_CipherFinal_ex(cipher.evp(), tag, &written) != 1) return srtp_err_status_cipher_fail;
    *length = static_cast<std::uint32_t>(cipher.tag_length);
    return status_of(EVP_CIPHER_CTX_ctrl(cipher.evp(), EVP_CTRL_AEAD_GET_TAG, cipher.tag_length, tag) == 1);
}

/// `buffer` ends with the tag; `length` becomes the plain text's.
srtp_err_status_t gcm_decrypt(void* state, std::uint8_t* buffer, unsigned int* length) noexcept {
    EvpCipher& cipher = cipher_of(state);
    const auto tag_length = static_cast<unsigned int>(cipher.tag_length);
    if (*length < tag_length) return srtp_err_status_auth_fail;
    const unsigned int plain = *length - tag_length;
    int written = 0;
    if (EVP_CIPHER_CTX_ctrl(cipher.evp(), EVP_CTRL_AEAD_SET_TAG, cipher.tag_length, buffer + plain) != 1) {
        return srtp_err_status_cipher_fail;
    }
    if (plain > 0 && EVP_CipherUpdate(cipher.evp(), buffer, &written, buffer, static_cast<int>(plain)) != 1) {
        return srtp_err_status_cipher_fail;
    }
    *length = plain;
    return status_of(EVP_CipherFinal_ex(cipher.evp(), buffer + plain, &written) == 1,
                     srtp_err_status_auth_fail);
}

// ---- HMAC-SHA1

constexpr std::size_t kShaBlock = 64;

/// Both halves of HMAC start from a state that has already taken in the key (RFC 2104 §4).
struct HmacSha1 {
    srtp_auth_t handle{};
    SHA_CTX inner{};
    SHA_CTX outer{};
    SHA_CTX running{};

    ~HmacSha1() {
        OPENSSL_cleanse(&inner, sizeof inner);
        OPENSSL_cleanse(&outer, sizeof outer);
        OPENSSL_cleanse(&running, sizeof running);
    }
};

HmacSha1& hmac_of(void* state) {
    return *static_cast<HmacSha1*>(state);
}

extern const srtp_auth_type_t kHmacSha1;

srtp_err_status_t hmac_alloc(srtp_auth_pointer_t* out, int key_length, int tag_length) noexcept {
    if (key_length < 0 || key_length > static_cast<int>(kShaBlock) || tag_length < 0 ||
        tag_length > SHA_DIGEST_LENGTH) {
        return srtp_err_status_bad_param;
    }
    auto made = std::make_unique<HmacSha1>();
    made->handle = {&kHmacSha1, made.get(), tag_length, key_length, 0};
    if (made_keys != nullptr && made_keys->parts.authentication == nullptr) {
        made_keys->parts.authentication = made.get();
    }
    *out = &made.release()->handle;
    return srtp_err_status_ok;
}

srtp_err_status_t hmac_free(srtp_auth_pointer_t handle) noexcept {
    const std::unique_ptr<HmacSha1> owner(&hmac_of(handle->state));
    return srtp_err_status_ok;
}

bool start_half(SHA_CTX& half, const std::uint8_t* key, int key_length, std::uint8_t pad) {
    std::array<std::uint8_t, kShaBlock> block{};
    std::copy_n(key, key_length, block.begin());
    for (auto& byte : block) byte = static_cast<std::uint8_t>(byte ^ pad);
    const bool ok = SHA1_Init(&half) == 1 && SHA1_Update(&half, block.data(), block.size()) == 1;
    OPENSSL_cleanse(block.data(), block.size());
    return ok;
}

srtp_err_status_t hmac_init(void* state, const std::uint8_t* key, int key_length) noexcept {
    HmacSha1& hmac = hmac_of(state);
    if (key_length < 0 || key_length > static_cast<int>(kShaBlock)) return srtp_err_status_bad_param;
    const bool ok =
        start_half(hmac.inner, key, key_length, 0x36) && start_half(hmac.outer, key, key_length, 0x5C);
    hmac.running = hmac.inner;
    return status_of(ok, srtp_err_status_auth_fail);
}

srtp_err_status_t hmac_start(void* state) noexcept {
    HmacSha1& hmac = hmac_of(state);
    hmac.running = hmac.inner;
    return srtp_err_status_ok;
}

srtp_err_status_t hmac_update(void* state, const std::uint8_t* data, int length) noexcept {
    return status_of(SHA1_Update(&hmac_of(state).running, data, static_cast<std::size_t>(length)) == 1,
                     srtp_err_status_auth_fail);
}

srtp_err_status_t hmac_compute(void* state, const std::uint8_t* data, int length, int tag_length,
                               std::uint8_t* tag) noexcept {
    HmacSha1& hmac = hmac_of(state);
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest;
    if (tag_length < 0 || tag_length > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
    const bool inner = SHA1_Update(&hmac.running, data, static_cast<std::size_t>(length)) == 1 &&
                       SHA1_Final(digest.data(), &hmac.running) == 1;
    hmac.running = hmac.outer;
    const bool outer = SHA1_Update(&hmac.running, digest.data(), digest.size()) == 1 &&
                       SHA1_Final(digest.data(), &hmac.running) == 1;
    std::copy_n(digest.begin(), tag_length, tag);
    return status_of(inner && outer, srtp_err_status_auth_fail);
}

// ---- What libsrtp2 is given, with known answers for its self-test

template <std::size_t KeyLength, std::size_t IvLength, std::size_t PlainLength, std::size_t CipherLength>
constexpr srtp_cipher_test_case_t cipher_case(const std::uint8_t (&key)[KeyLength],
                                              const std::uint8_t (&iv)[IvLength],
                                              const std::uint8_t (&plain)[PlainLength],
                                              const std::uint8_t (&cipher)[CipherLength], int aad_length,
                                              const std::uint8_t* aad, int tag_length) {
    // libsrtp2 declares the IV writable, and its set_iv, ours, does not write.
    return {int{KeyLength}, key,        const_cast<std::uint8_t*>(iv),
            PlainLength,    plain,      CipherLength,
            cipher,         aad_length, aad,
            tag_length,     nullptr};
}

const srtp_cipher_test_case_t kAesCmCase = cipher_case(
    vectors::kCmKeyAndSalt, vectors::kCmIv, vectors::kCmPlain, vectors::kCmKeystream, 0, nullptr, 0);
const srtp_cipher_test_case_t kAesCm256Case = cipher_case(
    vectors::kCm256KeyAndSalt, vectors::kCmIv, vectors::kCmPlain, vectors::kCm256Keystream, 0, nullptr, 0);
const srtp_cipher_test_case_t kGcm128Case =
    cipher_case(vectors::kGcm128Key, vectors::kGcmIv, vectors::kGcmPlain, vectors::kGcm128Cipher,
                sizeof vectors::kGcmHeader, vectors::kGcmHeader, 16);
const srtp_cipher_test_case_t kGcm256Case =
    cipher_case(vectors::kGcm256Key, vectors::kGcmIv, vectors::kGcmPlain, vectors::kGcm256Cipher,
                sizeof vectors::kGcmHeader, vectors::kGcmHeader, 16);
const srtp_auth_test_case_t kHmacCase = {sizeof vectors::kHmacKey,
                                         vectors::kHmacKey,
                                         sizeof vectors::kHmacData,
                                         vectors::kHmacData,
                                         sizeof vectors::kHmacTag,
                                         vectors::kHmacTag,
                                         nullptr};

const srtp_cipher_type_t kAesCm128 = {aes_cm_alloc,         free_cipher,  aes_cm_init,     nullptr,
                                      aes_cm_crypt,         aes_cm_crypt, aes_cm_set_iv,   nullptr,
                                      "AES-CM 128 OpenSSL", &kAesCmCase,  SRTP_AES_ICM_128};
const srtp_cipher_type_t kAesCm256 = {aes_cm_alloc,         free_cipher,    aes_cm_init,     nullptr,
                                      aes_cm_crypt,         aes_cm_crypt,   aes_cm_set_iv,   nullptr,
                                      "AES-CM 256 OpenSSL", &kAesCm256Case, SRTP_AES_ICM_256};
const srtp_cipher_type_t kAesGcm128 = {
    gcm_alloc,   free_cipher,           gcm_init,     gcm_set_aad,     gcm_encrypt, gcm_decrypt, gcm_set_iv,
    gcm_get_tag, "AES-GCM 128 OpenSSL", &kGcm128Case, SRTP_AES_GCM_128};
const srtp_cipher_type_t kAesGcm256 = {
    gcm_alloc,   free_cipher,           gcm_init,     gcm_set_aad,     gcm_encrypt, gcm_decrypt, gcm_set_iv,
    gcm_get_tag, "AES-GCM 256 OpenSSL", &kGcm256Case, SRTP_AES_GCM_256};
const srtp_auth_type_t kHmacSha1 = {hmac_alloc, hmac_free,           hmac_init,  hmac_compute,  hmac_update,
                                    hmac_start, "HMAC-SHA1 OpenSSL", &kHmacCase, SRTP_HMAC_SHA1};

void require(srtp_err_status_t status, const char* what) {
    if (status == srtp_err_status_ok) return;
    std::fprintf(stderr, "causeway: SRTP self-test failed: %s, libsrtp2 status %d\n", what,
                 static_cast<int>(status));
    std::abort();
}

}  // namespace

MadeKeys::MadeKeys() : outer_(std::exchange(made_keys, this)) {}

MadeKeys::~MadeKeys() {
    made_keys = outer_;
}

void KeyParts::add_to(Footprint& footprint) const {
    footprint.add_bytes(cipher, sizeof(EvpCipher));
    footprint.add_bytes(context, kContextSize);
    footprint.add_bytes(authentication, sizeof(HmacSha1));
}

void initialise_srtp() {
    static std::once_flag once;
    std::call_once(once, [] {
        require(srtp_init(), "start of libsrtp2");
        // Each replacement is proved with its own vectors and with those of what it replaces.
        require(srtp_replace_cipher_type(&kAesCm128, SRTP_AES_ICM_128), "AES-CM 128");
        require(srtp_replace_cipher_type(&kAesCm256, SRTP_AES_ICM_256), "AES-CM 256");
        require(srtp_replace_cipher_type(&kAesGcm128, SRTP_AES_GCM_128), "AES-GCM 128");
        require(srtp_replace_cipher_type(&kAesGcm256, SRTP_AES_GCM_256), "AES-GCM 256");
        require(srtp_replace_auth_type(&kHmacSha1, SRTP_HMAC_SHA1), "HMAC-SHA1");
    });
}

}  // namespace causeway::rtp
