// Comfort noise for codecs that have none of their own: what a packet describes is made audible, and silence
// is found and described. One stream, one thread; pure, no allocation. RFC 3389 §3, §4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace causeway::transcode {

/// Noise as an RFC 3389 packet describes it.
class ComfortNoise {
  public:
    explicit ComfortNoise(int sample_rate) : sample_rate_(sample_rate) {}

    /// Total on any bytes; an empty payload changes nothing.
    void describe(std::span<const std::uint8_t> payload);
    /// The next samples. The level glides to a new one.
    void render(std::span<std::int16_t> pcm);

  private:
    static constexpr std::size_t kMostCoefficients = 16;

    // Given.
    int sample_rate_;
    // State.
    float wanted_gain_ = 0;
    float gain_ = 0;
    std::size_t order_ = 0;
    std::array<float, kMostCoefficients> reflection_{};
    std::array<float, kMostCoefficients + 1> backward_{};
    std::uint32_t random_ = 1;
};

/// Tells speech from silence by level, with a hangover, and says what to send of the silence.
class SilenceDetector {
  public:
    enum class Verdict {
        speech,
        describe,  ///< silence: send a packet of `level_dbov` now
        nothing,   ///< silence that the last description covers
    };
    explicit SilenceDetector(int frame_ms = 20) : frame_ms_(frame_ms) {}

    Verdict judge(std::span<const std::int16_t> pcm);
    /// Of the silence; 0..127, the number of RFC 3389 §3.1.
    std::uint8_t level_dbov() const;

  private:
    // Given.
    int frame_ms_;
    // State.
    float floor_ = 0;    ///< mean square of the background
    float silence_ = 0;  ///< mean square of the silence that is described
    int quiet_ms_ = 0;   ///< since the last sound above the background
    int described_ms_ago_ = 0;
    std::uint8_t described_ = 0;
    bool silent_ = false;
};

}  // namespace causeway::transcode
