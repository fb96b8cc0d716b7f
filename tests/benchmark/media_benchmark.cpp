// What each part of the media path costs: SRTP, RTP headers, codecs, the jitter buffer, levels. One thread,
// one packet or frame of 20 ms per iteration. How to run it: README.md; what it gave: media_figures.json.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/counters.hpp"
#include "core/rtp/jitter_buffer.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rewriter.hpp"
#include "core/rtp/srtp_evp.hpp"
#include "core/rtp/srtp_session.hpp"
#include "tests/benchmark/reference.hpp"
#include "tests/benchmark/synthetic_voice.hpp"
#include "transcode/codec.hpp"
#include "transcode/level_control.hpp"
#include "transcode/time_stretch.hpp"

namespace causeway {
namespace {

constexpr std::size_t kPayload = 160;

/// Of G.711 at 20 ms.
rtp::RtpHeader header(std::uint32_t n) {
    return {.payload_type = {0},
            .marker = false,
            .sequence = {static_cast<std::uint16_t>(n)},
            .timestamp = {160 * n},
            .ssrc = {0xCAFE}};
}

rtp::SrtpSession session(rtp::SrtpProfile profile, rtp::SrtpDirection direction, Counters& counters) {
    const std::vector<std::uint8_t> key(rtp::key_and_salt_length(profile), 7);
    return rtp::SrtpSession::make(profile, key, direction, counters).value();
}

void srtp(benchmark::State& state, rtp::SrtpProfile profile, bool and_back) {
    Counters counters;
    rtp::SrtpSession out = session(profile, rtp::SrtpDirection::outbound, counters);
    rtp::SrtpSession in = session(profile, rtp::SrtpDirection::inbound, counters);
    rtp::PacketBuffer packet;
    const std::array<std::uint8_t, kPayload> payload{};
    std::uint32_t n = 0;
    for (auto _ : state) {
        rtp::write_packet(packet, header(n++), payload);
        if (!out.protect_rtp(packet)) state.SkipWithError("protect");
        if (and_back && !in.unprotect_rtp(packet)) state.SkipWithError("unprotect");
    }
}

void rtp_rewrite(benchmark::State& state) {
    rtp::Rewriter rewriter({1}, 8000, {0}, {0});
    rtp::PacketBuffer packet;
    const std::array<std::uint8_t, kPayload> payload{};
    std::uint32_t n = 0;
    Instant now{};
    for (auto _ : state) {
        rtp::write_packet(packet, header(n++), payload);
        now += std::chrono::milliseconds(20);
        auto view = rtp::RtpView::parse(packet.packet());
        view->set_header(*rewriter.next(view->header(), now));
        rtp::strip_extensions(packet);
        benchmark::DoNotOptimize(packet.packet().data());
    }
}

void jitter_buffer(benchmark::State& state) {
    rtp::JitterBuffer buffer({});
    rtp::PacketBuffer packet;
    const std::array<std::uint8_t, kPayload> payload{};
    std::uint32_t n = 0;
    Instant now{std::chrono::hours(1)};
    for (auto _ : state) {
        rtp::write_packet(packet, header(n++), payload);
        now += std::chrono::milliseconds(20);
        buffer.push(*rtp::RtpView::parse(packet.packet()), now);
        benchmark::DoNotOptimize(buffer.pop(now + std::chrono::milliseconds(1)));
    }
}

/// Frames of 20 ms, round and round.
class Speech {
  public:
    explicit Speech(int rate)
        : frame_(static_cast<std::size_t>(rate / 50)), pcm_(test::synthetic_voice(rate)) {}
    std::span<const std::int16_t> next() {
        at_ = at_ + frame_ < pcm_.size() ? at_ + frame_ : 0;
        return {pcm_.data() + at_, frame_};
    }
    std::size_t frames() const { return pcm_.size() / frame_; }

  private:
    std::size_t frame_;
    std::size_t at_ = 0;
    std::vector<std::int16_t> pcm_;
};

struct Case {
    sdp::AudioFormat format;
    int rate;
    int complexity = 5;  ///< of Opus
};

void encode(benchmark::State& state, const Case& one) {
    const auto encoder =
        transcode::make_encoder(one.format, one.rate, {.complexity = one.complexity}).value();
    Speech speech(one.rate);
    std::array<std::uint8_t, 1500> payload;
    for (auto _ : state) benchmark::DoNotOptimize(encoder->encode(speech.next(), payload));
}

/// Of Opus, what browsers send: 48 kHz.
void decode(benchmark::State& state, const Case& one) {
    const int sent_rate = one.format.codec == sdp::Codec::opus ? 48000 : one.rate;
    const auto encoder = transcode::make_encoder(one.format, sent_rate, {}).value();
    const auto decoder = transcode::make_decoder(one.format, one.rate).value();
    Speech speech(sent_rate);
    std::vector<std::vector<std::uint8_t>> payloads;
    std::array<std::uint8_t, 1500> bytes;
    for (std::size_t n = 0; n < speech.frames(); ++n) {
        const std::size_t size = encoder->encode(speech.next(), bytes);
        payloads.emplace_back(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    }
    std::array<std::int16_t, 5760> pcm;
    std::size_t n = 0;
    for (auto _ : state) benchmark::DoNotOptimize(decoder->decode(payloads[n++ % payloads.size()], pcm));
}

void conceal(benchmark::State& state, const Case& one) {
    const auto decoder = transcode::make_decoder(one.format, one.rate).value();
    std::array<std::int16_t, 5760> pcm;
    const std::size_t samples = static_cast<std::size_t>(one.rate / 50);
    for (auto _ : state) benchmark::DoNotOptimize(decoder->conceal(samples, pcm));
}

void time_stretch(benchmark::State& state, int rate) {
    transcode::TimeStretch stretch(rate);
    Speech speech(rate);
    std::vector<std::int16_t> frame(static_cast<std::size_t>(rate / 50));
    for (auto _ : state) {
        const auto pcm = speech.next();
        std::copy(pcm.begin(), pcm.end(), frame.begin());
        benchmark::DoNotOptimize(
            stretch.shorten(frame, frame.size() / 2, transcode::TimeStretch::Haste::some));
    }
}

void level(benchmark::State& state, const transcode::LevelSettings& settings) {
    transcode::LevelControl control(settings, 8000);
    Speech speech(8000);
    std::array<std::int16_t, 160> frame;
    for (auto _ : state) {
        const auto pcm = speech.next();
        std::copy(pcm.begin(), pcm.end(), frame.begin());
        control.apply(frame);
        benchmark::DoNotOptimize(frame);
    }
}

void register_srtp() {
    for (const rtp::SrtpProfile profile : rtp::kSrtpProfiles) {
        const std::string name(rtp::to_string(profile));
        benchmark::RegisterBenchmark(("srtp_protect/" + name).c_str(), srtp, profile, false);
        benchmark::RegisterBenchmark(("srtp_protect_and_unprotect/" + name).c_str(), srtp, profile, true);
    }
}

void register_opus() {
    const sdp::AudioFormat opus{sdp::Codec::opus, {111}, ""};
    for (const int rate : {8000, 16000, 48000}) {
        const std::string at = "opus/" + std::to_string(rate);
        for (const int complexity : {0, 3, 5, 9}) {
            // From 7 and 16 kHz on libopus looks for music, and takes the synthetic voice for some now and
            // then.
            if (complexity == 9 && rate != 8000) continue;
            benchmark::RegisterBenchmark(("encode/" + at + "/c" + std::to_string(complexity)).c_str(), encode,
                                         Case{opus, rate, complexity});
        }
        benchmark::RegisterBenchmark(("decode/" + at).c_str(), decode, Case{opus, rate});
        benchmark::RegisterBenchmark(("conceal/" + at).c_str(), conceal, Case{opus, rate});
    }
}

/// All others, each at its own rate.
void register_codecs() {
    for (const sdp::Codec codec : sdp::kCodecs) {
        if (!transcode::can_encode(codec) || codec == sdp::Codec::opus) continue;
        const Case one{{codec, {96}, ""}, transcode::best_sample_rate(codec)};
        const std::string name(sdp::codec_name(codec));
        benchmark::RegisterBenchmark(("encode/" + name).c_str(), encode, one);
        benchmark::RegisterBenchmark(("decode/" + name).c_str(), decode, one);
        benchmark::RegisterBenchmark(("conceal/" + name).c_str(), conceal, one);
    }
}

void register_all() {
    register_srtp();
    benchmark::RegisterBenchmark("rtp_rewrite", rtp_rewrite);
    benchmark::RegisterBenchmark("jitter_buffer_push_and_pop", jitter_buffer);
    register_opus();
    register_codecs();
    benchmark::RegisterBenchmark("time_stretch/8000", time_stretch, 8000);
    benchmark::RegisterBenchmark("time_stretch/48000", time_stretch, 48000);
    benchmark::RegisterBenchmark("level/gain", level, transcode::LevelSettings{6, false, false});
    benchmark::RegisterBenchmark("level/high_pass", level, transcode::LevelSettings{0, true, false});
    benchmark::RegisterBenchmark("level/agc", level, transcode::LevelSettings{0, false, true});
}

}  // namespace
}  // namespace causeway

int main(int argc, char** argv) {
    causeway::rtp::initialise_srtp();
    benchmark::RegisterBenchmark("reference", causeway::test::reference);
    causeway::register_all();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
