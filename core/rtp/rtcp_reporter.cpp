// Timing and content of our RTCP. RFC 3550 §6.2, §6.3, §6.4; RFC 3611 §4.4, §4.5, §4.7.
#include "core/rtp/rtcp_reporter.hpp"

#include <algorithm>

#include "core/base/footprint.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

using Seconds = std::chrono::duration<double>;

// RFC 3550 §4: NTP counts from 1900.
constexpr std::uint64_t kUnixEpochInNtp = 2'208'988'800;

std::uint64_t to_ntp(WallTime wall) {
    const auto since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(wall.time_since_epoch());
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, since_epoch.count()));
    const std::uint64_t fraction = ((ns % 1'000'000'000) << 32) / 1'000'000'000;
    return (ns / 1'000'000'000 + kUnixEpochInNtp) << 32 | fraction;
}

constexpr std::uint32_t middle(std::uint64_t ntp) {
    return static_cast<std::uint32_t>(ntp >> 16);
}

Duration to_duration(Seconds seconds) {
    return std::chrono::duration_cast<Duration>(seconds);
}

std::uint32_t in_65536ths(Duration delay) {
    return static_cast<std::uint32_t>(std::clamp(Seconds(delay).count() * 65536.0, 0.0, 4294967295.0));
}

}  // namespace

RtcpReporter::RtcpReporter(RtcpReporterSettings settings, Instant now)
    : settings_(std::move(settings)), stats_(settings_.receive_clock_rate), random_(settings_.seed | 1) {
    // RFC 3550 §6.2: half the interval before the first report.
    schedule(now, settings_.interval / 2);
}

void RtcpReporter::schedule(Instant now, Duration interval) {
    // xorshift32; RFC 3550 §6.2 wants 0.5..1.5 of the interval, so that parties do not fall into step.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    next_due_ = now + to_duration(Seconds(interval) * (0.5 + random_ / 4294967296.0));
}

void RtcpReporter::on_sent(const RtpHeader& header, std::size_t payload_bytes, Instant now) {
    ++packets_sent_;
    bytes_sent_ += payload_bytes;
    last_sent_timestamp_ = header.timestamp;
    last_sent_at_ = now;
}

void RtcpReporter::add_sending_to(Footprint& footprint) const {
    footprint.add(packets_sent_, bytes_sent_, last_sent_timestamp_, last_sent_at_);
}

void RtcpReporter::on_received(const RtpHeader& header, std::size_t payload_bytes, Instant now) {
    if (stats_.ssrc() != header.ssrc) peer_left_ = false;
    stats_.on_packet(header, payload_bytes, now);
}

void RtcpReporter::set_clock_rates(int send, int receive) {
    settings_.send_clock_rate = send;
    settings_.receive_clock_rate = receive;
    stats_.set_clock_rate(receive);
}

bool RtcpReporter::on_rtcp(std::span<const std::uint8_t> compound, Instant now) {
    const auto report = parse_rtcp(compound);
    if (!report) return false;
    if (report->sender_info && report->sender) {
        peer_sender_ = report->sender;
        peer_middle_ntp_ = middle(report->sender_info->ntp);
        peer_report_at_ = now;
    }
    for (const auto& block : report->reports()) {
        if (block.ssrc == settings_.ssrc) read_block(block, now);
    }
    read_extended(report->extended, now);
    if (report->bye && report->bye == stats_.ssrc()) peer_left_ = true;
    return true;
}

void RtcpReporter::read_block(const ReportBlock& block, Instant now) {
    peer_report_ = PeerReport{block.fraction_lost * 100.0 / 256.0, block.cumulative_lost,
                              block.jitter * 1000.0 / settings_.send_clock_rate, block.extended_highest, now};
    measure_round_trip(block.last_sr, block.delay_since_last_sr, now);
}

void RtcpReporter::read_extended(const ExtendedReport& report, Instant now) {
    for (const DlrrBlock& answer : report.answers()) {
        if (answer.ssrc == settings_.ssrc) measure_round_trip(answer.last, answer.delay, now);
    }
    for (const VoipMetrics& metrics : report.metrics()) {
        if (metrics.ssrc != settings_.ssrc) continue;
        peer_metrics_ = metrics;
        extended_.voip_metrics = true;
    }
    if (report.reference_time) {
        unanswered_ = {*report.sender, middle(*report.reference_time), now};
        extended_.reference_time = true;
    }
}

void RtcpReporter::measure_round_trip(std::uint32_t middle_ntp, std::uint32_t held, Instant now) {
    if (middle_ntp == 0) return;
    const auto sent = std::find_if(sent_reports_.begin(), sent_reports_.end(),
                                   [&](const SentReport& s) { return s.middle_ntp == middle_ntp; });
    if (sent == sent_reports_.end()) return;
    // RFC 3550 §6.4.1: A - LSR - DLSR. Our own clock measures A - LSR, so that a step of the wall clock is
    // harmless.
    const auto trip = now - sent->at - to_duration(Seconds(held / 65536.0));
    round_trip_ = std::max(trip, Duration::zero());
}

std::size_t RtcpReporter::write_report(std::span<std::uint8_t> out, Instant now, WallTime wall) {
    const std::size_t size = write(out, now, wall, false);
    schedule(now, settings_.interval);
    return size;
}

std::size_t RtcpReporter::write_bye(std::span<std::uint8_t> out, Instant now, WallTime wall) {
    return write(out, now, wall, true);
}

ExtendedBlocks RtcpReporter::extended_blocks(bool is_sender, std::uint64_t ntp, Instant now) {
    ExtendedBlocks blocks;
    // RFC 3611 §4.4: a sender has the round trip by its SR already.
    if (extended_.reference_time && !is_sender) blocks.reference_time = ntp;
    if (unanswered_) {
        blocks.dlrr =
            DlrrBlock{unanswered_->from, unanswered_->middle_ntp, in_65536ths(now - unanswered_->at)};
        unanswered_.reset();
    }
    if (extended_.voip_metrics && voip_metrics_ && stats_.ssrc()) {
        blocks.voip = voip_metrics_;
        blocks.voip->ssrc = *stats_.ssrc();
    }
    return blocks;
}

std::size_t RtcpReporter::write(std::span<std::uint8_t> out, Instant now, WallTime wall, bool bye) {
    RtcpCompound compound{
        .sender = settings_.ssrc, .cname = settings_.cname, .sender_info = {}, .block = {}, .bye = bye};
    const std::uint64_t ntp = to_ntp(wall);
    // RFC 3550 §6.4: an SR when data was sent since the report before the last one.
    if (last_sent_at_ && packets_sent_ != sent_at_report_before_) {
        const auto ticks =
            static_cast<std::int64_t>(Seconds(now - *last_sent_at_).count() * settings_.send_clock_rate);
        compound.sender_info =
            SenderInfo{ntp, advanced(last_sent_timestamp_, ticks), static_cast<std::uint32_t>(packets_sent_),
                       static_cast<std::uint32_t>(bytes_sent_)};
    }
    sent_at_report_before_ = sent_at_last_report_;
    sent_at_last_report_ = packets_sent_;
    if (const auto reception = stats_.take_report()) {
        ReportBlock block{reception->ssrc,
                          reception->fraction_lost,
                          reception->cumulative_lost,
                          reception->extended_highest,
                          reception->jitter,
                          0,
                          0};
        if (peer_sender_ == reception->ssrc) {
            block.last_sr = peer_middle_ntp_;
            block.delay_since_last_sr = in_65536ths(now - peer_report_at_);
        }
        compound.block = block;
    }
    compound.extended = extended_blocks(compound.sender_info.has_value(), ntp, now);
    if (compound.sender_info || compound.extended.reference_time)
        sent_reports_[next_sent_report_++ % sent_reports_.size()] = {middle(ntp), now};
    return write_rtcp(out, compound);
}

}  // namespace causeway::rtp
