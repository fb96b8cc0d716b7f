// Arbitrary bytes and histories for the RTP room: views, RTCP, digits, rewriting and the jitter buffer.
// The first byte of the input chooses the part.
#include <array>
#include <vector>

#include "core/rtp/demux.hpp"
#include "core/rtp/dtmf.hpp"
#include "core/rtp/jitter_buffer.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rewriter.hpp"
#include "core/rtp/rtcp_reporter.hpp"
#include "tests/fuzz/rtp/input.hpp"

namespace causeway::rtp {
namespace {

using fuzz::Input;
using fuzz::must;
using std::chrono::milliseconds;

const Instant kStart = Instant{} + std::chrono::hours(1);

void fuzz_view(Input& input) {
    const auto bytes = input.rest();
    kind_of(bytes);
    PacketBuffer buffer;
    const auto room = buffer.fresh();
    const std::size_t size = std::min(bytes.size(), room.size());
    std::copy_n(bytes.begin(), size, room.begin());
    buffer.resize(size);
    auto view = RtpView::parse(buffer.packet());
    if (!view) return strip_extensions(buffer);
    const std::vector<std::uint8_t> payload(view->payload().begin(), view->payload().end());
    const RtpHeader header{{5}, true, {6}, {7}, {8}};
    view->set_header(header);
    strip_extensions(buffer);
    view = RtpView::parse(buffer.packet());
    must(view && view->header() == header && view->header_size() == kRtpHeaderSize);
    must(std::equal(payload.begin(), payload.end(), view->payload().begin(), view->payload().end()));
}

/// An XR packet with a right header, so that what is inside gets read.
void fuzz_extended(std::span<const std::uint8_t> body, RtcpReporter& reporter, Instant now) {
    std::vector<std::uint8_t> packet{0x80, 207, 0, static_cast<std::uint8_t>(body.size() / 4)};
    packet.insert(packet.end(), body.begin(), body.end());
    packet.resize(packet.size() / 4 * 4);
    reporter.on_rtcp(packet, now);
    ExtendedReport report;
    if (read_extended(std::span(packet).subspan(4), report))
        must(report.dlrr_count <= report.dlrr.size() && report.voip_count <= report.voip.size());
}

void fuzz_rtcp(Input& input) {
    Instant now = kStart;
    RtcpReporter reporter({.ssrc = {1}, .cname = "cname", .seed = input.u32()}, now);
    std::array<std::uint8_t, 400> out{};
    while (!input.empty()) {
        now += milliseconds(input.u8());
        const WallTime wall{now.time_since_epoch()};
        const RtpHeader header{{0}, false, {input.u16()}, {input.u32()}, {input.u8()}};
        switch (input.u8() % 7) {
            case 0:
                reporter.on_sent(header, 160, now);
                break;
            case 1:
                reporter.on_received(header, 160, now);
                break;
            case 2:
                reporter.on_rtcp(input.take(input.u8()), now);
                break;
            case 3:
                reporter.on_discarded(header.sequence);
                break;
            case 4:
                reporter.set_extended({.reference_time = true, .voip_metrics = true});
                reporter.set_voip_metrics({.loss_rate = input.u8(), .mos_cq = input.u8()});
                break;
            case 5:
                fuzz_extended(input.take(input.u8()), reporter, now);
                break;
            default:
                must(parse_rtcp({out.data(), reporter.write_report(out, now, wall)}).has_value());
        }
    }
    must(!reporter.round_trip() || *reporter.round_trip() >= Duration::zero());
    const auto& pattern = reporter.received().pattern();
    must(pattern.totals().bad() <= pattern.totals().expected &&
         pattern.totals().runs <= pattern.totals().bad());
    const auto bursts = pattern.bursts();
    must(bursts.burst_density >= 0 && bursts.burst_density <= 1 && bursts.gap_density <= 1);
    const auto& judged = reporter.peer_metrics();
    must(!judged || judged->mos_cq == VoipMetrics::kUnknown ||
         (judged->mos_cq >= 10 && judged->mos_cq <= 50));
}

void fuzz_dtmf(Input& input) {
    Instant now = kStart;
    DtmfReceiver receiver(8000);
    int pressed = 0;
    const auto follow = [&](const DtmfEvents& events) {
        for (const auto& event : events) {
            pressed += event.kind == DtmfEvent::Kind::started ? 1 : -1;
            must(pressed == 0 || pressed == 1);
            must(event.duration_ms >= 0);
        }
    };
    while (!input.empty()) {
        now += milliseconds(input.u8());
        const std::uint8_t choice = input.u8();
        const RtpTime timestamp{(choice & 4) != 0 ? input.u32() : std::uint32_t{input.u8()} * 160};
        if (choice & 1) {
            follow(receiver.push(input.take(4), (choice & 2) != 0, timestamp, now));
        } else {
            follow(receiver.poll(now));
        }
        must(receiver.deadline().has_value() == (pressed == 1));
    }
}

void fuzz_rewriter(Input& input) {
    Instant now = kStart;
    Rewriter rewriter({1}, 8000, {input.u16()}, {input.u32()});
    std::array<std::uint32_t, 65536> last_use{};
    std::uint32_t count = 0;
    while (!input.empty() && count < 30000) {
        now += milliseconds(input.u8());
        const std::uint8_t choice = input.u8();
        std::optional<RtpHeader> out;
        if (choice & 1) {
            out = rewriter.next_generated({101}, false, rewriter.time_at(now), now);
        } else {
            const std::uint16_t wide = (choice & 2) != 0 ? input.u16() : input.u8();
            const SequenceNumber sequence{wide};
            out = rewriter.next({{0}, false, sequence, {input.u32()}, {choice & 4u}}, now);
        }
        if (!out) continue;
        must(out->ssrc == Ssrc{1});
        // SRTP would use one key stream twice. A gap may skip up to 1000 numbers per packet.
        auto& used = last_use[out->sequence.value];
        ++count;
        must(used == 0 || count - used > 60);
        used = count;
    }
}

void play(JitterBuffer& buffer, Instant now) {
    must(buffer.ready(160) <= 160 + 8 * 120);
    const auto frame = buffer.pop(now);
    std::uint8_t sum = 0;
    for (const auto byte : frame.payload) sum = static_cast<std::uint8_t>(sum + byte);
    must(frame.payload.empty() || sum == frame.payload[0] * (frame.payload.size() % 256) % 256);
    must(frame.ticks > 0 && frame.ticks <= 8 * 120);
}

void fuzz_jitter(Input& input) {
    Instant now = kStart;
    JitterBuffer buffer({.clock_rate = 8000, .frame_ms = 20, .max_delay_ms = 40 + input.u8()});
    std::vector<std::uint8_t> packet(kRtpHeaderSize + 40);
    SequenceNumber sequence{};
    RtpTime timestamp{};
    while (!input.empty()) {
        const std::uint8_t choice = input.u8();
        now += milliseconds(choice & 0x0F);
        if ((choice & 0xC0) == 0) {
            play(buffer, now);
            continue;
        }
        sequence.value = static_cast<std::uint16_t>(
            sequence.value + (choice & 0x10 ? static_cast<std::int8_t>(input.u8()) : 1));
        timestamp.value += choice & 0x20 ? static_cast<std::uint32_t>(input.u16()) * 16 - 0x40000 : 160u;
        const RtpHeader header{
            {0}, false, sequence, timestamp, {(choice & 0xC0) == 0xC0 ? input.u8() & 1u : 0u}};
        write_header(packet, header);
        std::fill(packet.begin() + kRtpHeaderSize, packet.end(), choice);
        if ((choice & 0xC0) == 0x80) {
            buffer.pass_over(header, now);
        } else if (const auto view = RtpView::parse(packet)) {
            buffer.push(*view, now);
        }
        must(buffer.target_ms() >= 0 && buffer.target_ms() <= 40 + 255);
    }
    const auto& stats = buffer.stats();
    must(stats.played + stats.overflow + stats.late + stats.duplicate <= stats.received);
}

}  // namespace
}  // namespace causeway::rtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway::rtp;
    Input input(data, size);
    switch (input.u8() % 5) {
        case 0:
            fuzz_view(input);
            break;
        case 1:
            fuzz_rtcp(input);
            break;
        case 2:
            fuzz_dtmf(input);
            break;
        case 3:
            fuzz_rewriter(input);
            break;
        default:
            fuzz_jitter(input);
            break;
    }
    return 0;
}
