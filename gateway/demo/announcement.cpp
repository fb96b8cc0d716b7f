#include "gateway/demo/announcement.hpp"

// The bytes are placed by the assembler: see announcement_data.S.
extern "C" {
extern const std::uint8_t causeway_announcement_begin[];
extern const std::uint8_t causeway_announcement_end[];
}

namespace causeway::demo {

std::span<const std::uint8_t> announcement() {
    return {causeway_announcement_begin, causeway_announcement_end};
}

std::int16_t announcement_sample(std::size_t index) {
    // ITU-T G.711 §4: sign, three bits of segment, four of interval; all bits inverted on the line.
    const int code = static_cast<std::uint8_t>(~announcement()[index]);
    const int magnitude = (((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
    return static_cast<std::int16_t>((code & 0x80) != 0 ? 0x84 - magnitude : magnitude - 0x84);
}

}  // namespace causeway::demo
