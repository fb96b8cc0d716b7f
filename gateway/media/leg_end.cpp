#include "gateway/media/leg_end.hpp"

#include <algorithm>
#include <array>

#include "core/base/footprint.hpp"
#include "core/base/random.hpp"

namespace causeway::media {
namespace {

constexpr std::size_t kRtcpRoom = 400;
constexpr double kPacketMs = 20;
constexpr double kBestMos = 4.5;  // of the E-model, which all other scores here come from
// RFC 3550 §6.3.1: nobody lets 7.5 s pass, but three reports in a row may get lost.
constexpr Duration kStaleReport = std::chrono::seconds(30);
// 0 dBm0 in dBov: a full-scale sine, -3.01 dBov, is 3.14 dBm0 (ITU-T G.711).
constexpr int kDbm0 = 6;

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Packets that the lane's jitter buffer threw away.
std::uint64_t discards(const Lane& lane) {
    const Playout* const playout = lane.playout();
    return playout == nullptr ? 0 : playout->stats().late + playout->stats().overflow;
}

/// In 1/256, as RFC 3611 §4.7.1 counts.
std::uint8_t in_256ths(double share) {
    return static_cast<std::uint8_t>(std::clamp(share * 256, 0.0, 255.0));
}

std::uint8_t share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::uint8_t{0} : in_256ths(static_cast<double>(part) / static_cast<double>(whole));
}

std::uint16_t whole_ms(double ms) {
    return static_cast<std::uint16_t>(std::lround(std::clamp(ms, 0.0, 65535.0)));
}

std::uint8_t ten_times(double mos) {
    return static_cast<std::uint8_t>(std::lround(mos * 10));
}

void add_quality(const DirectionQuality& quality, StreamStatistics& figures) {
    figures.call = quality.summary();
    if (!quality.now()) return;
    figures.delay_ms = quality.delay_ms();
    figures.r_factor = quality.now()->r;
    figures.mos = quality.now()->mos;
}

}  // namespace

LegEnd::LegEnd(Ssrc ssrc, const std::string& cname, LaneCounters& counters, Instant now,
               Duration report_interval)
    : counters_(counters),
      reporter_({.ssrc = ssrc, .cname = cname, .interval = report_interval, .seed = random_u32()}, now),
      heard_(now) {}

void LegEnd::send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t payload_size,
                  Instant now) {
    if (send_rtp(packet)) reporter_.on_sent(header, payload_size, now);
}

void LegEnd::take_rtp(rtp::PacketBuffer& packet, Lane& lane, Instant now) {
    const std::optional<rtp::RtpView> view = rtp::RtpView::parse(packet.packet());
    if (!view) {
        counters_.malformed.add();
        return;
    }
    heard_ = now;
    reporter_.on_received(view->header(), view->payload().size(), now);
    const std::uint64_t discarded = discards(lane);
    const SequenceNumber sequence = view->header().sequence;
    lane.receive(packet, *view, now);
    if (discards(lane) > discarded) {
        ++discarded_;
        reporter_.on_discarded(sequence);
    }
    // The peer may have gone over to another of the agreed formats.
    if (lane.plan()) set_clock_rates(send_clock_rate_, sdp::rtp_clock_rate(lane.plan()->from.codec));
}

bool LegEnd::take_rtcp(std::span<const std::uint8_t> packet, Lane& lane_to_peer, Instant now) {
    if (!reporter_.on_rtcp(packet, now)) {
        counters_.malformed.add();
        return false;
    }
    heard_ = now;
    const auto report = reporter_.peer_report();
    if (!report || report->extended_highest == reported_highest_) return true;
    reported_highest_ = report->extended_highest;
    note_loss(report->loss_percent / 100, lane_to_peer, now);
    return true;
}

void LegEnd::note_loss(double fraction, Lane& lane_to_peer, Instant now) {
    loss_.on_report(fraction, now);
    lane_to_peer.set_expected_loss(loss_.percent());
}

std::optional<Instant> LegEnd::report_due() const {
    if (!reporting_) return std::nullopt;
    return reporter_.next_due();
}

void LegEnd::report(Instant now) {
    std::array<std::uint8_t, kRtcpRoom> out;
    const std::size_t size = reporter_.write_report(out, now, std::chrono::system_clock::now());
    if (size > 0) send_rtcp(std::span(out).first(size));
}

void LegEnd::say_bye(Instant now) {
    if (!reporting_) return;
    std::array<std::uint8_t, kRtcpRoom> out;
    const std::size_t size = reporter_.write_bye(out, now, std::chrono::system_clock::now());
    if (size > 0) send_rtcp(std::span(out).first(size));
    reporting_ = false;
}

void LegEnd::set_clock_rates(std::uint32_t send, std::uint32_t receive) {
    if (send == send_clock_rate_ && receive == receive_clock_rate_) return;
    send_clock_rate_ = send;
    receive_clock_rate_ = receive;
    reporter_.set_clock_rates(static_cast<int>(send), static_cast<int>(receive));
}

void LegEnd::set_extended(const sdp::ExtendedReports& wanted) {
    reporter_.set_extended({.reference_time = wanted.reference_time, .voip_metrics = wanted.voip_metrics});
}

void LegEnd::judge(const Lane& from_here, const Lane& to_here, int received_level_dbov, Instant now) {
    follow_playout(from_here);
    judge_received(from_here);
    judge_sent(to_here, now);
    reporter_.set_voip_metrics(own_metrics(from_here, received_level_dbov));
}

void LegEnd::follow_playout(const Lane& from_here) {
    const Playout* const playout = from_here.playout();
    buffer_ms_ = playout == nullptr ? std::nullopt : std::optional<double>(playout->delay_ms());
    // Another plan has another playout, which begins to count anew.
    const std::uint64_t concealed = playout == nullptr ? 0 : playout->concealed_ms();
    if (concealed < playout_concealed_ms_) concealed_ms_ += playout_concealed_ms_;
    playout_concealed_ms_ = concealed;
}

void LegEnd::judge_received(const Lane& from_here) {
    const rtp::StreamStats& stats = reporter_.received();
    const rtp::LossTotals& totals = stats.pattern().totals();
    if (!from_here.plan()) return received_.pass();
    received_.judge({totals.expected, totals.bad(), totals.runs, stats.packets(), stats.bytes()},
                    {stats.jitter_ms(), round_trip_ms(), buffer_ms_}, from_here.plan()->from);
}

void LegEnd::judge_sent(const Lane& to_here, Instant now) {
    const auto report = reporter_.peer_report();
    if (!to_here.plan() || !to_here.active() || !report || now - report->at > kStaleReport)
        return sent_.pass();
    PathFigures path{report->jitter_ms, round_trip_ms(), std::nullopt};
    if (const auto& told = reporter_.peer_metrics()) {
        if (told->buffer_nominal > 0) path.buffer_ms = told->buffer_nominal;
        if (told->mos_cq != rtp::VoipMetrics::kUnknown && told->r_factor != rtp::VoipMetrics::kUnknown)
            return sent_.adopt({static_cast<double>(told->r_factor), std::min(told->mos_cq / 10.0, kBestMos)},
                               path);
    }
    sent_.judge_interval(report->loss_percent, path, to_here.plan()->to,
                         {.packets = reporter_.packets_sent(), .bytes = reporter_.bytes_sent()});
}

rtp::VoipMetrics LegEnd::own_metrics(const Lane& from_here, int level_dbov) const {
    const rtp::LossTotals& totals = reporter_.received().pattern().totals();
    const rtp::BurstFigures bursts = reporter_.received().pattern().bursts();
    rtp::VoipMetrics metrics;
    metrics.loss_rate = share(totals.lost, totals.expected);
    metrics.discard_rate = share(totals.discarded, totals.expected);
    metrics.burst_density = in_256ths(bursts.burst_density);
    metrics.gap_density = in_256ths(bursts.gap_density);
    metrics.burst_duration = whole_ms(bursts.burst_packets * kPacketMs);
    metrics.gap_duration = whole_ms(bursts.gap_packets * kPacketMs);
    metrics.round_trip = whole_ms(round_trip_ms().value_or(0));
    // RFC 3611 §4.7.3: what our sending side gathers and our receiving side buffers.
    metrics.end_system_delay = whole_ms(kPacketMs + buffer_ms_.value_or(0));
    if (level_dbov > LevelMeter::kSilence)
        metrics.signal_level = static_cast<std::int8_t>(level_dbov + kDbm0);
    if (const auto& quality = received_.now()) {
        const bool wide = received_.band() == rtp::VoiceBand::wide;
        // RFC 3611 §4.7.5 knows 0..100 only; G.107.1 Annex A brings its scale there by the same factor.
        metrics.r_factor =
            static_cast<std::uint8_t>(std::lround(std::min(quality->r / (wide ? 1.29 : 1), 100.0)));
        metrics.mos_cq = ten_times(quality->mos);
        metrics.mos_lq = ten_times(received_.listening_mos().value_or(quality->mos));
    }
    if (const Playout* const playout = from_here.playout()) {
        metrics.receiver_config = rtp::kOurReceiverConfig;
        metrics.buffer_nominal = whole_ms(playout->target_ms());
        metrics.buffer_maximum = whole_ms(std::max(playout->target_ms(), playout->delay_ms()));
        metrics.buffer_absolute_maximum = whole_ms(playout->max_delay_ms());
    }
    return metrics;
}

std::optional<double> LegEnd::round_trip_ms() const {
    const auto trip = reporter_.round_trip();
    return trip ? std::optional<double>(milliseconds(*trip)) : std::nullopt;
}

void LegEnd::expect(bool expected, Instant now) {
    if (expected && !expected_) heard_ = now;
    expected_ = expected;
}

bool LegEnd::silent(Duration timeout, Instant now) const {
    return expected_ && timeout > Duration::zero() && now - heard_ > timeout;
}

void LegEnd::add_receiving_to(Footprint& footprint) const {
    footprint.add_bytes(this, sizeof(void*));
    footprint.add(reporter_.received(), send_clock_rate_, receive_clock_rate_, discarded_, heard_);
}

void LegEnd::add_sending_to(Footprint& footprint) const {
    footprint.add_bytes(this, sizeof(void*));
    reporter_.add_sending_to(footprint);
}

StreamStatistics LegEnd::received_figures(int level_dbov) const {
    const rtp::StreamStats& stats = reporter_.received();
    StreamStatistics figures;
    figures.packets = stats.packets();
    figures.bytes = stats.bytes();
    figures.lost = stats.lost();
    figures.jitter_ms = stats.jitter_ms();
    figures.loss_percent = stats.loss_percent();
    figures.round_trip_ms = round_trip_ms();
    figures.level_dbov = level_dbov;
    figures.discarded = discarded_;
    figures.concealed_ms = concealed_ms_ + playout_concealed_ms_;
    figures.buffer_ms = buffer_ms_;
    add_quality(received_, figures);
    return figures;
}

StreamStatistics LegEnd::sent_figures(int level_dbov) const {
    StreamStatistics figures;
    figures.packets = reporter_.packets_sent();
    figures.bytes = reporter_.bytes_sent();
    figures.round_trip_ms = round_trip_ms();
    figures.level_dbov = level_dbov;
    if (const auto report = reporter_.peer_report()) {
        figures.lost = static_cast<std::uint64_t>(std::max(report->cumulative_lost, 0));
        figures.jitter_ms = report->jitter_ms;
        figures.loss_percent = report->loss_percent;
    }
    if (const auto& told = reporter_.peer_metrics(); told && told->buffer_nominal > 0)
        figures.buffer_ms = told->buffer_nominal;
    add_quality(sent_, figures);
    return figures;
}

}  // namespace causeway::media
