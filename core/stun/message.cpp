// SHA1_* on purpose: OpenSSL's EVP interfaces ask for memory each time.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/stun/message.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

namespace causeway::stun {
namespace {

constexpr std::uint16_t kBindingRequest = 0x0001;
constexpr std::uint16_t kBindingSuccess = 0x0101;
constexpr std::uint16_t kBindingError = 0x0111;
constexpr std::uint32_t kMagicCookie = 0x2112A442;
constexpr std::uint16_t kUsername = 0x0006;
constexpr std::uint16_t kMessageIntegrity = 0x0008;
constexpr std::uint16_t kErrorCode = 0x0009;
constexpr std::uint16_t kUnknownAttributes = 0x000A;
constexpr std::uint16_t kXorMappedAddress = 0x0020;
constexpr std::uint16_t kPriority = 0x0024;
constexpr std::uint16_t kUseCandidate = 0x0025;
constexpr std::uint16_t kFirstOptional = 0x8000;  // RFC 8489 §14: those below must be understood
constexpr std::uint32_t kFingerprintMask = 0x5354554E;
constexpr std::uint16_t kFingerprint = 0x8028;
constexpr std::uint16_t kIceControlled = 0x8029;
constexpr std::uint16_t kIceControlling = 0x802A;
constexpr std::size_t kIntegritySize = 20;
constexpr std::size_t kAttributeHeader = 4;

using Digest = std::array<std::uint8_t, kIntegritySize>;

/// HMAC-SHA1 (RFC 2104) on the stack.
class Hmac {
  public:
    explicit Hmac(const std::string& key) {
        pad_.fill(0);
        if (key.size() > pad_.size()) {
            ::SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), pad_.data());
        } else {
            std::memcpy(pad_.data(), key.data(), key.size());
        }
        begin(0x36);
    }
    ~Hmac() { OPENSSL_cleanse(pad_.data(), pad_.size()); }
    Hmac(const Hmac&) = delete;
    Hmac& operator=(const Hmac&) = delete;

    void add(std::span<const std::uint8_t> bytes) { ::SHA1_Update(&context_, bytes.data(), bytes.size()); }
    Digest finish() {
        Digest digest{};
        ::SHA1_Final(digest.data(), &context_);
        begin(0x5C);
        add(digest);
        ::SHA1_Final(digest.data(), &context_);
        return digest;
    }

  private:
    void begin(std::uint8_t mask) {
        std::array<std::uint8_t, SHA_CBLOCK> block;
        for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(pad_[i] ^ mask);
        ::SHA1_Init(&context_);
        add(block);
        OPENSSL_cleanse(block.data(), block.size());
    }

    SHA_CTX context_{};
    std::array<std::uint8_t, SHA_CBLOCK> pad_;
};

void put16(std::span<std::uint8_t> at, std::uint16_t value) {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

void put32(std::span<std::uint8_t> at, std::uint32_t value) {
    put16(at, static_cast<std::uint16_t>(value >> 16));
    put16(at.subspan(2), static_cast<std::uint16_t>(value));
}

std::uint16_t get16(std::span<const std::uint8_t> at) {
    return static_cast<std::uint16_t>((at[0] << 8) | at[1]);
}

std::uint32_t get32(std::span<const std::uint8_t> at) {
    return (std::uint32_t{get16(at)} << 16) | get16(at.subspan(2));
}

/// HMAC-SHA1 over the message before the attribute, its length field counting the attribute too
/// (RFC 8489 §14.5).
Digest integrity(std::span<const std::uint8_t> before, const std::string& key) {
    std::array<std::uint8_t, 4> head{before[0], before[1], 0, 0};
    const std::size_t length = before.size() - kHeaderSize + kAttributeHeader + kIntegritySize;
    put16(std::span(head).subspan(2), static_cast<std::uint16_t>(length));
    Hmac hmac(key);
    hmac.add(head);
    hmac.add(before.subspan(head.size()));
    return hmac.finish();
}

/// CRC-32 of ISO/IEC 3309, as RFC 8489 §14.7 wants it. One message in five seconds: no table needed.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

/// Writes attributes one after the other and keeps the header's length right.
class Writer {
  public:
    Writer(std::span<std::uint8_t, kMaxRequest> out, std::uint16_t type, const TransactionId& transaction)
        : out_(out) {
        put16(out_, type);
        put32(out_.subspan(4), kMagicCookie);
        std::copy(transaction.begin(), transaction.end(), out_.begin() + 8);
    }

    /// The place of a value of `size` bytes.
    std::span<std::uint8_t> attribute(std::uint16_t type, std::size_t size) {
        put16(out_.subspan(size_), type);
        put16(out_.subspan(size_ + 2), static_cast<std::uint16_t>(size));
        const std::span<std::uint8_t> value = out_.subspan(size_ + kAttributeHeader, size);
        const std::size_t padded = (size + 3) / 4 * 4;
        std::fill_n(out_.begin() + static_cast<std::ptrdiff_t>(size_ + kAttributeHeader + size),
                    padded - size, std::uint8_t{0});
        size_ += kAttributeHeader + padded;
        put16(out_.subspan(2), static_cast<std::uint16_t>(size_ - kHeaderSize));
        return value;
    }

    std::span<const std::uint8_t> written() const { return out_.first(size_); }

  private:
    std::span<std::uint8_t> out_;
    std::size_t size_ = kHeaderSize;
};

/// MESSAGE-INTEGRITY, when there is a key, and FINGERPRINT; the length of the whole.
std::size_t seal(Writer& writer, const std::string& key) {
    if (!key.empty()) {
        const Digest digest = integrity(writer.written(), key);
        std::copy(digest.begin(), digest.end(), writer.attribute(kMessageIntegrity, digest.size()).begin());
    }
    // The fingerprint covers the header with the length that counts it (RFC 8489 §14.7).
    const std::size_t covered = writer.written().size();
    const auto fingerprint = writer.attribute(kFingerprint, 4);
    put32(fingerprint, crc32(writer.written().first(covered)) ^ kFingerprintMask);
    return writer.written().size();
}

/// The attributes of a whole message in turn, until `look(type, at, value)` returns true: it looks no
/// further. False at the end, and at anything malformed.
template <class Look>
bool find_attribute(std::span<const std::uint8_t> message, Look look) {
    if (message.size() < kHeaderSize || get16(message.subspan(2)) != message.size() - kHeaderSize)
        return false;
    std::size_t at = kHeaderSize;
    while (message.size() - at >= kAttributeHeader) {
        const std::size_t size = get16(message.subspan(at + 2));
        if (size > message.size() - at - kAttributeHeader) return false;
        if (look(get16(message.subspan(at)), at, message.subspan(at + kAttributeHeader, size))) return true;
        at += kAttributeHeader + (size + 3) / 4 * 4;
        if (at > message.size()) return false;
    }
    return false;
}

std::optional<TransactionId> transaction_of(std::span<const std::uint8_t> head, std::uint16_t type) {
    if (!is_message(head) || get16(head) != type) return std::nullopt;
    TransactionId transaction;
    std::copy_n(head.begin() + 8, transaction.size(), transaction.begin());
    return transaction;
}

}  // namespace

std::size_t write(const BindingRequest& request, std::span<std::uint8_t, kMaxRequest> out) {
    Writer writer(out, kBindingRequest, request.transaction);
    const std::size_t name_size = std::min<std::size_t>(request.username.size(), 513);
    std::memcpy(writer.attribute(kUsername, name_size).data(), request.username.data(), name_size);
    put32(writer.attribute(kPriority, 4), request.priority);
    const auto role = writer.attribute(request.controlling ? kIceControlling : kIceControlled, 8);
    put32(role, static_cast<std::uint32_t>(request.tie_breaker >> 32));
    put32(role.subspan(4), static_cast<std::uint32_t>(request.tie_breaker));
    if (request.nominate) writer.attribute(kUseCandidate, 0);
    return seal(writer, request.key);
}

std::size_t write_success(const TransactionId& transaction, const SocketAddress& mapped,
                          const std::string& key, std::span<std::uint8_t, kMaxRequest> out) {
    Writer writer(out, kBindingSuccess, transaction);
    // RFC 8489 §14.2: the port and the address, under the cookie and the transaction.
    const bool v6 = mapped.is_ipv6();
    const auto value = writer.attribute(kXorMappedAddress, v6 ? 20 : 8);
    value[0] = 0;
    value[1] = v6 ? 2 : 1;
    put16(value.subspan(2), static_cast<std::uint16_t>(mapped.port() ^ (kMagicCookie >> 16)));
    const auto* const any = mapped.data();
    const void* const address =
        v6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(any)->sin6_addr)
           : &reinterpret_cast<const sockaddr_in*>(any)->sin_addr;
    std::memcpy(value.data() + 4, address, v6 ? 16 : 4);
    const auto mask = writer.written().subspan(4);
    for (std::size_t i = 4; i < value.size(); ++i)
        value[i] = static_cast<std::uint8_t>(value[i] ^ mask[i - 4]);
    return seal(writer, key);
}

bool is_message(std::span<const std::uint8_t> head) {
    return head.size() >= kHeaderSize && head[0] <= 3 && get32(head.subspan(4)) == kMagicCookie;
}

bool is_request(std::span<const std::uint8_t> head) {
    return transaction_of(head, kBindingRequest).has_value();
}

std::optional<TransactionId> success_response(std::span<const std::uint8_t> head) {
    return transaction_of(head, kBindingSuccess);
}

std::optional<TransactionId> authentic_request(std::span<const std::uint8_t> message,
                                               std::string_view username, const std::string& key) {
    const auto transaction = transaction_of(message, kBindingRequest);
    if (!transaction || !has_integrity(message, key)) return std::nullopt;
    const bool for_us = find_attribute(message, [&](std::uint16_t type, std::size_t, auto value) {
        return type == kUsername && std::equal(value.begin(), value.end(), username.begin(), username.end());
    });
    return for_us ? transaction : std::nullopt;
}

bool has_integrity(std::span<const std::uint8_t> message, const std::string& key) {
    std::uint8_t difference = 1;
    find_attribute(message, [&](std::uint16_t type, std::size_t at, auto value) {
        if (type != kMessageIntegrity) return false;
        if (value.size() != kIntegritySize) return true;
        const Digest digest = integrity(message.first(at), key);
        difference = 0;
        for (std::size_t i = 0; i < value.size(); ++i) {
            difference = static_cast<std::uint8_t>(difference | (digest[i] ^ value[i]));
        }
        return true;
    });
    return difference == 0;
}

std::optional<Check> read_check(std::span<const std::uint8_t> message, std::string_view username,
                                const std::string& key) {
    const auto transaction = transaction_of(message, kBindingRequest);
    if (!transaction) return std::nullopt;
    Check check;
    check.transaction = *transaction;
    bool right_name = false;
    std::size_t read = kHeaderSize;
    find_attribute(message, [&](std::uint16_t type, std::size_t at, auto value) {
        read = at + kAttributeHeader + (value.size() + 3) / 4 * 4;
        // RFC 8489 §14.5: what follows the integrity does not count, but for the fingerprint.
        if (check.has_integrity && type != kFingerprint) return false;
        switch (type) {
            case kUsername:
                check.has_username = true;
                right_name = std::equal(value.begin(), value.end(), username.begin(), username.end());
                break;
            case kMessageIntegrity:
                check.has_integrity = true;
                break;
            case kFingerprint:
                check.fingerprint = value.size() == 4 && read == message.size() &&
                                    get32(value) == (crc32(message.first(at)) ^ kFingerprintMask);
                break;
            case kUseCandidate:
                check.use_candidate = true;
                break;
            case kPriority:
                if (value.size() == 4) check.priority = get32(value);
                break;
            case kIceControlled:
                check.says_controlled = true;
                break;
            default:
                if (type < kFirstOptional && !check.unknown) check.unknown = type;
        }
        return false;
    });
    // Something in it was cut off or left over.
    if (read != message.size()) return std::nullopt;
    check.authentic = right_name && check.has_integrity && has_integrity(message, key);
    return check;
}

std::size_t write_error(const TransactionId& transaction, int code, std::optional<std::uint16_t> unknown,
                        const std::string& key, std::span<std::uint8_t, kMaxRequest> out) {
    Writer writer(out, kBindingError, transaction);
    const auto value = writer.attribute(kErrorCode, 4);
    put16(value, 0);
    value[2] = static_cast<std::uint8_t>(code / 100);
    value[3] = static_cast<std::uint8_t>(code % 100);
    if (unknown) put16(writer.attribute(kUnknownAttributes, 2), *unknown);
    return seal(writer, key);
}

}  // namespace causeway::stun
