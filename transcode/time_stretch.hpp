// Makes decoded sound a little shorter or longer without a click: one period is taken out or put in where the
// sound is most like itself (WSOLA: waveform-similarity overlap-add). One stream, one thread, no allocation
// after construction; costs nothing while it is not called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace causeway::transcode {

class TimeStretch {
  public:
    /// How unlike the two sides of a splice may be. Silence may always be cut.
    enum class Haste { none, some, great };

    explicit TimeStretch(int sample_rate);

    /// Takes at most `most` samples out of `pcm`, which should hold 20 ms, and moves the rest up. Returns how
    /// many; 0 when there is no good place.
    std::size_t shorten(std::span<std::int16_t> pcm, std::size_t most, Haste haste);
    /// Puts at most `most` samples into the first `held` of `pcm` (the room must allow for them). Returns how
    /// many.
    std::size_t lengthen(std::span<std::int16_t> pcm, std::size_t held, std::size_t most, Haste haste);

  private:
    struct Splice {
        std::size_t lag = 0;  ///< 0: none
        float likeness = 0;   ///< correlation, -1..1
    };
    Splice find(std::span<const std::int16_t> pcm, std::size_t most, Haste haste) const;
    Splice most_alike(std::span<const std::int16_t> pcm, std::size_t least, std::size_t most) const;
    Splice best_of(std::span<const std::int16_t> pcm, std::size_t least, std::size_t most,
                   std::size_t step) const;
    float likeness(std::span<const std::int16_t> pcm, std::size_t lag, std::size_t step) const;
    /// From one sound to the other within `blend_`, at an even level.
    void blend(const std::int16_t* from, const std::int16_t* to, float likeness);

    // Given.
    std::size_t shortest_;  ///< usual least lag
    std::size_t longest_;
    std::size_t compared_;
    std::size_t coarse_;  ///< the search looks at 8000 samples a second first
    // State.
    std::vector<std::int16_t> blend_;
};

}  // namespace causeway::transcode
