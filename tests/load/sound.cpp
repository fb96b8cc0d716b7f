#include "tests/load/sound.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "tests/load/marker.hpp"
#include "tests/load/wav_file.hpp"

namespace causeway::load {
namespace {

constexpr int kMarkerAt_ms = kLoop_ms - 2 * kMarkerSilence_ms - kMarkerBurst_ms;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr double kTwoPi = 2 * std::numbers::pi;

/// How loud a harmonic is in a vowel with these resonances.
double resonance(double hertz, const std::array<double, 3>& formants) {
    double gain = 0.02;
    for (std::size_t i = 0; i < formants.size(); ++i) {
        const double away = (hertz - formants[i]) / (80.0 + 40.0 * static_cast<double>(i));
        gain += std::pow(0.5, static_cast<double>(i)) / (1 + away * away);
    }
    return gain;
}

/// Band-limited by a windowed sinc of 32 zero crossings; for preparation only.
Pcm resample(const Pcm& in, double from, double to) {
    if (from == to) return in;
    const double step = from / to;
    const double cutoff = std::min(1.0, to / from);
    const double reach = 16 / cutoff;
    Pcm out(static_cast<std::size_t>(static_cast<double>(in.size()) / step));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double centre = static_cast<double>(i) * step;
        const auto first = static_cast<std::ptrdiff_t>(std::ceil(centre - reach));
        const auto last = static_cast<std::ptrdiff_t>(std::floor(centre + reach));
        double sum = 0;
        for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(first, 0);
             k <= std::min(last, static_cast<std::ptrdiff_t>(in.size()) - 1); ++k) {
            const double x = (static_cast<double>(k) - centre) * cutoff;
            const double sinc =
                std::abs(x) < 1e-9 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
            const double window =
                0.5 + 0.5 * std::cos(std::numbers::pi * (static_cast<double>(k) - centre) / reach);
            sum += in[static_cast<std::size_t>(k)] * sinc * window * cutoff;
        }
        out[i] = static_cast<std::int16_t>(std::clamp(std::lround(sum), -32768L, 32767L));
    }
    return out;
}

/// Where the burst begins in what the frames decode to, in nanoseconds; the second round of the loop counts.
Result<std::int64_t> find_marker(const SoundLoop& loop, int sample_rate) {
    auto decoder = transcode::make_decoder({loop.codec, PayloadType{}, {}}, sample_rate);
    if (!decoder) return decoder.error();
    MarkerFinder finder(sample_rate);
    Pcm pcm(static_cast<std::size_t>(sample_rate) / 1000 * 120);
    std::optional<std::int64_t> found;
    std::int64_t at = 0;
    for (int i = 0; i < 2; ++i) {
        for (const auto& frame : loop.frames) {
            const std::size_t size = (*decoder)->decode(frame, pcm);
            if (const auto onset = finder.hear({pcm.data(), size}, at)) found = onset;
            at += kFrame_ms * kMillisecond;
        }
    }
    if (!found || *found < kLoop_ms * kMillisecond) return Error{"the marker does not survive the codec"};
    return *found - kLoop_ms * kMillisecond;
}

}  // namespace

Pcm make_voice(int sample_rate) {
    constexpr std::array<std::array<double, 3>, 5> kVowels{
        {{730, 1090, 2440}, {270, 2290, 3010}, {530, 1840, 2480}, {300, 870, 2240}, {570, 840, 2410}}};
    constexpr int kSyllable_ms = 220;
    Pcm pcm(static_cast<std::size_t>(sample_rate) / 1000 * kLoop_ms);
    double phase = 0;
    std::uint32_t random = 7;
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        const double t = static_cast<double>(i) / sample_rate;
        const auto syllable = static_cast<std::size_t>(t * 1000 / kSyllable_ms);
        const double within = t * 1000 / kSyllable_ms - static_cast<double>(syllable);
        const double pitch = 115 + 18 * std::sin(kTwoPi * 0.6 * t) + 4 * std::sin(kTwoPi * 5 * t);
        phase += pitch / sample_rate;
        random = random * 1664525 + 1013904223;
        const double noise = static_cast<double>(random >> 8) / (1 << 24) - 0.5;
        double sound = 0;
        if (within < 0.25) {  // a consonant
            sound = 0.6 * noise * std::sin(std::numbers::pi * within / 0.25);
        } else {
            const auto& formants = kVowels[syllable % kVowels.size()];
            for (int h = 1; h * pitch < std::min(3800.0, sample_rate / 2.2); ++h) {
                sound += resonance(h * pitch, formants) * std::sin(kTwoPi * h * phase);
            }
            sound = (sound + 0.05 * noise) * std::sin(std::numbers::pi * (within - 0.25) / 0.75);
        }
        pcm[i] = static_cast<std::int16_t>(std::clamp(4000 * sound, -30000.0, 30000.0));
    }
    return pcm;
}

Result<Pcm> read_sound(const std::string& path, int sample_rate, int length_ms) {
    const auto read = read_wav(path);
    if (!read) return read.error();
    Pcm pcm = resample(read->samples, read->sample_rate, sample_rate);
    if (pcm.empty()) return Error{path + " holds too little sound"};
    const auto wanted = static_cast<std::size_t>(sample_rate / 1000) * static_cast<std::size_t>(length_ms);
    const std::size_t once = pcm.size();
    for (std::size_t i = once; i < wanted; ++i) pcm.push_back(pcm[i % once]);
    pcm.resize(wanted);
    return pcm;
}

int listening_rate_of(sdp::Codec codec) {
    return codec == sdp::Codec::opus ? 8000 : transcode::best_sample_rate(codec);
}

Result<SoundLoop> make_sound_loop(sdp::Codec codec, Pcm pcm) {
    const int sample_rate = transcode::best_sample_rate(codec);
    pcm.resize(static_cast<std::size_t>(sample_rate) / 1000 * kLoop_ms);
    write_marker(pcm, sample_rate, kMarkerAt_ms);
    transcode::OpusSettings opus;
    auto encoder = transcode::make_encoder({codec, PayloadType{}, {}}, sample_rate, opus);
    if (!encoder) return encoder.error();
    SoundLoop loop;
    loop.codec = codec;
    const std::size_t frame = static_cast<std::size_t>(sample_rate) / 1000 * kFrame_ms;
    std::array<std::uint8_t, 1400> payload;
    // The second round is kept: it begins in the state that the first one ends in, so the loop closes.
    for (int round = 0; round < 2; ++round) {
        loop.frames.clear();
        for (std::size_t at = 0; at < pcm.size(); at += frame) {
            const std::size_t size = (*encoder)->encode({pcm.data() + at, frame}, payload);
            loop.frames.emplace_back(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
        }
    }
    const auto onset = find_marker(loop, listening_rate_of(codec));
    if (!onset) return onset.error();
    loop.marker_frame = static_cast<std::size_t>(*onset / (kFrame_ms * kMillisecond));
    loop.marker_offset = *onset % (kFrame_ms * kMillisecond);
    return loop;
}

}  // namespace causeway::load
