// How many bits per second the path to a receiver bears: down when packets queue or are lost or the receiver
// says so, slowly up again. Owner's thread; pure; nothing allocated. After the idea of
// draft-ietf-rmcat-gcc-02 §5 (delay) and §6 (loss), for one stream of some ten kbit/s.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"
#include "core/rtp/transport_feedback.hpp"

namespace causeway::rtp {

/// Tells from send and arrival times whether a queue grows on the way.
class DelayTrend {
  public:
    /// One packet: when it left, and its arrival in ticks of 250 us, wrapping, on the receiver's clock.
    void add(Instant sent, std::uint32_t arrival);
    /// The path is slower than at its best of late, and getting slower.
    bool overused() const;
    /// How much longer than at its best of late the newest packets took.
    double queue_ms() const;

  private:
    static constexpr std::size_t kSamples = 20;
    struct Sample {
        double sent_ms = 0;
        double delay_ms = 0;  ///< over an unknown, fixed amount
    };

    double slope() const;

    std::optional<Instant> first_sent_;
    std::uint32_t first_arrival_ = 0;
    std::array<Sample, kSamples> samples_{};
    std::size_t count_ = 0;
    double smoothed_ms_ = 0;
    double best_ms_ = 0;         ///< least smoothed delay since `best_since_ms_`
    double best_before_ms_ = 0;  ///< least delay of the span before: the base forgets within two spans
    double best_since_ms_ = 0;
};

class BitrateController {
  public:
    static constexpr int kLeast = 6000;
    /// Losses alone do not lower it further: below, there would be no room for what mends them.
    static constexpr int kLeastForLoss = 16000;

    explicit BitrateController(int most);

    /// A packet leaves under this transport-wide number.
    void on_sent(std::uint16_t transport_sequence, Instant now);
    void on_feedback(const TransportFeedback& feedback, Instant now);
    /// Of the interval that ends now, 0..1: from receiver reports, where there is no transport-wide feedback.
    void on_loss(double fraction, Instant now);
    void on_remb(std::uint64_t bits_per_second, Instant now);

    int bitrate() const;
    /// Of at least kLossInterval packets told by transport-wide feedback, once: 0..1.
    std::optional<double> take_loss();

  private:
    static constexpr std::size_t kSent = 128;  ///< more than a second, also of packets of 10 ms
    static constexpr int kLossInterval = 50;
    struct Sent {
        std::uint16_t sequence = 0;
        bool waiting = false;
        Instant at{};
    };

    void decrease(double factor, int least, Instant now);
    void increase(Instant now);
    void count_loss(Instant now);

    // Given.
    const int most_;
    // State.
    double bitrate_;
    int remb_;
    std::optional<Instant> remb_at_;
    std::array<Sent, kSent> sent_{};
    DelayTrend trend_;
    std::optional<SequenceNumber> told_;  ///< newest that feedback has told of
    int told_count_ = 0;
    int told_lost_ = 0;
    std::optional<double> loss_;
    double newest_loss_ = 0;
    int overused_in_a_row_ = 0;
    Instant decreased_{};
    std::optional<Instant> increased_;
};

}  // namespace causeway::rtp
