// Reads DER (X.690 §10) of strangers piece by piece: definite minimal lengths, one-octet tags. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace causeway::identity {

inline constexpr std::uint8_t kDerInteger = 0x02;
inline constexpr std::uint8_t kDerBitString = 0x03;
inline constexpr std::uint8_t kDerUtf8String = 0x0c;
inline constexpr std::uint8_t kDerIa5String = 0x16;
inline constexpr std::uint8_t kDerSequence = 0x30;

/// [number] EXPLICIT.
constexpr std::uint8_t der_context(unsigned number) {
    return static_cast<std::uint8_t>(0xa0 + number);
}

class DerReader {
  public:
    explicit DerReader(std::string_view der) : rest_(der) {}

    bool at_end() const { return rest_.empty(); }
    bool is_next(std::uint8_t tag) const;
    /// The content of the next element when it has that tag; nullopt also for broken lengths.
    std::optional<std::string_view> take(std::uint8_t tag);
    /// Like `take`, when nothing may come behind it.
    std::optional<std::string_view> take_last(std::uint8_t tag);
    /// A positive INTEGER below 2^56.
    std::optional<std::uint64_t> take_positive();

  private:
    std::string_view rest_;
};

}  // namespace causeway::identity
