// Unpredictable numbers from the kernel: ids, SSRCs, ICE passwords, tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace causeway {

/// Fills `out` from getrandom(2); aborts if the kernel has none to give. Any thread.
void fill_random(std::span<std::uint8_t> out);

std::uint16_t random_u16();
std::uint32_t random_u32();
std::uint64_t random_u64();

/// `length` characters of [A-Za-z0-9], about 5.95 bits each.
std::string random_token(std::size_t length);

}  // namespace causeway
