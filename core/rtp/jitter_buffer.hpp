// Puts packets back into order and time: adaptive delay, loss told apart from pauses. Owner's thread; pure;
// no allocation after construction, but for the first packets that are larger than usual, and for the first
// time that more of them wait than usual. RFC 3550 §6.4.1 (jitter), RFC 3551 §4.1 (marker at talk spurts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/base/clock.hpp"
#include "core/rtp/delay_estimator.hpp"
#include "core/rtp/jitter_frame.hpp"
#include "core/rtp/packet.hpp"

namespace causeway::rtp {

/// The consumer, once per frame_ms:
///
///     while (pcm holds less than a frame) {
///         auto f = buffer.pop(now);
///         packet: pcm += decode(f.payload)
///         lost:   pcm += recover(f.payload, f.ticks) or conceal(f.ticks)
///         noise:  comfort noise begins
///         empty:  pcm += conceal, comfort noise or silence of f.ticks
///     }
///     take one frame of pcm
///
/// so that packets of 10 to 60 ms all fit. `empty` and `lost` are never longer than a frame and a packet.
/// Delay: `target` follows the 99 % quantile of the measured delays (about 5 s of memory) up to
/// max_delay_ms. A packet that took the quickest way should wait `release`, which is `target` less the
/// consumer's patience. The delay is set anew for free after each pause and grows by waiting (`empty`) when a
/// packet is late; otherwise the consumer brings it to `release`, by when it pops and by stretching time. A
/// gap in timestamps without one in sequence is a pause, not loss. Sequence and timestamp wrap, another SSRC
/// or a restarted sequence begins anew.
class JitterBuffer {
  public:
    explicit JitterBuffer(const JitterBufferSettings& settings);

    /// Copies the payload (at most 1500 bytes). Packets of one format's clock only.
    void push(const RtpView& packet, Instant now);
    /// An RFC 3389 packet: begins a pause that is to be filled.
    void push_noise(const RtpView& packet, Instant now);
    /// A packet of the same stream that is no audio (telephone-event): its number is not lost.
    void pass_over(const RtpHeader& header, Instant now);
    JitterFrame pop(Instant now);

    /// Forgets the stream, keeps the statistics.
    void reset();

    const JitterBufferStats& stats() const { return stats_; }
    int target_ms() const;
    /// What the packet that took the quickest way should wait.
    Duration release() const;
    /// When the talk spurt that waits inside should begin; nullopt while none waits.
    std::optional<Instant> spurt_due();
    /// Ticks that can be played at once without a break, counted up to about `enough`.
    std::uint32_t ready(std::uint32_t enough);
    /// The consumer's better knowledge of a packet's length.
    void learn_length(std::uint32_t ticks);
    std::uint32_t packet_ticks() const { return packet_ticks_; }
    /// What the last packet played had waited, measured from its ideal arrival.
    int delay_ms() const;

  private:
    enum class SlotState : std::uint8_t { free, audio, other, played };
    struct Slot {
        SlotState state = SlotState::free;
        bool marker = false;
        bool noise = false;
        PayloadType payload_type{};
        SequenceNumber sequence{};
        RtpTime timestamp{};
        Instant arrival{};
        Instant nominal{};  ///< when it would have come the quickest way
        std::uint16_t size = 0;
        std::uint8_t cell = 0;  ///< of `audio`: where in `payloads_` its bytes are
    };

    // Entrance (jitter_buffer.cpp).
    void take(const RtpHeader& header, std::span<const std::uint8_t> payload, bool noise, Instant now);
    bool place(const RtpHeader& header);
    bool restarted(SequenceNumber sequence, int needed);
    bool make_room(SequenceNumber sequence, int ahead);
    void begin(const RtpHeader& header);
    void store(Slot& slot, const RtpHeader& header, std::span<const std::uint8_t> payload, bool noise,
               Instant now);
    /// Room for larger payloads or for more of them, each a few times in the buffer's life.
    void make_cells(std::size_t count, std::size_t room);
    void give_back(std::uint8_t cell) { free_cells_[free_count_++] = cell; }
    void learn_duration(RtpTime timestamp);
    void trim(const Slot& newest, Instant now);
    void drop_head();
    // Exit (jitter_playout.cpp).
    JitterFrame empty_frame() const;
    JitterFrame wait();
    JitterFrame lose_one();
    JitterFrame play(Slot& head, Instant now);
    std::optional<JitterFrame> bridge_gap(const Slot& head, Instant now);
    void pass_others();
    void note_loss(bool lost);
    void pass_missing();
    // Both.
    Slot& slot(SequenceNumber sequence);
    Slot* find(SequenceNumber sequence);
    Slot* first();
    bool is_other(SequenceNumber sequence);
    int missing_before(const Slot& slot);
    std::uint32_t length_of(const Slot& slot);
    bool is_packet_length(std::int32_t ticks) const;
    void consume(Slot& slot);
    std::span<const std::uint8_t> bytes(const Slot& slot) const;
    Duration to_duration(std::int64_t ticks) const;
    Duration target() const;

    // Given.
    JitterBufferSettings settings_;
    std::uint32_t frame_ticks_;
    // Owned.
    std::size_t slot_count_;  ///< power of two
    std::unique_ptr<Slot[]> slots_;
    std::size_t payload_room_ = 0;  ///< bytes of each cell
    std::size_t cell_count_ = 0;    ///< at most one for each slot; most are empty most of the time
    std::unique_ptr<std::uint8_t[]> payloads_;
    std::unique_ptr<std::uint8_t[]> free_cells_;
    std::size_t free_count_ = 0;
    // State.
    DelayEstimator estimator_;
    JitterBufferStats stats_;
    std::optional<Ssrc> ssrc_;
    bool playing_ = false;    ///< false: waiting for a talk spurt to fill
    bool untouched_ = false;  ///< nothing was taken out since the stream began
    std::size_t held_ = 0;    ///< audio packets inside
    SequenceNumber next_sequence_{};
    RtpTime next_timestamp_{};
    SequenceNumber newest_{};
    RtpTime newest_timestamp_{};
    std::uint32_t packet_ticks_;  ///< learned length of a packet
    std::int32_t last_step_ = 0;
    std::uint32_t stalled_ticks_ = 0;  ///< played as `empty` since the last packet
    SequenceNumber run_next_{};        ///< misplaced packets that follow one another: a restart
    int run_ = 0;
    float loss_ = 0;  ///< share of packets lost lately
    bool waits_for_repair_ = false;
    bool dropped_ = false;  ///< since the last packet played
    Duration delay_{};
};

}  // namespace causeway::rtp
