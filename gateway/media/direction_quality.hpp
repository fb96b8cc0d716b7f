// How one direction of one leg sounds, judged once a second over the last seconds, and the summary of a call.
// Owner's thread; pure; nothing allocated. ITU-T G.107.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/rtp/e_model.hpp"
#include "core/sdp/audio_media.hpp"
#include "gateway/media/media_port.hpp"

namespace causeway::media {

/// Since the stream began; a count that falls means that it began anew.
struct LossCounts {
    std::uint64_t expected = 0;
    std::uint64_t bad = 0;   ///< lost or discarded
    std::uint64_t runs = 0;  ///< of bad packets in a row; 0 when not known
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
};

/// What decides beside the loss.
struct PathFigures {
    double jitter_ms = 0;
    std::optional<double> round_trip_ms;
    std::optional<double> buffer_ms;  ///< of the listener's jitter buffer; absent: guessed by the jitter
};

class DirectionQuality {
  public:
    static constexpr std::size_t kSeconds = 8;

    /// Once a second, with what was counted here.
    void judge(const LossCounts& counts, const PathFigures& path, const sdp::AudioFormat& format);
    /// Once a second in place of `judge`, when only the listener's loss is known, of its last interval.
    /// `sent` has packets and bytes.
    void judge_interval(double loss_percent, const PathFigures& path, const sdp::AudioFormat& format,
                        const LossCounts& sent);
    /// Once a second in place of `judge`, when the listener has told its own rating (RFC 3611 §4.7.5).
    void adopt(const rtp::VoiceQuality& told, const PathFigures& path);
    /// Once a second in place of `judge`, when nothing is known or nothing flows.
    void pass() { now_.reset(); }

    /// nullopt while nothing flows.
    const std::optional<rtp::VoiceQuality>& now() const { return now_; }
    /// Without the delay: listening quality.
    std::optional<double> listening_mos() const { return listening_mos_; }
    std::optional<double> delay_ms() const { return delay_ms_; }
    rtp::VoiceBand band() const { return band_; }
    const QualitySummary& summary() const { return summary_; }

  private:
    LossCounts window(const LossCounts& counts);
    void rate(const LossCounts& recent, double loss_percent, const PathFigures& path,
              const sdp::AudioFormat& format);
    void remember(const rtp::VoiceQuality& quality, const PathFigures& path);

    // State.
    std::array<LossCounts, kSeconds> history_{};
    std::size_t seconds_ = 0;  ///< judged so far since the stream began
    std::optional<rtp::VoiceQuality> now_;
    std::optional<double> listening_mos_;
    std::optional<double> delay_ms_;
    rtp::VoiceBand band_ = rtp::VoiceBand::narrow;
    QualitySummary summary_;
    double mos_sum_ = 0;
    std::uint64_t judged_ = 0;
};

/// Half the round trip, the jitter buffer and one packet with the codec's look-ahead.
double one_way_delay_ms(const PathFigures& path, double look_ahead_ms);

}  // namespace causeway::media
