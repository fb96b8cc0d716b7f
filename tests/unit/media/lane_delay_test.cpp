// How long a transcoding lane keeps sound: packets of all jitters come in, and the delay that the lane adds
// is measured from each packet's arrival to the frame that carries its sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <vector>

#include "core/rtp/sequence.hpp"
#include "gateway/media/lane.hpp"

namespace causeway::media {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::hours(1)};

double in_ms(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

/// PCMU in, PCMA out. Each packet has one level of its own, so that what is sent tells where it is from.
class DelayTest : public testing::Test, public PacketSink {
  protected:
    struct Conditions {
        int jitter_ms = 0;  ///< each packet is 0..this late
        int ptime_in = 20;
        int ptime_out = 20;
        double drift_ppm = 0;
        double loss = 0;
        bool fill_silence = true;
    };
    static constexpr int kLevels = 32;  ///< until the same comes again
    static constexpr std::size_t kRun = 20;

    static std::uint8_t code(int n) { return static_cast<std::uint8_t>(0x80 + n % kLevels * 2); }

    DelayTest() {
        const auto decoder = transcode::make_decoder({sdp::Codec::pcmu, {0}, ""}, 8000).value();
        const auto encoder = transcode::make_encoder({sdp::Codec::pcma, {8}, ""}, 8000, {}).value();
        for (int n = 0; n < kLevels; ++n) {
            std::array<std::int16_t, 960> pcm;
            std::array<std::uint8_t, 960> bytes;
            const std::vector<std::uint8_t> payload(160, code(n));
            encoder->encode(std::span(pcm).first(decoder->decode(payload, pcm)), bytes);
            packet_of[bytes[100]] = n;
        }
    }

    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t, Instant now) override {
        const auto payload = rtp::RtpView::parse(packet.packet())->payload();
        longest_pause = sent_at.empty() ? Duration::zero() : std::max(longest_pause, now - sent_at.back());
        sent_at.push_back(now);
        last = header;
        for (std::size_t i = 0; i < payload.size(); ++i) {
            same = payload[i] == before ? same + 1 : 1;
            before = payload[i];
            // Less is the seam between two packets.
            const auto found = packet_of.find(before);
            if (same != kRun || found == packet_of.end()) continue;
            // A packet's first sample has the delay of its frame, and its place in the frame.
            delays.push_back(in_ms(now - taken[found->second]) + static_cast<double>(i + 1 - kRun) / 8);
        }
    }
    void on_digit(char, int) override {}

    void run(const Conditions& how, int packets) {
        LaneSettings settings{.ssrc = {1}, .first_sequence = {5}, .first_timestamp = {77}};
        settings.grid = kStart + microseconds(13'777);
        settings.fill_silence = how.fill_silence;
        lane = std::make_unique<Lane>(settings, counters, *this);
        transcode::LanePlan plan{.from = {sdp::Codec::pcmu, {0}, ""},
                                 .to = {sdp::Codec::pcma, {8}, ""},
                                 .events_from = std::nullopt,
                                 .events_to = std::nullopt};
        plan.ptime_ms = how.ptime_out;
        ASSERT_TRUE(lane->set_plan(plan, kStart));
        lane->set_active(true, kStart);
        go_on(how, 0, packets);
    }

    void go_on(const Conditions& how, int first, int packets) {
        const double spacing = how.ptime_in * 1e6 / (1 + how.drift_ppm * 1e-6);
        std::multimap<Instant, int> arrivals;
        const auto arrive = [&](int n) {
            const auto late = how.jitter_ms == 0 ? 0 : random() % static_cast<unsigned>(how.jitter_ms * 1000);
            if (static_cast<double>(random()) / 4294967296.0 < how.loss) return;
            const auto sent = std::chrono::nanoseconds(static_cast<std::int64_t>(n * spacing));
            arrivals.emplace(kStart + std::chrono::seconds(1) + sent + microseconds(late), n);
        };
        constexpr std::size_t kFlying = 50;
        for (int next = first; next < first + packets || !arrivals.empty();) {
            for (; next < first + packets && arrivals.size() < kFlying; ++next) arrive(next);
            if (arrivals.empty()) break;
            const Instant coming = arrivals.begin()->first;
            if (const auto due = lane->deadline(); due && *due <= coming) {
                lane->tick(*due);
                continue;
            }
            receive(arrivals.begin()->second, how.ptime_in, coming);
            arrivals.erase(arrivals.begin());
        }
    }

    void receive(int n, int ptime, Instant now) {
        const std::vector<std::uint8_t> payload(static_cast<std::size_t>(ptime * 8), code(n));
        rtp::write_packet(buffer,
                          {.payload_type = {0},
                           .marker = n == 0,
                           .sequence = rtp::advanced(SequenceNumber{65000}, n),
                           .timestamp = rtp::advanced(RtpTime{0xFFFF0000}, std::int64_t{n} * ptime * 8),
                           .ssrc = {9}},
                          payload);
        taken[n % kLevels] = now;
        lane->receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
    }

    /// Of the later half, when everything has settled.
    double delay_ms(double share) const {
        std::vector<double> later(delays.begin() + static_cast<std::ptrdiff_t>(delays.size() / 2),
                                  delays.end());
        if (later.empty()) return 1e9;
        std::sort(later.begin(), later.end());
        return later[static_cast<std::size_t>(share * static_cast<double>(later.size() - 1))];
    }

    std::mt19937 random{7};
    std::map<std::uint8_t, int> packet_of;  ///< by A-law code
    std::map<int, Instant> taken;           ///< when the newest packet of each level came
    std::uint8_t before = 0;
    std::size_t same = 0;
    std::vector<double> delays;
    std::vector<Instant> sent_at;
    Duration longest_pause{};
    rtp::RtpHeader last;
    Counters all_counters;
    LaneCounters counters{all_counters};
    rtp::PacketBuffer buffer;
    std::unique_ptr<Lane> lane;
};

TEST_F(DelayTest, without_jitter_sound_is_converted_on_arrival) {
    for (const bool fill : {true, false}) {
        delays.clear();
        run({.fill_silence = fill}, 500);
        EXPECT_LE(delay_ms(0.5), 0.1);
        EXPECT_LE(delay_ms(0.99), 0.1);
        EXPECT_EQ(lane->playout()->stats().lost, 0u);
        EXPECT_EQ(lane->playout()->stats().underruns, 0u);
    }
}

TEST_F(DelayTest, the_delay_is_what_the_jitter_asks_for) {
    struct Case {
        int jitter_ms;
        double median;  ///< at most
        double worst;
    };
    for (const auto& [jitter, median, worst] :
         {Case{2, 1, 2}, {5, 1, 3}, {20, 6, 12}, {40, 20, 35}, {80, 50, 85}}) {
        delays.clear();
        run({.jitter_ms = jitter}, 3000);
        EXPECT_LE(delay_ms(0.5), median) << jitter;
        EXPECT_LE(delay_ms(0.95), worst) << jitter;
    }
}

TEST_F(DelayTest, packets_of_all_lengths_become_packets_of_all_lengths) {
    for (const int in : {10, 20, 30, 40, 50, 60})
        for (const int out : {10, 20, 30, 40, 50, 60}) {
            delays.clear();
            run({.ptime_in = in, .ptime_out = out}, 1000);
            EXPECT_LE(delay_ms(0.5), out + 3) << in << " to " << out;
            EXPECT_LE(lane->playout()->stats().underruns, 3u) << in << " to " << out;
        }
}

TEST_F(DelayTest, an_hour_of_clock_drift_leaves_no_gap_and_no_growth) {
    for (const double drift : {200.0, -200.0}) {
        delays.clear();
        run({.jitter_ms = 15, .drift_ppm = drift}, 180'000);
        EXPECT_LE(delay_ms(0.99), 20);
        EXPECT_EQ(lane->playout()->stats().lost, 0u);
        EXPECT_EQ(lane->playout()->stats().overflow, 0u);
        EXPECT_LE(longest_pause, milliseconds(40));
    }
}

}  // namespace
}  // namespace causeway::media
