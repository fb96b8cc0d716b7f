// Receiver statistics of one stream. RFC 3550 A.1, A.3, A.8.
#include "core/rtp/stream_stats.hpp"

#include <algorithm>
#include <cmath>

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

// RFC 3550 A.1.
constexpr std::uint32_t kModulus = 1u << 16;
constexpr std::uint32_t kMaxDropout = 3000;
constexpr std::uint32_t kMaxMisorder = 100;
constexpr std::uint32_t kNoBadSequence = kModulus + 1;

// RFC 3550 A.3: 24 bits, signed.
constexpr std::int64_t kMinLost = -0x800000;
constexpr std::int64_t kMaxLost = 0x7FFFFF;

}  // namespace

void StreamStats::set_clock_rate(int clock_rate) {
    if (clock_rate == clock_rate_) return;
    clock_rate_ = clock_rate;
    jitter_ = 0;
    jitter_primed_ = false;
}

void StreamStats::start(const RtpHeader& header) {
    lost_before_ = lost();
    ssrc_ = header.ssrc;
    pattern_.start();
    base_sequence_ = max_sequence_ = header.sequence.value;
    cycles_ = 0;
    bad_sequence_ = kNoBadSequence;
    received_ = received_prior_ = 0;
    expected_prior_ = 0;
    jitter_ = 0;
    jitter_primed_ = false;
}

bool StreamStats::update_sequence(std::uint16_t sequence) {
    const std::uint32_t step = static_cast<std::uint16_t>(sequence - max_sequence_);
    if (step < kMaxDropout) {
        if (sequence < max_sequence_) cycles_ += kModulus;
        max_sequence_ = sequence;
    } else if (step <= kModulus - kMaxMisorder) {
        // A.1: a very large jump is believed when the next packet goes on from it.
        if (sequence != bad_sequence_) {
            bad_sequence_ = (sequence + 1) & (kModulus - 1);
            return false;
        }
        start({{}, false, {sequence}, {}, *ssrc_});
    }
    return true;
}

void StreamStats::update_jitter(RtpTime timestamp, Instant now) {
    if (jitter_primed_) {
        const double elapsed = std::chrono::duration<double>(now - transit_arrival_).count() * clock_rate_;
        const double change = std::abs(elapsed - distance(timestamp, transit_timestamp_));
        // A pause with a new time line is not jitter; nothing that plays in time varies by two seconds.
        if (change < 2.0 * clock_rate_) jitter_ += (change - jitter_) / 16;
    }
    jitter_primed_ = true;
    transit_arrival_ = now;
    transit_timestamp_ = timestamp;
}

void StreamStats::on_packet(const RtpHeader& header, std::size_t size, Instant now) {
    if (ssrc_ != header.ssrc) start(header);
    if (!update_sequence(header.sequence.value)) return;
    pattern_.on_packet(header.sequence);
    ++received_;
    ++packets_;
    bytes_ += size;
    update_jitter(header.timestamp, now);
}

std::int64_t StreamStats::expected() const {
    return ssrc_ ? std::int64_t{cycles_} + max_sequence_ - base_sequence_ + 1 : 0;
}

std::int64_t StreamStats::stream_lost() const {
    return expected() - static_cast<std::int64_t>(received_);
}

std::uint64_t StreamStats::lost() const {
    return lost_before_ + static_cast<std::uint64_t>(std::max<std::int64_t>(0, stream_lost()));
}

double StreamStats::jitter_ms() const {
    return jitter_ * 1000.0 / clock_rate_;
}

std::optional<ReceptionReport> StreamStats::take_report() {
    if (!ssrc_) return std::nullopt;
    const std::int64_t expected_interval = expected() - expected_prior_;
    const auto received_interval = static_cast<std::int64_t>(received_ - received_prior_);
    const std::int64_t lost_interval = expected_interval - received_interval;
    expected_prior_ = expected();
    received_prior_ = received_;
    last_fraction_ = expected_interval == 0 || lost_interval <= 0
                         ? std::uint8_t{0}
                         : static_cast<std::uint8_t>(
                               std::min<std::int64_t>(255, (lost_interval << 8) / expected_interval));
    return ReceptionReport{*ssrc_, last_fraction_,
                           static_cast<std::int32_t>(std::clamp(stream_lost(), kMinLost, kMaxLost)),
                           cycles_ + max_sequence_, static_cast<std::uint32_t>(jitter_)};
}

}  // namespace causeway::rtp
