#include "gateway/media/leg_end.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/random.hpp"

namespace causeway::media {
namespace {

constexpr std::size_t kRtcpRoom = 400;

double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

LegEnd::LegEnd(Ssrc ssrc, const std::string& cname, LaneCounters& counters, Instant now)
    : counters_(counters),
      reporter_({.ssrc = ssrc, .cname = cname, .seed = random_u32()}, now),
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
    lane.receive(packet, *view, now);
    // The peer may have gone over to another of the agreed formats.
    if (lane.plan()) set_clock_rates(send_clock_rate_, sdp::rtp_clock_rate(lane.plan()->from.codec));
}

void LegEnd::take_rtcp(std::span<const std::uint8_t> packet, Lane& lane_to_peer, Instant now) {
    if (!reporter_.on_rtcp(packet, now)) {
        counters_.malformed.add();
        return;
    }
    heard_ = now;
    if (const auto report = reporter_.peer_report())
        lane_to_peer.set_expected_loss(static_cast<int>(std::lround(report->loss_percent)));
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

void LegEnd::expect(bool expected, Instant now) {
    if (expected && !expected_) heard_ = now;
    expected_ = expected;
}

bool LegEnd::silent(Duration timeout, Instant now) const {
    return expected_ && timeout > Duration::zero() && now - heard_ > timeout;
}

StreamStatistics LegEnd::received_figures(int level_dbov) const {
    const rtp::StreamStats& stats = reporter_.received();
    StreamStatistics figures{.packets = stats.packets(),
                             .bytes = stats.bytes(),
                             .lost = stats.lost(),
                             .jitter_ms = stats.jitter_ms(),
                             .loss_percent = stats.loss_percent(),
                             .round_trip_ms = std::nullopt,
                             .level_dbov = level_dbov};
    if (const auto trip = reporter_.round_trip()) figures.round_trip_ms = milliseconds(*trip);
    return figures;
}

StreamStatistics LegEnd::sent_figures(int level_dbov) const {
    StreamStatistics figures{.packets = reporter_.packets_sent(),
                             .bytes = reporter_.bytes_sent(),
                             .lost = 0,
                             .jitter_ms = 0,
                             .loss_percent = 0,
                             .round_trip_ms = std::nullopt,
                             .level_dbov = level_dbov};
    if (const auto report = reporter_.peer_report()) {
        figures.lost = static_cast<std::uint64_t>(std::max(report->cumulative_lost, 0));
        figures.jitter_ms = report->jitter_ms;
        figures.loss_percent = report->loss_percent;
    }
    if (const auto trip = reporter_.round_trip()) figures.round_trip_ms = milliseconds(*trip);
    return figures;
}

}  // namespace causeway::media
