// One leg's books: what was lost, what came too late, what the peer says, and what that is worth.
#include "gateway/media/leg_end.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace causeway::media {
namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::hours(1)};
constexpr Ssrc kPeer{77};
constexpr Ssrc kOurs{5};

class TestEnd final : public LegEnd {
  public:
    explicit TestEnd(LaneCounters& counters) : LegEnd(kOurs, "cname", counters, kStart) {}
    void on_digit(char, int) override {}
    std::vector<std::vector<std::uint8_t>> reports;

  private:
    bool send_rtp(rtp::PacketBuffer&) override { return true; }
    bool send_rtcp(std::span<const std::uint8_t> packet) override {
        reports.emplace_back(packet.begin(), packet.end());
        return true;
    }
};

transcode::LanePlan plan(bool pass_through) {
    return {.from = {sdp::Codec::pcmu, {0}, ""},
            .to = {pass_through ? sdp::Codec::pcmu : sdp::Codec::pcma, {8}, ""},
            .pass_through = pass_through,
            .sample_rate = 8000,
            .events_from = std::nullopt,
            .events_to = std::nullopt};
}

class LegEndTest : public testing::Test {
  protected:
    LegEndTest() {
        for (Lane* lane : {&from_, &to_}) {
            EXPECT_TRUE(lane->set_plan(plan(false), kStart));
            lane->set_active(true, kStart);
        }
    }

    /// A packet of the peer, number `n`, at its time or `late` after.
    void receive(int n, milliseconds late = milliseconds(0)) {
        std::vector<std::uint8_t> bytes(rtp::kRtpHeaderSize + 160, 0xD5);
        rtp::write_header(
            bytes,
            {{0}, n == 0, {static_cast<std::uint16_t>(n)}, {static_cast<std::uint32_t>(n) * 160}, kPeer});
        rtp::PacketBuffer buffer;
        std::copy(bytes.begin(), bytes.end(), buffer.fresh().begin());
        buffer.resize(bytes.size());
        const Instant at = kStart + milliseconds(20 * n) + late;
        tick(at);
        end_.take_rtp(buffer, from_, at);
    }
    void tick(Instant until) {
        for (auto due = from_.deadline(); due && *due <= until; due = from_.deadline()) from_.tick(*due);
    }
    void report_about_us(std::uint8_t fraction, std::uint32_t jitter,
                         const rtp::ExtendedBlocks& extended = {}) {
        std::array<std::uint8_t, 400> out;
        const rtp::RtcpCompound compound{.sender = kPeer,
                                         .cname = "p",
                                         .sender_info = {},
                                         .block = rtp::ReportBlock{kOurs, fraction, 9, 1000, jitter, 0, 0},
                                         .bye = false,
                                         .extended = extended};
        const std::size_t size = rtp::write_rtcp(out, compound);
        end_.take_rtcp(std::span(out).first(size), to_, kStart);
    }
    void send_something() {
        rtp::PacketBuffer buffer;
        end_.send(buffer, {{8}, false, {sent_++}, {0}, kOurs}, 160, kStart);
    }

    Counters all_;
    LaneCounters counters_{all_};
    TestEnd end_{counters_};
    Lane from_{{.ssrc = {9}, .grid = kStart}, counters_, end_};
    Lane to_{{.ssrc = kOurs, .grid = kStart}, counters_, end_};
    std::uint16_t sent_ = 0;
};

TEST_F(LegEndTest, a_clean_stream_is_judged_good_and_says_so_to_who_wants_to_know) {
    for (int n = 0; n < 200; ++n) receive(n);
    end_.judge(from_, to_, -20, kStart);
    const auto figures = end_.received_figures(-20);
    ASSERT_TRUE(figures.mos);
    EXPECT_GT(*figures.mos, 4.3);
    EXPECT_EQ(figures.discarded, 0u);
    EXPECT_TRUE(figures.buffer_ms);
    end_.set_extended({.voip_metrics = true});
    end_.report(kStart + milliseconds(4000));
    const auto report = rtp::parse_rtcp(end_.reports.back());
    ASSERT_EQ(report->extended.metrics().size(), 1u);
    const rtp::VoipMetrics& told = report->extended.metrics()[0];
    EXPECT_EQ(told.ssrc, kPeer);
    EXPECT_EQ(told.loss_rate, 0);
    EXPECT_EQ(told.gap_duration, 168 * 20);
    EXPECT_GE(told.r_factor, 90);
    EXPECT_EQ(told.mos_cq, 44);
    EXPECT_EQ(told.signal_level, -14) << "dBm0";
    EXPECT_EQ(told.receiver_config, rtp::kOurReceiverConfig);
    EXPECT_EQ(told.buffer_absolute_maximum, 200);
}

TEST_F(LegEndTest, what_comes_too_late_is_discarded_not_lost) {
    for (int n = 0; n < 100; ++n) receive(n);
    for (int n = 101; n < 130; ++n) receive(n);
    receive(130);
    receive(100, milliseconds(620));
    for (int n = 131 + 1; n < 300; ++n) receive(n);
    end_.judge(from_, to_, -127, kStart);
    const auto figures = end_.received_figures(-127);
    EXPECT_EQ(figures.discarded, 1u);
    EXPECT_EQ(figures.lost, 1u);
    EXPECT_GE(figures.concealed_ms, 20u);
    EXPECT_LE(figures.concealed_ms, 120u);
    EXPECT_LT(*figures.mos, 4.40);
}

TEST_F(LegEndTest, what_is_sent_is_judged_by_the_peers_reports) {
    send_something();
    end_.judge(from_, to_, -127, kStart);
    EXPECT_FALSE(end_.sent_figures(-127).mos) << "nobody has told yet";
    report_about_us(0, 80);
    send_something();
    end_.judge(from_, to_, -127, kStart);
    const double clean = end_.sent_figures(-127).mos.value();
    EXPECT_GT(clean, 4.3);
    report_about_us(26, 80);
    send_something();
    end_.judge(from_, to_, -127, kStart);
    EXPECT_LT(end_.sent_figures(-127).mos.value(), clean - 0.5) << "10 % loss";
    EXPECT_EQ(end_.sent_figures(-127).lost, 9u);
}

TEST_F(LegEndTest, a_peer_that_has_fallen_silent_tells_nothing_any_more) {
    send_something();
    report_about_us(0, 80);
    end_.judge(from_, to_, -127, kStart + std::chrono::seconds(29));
    EXPECT_TRUE(end_.sent_figures(-127).mos);
    end_.judge(from_, to_, -127, kStart + std::chrono::seconds(31));
    EXPECT_FALSE(end_.sent_figures(-127).mos);
    EXPECT_TRUE(end_.sent_figures(-127).call.mos_avg) << "the call's summary stays";
}

TEST_F(LegEndTest, a_peer_that_judges_itself_is_quoted) {
    send_something();
    report_about_us(
        0, 0, {.voip = rtp::VoipMetrics{.ssrc = kOurs, .r_factor = 70, .mos_cq = 36, .buffer_nominal = 60}});
    end_.judge(from_, to_, -127, kStart);
    EXPECT_EQ(end_.sent_figures(-127).mos, 3.6);
    EXPECT_EQ(end_.sent_figures(-127).r_factor, 70);
    EXPECT_EQ(end_.sent_figures(-127).buffer_ms, 60);
}

TEST_F(LegEndTest, a_lane_that_passes_through_has_no_buffer_and_is_judged_all_the_same) {
    ASSERT_TRUE(from_.set_plan(plan(true), kStart));
    for (int n = 0; n < 200; ++n) {
        if (n % 10 != 5) receive(n);
    }
    end_.judge(from_, to_, -127, kStart);
    const auto figures = end_.received_figures(-127);
    EXPECT_FALSE(figures.buffer_ms);
    EXPECT_LT(*figures.mos, 3.9) << "10 % loss";
    EXPECT_EQ(figures.level_dbov, -127);
}

}  // namespace
}  // namespace causeway::media
