#include "core/dtls/after_handshake.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <string_view>

namespace causeway::dtls {
namespace {

using KdfHandle = CHandle<EVP_KDF, EVP_KDF_free>;
using KdfContextHandle = CHandle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using CipherContextHandle = CHandle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kHeader = 13;  // RFC 6347 §4.1
constexpr std::size_t kExplicitNonce = 8;
constexpr std::size_t kTag = 16;
constexpr std::size_t kAlert = 2;
constexpr std::uint8_t kTypeAlert = 21;
constexpr std::uint8_t kTypeHandshake = 22;
constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kFatal = 2;
constexpr std::uint8_t kCloseNotify = 0;
// A peer repeats its flight seven times in half a minute; who asks more often is none.
constexpr int kMostRepetitions = 16;
constexpr std::string_view kKeyExpansion = "key expansion";
// Epoch 1, and well past what the handshake used up of it: one for Finished each time that it was sent.
constexpr std::uint64_t kFirstNumber = (std::uint64_t{1} << 48) | (std::uint64_t{1} << 16);

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

void put_big_endian(std::span<std::uint8_t> to, std::uint64_t value) {
    for (std::size_t i = to.size(); i > 0; --i, value >>= 8) to[i - 1] = static_cast<std::uint8_t>(value);
}

/// RFC 5246 §6.3.
bool expand(SSL* ssl, std::span<std::uint8_t> block) {
    std::array<unsigned char, SSL_MAX_MASTER_KEY_LENGTH> master{};
    std::array<unsigned char, kKeyExpansion.size() + 2 * SSL3_RANDOM_SIZE> seed{};
    std::size_t master_size = SSL_SESSION_get_master_key(SSL_get0_session(ssl), master.data(), master.size());
    std::copy(kKeyExpansion.begin(), kKeyExpansion.end(), seed.begin());
    SSL_get_server_random(ssl, &seed[kKeyExpansion.size()], SSL3_RANDOM_SIZE);
    SSL_get_client_random(ssl, &seed[kKeyExpansion.size() + SSL3_RANDOM_SIZE], SSL3_RANDOM_SIZE);
    const EVP_MD* const hash = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));
    const KdfHandle prf(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr));
    const KdfContextHandle context(EVP_KDF_CTX_new(prf.get()));
    bool done = false;
    if (context != nullptr && hash != nullptr && master_size > 0) {
        const std::array parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(EVP_MD_get0_name(hash)),
                                             0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master_size),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
            OSSL_PARAM_construct_end()};
        done = EVP_KDF_derive(context.get(), block.data(), block.size(), parameters.data()) == 1;
    }
    OPENSSL_cleanse(master.data(), master.size());
    return done;
}

std::array<std::uint8_t, kHeader> additional_data(std::uint64_t number, std::uint8_t type) {
    // RFC 5246 §6.2.3.3 with DTLS' epoch and number (RFC 6347 §4.1.2.1).
    std::array<std::uint8_t, kHeader> data{};
    put_big_endian(std::span(data).first(8), number);
    data[8] = type;
    put_big_endian(std::span(data).subspan(9, 2), DTLS1_2_VERSION);
    put_big_endian(std::span(data).subspan(11, 2), kAlert);
    return data;
}

}  // namespace

AfterHandshake::~AfterHandshake() {
    OPENSSL_cleanse(&outbound_, sizeof outbound_);
    OPENSSL_cleanse(&inbound_, sizeof inbound_);
}

std::optional<AfterHandshake> AfterHandshake::take(SSL* ssl, bool is_server,
                                                   std::vector<std::uint8_t> last_flight) {
    AfterHandshake made;
    if (SSL_version(ssl) != DTLS1_2_VERSION || !made.derive(ssl, is_server)) return std::nullopt;
    made.last_flight_ = std::move(last_flight);
    made.last_flight_.shrink_to_fit();
    made.repetitions_left_ = kMostRepetitions;
    made.next_number_ = kFirstNumber;
    return made;
}

bool AfterHandshake::derive(SSL* ssl, bool is_server) {
    std::size_t key = 16;
    std::size_t iv = 4;
    switch (SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl))) {
        case NID_aes_128_gcm:
            cipher_ = Cipher::aes_128_gcm;
            break;
        case NID_aes_256_gcm:
            cipher_ = Cipher::aes_256_gcm;
            key = 32;
            break;
        case NID_chacha20_poly1305:
            cipher_ = Cipher::chacha20_poly1305;
            key = 32;
            iv = 12;
            break;
        default:
            return false;
    }
    std::array<std::uint8_t, 2 * (32 + 12)> block{};
    if (!expand(ssl, std::span(block).first(2 * (key + iv)))) return false;
    Direction& client = is_server ? inbound_ : outbound_;
    Direction& server = is_server ? outbound_ : inbound_;
    const std::uint8_t* next = block.data();
    for (Direction* of : {&client, &server}) {
        std::copy_n(next, key, of->key.begin());
        next += key;
    }
    for (Direction* of : {&client, &server}) {
        std::copy_n(next, iv, of->iv.begin());
        next += iv;
    }
    OPENSSL_cleanse(block.data(), block.size());
    return true;
}

AfterHandshake::Heard AfterHandshake::input(std::span<const std::uint8_t> datagram) {
    Heard heard = Heard::nothing;
    while (datagram.size() >= kHeader) {
        const auto size = static_cast<std::size_t>(big_endian(datagram.subspan(11, 2)));
        if (size > datagram.size() - kHeader) break;
        const Record record{datagram[0], static_cast<std::uint16_t>(big_endian(datagram.subspan(3, 2))),
                            big_endian(datagram.subspan(3, 8)), datagram.subspan(kHeader, size)};
        datagram = datagram.subspan(kHeader + size);
        if (record.epoch != 1) continue;
        if (record.type == kTypeHandshake) heard = Heard::repeated_flight;
        if (record.type != kTypeAlert) continue;
        const auto alert = open_alert(record);
        if (!alert) continue;
        if ((*alert)[1] == kCloseNotify) return Heard::close_notify;
        if ((*alert)[0] == kFatal) return Heard::fatal_alert;
    }
    return heard;
}

std::span<const std::uint8_t> AfterHandshake::last_flight() {
    if (repetitions_left_ == 0) return {};
    --repetitions_left_;
    return last_flight_;
}

const EVP_CIPHER* AfterHandshake::algorithm() const {
    switch (cipher_) {
        case Cipher::aes_128_gcm:
            return EVP_aes_128_gcm();
        case Cipher::aes_256_gcm:
            return EVP_aes_256_gcm();
        case Cipher::chacha20_poly1305:
            break;
    }
    return EVP_chacha20_poly1305();
}

AfterHandshake::Nonce AfterHandshake::nonce(const Direction& direction, std::uint64_t number) const {
    // RFC 5288 §3: four bytes of the key block, eight of the record. RFC 7905 §2: the number is added.
    Nonce nonce = direction.iv;
    std::array<std::uint8_t, kExplicitNonce> bytes{};
    put_big_endian(bytes, number);
    for (std::size_t i = 0; i < bytes.size(); ++i) nonce[nonce.size() - bytes.size() + i] ^= bytes[i];
    return nonce;
}

std::optional<std::array<std::uint8_t, 2>> AfterHandshake::open_alert(const Record& record) const {
    const std::size_t explicit_size = has_explicit_nonce() ? kExplicitNonce : 0;
    if (record.body.size() != explicit_size + kAlert + kTag) return std::nullopt;
    const std::uint64_t number =
        has_explicit_nonce() ? big_endian(record.body.first(kExplicitNonce)) : record.number;
    const Nonce used = nonce(inbound_, number);
    const auto data = additional_data(record.number, record.type);
    const auto sealed = record.body.subspan(explicit_size, kAlert);
    std::array<std::uint8_t, kTag> tag{};
    std::copy_n(record.body.end() - kTag, kTag, tag.begin());
    const CipherContextHandle context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = context.get();
    std::array<std::uint8_t, kAlert> alert{};
    int size = 0;
    const bool authentic =
        c != nullptr && EVP_DecryptInit_ex(c, algorithm(), nullptr, inbound_.key.data(), used.data()) == 1 &&
        EVP_DecryptUpdate(c, nullptr, &size, data.data(), static_cast<int>(data.size())) == 1 &&
        EVP_DecryptUpdate(c, alert.data(), &size, sealed.data(), static_cast<int>(kAlert)) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), tag.data()) == 1 &&
        EVP_DecryptFinal_ex(c, nullptr, &size) == 1;
    if (!authentic) return std::nullopt;
    return alert;
}

std::vector<std::uint8_t> AfterHandshake::close_notify() {
    const std::uint64_t number = next_number_++;
    const std::size_t explicit_size = has_explicit_nonce() ? kExplicitNonce : 0;
    const Nonce used = nonce(outbound_, number);
    const auto data = additional_data(number, kTypeAlert);
    constexpr std::array<std::uint8_t, kAlert> alert{kWarning, kCloseNotify};
    std::vector<std::uint8_t> datagram(kHeader + explicit_size + kAlert + kTag);
    const std::span<std::uint8_t> all(datagram);
    datagram[0] = kTypeAlert;
    put_big_endian(all.subspan(1, 2), DTLS1_2_VERSION);
    put_big_endian(all.subspan(3, 8), number);
    put_big_endian(all.subspan(11, 2), datagram.size() - kHeader);
    if (explicit_size > 0) put_big_endian(all.subspan(kHeader, explicit_size), number);
    std::uint8_t* const sealed = &datagram[kHeader + explicit_size];
    const CipherContextHandle context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = context.get();
    int size = 0;
    const bool done =
        c != nullptr && EVP_EncryptInit_ex(c, algorithm(), nullptr, outbound_.key.data(), used.data()) == 1 &&
        EVP_EncryptUpdate(c, nullptr, &size, data.data(), static_cast<int>(data.size())) == 1 &&
        EVP_EncryptUpdate(c, sealed, &size, alert.data(), static_cast<int>(kAlert)) == 1 &&
        EVP_EncryptFinal_ex(c, nullptr, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag), sealed + kAlert) == 1;
    if (!done) datagram.clear();
    return datagram;
}

}  // namespace causeway::dtls
