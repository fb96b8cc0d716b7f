// Packet-loss concealment for codecs that have none: the last pitch period again and again, fading to
// silence, and a soft way back. After the idea of G.711 Appendix I. One stream, one thread, no allocation
// after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace causeway::transcode {

class Concealer {
  public:
    explicit Concealer(int sample_rate);

    /// Remembers decoded samples. After a loss their beginning is blended in place with the concealment.
    void hear(std::span<std::int16_t> pcm);
    /// Fills `pcm` with what may have been lost.
    void conceal(std::span<std::int16_t> pcm);

  private:
    std::size_t find_pitch() const;
    std::int16_t next_sample();
    void remember(std::span<const std::int16_t> pcm);

    // Given.
    std::size_t per_ms_;
    // State.
    std::vector<std::int16_t> history_;  ///< the newest last
    std::vector<std::int16_t> period_;   ///< one pitch period, in use while concealing
    std::size_t period_size_ = 0;
    std::size_t position_ = 0;   ///< within the period
    std::size_t concealed_ = 0;  ///< samples since the loss began; 0: nothing is lost
};

}  // namespace causeway::transcode
