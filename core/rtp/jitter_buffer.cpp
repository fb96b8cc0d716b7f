// The jitter buffer's entrance: where a packet belongs, and whether it still does. RFC 3550 §5.1, A.1.
#include "core/rtp/jitter_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxPayload = 1500;
constexpr std::size_t kLeastSlots = 16;
constexpr std::size_t kUsualCells = 8;  ///< packets that wait at once on all but the worst paths
constexpr int kShortestPacketMs = 10;
constexpr int kLongestPacketMs = 120;     ///< RFC 7587 §4.2
constexpr int kBelievableDropout = 3000;  ///< RFC 3550 A.1
constexpr int kLeastDelayMs = 20;
constexpr int kMostDelayMs = 2000;  ///< 256 slots: what the number of a cell can count
constexpr int kLateRun = 10;        ///< late packets in a row that are a restart, not stragglers

JitterBufferSettings within_range(JitterBufferSettings settings) {
    settings.max_delay_ms = std::clamp(settings.max_delay_ms, kLeastDelayMs, kMostDelayMs);
    return settings;
}

}  // namespace

JitterBuffer::JitterBuffer(const JitterBufferSettings& settings)
    : settings_(within_range(settings)),
      frame_ticks_(static_cast<std::uint32_t>(settings.frame_ms * settings.clock_rate / 1000)),
      slot_count_(std::bit_ceil(
          std::max(kLeastSlots, static_cast<std::size_t>(settings_.max_delay_ms / kShortestPacketMs + 4)))),
      slots_(std::make_unique<Slot[]>(slot_count_)),
      free_cells_(std::make_unique<std::uint8_t[]>(slot_count_)),
      estimator_(settings.clock_rate, milliseconds(settings_.max_delay_ms)),
      packet_ticks_(frame_ticks_) {
    make_cells(kUsualCells, std::min(settings.usual_payload, kMaxPayload));
}

void JitterBuffer::reset() {
    ssrc_.reset();
    held_ = 0;
    playing_ = false;
}

Duration JitterBuffer::to_duration(std::int64_t ticks) const {
    return std::chrono::nanoseconds(ticks * 1'000'000'000 / settings_.clock_rate);
}

Duration JitterBuffer::target() const {
    Duration wanted = estimator_.quantile();
    // The packet after a lost one must be here when the lost one is due.
    if (waits_for_repair_) wanted += to_duration(packet_ticks_);
    return std::min<Duration>(wanted, milliseconds(settings_.max_delay_ms));
}

Duration JitterBuffer::release() const {
    return std::max(target() - milliseconds(settings_.patience_ms), Duration::zero());
}

int JitterBuffer::target_ms() const {
    return static_cast<int>(target() / milliseconds(1));
}

int JitterBuffer::delay_ms() const {
    return static_cast<int>(delay_ / milliseconds(1));
}

JitterBuffer::Slot& JitterBuffer::slot(SequenceNumber sequence) {
    return slots_[sequence.value & (slot_count_ - 1)];
}

JitterBuffer::Slot* JitterBuffer::find(SequenceNumber sequence) {
    Slot& s = slot(sequence);
    return s.state == SlotState::audio && s.sequence == sequence ? &s : nullptr;
}

JitterBuffer::Slot* JitterBuffer::first() {
    if (held_ == 0) return nullptr;
    for (SequenceNumber n = next_sequence_; distance(newest_, n) >= 0; n = advanced(n, 1)) {
        if (Slot* s = find(n)) return s;
    }
    return nullptr;
}

std::span<const std::uint8_t> JitterBuffer::bytes(const Slot& s) const {
    return {payloads_.get() + s.cell * payload_room_, s.size};
}

void JitterBuffer::push(const RtpView& packet, Instant now) {
    const auto payload = packet.payload();
    const bool is_audio = !payload.empty() && payload.size() <= kMaxPayload;
    take(packet.header(), is_audio ? payload : std::span<const std::uint8_t>{}, false, now);
}

void JitterBuffer::push_noise(const RtpView& packet, Instant now) {
    const auto payload = packet.payload();
    take(packet.header(), payload.first(std::min(payload.size(), kMaxPayload)), true, now);
}

void JitterBuffer::pass_over(const RtpHeader& header, Instant now) {
    take(header, {}, false, now);
}

void JitterBuffer::take(const RtpHeader& header, std::span<const std::uint8_t> payload, bool noise,
                        Instant now) {
    ++stats_.received;
    Slot& s = slot(header.sequence);
    const bool known = ssrc_ == header.ssrc && s.state != SlotState::free && s.sequence == header.sequence;
    // Of two packets with one number the first counts, whatever time the second claims; but a number that was
    // played may come again, with another time, when the sender starts anew.
    if (known && (s.state != SlotState::played || s.timestamp == header.timestamp)) {
        ++stats_.duplicate;
        return;
    }
    if (!place(header)) {
        if (!payload.empty()) estimator_.on_late_packet(header.timestamp, now);
        return;
    }
    store(s, header, payload, noise, now);
    if (s.state == SlotState::audio) trim(s, now);
}

void JitterBuffer::begin(const RtpHeader& header) {
    for (std::size_t n = 0; n < slot_count_; ++n) slots_[n].state = SlotState::free;
    free_count_ = 0;
    for (std::size_t n = cell_count_; n > 0; --n) give_back(static_cast<std::uint8_t>(n - 1));
    held_ = 0;
    ssrc_ = header.ssrc;
    next_sequence_ = newest_ = header.sequence;
    next_timestamp_ = newest_timestamp_ = header.timestamp;
    playing_ = false;
    untouched_ = true;
    stalled_ticks_ = 0;
    run_ = 0;
    estimator_.forget_base();
}

bool JitterBuffer::place(const RtpHeader& header) {
    if (ssrc_ != header.ssrc) {
        if (ssrc_) ++stats_.resets;
        begin(header);
        return true;
    }
    const int capacity = static_cast<int>(slot_count_);
    const int ahead = distance(header.sequence, next_sequence_);
    if (ahead < 0) {
        // Nothing was played yet: a straggler from before the first packet is welcome.
        if (untouched_ && distance(newest_, header.sequence) < capacity) {
            next_sequence_ = header.sequence;
            return true;
        }
        if (!restarted(header.sequence, ahead > -capacity ? kLateRun : 2)) {
            ++stats_.late;
            return false;
        }
        ++stats_.resets;
        begin(header);
        return true;
    }
    if (ahead >= capacity && !make_room(header.sequence, ahead)) {
        if (!restarted(header.sequence, 2)) return false;
        ++stats_.resets;
        begin(header);
        return true;
    }
    run_ = 0;
    return true;
}

bool JitterBuffer::restarted(SequenceNumber sequence, int needed) {
    run_ = run_ > 0 && sequence == run_next_ ? run_ + 1 : 1;
    run_next_ = advanced(sequence, 1);
    return run_ >= needed;
}

bool JitterBuffer::make_room(SequenceNumber sequence, int ahead) {
    const int capacity = static_cast<int>(slot_count_);
    if (held_ == 0 && ahead < kBelievableDropout) {
        // An outage longer than the buffer: its packets will not come any more.
        stats_.lost += static_cast<std::uint64_t>(ahead);
        next_sequence_ = newest_ = sequence;
        playing_ = false;
        return true;
    }
    if (distance(sequence, newest_) >= capacity) return false;
    while (held_ > 0 && distance(sequence, next_sequence_) >= capacity) drop_head();
    if (distance(sequence, next_sequence_) >= capacity) next_sequence_ = sequence;
    return true;
}

void JitterBuffer::make_cells(std::size_t count, std::size_t room) {
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(count * room);
    for (std::size_t n = 0; n < slot_count_; ++n) {
        const Slot& s = slots_[n];
        if (s.state == SlotState::audio) std::memcpy(larger.get() + s.cell * room, bytes(s).data(), s.size);
    }
    payloads_ = std::move(larger);
    payload_room_ = room;
    for (std::size_t n = count; n > cell_count_; --n) give_back(static_cast<std::uint8_t>(n - 1));
    cell_count_ = count;
}

void JitterBuffer::store(Slot& s, const RtpHeader& header, std::span<const std::uint8_t> payload, bool noise,
                         Instant now) {
    const bool is_audio = !payload.empty();
    // First: what `s` says of itself is not yet there to be moved.
    if (payload.size() > payload_room_)
        make_cells(cell_count_, std::min(std::bit_ceil(payload.size()), kMaxPayload));
    if (is_audio && free_count_ == 0) make_cells(std::min(2 * cell_count_, slot_count_), payload_room_);
    s.sequence = header.sequence;
    s.timestamp = header.timestamp;
    s.payload_type = header.payload_type;
    s.marker = header.marker;
    s.noise = noise;
    s.size = static_cast<std::uint16_t>(payload.size());
    s.state = is_audio ? SlotState::audio : SlotState::other;
    if (is_audio) {
        ++held_;
        s.cell = free_cells_[--free_count_];
        s.arrival = now;
        s.nominal = estimator_.on_packet(header.timestamp, now);
        std::memcpy(payloads_.get() + s.cell * payload_room_, payload.data(), payload.size());
    }
    const int step = distance(header.sequence, newest_);
    if (step < 0) {
        ++stats_.reordered;
        return;
    }
    if (step == 1 && s.state == SlotState::audio && !header.marker && !noise)
        learn_duration(header.timestamp);
    newest_ = header.sequence;
    newest_timestamp_ = header.timestamp;
}

void JitterBuffer::learn_duration(RtpTime timestamp) {
    const std::int32_t step = distance(timestamp, newest_timestamp_);
    // Twice the same: a pause is not a packet's length.
    if (is_packet_length(step) && step == last_step_) packet_ticks_ = static_cast<std::uint32_t>(step);
    last_step_ = step;
}

bool JitterBuffer::is_packet_length(std::int32_t ticks) const {
    return ticks >= settings_.clock_rate / 400 && ticks <= kLongestPacketMs * (settings_.clock_rate / 1000);
}

void JitterBuffer::learn_length(std::uint32_t ticks) {
    if (is_packet_length(static_cast<std::int32_t>(ticks))) packet_ticks_ = ticks;
}

void JitterBuffer::trim(const Slot& newest, Instant now) {
    const Duration limit = milliseconds(settings_.max_delay_ms);
    for (Slot* head = first(); head && head != &newest; head = first()) {
        const Duration span = to_duration(distance(newest.timestamp, head->timestamp));
        const bool too_long = span > limit && span < std::chrono::seconds(10);
        const bool too_old = now - head->arrival > limit + to_duration(packet_ticks_);
        if (!too_long && !too_old) return;
        drop_head();
    }
}

void JitterBuffer::drop_head() {
    Slot* head = first();
    if (!head) return;
    ++stats_.overflow;
    dropped_ = true;
    consume(*head);
}

void JitterBuffer::consume(Slot& s) {
    const int missing = missing_before(s);
    stats_.lost += static_cast<std::uint64_t>(missing);
    dropped_ = dropped_ || missing > 0;
    s.state = SlotState::played;
    give_back(s.cell);
    --held_;
    next_sequence_ = advanced(s.sequence, 1);
    next_timestamp_ = advanced(s.timestamp, length_of(s));
    stalled_ticks_ = 0;
    untouched_ = false;
}

int JitterBuffer::missing_before(const Slot& s) {
    int missing = 0;
    for (SequenceNumber n = next_sequence_; n != s.sequence; n = advanced(n, 1)) {
        if (!is_other(n)) ++missing;
    }
    return missing;
}

bool JitterBuffer::is_other(SequenceNumber sequence) {
    const Slot& s = slot(sequence);
    return s.state == SlotState::other && s.sequence == sequence;
}

std::uint32_t JitterBuffer::length_of(const Slot& s) {
    const Slot* after = find(advanced(s.sequence, 1));
    if (!after || after->marker) return packet_ticks_;
    const std::int32_t step = distance(after->timestamp, s.timestamp);
    return is_packet_length(step) ? static_cast<std::uint32_t>(step) : packet_ticks_;
}

}  // namespace causeway::rtp
