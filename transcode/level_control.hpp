// The level of one direction's sound, as a trunk's configuration wants it: hum taken out, speech brought to
// one loudness, a fixed gain, and a limiter that rounds what would not fit. In place on PCM. One stream, one
// thread, no allocation after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace causeway::transcode {

struct LevelSettings {
    int gain_db = 0;         ///< after all else
    bool high_pass = false;  ///< what lies below voices is taken out
    bool agc = false;        ///< quiet and loud speakers are brought to one level, slowly

    /// Whether any of it is wanted: sound that passes through untouched cannot have it.
    bool any() const { return gain_db != 0 || high_pass || agc; }
    friend bool operator==(const LevelSettings&, const LevelSettings&) = default;
};

class LevelControl {
  public:
    LevelControl(const LevelSettings& settings, int sample_rate);
    ~LevelControl();
    LevelControl(const LevelControl&) = delete;
    LevelControl& operator=(const LevelControl&) = delete;

    /// Whole 10 ms, the stream's next. Automatic gain delays by 10 ms, the rest by nothing.
    void apply(std::span<std::int16_t> pcm);

  private:
    class HighPass;
    class AutomaticGain;
    class Limiter;

    // Null: not wanted.
    std::unique_ptr<HighPass> high_pass_;
    std::unique_ptr<AutomaticGain> agc_;
    std::unique_ptr<Limiter> gain_;
};

}  // namespace causeway::transcode
