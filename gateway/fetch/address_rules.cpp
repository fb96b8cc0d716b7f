#include "gateway/fetch/address_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace causeway::fetch {
namespace {

struct Block4 {
    std::uint32_t network;
    int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0) {
    return a << 24U | b << 16U | c << 8U;
}

constexpr std::array<Block4, 16> kNotPublic4{{
    {v4(0, 0), 8},           // RFC 1122 §3.2.1.3: this host, this network
    {v4(10, 0), 8},          // RFC 1918
    {v4(100, 64), 10},       // RFC 6598: shared address space
    {v4(127, 0), 8},         // RFC 1122 §3.2.1.3: loopback
    {v4(169, 254), 16},      // RFC 3927: link-local, and the metadata servers of clouds
    {v4(172, 16), 12},       // RFC 1918
    {v4(192, 0, 0), 24},     // RFC 6890: protocol assignments
    {v4(192, 0, 2), 24},     // RFC 5737: documentation
    {v4(192, 52, 193), 24},  // RFC 7450: AMT relays
    {v4(192, 88, 99), 24},   // RFC 7526: 6to4 relays, deprecated
    {v4(192, 168), 16},      // RFC 1918
    {v4(198, 18), 15},       // RFC 2544: benchmarks
    {v4(198, 51, 100), 24},  // RFC 5737
    {v4(203, 0, 113), 24},   // RFC 5737
    {v4(224, 0), 4},         // RFC 5771: multicast
    {v4(240, 0), 4},         // RFC 1112 §4: reserved; broadcast
}};

struct Block6 {
    std::array<std::uint8_t, 4> network;
    int bits;
};

/// What is not public within 2000::/3.
constexpr std::array<Block6, 4> kNotPublic6{{
    {{0x20, 0x01, 0x00, 0x00}, 23},  // RFC 2928: protocol assignments; Teredo (RFC 4380), ORCHID, benchmarks
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // RFC 3849: documentation
    {{0x20, 0x02, 0x00, 0x00}, 16},  // RFC 3056: 6to4, whatever IPv4 address it carries
    {{0x3f, 0xff, 0x00, 0x00}, 20},  // RFC 9637: documentation
}};

/// RFC 6052 §2.1. An IPv6-only network reaches the public IPv4 Internet by it.
constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};

std::uint32_t big_endian(std::span<const std::uint8_t, 4> octets) {
    return std::uint32_t{octets[0]} << 24U | std::uint32_t{octets[1]} << 16U |
           std::uint32_t{octets[2]} << 8U | octets[3];
}

bool within(std::uint32_t address, std::uint32_t network, int bits) {
    return ((address ^ network) >> (32 - bits)) == 0;
}

bool is_public4(std::uint32_t address) {
    return std::none_of(kNotPublic4.begin(), kNotPublic4.end(),
                        [&](const Block4& block) { return within(address, block.network, block.bits); });
}

bool is_public6(std::span<const std::uint8_t, 16> octets) {
    if (std::equal(kNat64.begin(), kNat64.end(), octets.begin())) {
        return is_public4(big_endian(octets.last<4>()));
    }
    // RFC 4291 §2.4: global unicast is assigned from 2000::/3 only. Outside are loopback, ULA, link-local,
    // multicast and the IPv4-compatible and -translated forms.
    const std::uint32_t head = big_endian(octets.first<4>());
    if (!within(head, 0x20000000U, 3)) return false;
    return std::none_of(kNotPublic6.begin(), kNotPublic6.end(), [&](const Block6& block) {
        return within(head, big_endian(block.network), block.bits);
    });
}

}  // namespace

bool is_public(const SocketAddress& address) {
    if (address.is_ipv6()) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address.data(), sizeof v6);
        return is_public6(std::span<const std::uint8_t, 16>(v6.sin6_addr.s6_addr));
    }
    // IPv4-mapped addresses (RFC 4291 §2.5.5.2) come here too: SocketAddress folds them.
    sockaddr_in found{};
    std::memcpy(&found, address.data(), sizeof found);
    return is_public4(ntohl(found.sin_addr.s_addr));
}

}  // namespace causeway::fetch
