#include "tests/load/stun_message.hpp"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>

#include "core/rtp/big_endian.hpp"

namespace causeway::load::stun {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::uint32_t kCookie = 0x2112a442;
constexpr std::size_t kMac = 20;

constexpr std::uint16_t kUsername = 0x0006;
constexpr std::uint16_t kIntegrity = 0x0008;
constexpr std::uint16_t kMapped = 0x0020;
constexpr std::uint16_t kPriority = 0x0024;
constexpr std::uint16_t kUseCandidate = 0x0025;
constexpr std::uint16_t kFingerprint = 0x8028;
constexpr std::uint16_t kControlling = 0x802a;

constexpr std::uint32_t kPeerReflexivePriority = (110U << 24) | (65535U << 8) | 255U;

std::uint16_t get_16(std::span<const std::uint8_t> bytes, std::size_t at) {
    return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

void put(Bytes& out, std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

void put_length(Bytes& out, std::size_t length) {
    out[2] = static_cast<std::uint8_t>(length >> 8);
    out[3] = static_cast<std::uint8_t>(length);
}

void put_text(Bytes& out, std::uint16_t type, std::string_view text) {
    put(out, type, 2);
    put(out, text.size(), 2);
    out.insert(out.end(), text.begin(), text.end());
    while (out.size() % 4 != 0) out.push_back(0);
}

std::array<std::uint8_t, kMac> mac(std::span<const std::uint8_t> bytes, std::string_view key) {
    std::array<std::uint8_t, kMac> result{};
    unsigned size = kMac;
    ::HMAC(::EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), result.data(),
           &size);
    return result;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
            made[i] = value;
        }
        return made;
    }();
    std::uint32_t crc = 0xffffffffU;
    for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ table[(crc ^ byte) & 0xff];
    return ~crc;
}

Bytes begin(Kind kind, const Transaction& transaction) {
    Bytes out;
    out.reserve(160);
    put(out, static_cast<std::uint16_t>(kind), 2);
    put(out, 0, 2);
    put(out, kCookie, 4);
    out.insert(out.end(), transaction.begin(), transaction.end());
    return out;
}

/// MESSAGE-INTEGRITY and FINGERPRINT, each made over a header that counts it (RFC 8489 §14.5, §14.7).
void finish(Bytes& out, std::string_view key) {
    put_length(out, out.size() - kHeader + 4 + kMac);
    const auto code = mac(out, key);
    put(out, kIntegrity, 2);
    put(out, kMac, 2);
    out.insert(out.end(), code.begin(), code.end());
    put_length(out, out.size() - kHeader + 8);
    const std::uint32_t sum = crc32(out) ^ 0x5354554eU;
    put(out, kFingerprint, 2);
    put(out, 4, 2);
    put(out, sum, 4);
}

struct Attribute {
    std::uint16_t type;
    std::size_t at;  ///< of the value
    std::size_t size;
};

/// Calls `see` for each attribute; false when they do not fill the message.
template <class See>
bool each_attribute(std::span<const std::uint8_t> datagram, See see) {
    std::size_t at = kHeader;
    while (at + 4 <= datagram.size()) {
        const Attribute attribute{get_16(datagram, at), at + 4, get_16(datagram, at + 2)};
        at += 4 + (attribute.size + 3) / 4 * 4;
        if (at > datagram.size()) return false;
        see(attribute);
    }
    return at == datagram.size();
}

}  // namespace

std::optional<Message> read(std::span<const std::uint8_t> datagram) {
    if (datagram.size() < kHeader || get_16(datagram, 2) + kHeader != datagram.size()) return std::nullopt;
    if (((get_16(datagram, 4) << 16U) | get_16(datagram, 6)) != kCookie) return std::nullopt;
    Message message;
    message.kind = static_cast<Kind>(get_16(datagram, 0));
    std::memcpy(message.transaction.data(), datagram.data() + 8, message.transaction.size());
    const bool whole = each_attribute(datagram, [&](const Attribute& attribute) {
        if (attribute.type != kUsername) return;
        message.username = {reinterpret_cast<const char*>(datagram.data() + attribute.at), attribute.size};
    });
    if (!whole) return std::nullopt;
    return message;
}

bool has_integrity(std::span<const std::uint8_t> datagram, std::string_view key) {
    bool good = false;
    each_attribute(datagram, [&](const Attribute& attribute) {
        if (attribute.type != kIntegrity || attribute.size != kMac) return;
        Bytes covered(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(attribute.at - 4));
        put_length(covered, attribute.at + kMac - kHeader);
        const auto code = mac(covered, key);
        good = std::memcmp(code.data(), datagram.data() + attribute.at, kMac) == 0;
    });
    return good;
}

Bytes write(const Check& check) {
    Bytes out = begin(Kind::request, check.transaction);
    put_text(out, kUsername, check.username);
    put(out, kPriority, 2);
    put(out, 4, 2);
    put(out, kPeerReflexivePriority, 4);
    put(out, kControlling, 2);
    put(out, 8, 2);
    put(out, check.tie_breaker, 8);
    if (check.nominate) {
        put(out, kUseCandidate, 2);
        put(out, 0, 2);
    }
    finish(out, check.key);
    return out;
}

Bytes write_success(const Transaction& transaction, const SocketAddress& mapped, std::string_view key) {
    Bytes out = begin(Kind::success, transaction);
    // XOR-MAPPED-ADDRESS (RFC 8489 §14.2): the port with the cookie's half, the address with cookie and
    // transaction.
    std::array<std::uint8_t, 16> mask{0x21, 0x12, 0xa4, 0x42};
    std::memcpy(mask.data() + 4, transaction.data(), transaction.size());
    const std::size_t size = mapped.is_ipv6() ? 16 : 4;
    std::array<std::uint8_t, 16> address{};
    if (mapped.is_ipv6()) {
        std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in6*>(mapped.data())->sin6_addr, size);
    } else {
        std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in*>(mapped.data())->sin_addr, size);
    }
    put(out, kMapped, 2);
    put(out, 4 + size, 2);
    put(out, mapped.is_ipv6() ? 2 : 1, 2);
    put(out, static_cast<std::uint16_t>(mapped.port() ^ 0x2112), 2);
    for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(address[i] ^ mask[i]));
    finish(out, key);
    return out;
}

}  // namespace causeway::load::stun
