// What our encoders write is what FFmpeg's own decoders, which share no code with our libraries, hear.
#include <gtest/gtest.h>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/voice.hpp"
#include "transcode/amr_payload.hpp"

namespace causeway::transcode {
namespace {

using sdp::AudioFormat;
using sdp::Codec;

/// FFmpeg's decoder of this name; every packet given to it is one frame.
class Foreign {
  public:
    Foreign(const char* name, int rate) {
        const AVCodec* codec = avcodec_find_decoder_by_name(name);
        context_ = avcodec_alloc_context3(codec);
        context_->sample_rate = rate;
        const AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
        av_channel_layout_copy(&context_->ch_layout, &mono);
        EXPECT_EQ(avcodec_open2(context_, codec, nullptr), 0) << name;
    }
    Foreign(const Foreign&) = delete;
    Foreign& operator=(const Foreign&) = delete;
    ~Foreign() {
        av_packet_free(&packet_);
        av_frame_free(&frame_);
        avcodec_free_context(&context_);
    }

    void decode(std::span<const std::uint8_t> bytes, Samples& heard) {
        ASSERT_EQ(av_new_packet(packet_, static_cast<int>(bytes.size())), 0);
        std::copy(bytes.begin(), bytes.end(), packet_->data);
        EXPECT_EQ(avcodec_send_packet(context_, packet_), 0);
        av_packet_unref(packet_);
        while (avcodec_receive_frame(context_, frame_) == 0) {
            for (int i = 0; i < frame_->nb_samples; ++i) heard.push_back(sample(i));
            av_frame_unref(frame_);
        }
    }

  private:
    std::int16_t sample(int i) const {
        const bool whole = frame_->format == AV_SAMPLE_FMT_S16 || frame_->format == AV_SAMPLE_FMT_S16P;
        if (whole) return reinterpret_cast<const std::int16_t*>(frame_->data[0])[i];
        const float value = reinterpret_cast<const float*>(frame_->data[0])[i];
        return static_cast<std::int16_t>(std::lround(std::clamp(value * 32768, -32768.0F, 32767.0F)));
    }

    AVCodecContext* context_ = nullptr;
    AVPacket* packet_ = av_packet_alloc();
    AVFrame* frame_ = av_frame_alloc();
};

struct Case {
    const char* decoder;
    AudioFormat format;
    std::size_t frame_bytes;  ///< 0: AMR, whose frames are unpacked
};

class ForeignDecoder : public testing::TestWithParam<Case> {};

TEST_P(ForeignDecoder, it_hears_the_voice_as_our_own_does) {
    const auto& [name, format, frame_bytes] = GetParam();
    const int rate = best_sample_rate(format.codec);
    const auto packets =
        encode_all(*make_encoder(format, rate, {}).value(), voice(rate, 3000), rate, frame_ms_of(format, 40));
    const Samples ours = decode_all(*make_decoder(format, rate).value(), packets);
    Foreign foreign(name, rate);
    Samples theirs;
    for (const Payload& packet : packets) {
        AmrPayload unpacked;
        if (frame_bytes == 0) {
            const bool octet_align = !format.fmtp.empty();
            ASSERT_TRUE(read_amr_payload(format.codec, octet_align, packet, unpacked));
        }
        for (const AmrFrame& frame : std::span(unpacked.frames).first(unpacked.count)) {
            const std::size_t bits = amr_frame_bits(format.codec, frame.type()).value();
            foreign.decode(std::span(frame.bytes).first(1 + (bits + 7) / 8), theirs);
        }
        for (std::size_t at = 0; frame_bytes != 0 && at < packet.size(); at += frame_bytes) {
            foreign.decode(std::span(packet).subspan(at, frame_bytes), theirs);
        }
    }
    ASSERT_EQ(theirs.size(), ours.size());
    EXPECT_NEAR(test::level(theirs), test::level(ours), 0.5);
    EXPECT_GT(correlation(envelope(theirs, rate), envelope(ours, rate)), 0.99);
}

INSTANTIATE_TEST_SUITE_P(Each, ForeignDecoder,
                         testing::Values(Case{"g729", {Codec::g729, {}, ""}, 10},
                                         Case{"amrnb", {Codec::amr, {}, ""}, 0},
                                         Case{"amrwb", {Codec::amr_wb, {}, "octet-align=1"}, 0},
                                         Case{"gsm", {Codec::gsm, {}, ""}, 33}),
                         [](const auto& given) { return std::string(given.param.decoder); });

}  // namespace
}  // namespace causeway::transcode
