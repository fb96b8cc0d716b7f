// A telephone that sends nothing while its user is silent but, now and then, what the silence sounds like: a
// voice in noise by real encoders with discontinuous transmission. What the browser hears goes on without
// holes, clicks or delay. RFC 4867 §4.3.2 (AMR's silence frames), RFC 3551 §4.5.6 (G.729 Annex B).
#include <gtest/gtest.h>
#include <opencore-amrnb/interf_enc.h>
#include <vo-amrwbenc/enc_if.h>

#include <functional>
#include <random>

extern "C" {
#include <bcg729/encoder.h>
}

#include "tests/story/audio_story.hpp"
#include "tests/unit/transcode/voice.hpp"
#include "transcode/amr_payload.hpp"

namespace causeway::test {
namespace {

using sdp::Codec;

const sdp::AudioFormat kOpus{Codec::opus, {111}, ""};
constexpr double kNoise = -42;  ///< what the telephone's room sounds like
constexpr int kFrameMs = 20;

/// 20 ms of sound to a payload; none when nothing is sent.
class PausingEncoder {
  public:
    virtual ~PausingEncoder() = default;
    virtual std::vector<std::uint8_t> encode(std::vector<std::int16_t> pcm) = 0;
};

class PausingAmr final : public PausingEncoder {
  public:
    explicit PausingAmr(const sdp::AudioFormat& format) : format_(format) {
        narrow_ = format.codec == Codec::amr;
        state_ = narrow_ ? Encoder_Interface_init(1) : E_IF_init();
    }
    ~PausingAmr() override { narrow_ ? Encoder_Interface_exit(state_) : E_IF_exit(state_); }
    PausingAmr(const PausingAmr&) = delete;
    PausingAmr& operator=(const PausingAmr&) = delete;

    std::vector<std::uint8_t> encode(std::vector<std::int16_t> pcm) override {
        transcode::AmrPayload payload;
        std::uint8_t* const frame = payload.frames[0].bytes.data();
        narrow_ ? Encoder_Interface_Encode(state_, MR122, pcm.data(), frame, 0)
                : E_IF_encode(state_, 8, pcm.data(), frame, 1);
        // RFC 4867 §4.3.2: frames without data are left out.
        if (payload.frames[0].type() == transcode::AmrFrame::kNoData) return {};
        payload.count = 1;
        std::vector<std::uint8_t> bytes(100);
        bytes.resize(transcode::write_amr_payload(format_.codec, octet_align(), payload, bytes));
        return bytes;
    }

  private:
    bool octet_align() const { return format_.fmtp == "octet-align=1"; }

    sdp::AudioFormat format_;
    bool narrow_ = true;
    void* state_ = nullptr;
};

class PausingG729 final : public PausingEncoder {
  public:
    PausingG729() : state_(initBcg729EncoderChannel(1)) {}
    ~PausingG729() override { closeBcg729EncoderChannel(state_); }
    PausingG729(const PausingG729&) = delete;
    PausingG729& operator=(const PausingG729&) = delete;

    std::vector<std::uint8_t> encode(std::vector<std::int16_t> pcm) override {
        std::vector<std::uint8_t> bytes;
        for (std::size_t half = 0; half < 2; ++half) {
            std::array<std::uint8_t, 10> frame{};
            std::uint8_t size = 0;
            bcg729Encoder(state_, pcm.data() + half * 80, frame.data(), &size);
            // RFC 3551 §4.5.6: a frame of silence is the last one of its packet.
            if (bytes.size() != 2) bytes.insert(bytes.end(), frame.begin(), frame.begin() + size);
        }
        return bytes;
    }

  private:
    bcg729EncoderChannelContextStruct* state_;
};

/// Says something, is silent for long, and says it again.
class Telephone {
  public:
    Telephone(const sdp::AudioFormat& format, std::unique_ptr<PausingEncoder> encoder)
        : format_(format), rate_(transcode::best_sample_rate(format.codec)), encoder_(std::move(encoder)) {}

    /// `sound` with the noise of his room, to the stage.
    void say(Stage& stage, std::span<const std::int16_t> sound) {
        const auto frame = static_cast<std::size_t>(rate_ / 1000 * kFrameMs);
        for (std::size_t at = 0; at + frame <= sound.size(); at += frame) {
            std::vector<std::int16_t> pcm(sound.begin() + static_cast<std::ptrdiff_t>(at),
                                          sound.begin() + static_cast<std::ptrdiff_t>(at + frame));
            for (auto& sample : pcm)
                sample = static_cast<std::int16_t>(sample + std::lround(noise_(random_)));
            send(stage, encoder_->encode(std::move(pcm)));
            stage.play(nullptr, milliseconds(kFrameMs));
        }
    }
    void stay_silent(Stage& stage, int ms) {
        say(stage, std::vector<std::int16_t>(static_cast<std::size_t>(rate_ / 1000 * ms)));
    }
    int packets = 0;

  private:
    void send(Stage& stage, const std::vector<std::uint8_t>& payload) {
        const RtpTime time = timestamp_;
        timestamp_ = rtp::advanced(timestamp_, kFrameMs * (rate_ / 1000));
        if (payload.empty()) {
            spurt_ = true;
            return;
        }
        std::vector<std::uint8_t> bytes(rtp::kRtpHeaderSize);
        rtp::write_header(bytes, {.payload_type = format_.payload_type,
                                  .marker = std::exchange(spurt_, false),
                                  .sequence = sequence_,
                                  .timestamp = time,
                                  .ssrc = {0x5EA4}});
        sequence_ = rtp::advanced(sequence_, 1);
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        stage.network.send(bytes, stage.now);
        ++packets;
    }

    sdp::AudioFormat format_;
    int rate_;
    std::unique_ptr<PausingEncoder> encoder_;
    std::mt19937 random_{7};
    std::normal_distribution<double> noise_{0, 32767 * std::pow(10, kNoise / 20) / std::numbers::sqrt2};
    SequenceNumber sequence_{1000};
    RtpTime timestamp_{90000};
    bool spurt_ = true;
};

struct Case {
    const char* name;
    sdp::AudioFormat format;
    std::function<std::unique_ptr<PausingEncoder>(const sdp::AudioFormat&)> encoder;
};

std::unique_ptr<PausingEncoder> amr(const sdp::AudioFormat& format) {
    return std::make_unique<PausingAmr>(format);
}
std::unique_ptr<PausingEncoder> g729(const sdp::AudioFormat&) {
    return std::make_unique<PausingG729>();
}

class PauseStory : public testing::TestWithParam<Case> {};

TEST_P(PauseStory, the_noise_of_a_silent_telephone_goes_on_and_its_voice_comes_back_whole) {
    const auto& [name, format, encoder] = GetParam();
    const int rate = transcode::best_sample_rate(format.codec);
    for (const int jitter_ms : {0, 15}) {
        Telephone phone(format, encoder(format));
        Stage stage({.from = format,
                     .to = kOpus,
                     .pass_through = false,
                     .sample_rate = rate,
                     .events_from = std::nullopt,
                     .events_to = std::nullopt},
                    {.ssrc = {0xCA05E}, .first_sequence = {100}, .first_timestamp = {5000}, .grid = kStart},
                    {.jitter = milliseconds(jitter_ms)});
        const auto words = transcode::voice(rate, 2000);
        phone.say(stage, words);
        phone.stay_silent(stage, 1000);  // hangover of the sender's voice detector
        const int before = phone.packets;
        const auto begin = stage.now - kStart;
        phone.stay_silent(stage, 8000);
        const auto end = stage.now - kStart;
        EXPECT_LT(phone.packets - before, 100) << "the telephone does not pause";
        phone.say(stage, words);
        phone.stay_silent(stage, 500);

        for (Duration at = begin; at + milliseconds(200) <= end; at += milliseconds(100)) {
            const auto piece = stage.ear.pcm(at, at + milliseconds(200));
            EXPECT_NEAR(level(piece), kNoise, 7) << name << " at " << (at - begin) / milliseconds(1) << " ms";
            const auto peak = std::max_element(piece.begin(), piece.end(),
                                               [](auto a, auto b) { return std::abs(a) < std::abs(b); });
            EXPECT_LT(std::abs(*peak), 32767 * std::pow(10, (kNoise + 16) / 20)) << name << ": a click";
        }
        EXPECT_NEAR(level(stage.ear.pcm(end + milliseconds(100), end + milliseconds(1900))), level(words),
                    1.5);
        EXPECT_LE(stage.lane.playout()->delay_ms(), 60);
        EXPECT_EQ(stage.count("media_payload_unreadable"), 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Each, PauseStory,
                         testing::Values(Case{"amr", {Codec::amr, {96}, ""}, amr},
                                         Case{"amr_octet_aligned", {Codec::amr, {97}, "octet-align=1"}, amr},
                                         Case{"amr_wb", {Codec::amr_wb, {98}, ""}, amr},
                                         Case{"g729", {Codec::g729, {18}, ""}, g729}),
                         [](const auto& given) { return given.param.name; });

}  // namespace
}  // namespace causeway::test
