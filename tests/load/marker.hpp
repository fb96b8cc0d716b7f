// Markers in sound: a short loud burst after silence, made and found again. The onset is found to the sample.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace causeway::load {

inline constexpr int kMarkerSilence_ms = 240;
inline constexpr int kMarkerBurst_ms = 60;

/// Silence (faint noise), burst of 1 kHz, silence: written into `pcm` from `at_ms` on. It is 540 ms long.
void write_marker(std::span<std::int16_t> pcm, int sample_rate, int at_ms);
/// Where the burst of such a marker begins.
constexpr int marker_onset_ms(int at_ms) {
    return at_ms + kMarkerSilence_ms;
}

/// Hears one stream and tells when a burst begins.
class MarkerFinder {
  public:
    explicit MarkerFinder(int sample_rate);

    /// The index in `pcm` of the first sample of a burst, if one begins there.
    std::optional<std::size_t> hear(std::span<const std::int16_t> pcm);

  private:
    int needed_;     ///< quiet samples before a burst
    int quiet_ = 0;  ///< so far
};

}  // namespace causeway::load
