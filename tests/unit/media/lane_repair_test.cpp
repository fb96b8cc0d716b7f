// Opus' in-band FEC in a lane: what random loss leaves of quick changes of pitch, which no concealment can
// guess.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <optional>
#include <random>
#include <vector>

#include "gateway/media/lane.hpp"
#include "tests/support/tone.hpp"

namespace causeway::media {
namespace {

using std::chrono::milliseconds;
using Samples = std::vector<std::int16_t>;

constexpr Instant kStart{std::chrono::hours(1)};
constexpr int kRate = 16000;
constexpr std::size_t kFrame = 320;
constexpr std::size_t kSyllables = 500;  // of 20 ms each

/// The harmonics of another pitch every 20 ms: what is lost cannot be told from what was before.
Samples babble() {
    std::mt19937 random(3);
    Samples samples(kSyllables * kFrame);
    double phase = 0;
    double pitch = 150;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (i % kFrame == 0) pitch = 100 + 0.2 * static_cast<double>(random() % 1000);
        phase += 2 * std::numbers::pi * pitch / kRate;
        double sum = 0;
        for (int harmonic = 1; harmonic <= 8; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
        samples[i] = static_cast<std::int16_t>(6000 * sum);
    }
    return samples;
}

struct Ear final : PacketSink {
    Samples heard;
    std::unique_ptr<transcode::Decoder> decoder =
        transcode::make_decoder({sdp::Codec::g722, {9}, ""}, kRate).value();

    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader&, std::size_t, Instant) override {
        std::array<std::int16_t, 5760> room;
        const std::size_t size = decoder->decode(rtp::RtpView::parse(packet.packet())->payload(), room);
        heard.insert(heard.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    }
    void on_digit(char, int) override {}
};

/// What a telephone hears when each packet is lost with this probability, and which were lost.
Samples carried(int expected_loss, double loss, std::vector<bool>* lost = nullptr) {
    const sdp::AudioFormat opus{sdp::Codec::opus, {111}, "useinbandfec=1"};
    const auto encoder = transcode::make_encoder(opus, kRate, {.complexity = 5, .bitrate = 32000}).value();
    encoder->set_expected_loss(expected_loss);
    Counters all;
    LaneCounters counters(all);
    Ear ear;
    Lane lane({.ssrc = {1}, .grid = kStart, .fill_silence = true}, counters, ear);
    EXPECT_TRUE(lane.set_plan({.from = opus,
                               .to = {sdp::Codec::g722, {9}, ""},
                               .pass_through = false,
                               .sample_rate = kRate,
                               .events_from = std::nullopt,
                               .events_to = std::nullopt},
                              kStart));
    lane.set_active(true, kStart);
    const Samples spoken = babble();
    std::mt19937 random(11);
    rtp::PacketBuffer buffer;
    for (std::size_t n = 0; n < kSyllables; ++n) {
        const Instant now = kStart + milliseconds(20) * n;
        std::array<std::uint8_t, 1400> payload;
        const std::size_t size = encoder->encode(std::span(spoken).subspan(n * kFrame, kFrame), payload);
        const bool loses = n > 50 && static_cast<double>(random() % 1000) < 1000 * loss;
        if (lost) lost->push_back(loses);
        if (!loses) {
            const auto number = static_cast<std::uint16_t>(n);
            rtp::write_packet(buffer, {{111}, n == 0, {number}, {number * 960u}, {7}},
                              std::span(payload).first(size));
            lane.receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
        }
        for (int ms = 0; ms < 20; ++ms)
            if (const auto due = lane.deadline(); due && *due <= now + milliseconds(ms))
                lane.tick(now + milliseconds(ms));
    }
    return ear.heard;
}

double likeness(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
    double ab = 0;
    double aa = 1;
    double bb = 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += static_cast<double>(a[i]) * b[i];
        aa += static_cast<double>(a[i]) * a[i];
        bb += static_cast<double>(b[i]) * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

/// How like the lost syllables are to what was spoken, on average: 1 is the same. The lane may have taken its
/// time: within 140 ms, the place where a syllable is most like itself counts.
double likeness_of_lost(int expected_loss, double loss) {
    std::vector<bool> lost;
    const Samples heard = carried(expected_loss, loss, &lost);
    const Samples spoken = babble();
    double sum = 0;
    int count = 0;
    for (std::size_t n = 0; n + 8 < kSyllables; ++n) {
        if (!lost[n]) continue;
        const auto syllable = std::span(spoken).subspan(n * kFrame, kFrame);
        double best = 0;
        for (std::size_t at = n * kFrame; at < n * kFrame + 7 * kFrame && at + kFrame <= heard.size();
             at += 4)
            best = std::max(best, likeness(syllable, std::span(heard).subspan(at, kFrame)));
        sum += best;
        ++count;
    }
    EXPECT_GT(count, 10);
    return sum / std::max(count, 1);
}

TEST(LaneRepair, in_band_fec_brings_lost_syllables_back) {
    for (const double loss : {0.05, 0.10, 0.20}) {
        const double with_fec = likeness_of_lost(static_cast<int>(loss * 100), loss);
        const double without = likeness_of_lost(0, loss);
        EXPECT_GT(with_fec, without + 0.05) << loss;
        EXPECT_GT(with_fec, 0.70) << loss;
    }
}

}  // namespace
}  // namespace causeway::media
