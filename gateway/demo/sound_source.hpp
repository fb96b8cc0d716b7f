// The exchange's own sounds as PCM, one 20 ms frame at a time. Pure: time is counted in samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gateway/demo/numbers.hpp"

namespace causeway::demo {

/// 8 kHz mono. One per call.
class SoundSource {
  public:
    explicit SoundSource(Sound sound) : sound_(sound) {}

    /// Writes the next samples. False when this sound has come to its end (the announcement) or makes none of
    /// its own (echo): then nothing was written.
    bool fill(std::span<std::int16_t> frame);

  private:
    double sine(double frequency) const;

    Sound sound_;
    std::size_t position_ = 0;  ///< samples since the start
};

}  // namespace causeway::demo
