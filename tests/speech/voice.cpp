#include "tests/speech/voice.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/rtp/sequence.hpp"
#include "transcode/codec.hpp"

namespace causeway::speech {
namespace {

constexpr std::size_t kLongestPacket = 120 * 48;  // samples
constexpr int kLongestHole = 50;                  // packets in a row that are worth concealing

}  // namespace

struct Mouth::Codec {
    std::unique_ptr<transcode::Encoder> encoder;
};

Mouth::Mouth(const load::Sound& sound, std::unique_ptr<Codec> codec)
    : sound_(sound), codec_(std::move(codec)), frame_(static_cast<std::size_t>(sound.sample_rate) / 50) {}

Mouth::~Mouth() = default;

Result<std::unique_ptr<Mouth>> Mouth::make(const sdp::AudioFormat& format, const load::Sound& sound,
                                           int expected_loss) {
    auto encoder = transcode::make_encoder(format, sound.sample_rate, {});
    if (!encoder) return encoder.error();
    (*encoder)->set_expected_loss(expected_loss);
    auto codec = std::make_unique<Codec>();
    codec->encoder = std::move(*encoder);
    return std::unique_ptr<Mouth>(new Mouth(sound, std::move(codec)));
}

std::size_t Mouth::next(std::span<std::uint8_t> out) {
    const std::size_t left = sound_.samples.size() - std::min(at_, sound_.samples.size());
    const std::size_t said = std::min(left, frame_.size());
    std::copy_n(sound_.samples.begin() + static_cast<std::ptrdiff_t>(sound_.samples.size() - left), said,
                frame_.begin());
    std::fill(frame_.begin() + static_cast<std::ptrdiff_t>(said), frame_.end(), std::int16_t{0});
    at_ += frame_.size();
    return codec_->encoder->encode(frame_, out);
}

void Ear::packet(const rtp::RtpView& packet, std::int64_t) {
    const auto payload = packet.payload();
    kept_.push_back(
        {packet.sequence(), packet.timestamp(), packet.payload_type(), {payload.begin(), payload.end()}});
}

Result<load::Sound> Ear::heard(const sdp::AudioFormat& format, int sample_rate) const {
    const auto decoder = transcode::make_decoder(format, sample_rate);
    if (!decoder) return decoder.error();
    std::vector<Kept> packets;
    std::copy_if(kept_.begin(), kept_.end(), std::back_inserter(packets),
                 [&](const Kept& kept) { return kept.type == format.payload_type; });
    std::stable_sort(packets.begin(), packets.end(),
                     [](const Kept& a, const Kept& b) { return rtp::distance(a.sequence, b.sequence) < 0; });
    load::Sound sound{.sample_rate = sample_rate, .samples = {}};
    if (packets.empty()) return sound;

    const auto clock = static_cast<std::int64_t>(sdp::rtp_clock_rate(format.codec));
    std::array<std::int16_t, kLongestPacket> pcm;
    const auto keep = [&](std::size_t count) {
        sound.samples.insert(sound.samples.end(), pcm.begin(),
                             pcm.begin() + static_cast<std::ptrdiff_t>(count));
    };
    const Kept* before = nullptr;
    for (const Kept& now : packets) {
        if (before != nullptr) {
            const int missing = rtp::distance(now.sequence, before->sequence) - 1;
            if (missing < 0) continue;  // a duplicate
            const auto due = static_cast<std::size_t>(
                std::max<std::int64_t>(0, rtp::distance(now.timestamp, packets.front().timestamp)) *
                sample_rate / clock);
            const std::size_t hole = due > sound.samples.size() ? due - sound.samples.size() : 0;
            for (int i = 0; i < missing && missing <= kLongestHole; ++i) {
                const std::size_t share = hole / static_cast<std::size_t>(missing);
                keep(i + 1 == missing ? (*decoder)->recover(now.payload, share, pcm)
                                      : (*decoder)->conceal(share, pcm));
            }
            if (due > sound.samples.size()) sound.samples.resize(due);
        }
        keep((*decoder)->decode(now.payload, pcm));
        before = &now;
    }
    return sound;
}

}  // namespace causeway::speech
