// What is measured of the sound of a call: stamps in relayed packets, sequence numbers of converted ones,
// markers in decoded sound. Counts within a window only. On the loop's thread.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "tests/load/histogram.hpp"
#include "tests/load/marker.hpp"
#include "tests/load/rtp_stream.hpp"
#include "tests/load/sound.hpp"

namespace causeway::load {

/// The time that counts, in wire_time; all meters of a thread look at the same one.
struct Window {
    std::int64_t begin = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = std::numeric_limits<std::int64_t>::max();

    bool holds(std::int64_t time) const { return time >= begin && time < end; }
};

/// One direction of all calls of a thread, or of a run.
struct Tally {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;  ///< without duplicates
    std::uint64_t lost = 0;
    /// Of converted streams: what was sent beyond what was heard, where that is more than a few packets.
    std::uint64_t missing = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t reordered = 0;
    std::uint64_t silent_streams = 0;  ///< that heard nothing at all
    Histogram delay;                   ///< of stamped packets
    Histogram audio_delay;             ///< of markers
    Histogram jitter;                  ///< one value per stream (RFC 3550 §6.4.1)
    Histogram longest_gap;             ///< between two packets; one value per stream

    void merge(const Tally& other);
};

/// What a relayed packet carries at the end of its payload.
struct Stamp {
    static constexpr std::size_t kSize = 20;

    std::uint32_t call = 0;
    std::uint32_t number = 0;
    std::int64_t sent = 0;

    void write(std::span<std::uint8_t> payload) const;
    static std::optional<Stamp> read(std::span<const std::uint8_t> payload);
};

/// Plays a loop; stamps its packets if they are relayed.
class LoopSource final : public PayloadSource {
  public:
    LoopSource(const SoundLoop& loop, const Window& window, std::uint32_t call, bool stamped);

    std::size_t next(std::span<std::uint8_t> out) override;

    std::uint64_t sent_in_window() const { return sent_; }
    void begin_window() { sent_ = 0; }
    /// When the burst of the last marker left; 0: none yet.
    std::int64_t last_marker() const { return last_marker_; }

  private:
    const SoundLoop& loop_;
    const Window& window_;
    const std::uint32_t call_;
    const bool stamped_;
    std::size_t frame_;
    std::uint32_t number_ = 0;
    std::uint64_t sent_ = 0;
    std::int64_t last_marker_ = 0;
};

/// Tells new packets from duplicates and late ones, by numbers that may have any width once unwrapped.
class SequenceWatch {
  public:
    enum class Verdict : std::uint8_t { fresh, late, duplicate };

    Verdict see(std::uint32_t number);
    /// How many numbers were passed since `restart`, lost ones included.
    std::uint64_t expected() const { return started_ ? highest_ - first_ + 1 : 0; }
    void restart();

  private:
    bool started_ = false;
    std::uint64_t first_ = 0;
    std::uint64_t highest_ = 0;
    std::uint64_t seen_ = 0;  ///< bit i: highest - i
};

/// Listens to one direction of one call.
class StreamMeter final : public PacketSink {
  public:
    /// `peer` is who sends; it must outlive the meter. Sound is decoded when `listens`.
    StreamMeter(const Window& window, Tally& tally, const LoopSource& peer, sdp::Codec codec,
                std::uint32_t call, bool stamped, bool listens);
    ~StreamMeter() override;

    void packet(const rtp::RtpView& packet, std::int64_t arrived) override;

    /// 0 before.
    std::int64_t first_packet() const { return first_packet_; }
    void begin_window();
    /// Adds what was counted to the tally.
    void end_window();

  private:
    void note_packet_time(const rtp::RtpView& packet, bool next);
    void count_missing(std::uint64_t lost);
    void measure_jitter(std::uint32_t timestamp, std::int64_t arrived);
    void listen(std::span<const std::uint8_t> payload, std::int64_t arrived);

    const Window& window_;
    Tally& tally_;
    const LoopSource& peer_;
    const std::uint32_t call_;
    const bool stamped_;
    const double clock_rate_;
    const int sample_rate_;
    std::unique_ptr<transcode::Decoder> decoder_;
    MarkerFinder finder_;
    SequenceWatch sequence_;
    std::uint16_t last_sequence_ = 0;
    std::uint32_t unwrapped_ = 0;
    std::int64_t first_packet_ = 0;
    std::int64_t last_packet_ = 0;
    std::int64_t longest_gap_ = 0;
    std::uint32_t last_timestamp_ = 0;
    double jitter_ = 0;  ///< nanoseconds
    std::uint32_t newest_timestamp_ = 0;
    std::uint32_t packet_time_ = 0;  ///< ticks that a packet holds, by the last two that followed one another
    std::uint32_t left_out_ = 0;     ///< ticks of announced silence before this packet
    std::uint64_t heard_time_ = 0;   ///< ticks
    std::uint64_t received_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t reordered_ = 0;
};

}  // namespace causeway::load
