// Bursts and gaps. RFC 3611 §4.7.2.
#include "core/rtp/loss_pattern.hpp"

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

// RFC 3550 A.1: a larger jump is a restart, which `start` tells.
constexpr int kMaxDropout = 3000;

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void LossPattern::on_packet(SequenceNumber sequence) {
    if (filled_ == 0) {
        newest_ = sequence;
        filled_ = 1;
        received_ = 1;
        return;
    }
    const int step = distance(sequence, newest_);
    if (step > kMaxDropout) return;
    for (int n = 0; n < step; ++n) advance();
    if (step > 0) newest_ = sequence;
    const int behind = step > 0 ? 0 : -step;
    if (behind < filled_) received_ |= 1u << behind;
}

void LossPattern::on_discarded(SequenceNumber sequence) {
    const int behind = distance(newest_, sequence);
    if (behind >= 0 && behind < filled_) discarded_ |= 1u << behind;
}

void LossPattern::advance() {
    constexpr std::uint32_t kOldest = 1u << (kWindow - 1);
    if (filled_ == kWindow) {
        const bool came = (received_ & kOldest) != 0;
        const bool useless = (discarded_ & kOldest) != 0;
        if (!came) ++totals_.lost;
        if (came && useless) ++totals_.discarded;
        settle(came && !useless);
    } else {
        ++filled_;
    }
    received_ <<= 1;
    discarded_ <<= 1;
}

void LossPattern::settle(bool good) {
    ++totals_.expected;
    if (good) {
        in_run_ = false;
        if (++good_run_ == kGmin && group_bad_ > 0) close_group();
        return;
    }
    if (!in_run_) ++totals_.runs;
    in_run_ = true;
    if (group_bad_ == 0) {
        gap_length_ += good_run_;
        gap_packets_ += good_run_;
        group_span_ = 1;
    } else {
        group_span_ += good_run_ + 1;
    }
    ++group_bad_;
    good_run_ = 0;
}

void LossPattern::close_group() {
    if (group_bad_ == 1) {
        // An isolated loss is part of the gap round it.
        ++gap_length_;
        ++gap_packets_;
        ++gap_bad_;
    } else {
        close_gap();
        ++bursts_;
        burst_packets_ += group_span_;
        burst_bad_ += group_bad_;
    }
    group_bad_ = 0;
}

void LossPattern::close_gap() {
    if (gap_length_ > 0) ++gaps_;
    gap_length_ = 0;
}

BurstFigures LossPattern::bursts() const {
    // What is still open counts as if the stream ended here.
    LossPattern ended = *this;
    if (ended.group_bad_ > 0) ended.close_group();
    ended.gap_length_ += ended.good_run_;
    ended.gap_packets_ += ended.good_run_;
    ended.close_gap();
    return {ratio(ended.burst_bad_, ended.burst_packets_), ratio(ended.gap_bad_, ended.gap_packets_),
            ratio(ended.burst_packets_, ended.bursts_), ratio(ended.gap_packets_, ended.gaps_)};
}

}  // namespace causeway::rtp
