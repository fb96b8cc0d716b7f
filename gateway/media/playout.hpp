// From packets that come as they like to frames of PCM when they are due: jitter buffer, decoder,
// concealment, recovery by the next packet's FEC. Owner's thread; pure; no allocation after construction.
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
#include "gateway/media/lane_counters.hpp"
#include "transcode/codec.hpp"

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
    /// A packet of the stream that is no audio: its number is not lost.
    void pass_over(const rtp::RtpHeader& header, Instant now) { buffer_.pass_over(header, now); }

    /// The next frame, always whole: audio, concealment or silence. Valid until the next call.
    std::span<const std::int16_t> next_frame(Instant now);

    /// Nothing has come for a while: what next_frame gives is silence.
    bool idle() const { return quiet_samples_ >= fade_samples_; }
    /// Forgets what waits, keeps what the path is like.
    void reset();

    const rtp::JitterBufferStats& stats() const { return buffer_.stats(); }
    int delay_ms() const { return buffer_.delay_ms(); }
    int target_ms() const { return buffer_.target_ms(); }
    int max_delay_ms() const { return max_delay_ms_; }
    /// Audio that was made up for packets that did not come in time.
    std::uint64_t concealed_ms() const { return concealed_samples_ * 1000 / sample_rate_; }

  private:
    Playout(const PlayoutSettings& settings, std::unique_ptr<transcode::Decoder> decoder,
            LaneCounters& counters);

    void fill(Instant now);
    void play(const rtp::JitterFrame& frame);
    void replace_lost(const rtp::JitterFrame& frame);
    void fill_empty(std::size_t samples);
    std::span<std::int16_t> room();
    std::size_t samples_of(std::uint32_t ticks) const;

    // Given.
    std::size_t frame_samples_;
    std::size_t fade_samples_;  ///< so long an empty buffer is concealed, then there is silence
    std::uint32_t clock_rate_;
    std::uint32_t sample_rate_;
    int max_delay_ms_;
    LaneCounters& counters_;
    // Owned.
    std::unique_ptr<transcode::Decoder> decoder_;
    rtp::JitterBuffer buffer_;
    std::vector<std::int16_t> pcm_;  ///< decoded, not yet given: a frame and the longest packet at most
    std::vector<std::int16_t> frame_;
    // State.
    std::size_t held_ = 0;           ///< samples in `pcm_`
    std::size_t quiet_samples_ = 0;  ///< given as empty since the last packet
    std::uint64_t concealed_samples_ = 0;
};

}  // namespace causeway::media
