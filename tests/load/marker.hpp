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

/// Hears one stream and tells when a burst began: silence, then the steady tone. A voice after a pause is
/// none.
class MarkerFinder {
  public:
    explicit MarkerFinder(int sample_rate);

    /// `begin` is the time of the first sample in nanoseconds. The time at which a burst began, when that is
    /// sure: up to 24 ms later.
    std::optional<std::int64_t> hear(std::span<const std::int16_t> pcm, std::int64_t begin);

  private:
    bool confirm(int sample);
    void reject();

    const int sample_rate_;
    const int needed_quiet_;  ///< samples
    int quiet_ = 0;           ///< so far
    bool in_burst_ = false;   ///< perhaps
    std::int64_t onset_ = 0;
    int heard_ = 0;      ///< samples since the onset
    int peak_ = 0;       ///< of the current millisecond
    int crossings_ = 0;  ///< of zero
    int last_ = 0;
};

}  // namespace causeway::load
