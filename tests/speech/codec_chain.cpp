// causeway-codec-chain CODEC IN.wav OUT.wav: a sound encoded and decoded at once, without a network: what a
// call through that codec is compared with where ffmpeg cannot encode it. One thread.
#include <array>
#include <cstdio>
#include <string>

#include "core/sdp/audio_media.hpp"
#include "tests/load/wav_file.hpp"
#include "transcode/codec.hpp"

namespace causeway::speech {
namespace {

Result<void> run_chain(const std::string& name, const std::string& from, const std::string& to) {
    const auto codec = sdp::codec_from_name(name);
    if (!codec) return Error{"no codec is called " + name};
    auto sound = load::read_wav(from);
    if (!sound) return sound.error();
    const sdp::AudioFormat format{.codec = *codec, .payload_type = {}, .fmtp = ""};
    const auto encoder = transcode::make_encoder(format, sound->sample_rate, {});
    if (!encoder) return encoder.error();
    const auto decoder = transcode::make_decoder(format, sound->sample_rate);
    if (!decoder) return decoder.error();

    const std::size_t frame = static_cast<std::size_t>(sound->sample_rate) / 50;
    std::vector<std::int16_t> heard;
    std::array<std::uint8_t, 1500> payload;
    std::array<std::int16_t, 5760> pcm;
    for (std::size_t at = 0; at + frame <= sound->samples.size(); at += frame) {
        const std::size_t size = (*encoder)->encode(std::span(sound->samples).subspan(at, frame), payload);
        const std::size_t count = (*decoder)->decode(std::span(payload).first(size), pcm);
        heard.insert(heard.end(), pcm.begin(), pcm.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return load::write_wav(to, sound->sample_rate, heard);
}

}  // namespace
}  // namespace causeway::speech

int main(int count, char** words) {
    if (count != 4) {
        std::fprintf(stderr, "usage: causeway-codec-chain CODEC IN.wav OUT.wav\n");
        return 2;
    }
    const auto done = causeway::speech::run_chain(words[1], words[2], words[3]);
    if (done) return 0;
    std::fprintf(stderr, "%s\n", done.error().detail.c_str());
    return 1;
}
