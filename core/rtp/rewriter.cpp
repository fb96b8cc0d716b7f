// Offsets that make many sources one stream. RFC 3550 §5.1.
#include "core/rtp/rewriter.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kMaxMisorder = 64;   ///< width of the duplicate window
constexpr int kMaxDropout = 1000;  ///< a wider gap is closed: the receiver shall not count a pause as loss
constexpr double kMaxTimeError = 3.0;    ///< seconds by which a source's time line may leave the real one
constexpr double kMaxResumeError = 0.2;  ///< the same, when it resumes after packets of ours
constexpr double kLeastStep = 0.01;      ///< seconds between the last packet and a new source's first

}  // namespace

Rewriter::Rewriter(Ssrc ssrc, int clock_rate, SequenceNumber first_sequence, RtpTime first_timestamp)
    : ssrc_(ssrc),
      clock_rate_(clock_rate),
      // RFC 3711 §3.3.1: a start below 2^15 keeps early loss from confusing the roll-over counter.
      last_sequence_(advanced({static_cast<std::uint16_t>(first_sequence.value & 0x7FFF)}, -1)),
      last_timestamp_(first_timestamp) {}

RtpTime Rewriter::time_at(Instant now) const {
    if (!last_at_) return last_timestamp_;
    const double elapsed = std::max(0.0, Seconds(now - *last_at_).count());
    return advanced(last_timestamp_, static_cast<std::int64_t>(elapsed * clock_rate_));
}

void Rewriter::set_clock_rate(int clock_rate, Instant now) {
    if (clock_rate == clock_rate_) return;
    last_timestamp_ = time_at(now);
    if (last_at_) last_at_ = now;
    clock_rate_ = clock_rate;
    source_.reset();
}

bool Rewriter::continues(const RtpHeader& in, Instant now) const {
    if (source_ != in.ssrc) return false;
    const int step = distance(in.sequence, source_highest_);
    if (step <= -kMaxMisorder || step > kMaxDropout) return false;
    if (step <= 0) return true;
    const double elapsed = Seconds(now - source_at_).count();
    const double media = static_cast<double>(distance(in.timestamp, source_timestamp_)) / clock_rate_;
    if (std::abs(media - elapsed) > kMaxTimeError) return false;
    if (!generated_since_) return true;
    const RtpTime mapped = advanced(in.timestamp, timestamp_offset_);
    return std::abs(distance(mapped, time_at(now))) <= kMaxResumeError * clock_rate_;
}

void Rewriter::join(const RtpHeader& in, Instant now) {
    sequence_offset_ = static_cast<std::uint16_t>(last_sequence_.value + 1 - in.sequence.value);
    RtpTime begin = time_at(now);
    if (last_at_) {
        const RtpTime least = advanced(last_timestamp_, static_cast<std::int64_t>(kLeastStep * clock_rate_));
        if (distance(begin, least) < 0) begin = least;
    }
    timestamp_offset_ = begin.value - in.timestamp.value;
    source_ = in.ssrc;
    source_first_ = in.sequence;
    source_highest_ = advanced(in.sequence, -1);
    window_ = 0;
}

bool Rewriter::seen(SequenceNumber sequence) {
    const int step = distance(sequence, source_highest_);
    if (step > 0) {
        window_ = step < kMaxMisorder ? window_ << step : 0;
        window_ |= 1;
        source_highest_ = sequence;
        // Keep the lower bound near, so that the distance to it never wraps.
        if (distance(source_highest_, source_first_) > kMaxMisorder) {
            source_first_ = advanced(source_highest_, -kMaxMisorder);
        }
        return false;
    }
    const std::uint64_t bit = std::uint64_t{1} << -step;
    if (distance(sequence, source_first_) < 0 || (window_ & bit) != 0) return true;
    window_ |= bit;
    return false;
}

void Rewriter::note_sent(SequenceNumber sequence, RtpTime timestamp, Instant now) {
    if (distance(sequence, last_sequence_) > 0) last_sequence_ = sequence;
    if (!last_at_ || distance(timestamp, last_timestamp_) > 0) {
        last_timestamp_ = timestamp;
        last_at_ = now;
    }
}

std::optional<RtpHeader> Rewriter::next(const RtpHeader& in, Instant now) {
    const bool joins = !continues(in, now);
    if (joins) join(in, now);
    const bool newest = distance(in.sequence, source_highest_) > 0;
    if (seen(in.sequence)) return std::nullopt;
    if (newest) {
        source_timestamp_ = in.timestamp;
        source_at_ = now;
        generated_since_ = false;
    }
    const RtpHeader out{in.payload_type, in.marker || joins, advanced(in.sequence, sequence_offset_),
                        advanced(in.timestamp, timestamp_offset_), ssrc_};
    note_sent(out.sequence, out.timestamp, now);
    return out;
}

RtpHeader Rewriter::next_generated(PayloadType type, bool marker, RtpTime timestamp, Instant now) {
    const RtpHeader out{type, marker, advanced(last_sequence_, 1), timestamp, ssrc_};
    note_sent(out.sequence, out.timestamp, now);
    // The source's numbers move up by one; its older packets would now collide with ours.
    ++sequence_offset_;
    source_first_ = advanced(source_highest_, 1);
    generated_since_ = true;
    return out;
}

}  // namespace causeway::rtp
