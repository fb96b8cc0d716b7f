// From packets that come as they like to frames of PCM when they are due: jitter buffer, decoder,
// concealment, recovery by the next packet's FEC, comfort noise, stretched time. Owner's thread; pure; no
// allocation after construction. RFC 3389 §4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/rtp/jitter_buffer.hpp"
#include "core/sdp/audio_media.hpp"
#include "gateway/media/delay_control.hpp"
#include "gateway/media/lane_counters.hpp"
#include "transcode/codec.hpp"
#include "transcode/comfort_noise.hpp"
#include "transcode/time_stretch.hpp"

namespace causeway::media {

struct PlayoutSettings {
    sdp::AudioFormat format;
    int sample_rate = 8000;  ///< of the frames
    int frame_ms = 20;
    int max_delay_ms = 200;
};

class Playout {
  public:
    /// An Error when there is no such decoder.
    static Result<std::unique_ptr<Playout>> make(const PlayoutSettings& settings, LaneCounters& counters);

    void push(const rtp::RtpView& packet, Instant now) { buffer_.push(packet, now); }
    /// An RFC 3389 packet: noise until the next audio.
    void push_noise(const rtp::RtpView& packet, Instant now) { buffer_.push_noise(packet, now); }
    /// A packet of the stream that is no audio: its number is not lost.
    void pass_over(const rtp::RtpHeader& header, Instant now) { buffer_.pass_over(header, now); }

    /// A frame that is due may wait so long for its packet: jitter below this needs no delay.
    static constexpr Duration kPatience = std::chrono::milliseconds(12);

    /// The next frame, always whole: audio, concealment, comfort noise or silence. It was `due` by the
    /// frames' clock, a little before `now`. Valid until the next call.
    std::span<const std::int16_t> next_frame(Instant due, Instant now);
    /// The next frame can be had without concealment.
    bool ready();
    /// Nothing is expected: there is no use in waiting for a packet.
    bool pausing() const { return idle() || pause_ != Pause::none; }
    /// When the talk spurt that has come in should begin; nullopt while none has.
    std::optional<Instant> spurt_due();
    /// By how much the frames' clock shall be later with the next frame.
    Duration take_shift();

    /// Nothing has come for a while: what next_frame gives is silence.
    bool idle() const { return quiet_samples_ >= fade_samples_; }
    /// Forgets what waits, keeps what the path is like.
    void reset();

    std::optional<int> mode_request() const { return decoder_->mode_request(); }
    const rtp::JitterBufferStats& stats() const { return buffer_.stats(); }
    int delay_ms() const { return buffer_.delay_ms(); }
    int target_ms() const { return buffer_.target_ms(); }
    int max_delay_ms() const { return max_delay_ms_; }
    /// Audio that was made up for packets that did not come in time.
    std::uint64_t concealed_ms() const { return concealed_samples_ * 1000 / sample_rate_; }
    /// Sound taken out to keep the delay, samples.
    std::uint64_t shortened() const { return shortened_; }

  private:
    Playout(const PlayoutSettings& settings, std::unique_ptr<transcode::Decoder> decoder,
            LaneCounters& counters);

    /// What fills the time until the next packet.
    enum class Pause : std::uint8_t {
        none,
        noise,  ///< RFC 3389
        codec,  ///< the codec's own discontinuous transmission
    };

    void fill(Instant due, Instant now);
    void play(const rtp::JitterFrame& frame, Instant due);
    void begin_noise(const rtp::JitterFrame& frame);
    void learn_length(std::size_t samples);
    void stretch(Instant due, Instant now);
    void shorten(Duration excess, Instant due, Instant now);
    Duration settling_time() const;
    Duration duration_of(std::size_t samples) const;
    void replace_lost(const rtp::JitterFrame& frame);
    void fill_empty(std::size_t samples);
    std::span<std::int16_t> room();
    std::size_t samples_of(std::uint32_t ticks) const;
    std::size_t samples_of_time(Duration time) const;

    // Given.
    std::size_t frame_samples_;
    std::size_t fade_samples_;         ///< so long an empty buffer is concealed, then there is silence
    std::size_t codec_pause_samples_;  ///< so long the codec's own noise goes on by itself
    std::uint32_t clock_rate_;
    std::uint32_t sample_rate_;
    int max_delay_ms_;
    LaneCounters& counters_;
    Duration frame_time_;
    bool is_opus_;
    // Owned.
    std::unique_ptr<transcode::Decoder> decoder_;
    transcode::ComfortNoise noise_;
    transcode::TimeStretch stretch_;
    DelayControl control_;
    rtp::JitterBuffer buffer_;
    std::vector<std::int16_t> pcm_;  ///< decoded, not yet given: a frame and the longest packet at most
    std::vector<std::int16_t> frame_;
    // State.
    std::size_t held_ = 0;           ///< samples in `pcm_`
    std::size_t quiet_samples_ = 0;  ///< given as empty since the last packet
    std::uint64_t concealed_samples_ = 0;
    Pause pause_ = Pause::none;
    std::size_t paused_samples_ = 0;
    Duration settle_{};  ///< still to be added to the frames' clock
    std::uint64_t shortened_ = 0;
};

}  // namespace causeway::media
