#include "core/rtp/bitrate_controller.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace causeway::rtp {

namespace {

using Seconds = std::chrono::duration<double>;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double kTicksPerMs = 4;
constexpr double kBaseSpanMs = 10'000;
constexpr double kSmoothing = 0.2;   // of single packets' jitter
constexpr double kQueueMs = 30;      // what a queue must have grown to
constexpr double kSlope = 0.01;      // ms per ms: how fast it must be growing
constexpr double kStepMs = 10'000;   // no queue: a clock that jumped, or another path
constexpr int kOverusedReports = 2;  // in a row, before it is believed
constexpr double kOveruseFactor = 0.85;
constexpr double kLossHigh = 0.10;  // draft-ietf-rmcat-gcc-02 §6
constexpr double kLossLow = 0.02;
constexpr double kRecovery = 4000;  // bits per second, each second
constexpr Duration kBetweenDecreases = std::chrono::milliseconds(500);
constexpr Duration kCalm = std::chrono::seconds(1);
constexpr Duration kRembValid = std::chrono::seconds(10);

}  // namespace

void DelayTrend::add(Instant sent, std::uint32_t arrival) {
    if (!first_sent_) {
        first_sent_ = sent;
        first_arrival_ = arrival;
    }
    const double sent_ms = Milliseconds(sent - *first_sent_).count();
    const double arrival_ms = static_cast<std::int32_t>(arrival - first_arrival_) / kTicksPerMs;
    const double delay_ms = arrival_ms - sent_ms;
    if (count_ != 0 && std::abs(delay_ms - smoothed_ms_) > kStepMs) {
        *this = {};
        return add(sent, arrival);
    }
    smoothed_ms_ = count_ == 0 ? delay_ms : smoothed_ms_ + kSmoothing * (delay_ms - smoothed_ms_);
    // The first packet alone says nothing: the least is looked for once the smoothing has settled.
    if (count_ < kSamples) best_ms_ = best_before_ms_ = smoothed_ms_;
    if (sent_ms - best_since_ms_ > kBaseSpanMs) {
        best_before_ms_ = best_ms_;
        best_ms_ = smoothed_ms_;
        best_since_ms_ = sent_ms;
    }
    best_ms_ = std::min(best_ms_, smoothed_ms_);
    samples_[count_++ % kSamples] = {sent_ms, smoothed_ms_};
}

double DelayTrend::queue_ms() const {
    return count_ == 0 ? 0 : smoothed_ms_ - std::min(best_ms_, best_before_ms_);
}

double DelayTrend::slope() const {
    if (count_ < kSamples) return 0;
    double mean_x = 0;
    double mean_y = 0;
    for (const Sample& sample : samples_) {
        mean_x += sample.sent_ms / kSamples;
        mean_y += sample.delay_ms / kSamples;
    }
    double covariance = 0;
    double variance = 0;
    for (const Sample& sample : samples_) {
        covariance += (sample.sent_ms - mean_x) * (sample.delay_ms - mean_y);
        variance += (sample.sent_ms - mean_x) * (sample.sent_ms - mean_x);
    }
    return variance > 0 ? covariance / variance : 0;
}

bool DelayTrend::overused() const {
    return queue_ms() > kQueueMs && slope() > kSlope;
}

BitrateController::BitrateController(int most)
    : most_(std::max(most, kLeast)), bitrate_(most_), remb_(most_) {}

int BitrateController::bitrate() const {
    return std::clamp(std::min(static_cast<int>(bitrate_), remb_), kLeast, most_);
}

void BitrateController::on_sent(std::uint16_t transport_sequence, Instant now) {
    sent_[transport_sequence % kSent] = {transport_sequence, true, now};
}

void BitrateController::on_feedback(const TransportFeedback& feedback, Instant now) {
    for (std::size_t i = 0; i < feedback.size; ++i) {
        const SequenceNumber number = advanced(feedback.base, static_cast<int>(i));
        Sent& sent = sent_[number.value % kSent];
        if (!sent.waiting || sent.sequence != number.value) continue;
        const bool first_told = !told_ || distance(number, *told_) > 0;
        const bool received = feedback.packets[i].received;
        if (first_told) {
            told_ = number;
            ++told_count_;
            if (!received) ++told_lost_;
        } else if (received && told_lost_ > 0) {
            --told_lost_;  // only late
        }
        if (!received) continue;
        sent.waiting = false;
        trend_.add(sent.at, feedback.packets[i].arrival);
    }
    count_loss(now);
    overused_in_a_row_ = trend_.overused() ? overused_in_a_row_ + 1 : 0;
    if (overused_in_a_row_ >= kOverusedReports) {
        decrease(kOveruseFactor, kLeast, now);
    } else {
        increase(now);
    }
}

void BitrateController::count_loss(Instant now) {
    if (told_count_ < kLossInterval) return;
    loss_ = static_cast<double>(told_lost_) / told_count_;
    told_count_ = told_lost_ = 0;
    on_loss(*loss_, now);
}

void BitrateController::on_loss(double fraction, Instant now) {
    newest_loss_ = std::clamp(fraction, 0.0, 1.0);
    if (newest_loss_ > kLossHigh) {
        decrease(1.0 - 0.5 * newest_loss_, kLeastForLoss, now);
    } else {
        increase(now);
    }
}

void BitrateController::on_remb(std::uint64_t bits_per_second, Instant now) {
    remb_ = static_cast<int>(
        std::clamp<std::uint64_t>(bits_per_second, kLeast, static_cast<std::uint64_t>(most_)));
    remb_at_ = now;
}

void BitrateController::decrease(double factor, int least, Instant now) {
    increased_.reset();
    if (now - decreased_ < kBetweenDecreases) return;
    decreased_ = now;
    const double floor = std::min<double>(least, bitrate_);
    bitrate_ = std::max(bitrate_ * factor, floor);
}

void BitrateController::increase(Instant now) {
    // A receiver that has stopped sending its estimate no longer limits.
    if (remb_at_ && now - *remb_at_ > kRembValid) remb_ = most_;
    if (newest_loss_ > kLossLow || now - decreased_ < kCalm) {
        increased_.reset();
        return;
    }
    if (increased_) bitrate_ += kRecovery * std::min(1.0, Seconds(now - *increased_).count());
    bitrate_ = std::min<double>(bitrate_, most_);
    increased_ = now;
}

std::optional<double> BitrateController::take_loss() {
    return std::exchange(loss_, std::nullopt);
}

}  // namespace causeway::rtp
