// A pressed digit as sound, for a peer that knows no telephone events: two tones of ITU-T Q.23. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace causeway::media {

/// A queue of digits, sounded one after the other with pauses between.
class DtmfTone {
  public:
    static constexpr std::size_t kQueue = 32;

    /// False for anything but 0-9 * # A-D, and when the queue is full.
    bool start(char digit, int duration_ms, int sample_rate);
    /// Something sounds, waits, or is in the pause that has to follow.
    bool active() const { return tone_left_ + pause_left_ + waiting_ > 0; }
    /// The next samples: tone, then silence.
    void render(std::span<std::int16_t> pcm);

  private:
    /// A sine by the recurrence y[n] = 2 cos(w) y[n-1] - y[n-2]: two multiplications per sample.
    struct Oscillator {
        double coefficient = 0;
        double last = 0;
        double before_last = 0;
        void start(double frequency, int sample_rate);
        double next();
    };

    struct Press {
        std::size_t key = 0;
        int duration_ms = 0;
        int sample_rate = 0;
    };
    void begin_next();

    std::array<Press, kQueue> queue_{};
    std::size_t head_ = 0;
    std::size_t waiting_ = 0;
    Oscillator low_;
    Oscillator high_;
    std::size_t tone_left_ = 0;
    std::size_t pause_left_ = 0;
};

}  // namespace causeway::media
