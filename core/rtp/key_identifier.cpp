#include "core/rtp/key_identifier.hpp"

#include <algorithm>
#include <cstring>

#include "core/rtp/packet_buffer.hpp"

namespace causeway::rtp {
namespace {

/// What follows the identifier: the tag. That of an AEAD is a part of the ciphertext.
std::size_t tag_behind(SrtpProfile profile, PacketPart part) {
    constexpr std::size_t kLong = 10;
    constexpr std::size_t kShort = 4;
    switch (profile) {
        case SrtpProfile::aead_aes_128_gcm:
        case SrtpProfile::aead_aes_256_gcm:
            return 0;
        case SrtpProfile::aes128_cm_sha1_32:
            return part == PacketPart::rtp ? kShort : kLong;
        case SrtpProfile::aes128_cm_sha1_80:
        case SrtpProfile::aes256_cm_sha1_80:
            break;
    }
    return kLong;
}

}  // namespace

bool put_key_identifier(PacketBuffer& packet, SrtpProfile profile, PacketPart part,
                        std::span<const std::uint8_t> identifier) {
    const std::size_t size = packet.size();
    const std::size_t tag = tag_behind(profile, part);
    if (identifier.empty()) return true;
    if (size < tag || packet.room() < size + identifier.size()) return false;
    packet.resize(size + identifier.size());
    std::uint8_t* const at = packet.packet().data() + size - tag;
    std::memmove(at + identifier.size(), at, tag);
    std::copy(identifier.begin(), identifier.end(), at);
    return true;
}

bool take_key_identifier(PacketBuffer& packet, SrtpProfile profile, PacketPart part,
                         std::span<const std::uint8_t> identifier) {
    const std::size_t size = packet.size();
    const std::size_t tag = tag_behind(profile, part);
    if (identifier.empty()) return true;
    if (size < tag + identifier.size()) return false;
    std::uint8_t* const at = packet.packet().data() + size - tag - identifier.size();
    if (!std::equal(identifier.begin(), identifier.end(), at)) return false;
    std::memmove(at, at + identifier.size(), tag);
    packet.resize(size - identifier.size());
    return true;
}

}  // namespace causeway::rtp
