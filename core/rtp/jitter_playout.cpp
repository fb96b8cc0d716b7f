// The jitter buffer's exit: what is due now, what is lost, what is only a pause. RFC 3551 §4.1.
#include <algorithm>
#include <cstdlib>

#include "core/rtp/jitter_buffer.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

using std::chrono::milliseconds;

/// The consumer keeps time no better than this.
constexpr Duration kRounding = milliseconds(3);
constexpr int kStallLimitMs = 120;         ///< an outage longer than this ends the talk spurt
constexpr float kLossMemory = 1.0F / 100;  ///< packets
constexpr float kRepairFrom = 0.02F;       ///< share lost from which a packet's length of delay is worth it
constexpr float kRepairUntil = 0.005F;

}  // namespace

JitterFrame JitterBuffer::pop(Instant now) {
    pass_others();
    Slot* head = first();
    if (!head) return wait();
    if (!playing_) {
        // A talk spurt begins when its first packet has waited as long as the path's jitter asks for.
        if (now < head->nominal + release()) return empty_frame();
    } else if (const auto frame = bridge_gap(*head, now)) {
        return *frame;
    }
    return play(*head, now);
}

void JitterBuffer::pass_others() {
    while (is_other(next_sequence_) && ssrc_) {
        slot(next_sequence_).state = SlotState::played;
        next_sequence_ = advanced(next_sequence_, 1);
    }
}

JitterFrame JitterBuffer::empty_frame() const {
    JitterFrame frame;
    frame.ticks = std::min(packet_ticks_, frame_ticks_);
    return frame;
}

JitterFrame JitterBuffer::wait() {
    const JitterFrame frame = empty_frame();
    if (!playing_) return frame;
    stalled_ticks_ += frame.ticks;
    if (to_duration(stalled_ticks_) > milliseconds(kStallLimitMs)) playing_ = false;
    return frame;
}

/// Decides whether `head` may follow what was played last. nullopt: it may, now.
std::optional<JitterFrame> JitterBuffer::bridge_gap(const Slot& head, Instant now) {
    std::int32_t gap = distance(head.timestamp, next_timestamp_);
    for (int missing = missing_before(head); missing > 0; missing = missing_before(head)) {
        const std::int64_t lost_ticks = std::int64_t{missing} * packet_ticks_;
        // Another length than that of the missing packets: a pause or a jump, with or without loss.
        if (std::abs(gap - lost_ticks) > packet_ticks_ / 2) break;
        // Reordered or late packets get the time that the target allows.
        if (now + kRounding < head.nominal - to_duration(gap) + target()) return wait();
        if (stalled_ticks_ < packet_ticks_) return lose_one();
        // What `empty` has already covered is lost, but needs no more concealment.
        stalled_ticks_ -= packet_ticks_;
        pass_missing();
        gap = distance(head.timestamp, next_timestamp_);
    }
    // No time is missing, or it has passed already, or the moment of the head has come after a pause.
    if (gap <= static_cast<std::int64_t>(stalled_ticks_) || now >= head.nominal + release()) {
        return std::nullopt;
    }
    playing_ = false;
    return empty_frame();
}

void JitterBuffer::pass_missing() {
    ++stats_.lost;
    note_loss(true);
    next_sequence_ = advanced(next_sequence_, 1);
    next_timestamp_ = advanced(next_timestamp_, packet_ticks_);
    pass_others();
}

JitterFrame JitterBuffer::lose_one() {
    JitterFrame frame;
    frame.kind = JitterFrame::Kind::lost;
    frame.ticks = packet_ticks_;
    frame.timestamp = next_timestamp_;
    pass_missing();
    stalled_ticks_ = 0;
    if (const Slot* next = find(next_sequence_); next && !next->noise) {
        frame.payload = bytes(*next);
        frame.payload_type = next->payload_type;
    }
    return frame;
}

void JitterBuffer::note_loss(bool lost) {
    loss_ += ((lost ? 1.0F : 0.0F) - loss_) * kLossMemory;
    waits_for_repair_ = settings_.repairs && loss_ > (waits_for_repair_ ? kRepairUntil : kRepairFrom);
}

std::optional<Instant> JitterBuffer::spurt_due() {
    pass_others();
    const Slot* head = first();
    if (!head) return std::nullopt;
    const bool pause = missing_before(*head) == 0 &&
                       distance(head->timestamp, next_timestamp_) > static_cast<std::int64_t>(stalled_ticks_);
    if (playing_ && !pause) return std::nullopt;
    return head->nominal + release();
}

std::uint32_t JitterBuffer::ready(std::uint32_t enough) {
    if (!playing_ || held_ == 0) return 0;
    pass_others();
    std::uint32_t ticks = 0;
    RtpTime expected = advanced(next_timestamp_, stalled_ticks_);
    for (SequenceNumber n = next_sequence_; ticks < enough; n = advanced(n, 1)) {
        const Slot* s = find(n);
        if (!s || distance(s->timestamp, expected) > 0) break;
        const std::uint32_t length = length_of(*s);
        expected = advanced(s->timestamp, length);
        ticks += length;
    }
    return ticks;
}

JitterFrame JitterBuffer::play(Slot& head, Instant now) {
    JitterFrame frame;
    frame.kind = JitterFrame::Kind::packet;
    frame.payload = bytes(head);
    frame.payload_type = head.payload_type;
    frame.timestamp = head.timestamp;
    frame.ticks = length_of(head);
    frame.nominal = head.nominal;
    frame.talk_spurt = !playing_;
    frame.after_drop = playing_ && dropped_;
    if (playing_ && stalled_ticks_ > 0 && head.timestamp == next_timestamp_) ++stats_.underruns;
    playing_ = true;
    delay_ = now - head.nominal;
    if (head.noise) frame.kind = JitterFrame::Kind::noise;
    consume(head);
    dropped_ = false;
    note_loss(false);
    ++stats_.played;
    return frame;
}

}  // namespace causeway::rtp
