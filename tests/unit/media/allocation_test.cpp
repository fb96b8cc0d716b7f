// No memory is asked for per packet: this program counts what its own code allocates with `new`.
#include <gtest/gtest.h>

#include <vector>

#include "core/rtp/sequence.hpp"
#include "gateway/media/browser_feedback.hpp"
#include "gateway/media/lane.hpp"
#include "gateway/media/leg_end.hpp"
#include "tests/support/tone.hpp"
#include "tests/unit/media/counting_new.hpp"

namespace causeway::media {
namespace {

using std::chrono::milliseconds;

/// A leg without sockets: what the bridge adds to a lane is in the count.
class DeafEnd : public LegEnd {
  public:
    using LegEnd::LegEnd;
    int packets = 0;

  private:
    bool send_rtp(rtp::PacketBuffer&) override {
        ++packets;
        return true;
    }
    bool send_rtcp(std::span<const std::uint8_t>) override { return true; }
    void on_digit(char, int) override {}
};

std::uint64_t allocations_of_1000_packets(const transcode::LanePlan& plan) {
    Counters all_counters;
    LaneCounters counters(all_counters);
    Instant now{std::chrono::hours(1)};
    DeafEnd from({1}, "cname", counters, now);
    DeafEnd to({2}, "cname", counters, now);
    to.start_reporting();
    Lane lane({.ssrc = {2}, .grid = now, .fill_silence = true}, counters, to);
    EXPECT_TRUE(lane.set_plan(plan, now));
    lane.set_active(true, now);
    EXPECT_TRUE(lane.send_digit('5', 100, now));
    const auto encoder = transcode::make_encoder(plan.from, plan.sample_rate, {}).value();
    const auto pcm =
        test::generate(1000, -16, plan.sample_rate, static_cast<std::size_t>(plan.sample_rate / 50));
    std::vector<std::uint8_t> payload(1000);
    payload.resize(encoder->encode(pcm, payload));
    rtp::PacketBuffer buffer;

    const std::uint64_t before = test::allocations();
    for (int n = 0; n < 1000; ++n, now += milliseconds(20)) {
        // One in ten is lost.
        if (n % 10 != 7) {
            const rtp::RtpHeader header{
                plan.from.payload_type,
                n == 0,
                {static_cast<std::uint16_t>(n)},
                {static_cast<std::uint32_t>(n) * sdp::rtp_clock_rate(plan.from.codec) / 50},
                {9}};
            rtp::write_packet(buffer, header, payload);
            from.take_rtp(buffer, lane, now);
        }
        lane.tick(now);
        if (to.report_due() <= now) to.report(now);
    }
    const std::uint64_t after = test::allocations();
    EXPECT_GT(to.packets, 890);
    return after - before;
}

transcode::LanePlan make_plan(const sdp::AudioFormat& from, const sdp::AudioFormat& to, int rate) {
    return {.from = from,
            .to = to,
            .pass_through = from.codec == to.codec,
            .sample_rate = rate,
            .events_from = sdp::EventFormat{{101}, 8000},
            .events_to = sdp::EventFormat{{101}, 8000}};
}

const sdp::AudioFormat kOpus{sdp::Codec::opus, {111}, ""};
const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};
const sdp::AudioFormat kG722{sdp::Codec::g722, {9}, ""};

TEST(Allocations, the_count_sees_an_allocation) {
    const std::uint64_t before = test::allocations();
    const std::vector<int> one(1);
    EXPECT_EQ(test::allocations(), before + 1);
}

TEST(Allocations, a_lane_that_passes_through_asks_for_no_memory_per_packet) {
    EXPECT_EQ(allocations_of_1000_packets(make_plan(kPcmu, kPcmu, 8000)), 0u);
}

TEST(Allocations, a_lane_that_transcodes_asks_for_no_memory_per_packet) {
    EXPECT_EQ(allocations_of_1000_packets(make_plan(kOpus, kPcmu, 8000)), 0u);
    EXPECT_EQ(allocations_of_1000_packets(make_plan(kPcmu, kOpus, 8000)), 0u);
    EXPECT_EQ(allocations_of_1000_packets(make_plan(kOpus, kG722, 16000)), 0u);
    EXPECT_EQ(allocations_of_1000_packets(make_plan(kG722, kOpus, 16000)), 0u);
}

TEST(Allocations, a_lane_that_changes_the_level_asks_for_no_memory_per_packet) {
    const auto plan = transcode::with_level(make_plan(kPcmu, kPcmu, 8000), {6, true, true});
    EXPECT_FALSE(plan.pass_through);
    EXPECT_EQ(allocations_of_1000_packets(plan), 0u);
}

struct Deaf final : BrowserFeedback::Resender {
    bool send_again(std::span<const std::uint8_t>) override { return true; }
};

TEST(Allocations, feedback_asks_for_no_memory_per_packet) {
    Counters all_counters;
    LaneCounters counters(all_counters);
    Deaf deaf;
    const webrtc::AgreedFeedback agreed{
        .nack = true, .remb = true, .reduced_size = true, .transport_sequence_id = 3};
    BrowserFeedback end({.agreed = agreed, .ssrc = {1}, .cname = "c", .bitrate = 32000}, counters, deaf);
    end.set_steering(true);
    const std::vector<std::uint8_t> payload(80);
    std::vector<std::uint8_t> out(BrowserFeedback::kEnough);
    rtp::PacketBuffer buffer;
    Instant now{std::chrono::hours(1)};

    const std::uint64_t before = test::allocations();
    for (std::uint16_t n = 0; n < 1000; ++n, now += milliseconds(20)) {
        rtp::write_packet(buffer, {{111}, false, {n}, {n * 960u}, {1}}, payload);
        end.before_sent(buffer, now);
        end.after_sent(buffer.packet());
        if (n % 10 == 7) continue;
        end.on_rtp(buffer.packet(), now);
        if (const std::size_t size = end.write(out, milliseconds(5), milliseconds(60), now))
            end.on_rtcp(std::span(out).first(size), now);
    }
    EXPECT_EQ(test::allocations() - before, 0u);
    EXPECT_GT(counters.nack_answered.value(), 90u);
}

TEST(Allocations, no_codec_asks_for_memory_per_packet) {
    for (const sdp::Codec codec : sdp::kCodecs) {
        if (!transcode::can_encode(codec) || codec == sdp::Codec::opus) continue;
        const sdp::AudioFormat format{codec, {97}, ""};
        const int rate = transcode::best_sample_rate(codec);
        EXPECT_EQ(allocations_of_1000_packets(make_plan(kOpus, format, rate)), 0u) << sdp::codec_name(codec);
        EXPECT_EQ(allocations_of_1000_packets(make_plan(format, kOpus, rate)), 0u) << sdp::codec_name(codec);
        EXPECT_EQ(allocations_of_1000_packets(make_plan(format, kPcmu, 8000)), 0u) << sdp::codec_name(codec);
    }
}

}  // namespace
}  // namespace causeway::media
