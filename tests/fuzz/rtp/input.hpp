// Fuzz input as a stream of small values; what runs out is zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace causeway::fuzz {

class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    bool empty() const { return rest_.empty(); }
    std::uint8_t u8() { return take(1).empty() ? std::uint8_t{0} : last_; }
    std::uint16_t u16() { return static_cast<std::uint16_t>(u8() << 8 | u8()); }
    std::uint32_t u32() { return std::uint32_t{u16()} << 16 | u16(); }
    /// At most `size` bytes.
    std::span<const std::uint8_t> take(std::size_t size) {
        const auto part = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(part.size());
        if (!part.empty()) last_ = part.back();
        return part;
    }
    std::span<const std::uint8_t> rest() { return take(rest_.size()); }

  private:
    std::span<const std::uint8_t> rest_;
    std::uint8_t last_ = 0;
};

/// Ends the run when an invariant is broken.
inline void must(bool holds) {
    if (!holds) __builtin_trap();
}

}  // namespace causeway::fuzz
