// Key presses that a telephone sends as sound: two tones at once, found by Goertzel's algorithm and held
// against the limits of ITU-T Q.24 (40 ms are a digit, 23 ms are none; 10 ms of interruption are none, 40 ms
// are a pause). Pure; no allocation after construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace causeway::media {

class ToneDetector {
  public:
    struct Press {
        char digit = 0;
        int duration_ms = 0;

        friend bool operator==(const Press&, const Press&) = default;
    };

    explicit ToneDetector(int sample_rate);

    /// A press, when one has ended within these samples.
    std::optional<Press> push(std::span<const std::int16_t> pcm);
    /// The sound stops here: a press that was going on has ended.
    std::optional<Press> finish();

  private:
    /// The key whose tones the block holds, 0 for none.
    char listen() const;
    /// What one more half block makes of the state.
    std::optional<Press> judge(char heard);
    double power_at(double coefficient) const;

    // Given.
    int sample_rate_;
    std::size_t block_size_;  ///< 12.75 ms, judged each half of it
    std::array<double, 4> low_{};
    std::array<double, 4> high_{};
    // State.
    std::vector<std::int16_t> block_;
    std::size_t filled_ = 0;
    char candidate_ = 0;
    int hits_ = 0;
    char pressed_ = 0;
    int misses_ = 0;
    int halves_ = 0;  ///< of the press that goes on
};

}  // namespace causeway::media
