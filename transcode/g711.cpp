// G.711 by table, both laws. ITU-T G.711; RFC 3551 §4.5.14.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "transcode/codecs.hpp"
#include "transcode/concealed_decoder.hpp"

namespace causeway::transcode {

namespace {

constexpr std::int16_t expand_mu_law(std::uint8_t byte) {
    const int inverted = ~byte & 0xff;
    const int exponent = inverted >> 4 & 7;
    const int magnitude = ((((inverted & 15) << 3) + 0x84) << exponent) - 0x84;
    return static_cast<std::int16_t>((inverted & 0x80) != 0 ? -magnitude : magnitude);
}

constexpr std::int16_t expand_a_law(std::uint8_t byte) {
    const int even = byte ^ 0x55;
    const int exponent = even >> 4 & 7;
    const int mantissa = (even & 15) << 4 | 8;
    const int magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
    return static_cast<std::int16_t>((even & 0x80) != 0 ? magnitude : -magnitude);
}

using Expansion = std::array<std::int16_t, 256>;

template <class Law>
constexpr Expansion expansion(Law law) {
    Expansion table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = law(static_cast<std::uint8_t>(i));
    return table;
}

constexpr Expansion kFromMuLaw = expansion(expand_mu_law);
constexpr Expansion kFromALaw = expansion(expand_a_law);

/// The bytes of all samples, looked up by their upper 14 bits (the laws see no more).
using Compression = std::array<std::uint8_t, 1 << 14>;

std::uint8_t compress_mu_law(int sample) {
    const int magnitude = std::min(std::abs(sample), 32635) + 0x84;
    int exponent = 7;
    while (exponent > 0 && (magnitude & (0x80 << exponent)) == 0) --exponent;
    const int mantissa = magnitude >> (exponent + 3) & 15;
    return static_cast<std::uint8_t>(~((sample < 0 ? 0x80 : 0) | exponent << 4 | mantissa));
}

std::uint8_t compress_a_law(int sample) {
    const int magnitude = sample < 0 ? ~sample : sample;
    int exponent = 7;
    while (exponent > 0 && (magnitude & (0x80 << exponent)) == 0) --exponent;
    const int mantissa = magnitude >> (exponent == 0 ? 4 : exponent + 3) & 15;
    return static_cast<std::uint8_t>(((sample < 0 ? 0 : 0x80) | exponent << 4 | mantissa) ^ 0x55);
}

template <class Law>
Compression compression(Law law) {
    Compression table{};
    // The middle of the four samples that share the entry.
    for (std::size_t i = 0; i < table.size(); ++i) {
        table[i] = law(static_cast<std::int16_t>(static_cast<std::uint16_t>(i << 2)) + 2);
    }
    return table;
}

const Compression& to_law(sdp::Codec law) {
    static const Compression mu_law = compression(compress_mu_law);
    static const Compression a_law = compression(compress_a_law);
    return law == sdp::Codec::pcma ? a_law : mu_law;
}

class G711Decoder final : public ConcealedDecoder {
  public:
    explicit G711Decoder(sdp::Codec law)
        : ConcealedDecoder(8000), table_(law == sdp::Codec::pcma ? kFromALaw : kFromMuLaw) {}

  private:
    std::size_t decode_heard(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        const std::size_t samples = std::min(payload.size(), pcm.size());
        for (std::size_t i = 0; i < samples; ++i) pcm[i] = table_[payload[i]];
        return samples;
    }

    const Expansion& table_;
};

class G711Encoder final : public Encoder {
  public:
    explicit G711Encoder(sdp::Codec law) : table_(to_law(law)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        if (payload.size() < pcm.size()) return 0;
        for (std::size_t i = 0; i < pcm.size(); ++i) {
            payload[i] = table_[static_cast<std::uint16_t>(pcm[i]) >> 2];
        }
        return pcm.size();
    }

  private:
    const Compression& table_;
};

}  // namespace

std::unique_ptr<Decoder> make_g711_decoder(sdp::Codec law) {
    return std::make_unique<G711Decoder>(law);
}

std::unique_ptr<Encoder> make_g711_encoder(sdp::Codec law) {
    return std::make_unique<G711Encoder>(law);
}

}  // namespace causeway::transcode
