#include "transcode/ffmpeg_codec.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
}

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace causeway::transcode {

namespace {

struct Free {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Context = std::unique_ptr<AVCodecContext, Free>;
using Packet = std::unique_ptr<AVPacket, Free>;
using Frame = std::unique_ptr<AVFrame, Free>;

constexpr std::size_t kMaxPayload = 1500;

AVCodecID id_of(FfmpegCodec codec) {
    switch (codec) {
        case FfmpegCodec::g722:
            return AV_CODEC_ID_ADPCM_G722;
        case FfmpegCodec::gsm:
            return AV_CODEC_ID_GSM;
        case FfmpegCodec::ilbc:
            return AV_CODEC_ID_ILBC;
    }
    return AV_CODEC_ID_NONE;
}

Error fault(const char* what, int code) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> words{};
    av_strerror(code, words.data(), words.size());
    return Error{std::string("FFmpeg refuses ") + what + ": " + words.data()};
}

Result<Context> open_context(const AVCodec* codec, int sample_rate, AVSampleFormat format, int frame_samples,
                             int block_align) {
    // A stranger's packets must not make a media thread write to stderr.
    av_log_set_level(AV_LOG_QUIET);
    if (codec == nullptr) return Error{"this FFmpeg lacks the codec"};
    Context context(avcodec_alloc_context3(codec));
    if (!context) return Error{"no memory for an FFmpeg codec"};
    context->sample_rate = sample_rate;
    context->sample_fmt = format;
    context->frame_size = frame_samples;
    context->block_align = block_align;
    context->thread_count = 1;
    const AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    if (const int code = av_channel_layout_copy(&context->ch_layout, &mono); code < 0)
        return fault("mono", code);
    if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
        return fault("the codec", code);
    return context;
}

}  // namespace

struct FfmpegDecoder::Parts {
    Context context;
    Packet packet;
    Frame frame;
};

FfmpegDecoder::FfmpegDecoder(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
FfmpegDecoder::FfmpegDecoder(FfmpegDecoder&&) noexcept = default;
FfmpegDecoder::~FfmpegDecoder() = default;

Result<FfmpegDecoder> FfmpegDecoder::open(FfmpegCodec codec, int sample_rate, int block_align) {
    auto context =
        open_context(avcodec_find_decoder(id_of(codec)), sample_rate, AV_SAMPLE_FMT_NONE, 0, block_align);
    if (!context) return context.error();
    auto parts = std::make_unique<Parts>();
    parts->context = std::move(*context);
    parts->packet.reset(av_packet_alloc());
    parts->frame.reset(av_frame_alloc());
    // The packet's padded buffer is counted by reference, so that FFmpeg need not copy it.
    if (!parts->packet || !parts->frame || av_new_packet(parts->packet.get(), kMaxPayload) < 0) {
        return Error{"no memory for an FFmpeg decoder"};
    }
    return FfmpegDecoder(std::move(parts));
}

std::size_t FfmpegDecoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) {
    AVPacket* const packet = parts_->packet.get();
    AVFrame* const frame = parts_->frame.get();
    if (payload.empty() || payload.size() > kMaxPayload) return 0;
    if (av_packet_make_writable(packet) < 0) return 0;
    std::memcpy(packet->data, payload.data(), payload.size());
    std::memset(packet->data + payload.size(), 0, AV_INPUT_BUFFER_PADDING_SIZE);
    packet->size = static_cast<int>(payload.size());
    const int sent = avcodec_send_packet(parts_->context.get(), packet);
    packet->size = static_cast<int>(kMaxPayload);
    std::size_t written = 0;
    // Always emptied, so that one bad packet does not block the next.
    while (avcodec_receive_frame(parts_->context.get(), frame) == 0) {
        const auto format = static_cast<AVSampleFormat>(frame->format);
        const bool usable = format == AV_SAMPLE_FMT_S16 || format == AV_SAMPLE_FMT_S16P;
        const auto samples = static_cast<std::size_t>(std::max(frame->nb_samples, 0));
        if (usable && frame->ch_layout.nb_channels == 1 && written + samples <= pcm.size()) {
            std::memcpy(pcm.data() + written, frame->data[0], samples * sizeof(std::int16_t));
            written += samples;
        }
        av_frame_unref(frame);
    }
    return sent < 0 ? 0 : written;
}

struct FfmpegEncoder::Parts {
    Context context;
    Packet packet;
    Frame frame;
};

FfmpegEncoder::FfmpegEncoder(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
FfmpegEncoder::FfmpegEncoder(FfmpegEncoder&&) noexcept = default;
FfmpegEncoder::~FfmpegEncoder() = default;

bool FfmpegEncoder::exists(FfmpegCodec codec) {
    return avcodec_find_encoder(id_of(codec)) != nullptr;
}

Result<FfmpegEncoder> FfmpegEncoder::open(FfmpegCodec codec, int sample_rate, int frame_samples) {
    auto context =
        open_context(avcodec_find_encoder(id_of(codec)), sample_rate, AV_SAMPLE_FMT_S16, frame_samples, 0);
    if (!context) return context.error();
    if ((*context)->frame_size != frame_samples) return Error{"FFmpeg wants frames of another size"};
    auto parts = std::make_unique<Parts>();
    parts->context = std::move(*context);
    parts->packet.reset(av_packet_alloc());
    parts->frame.reset(av_frame_alloc());
    if (!parts->packet || !parts->frame) return Error{"no memory for an FFmpeg encoder"};
    AVFrame* const frame = parts->frame.get();
    frame->format = AV_SAMPLE_FMT_S16;
    frame->nb_samples = frame_samples;
    frame->sample_rate = sample_rate;
    if (av_channel_layout_copy(&frame->ch_layout, &parts->context->ch_layout) < 0 ||
        av_frame_get_buffer(frame, 0) < 0) {
        return Error{"no memory for an FFmpeg encoder"};
    }
    return FfmpegEncoder(std::move(parts));
}

std::size_t FfmpegEncoder::encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) {
    AVFrame* const frame = parts_->frame.get();
    AVPacket* const packet = parts_->packet.get();
    if (pcm.size() != static_cast<std::size_t>(frame->nb_samples)) return 0;
    if (av_frame_make_writable(frame) < 0) return 0;
    std::memcpy(frame->data[0], pcm.data(), pcm.size_bytes());
    if (avcodec_send_frame(parts_->context.get(), frame) < 0) return 0;
    std::size_t written = 0;
    while (avcodec_receive_packet(parts_->context.get(), packet) == 0) {
        const auto size = static_cast<std::size_t>(packet->size);
        if (written + size <= payload.size()) {
            std::memcpy(payload.data() + written, packet->data, size);
            written += size;
        }
        av_packet_unref(packet);
    }
    return written;
}

}  // namespace causeway::transcode
