// Arbitrary payloads for every decoder, and AMR's table of contents taken apart and put together. The first
// byte of the input chooses the codec, the second the packing; then payloads, each behind its length.
#include <array>
#include <memory>

#include "tests/fuzz/rtp/input.hpp"
#include "transcode/amr_payload.hpp"
#include "transcode/codec.hpp"

namespace causeway::transcode {
namespace {

using fuzz::Input;
using fuzz::must;

/// What is read and written again must read the same.
void fuzz_table(sdp::Codec codec, bool octet_align, std::span<const std::uint8_t> bytes) {
    AmrPayload payload;
    if (!read_amr_payload(codec, octet_align, bytes, payload)) return;
    std::array<std::uint8_t, 1500> room{};
    const std::size_t size = write_amr_payload(codec, octet_align, payload, room);
    must(size != 0 && size <= bytes.size());
    AmrPayload again;
    must(read_amr_payload(codec, octet_align, std::span(room).first(size), again));
    must(again.count == payload.count && again.mode_request == payload.mode_request);
    for (std::size_t i = 0; i < again.count; ++i) must(again.frames[i].bytes == payload.frames[i].bytes);
}

void fuzz_decoder(const sdp::AudioFormat& format, Input& input) {
    const int rate = best_sample_rate(format.codec);
    if (rate == 0) return;
    const auto decoder = make_decoder(format, rate);
    must(decoder.has_value());
    std::array<std::int16_t, 5760> pcm;
    while (!input.empty()) {
        const auto payload = input.take(input.u8());
        const auto room = std::span(pcm).first(static_cast<std::size_t>(rate) * 120 / 1000);
        must((*decoder)->decode(payload, room) <= room.size());
        must((*decoder)->conceal(payload.size(), room) <= room.size());
    }
}

}  // namespace
}  // namespace causeway::transcode

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway;
    fuzz::Input input(data, size);
    const sdp::Codec codec = sdp::kCodecs[input.u8() % sdp::kCodecs.size()];
    const bool first = input.u8() % 2 == 0;
    if (codec == sdp::Codec::amr || codec == sdp::Codec::amr_wb) {
        fuzz::Input copy = input;
        transcode::fuzz_table(codec, first, copy.rest());
    }
    const char* fmtp = codec == sdp::Codec::ilbc ? (first ? "mode=20" : "") : (first ? "octet-align=1" : "");
    transcode::fuzz_decoder({codec, {}, fmtp}, input);
    return 0;
}
