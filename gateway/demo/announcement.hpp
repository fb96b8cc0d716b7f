// The spoken announcement, built into the binary. Mu-law at 8 kHz; made with espeak-ng.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace causeway::demo {

/// The whole announcement as G.711 mu-law bytes.
std::span<const std::uint8_t> announcement();
/// One sample of it as linear PCM. `index` < announcement().size().
std::int16_t announcement_sample(std::size_t index);

}  // namespace causeway::demo
