// What the stories of one lane are told with: a speaker who sends a tone by a codec and a clock of his own,
// an ear that lays out what the lane sends on a time line, and the stage that lets simulated time pass.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/base/counters.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/sequence.hpp"
#include "gateway/media/lane.hpp"
#include "tests/support/simulated_network.hpp"
#include "tests/support/tone.hpp"
#include "transcode/codec.hpp"

namespace causeway::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline int natural_rate(sdp::Codec codec) {
    if (codec == sdp::Codec::opus) return 48000;
    return codec == sdp::Codec::g722 ? 16000 : 8000;
}

/// Stories begin here, away from zero.
inline constexpr Instant kStart{std::chrono::hours(1)};

struct SpeakerSettings {
    sdp::AudioFormat format;
    int ptime_ms = 20;
    /// Of Opus: several frames in a packet (RFC 6716 §3.2.5) where it has no frame of `ptime_ms`; 0: one.
    int frame_ms = 0;
    double frequency = 1004;
    double decibel = -16;
    double drift_ppm = 0;  ///< positive: his clock runs fast
    Ssrc ssrc{0x5EA4};
    SequenceNumber first_sequence{1000};
    RtpTime first_timestamp{90000};
};

class Speaker {
  public:
    explicit Speaker(const SpeakerSettings& settings)
        : settings_(settings),
          rate_(natural_rate(settings.format.codec)),
          encoder_(*transcode::make_encoder(settings.format, rate_, {.complexity = 5})),
          sequence_(settings.first_sequence),
          timestamp_(settings.first_timestamp),
          due_(kStart) {}

    /// Gives each packet that is due to `send(std::span<const uint8_t>, Instant)`.
    template <class Send>
    void speak(Instant now, Send&& send) {
        while (due_ <= now) {
            const std::size_t samples = samples_in(settings_.ptime_ms);
            std::array<std::uint8_t, 1500> bytes;
            const std::size_t size = encode(std::span(bytes).subspan(rtp::kRtpHeaderSize));
            rtp::write_header(bytes, {.payload_type = settings_.format.payload_type,
                                      .marker = std::exchange(spurt_, false),
                                      .sequence = sequence_,
                                      .timestamp = timestamp_,
                                      .ssrc = settings_.ssrc});
            spurt_ = spurt_ || paused;
            if (!paused) {
                send(std::span<const std::uint8_t>(bytes).first(rtp::kRtpHeaderSize + size), due_);
                sequence_ = rtp::advanced(sequence_, 1);
            }
            pass_time(samples);
        }
    }

    /// An RFC 4733 packet of his; the time line stands still, the sequence goes on.
    std::vector<std::uint8_t> event(PayloadType type, std::uint8_t code, bool end, std::uint16_t duration,
                                    bool marker, RtpTime started) {
        std::vector<std::uint8_t> bytes(rtp::kRtpHeaderSize + 4);
        rtp::write_header(bytes, {.payload_type = type,
                                  .marker = marker,
                                  .sequence = sequence_,
                                  .timestamp = started,
                                  .ssrc = settings_.ssrc});
        bytes[12] = code;
        bytes[13] = static_cast<std::uint8_t>((end ? 0x80 : 0) | 10);
        bytes[14] = static_cast<std::uint8_t>(duration >> 8);
        bytes[15] = static_cast<std::uint8_t>(duration & 0xFF);
        sequence_ = rtp::advanced(sequence_, 1);
        return bytes;
    }

    RtpTime timestamp() const { return timestamp_; }
    /// Starts over as another source, as after a transfer.
    void become(Ssrc ssrc, SequenceNumber sequence, RtpTime timestamp) {
        settings_.ssrc = ssrc;
        sequence_ = sequence;
        timestamp_ = timestamp;
    }

    bool paused = false;  ///< his clock goes on, nothing is sent (DTX)
    bool muted = false;   ///< sends silence

  private:
    std::size_t samples_in(int ms) const { return static_cast<std::size_t>(ms * rate_ / 1000); }
    std::size_t encode(std::span<std::uint8_t> out) {
        const double decibel = muted ? -127 : settings_.decibel;
        const auto sound = [&](std::size_t count, std::size_t from) {
            return generate(settings_.frequency, decibel, rate_, count, from);
        };
        if (settings_.frame_ms == 0)
            return encoder_->encode(sound(samples_in(settings_.ptime_ms), spoken_), out);
        // RFC 6716 §3.2.5, code 3 with frames of any size: TOC, count, sizes of all but the last, frames.
        const int count = settings_.ptime_ms / settings_.frame_ms;
        std::vector<std::uint8_t> packet;
        std::vector<std::uint8_t> frames;
        for (int n = 0; n < count; ++n) {
            std::array<std::uint8_t, 250> frame;  // such sizes are one byte
            const std::size_t each = samples_in(settings_.frame_ms);
            const std::size_t size =
                encoder_->encode(sound(each, spoken_ + static_cast<std::size_t>(n) * each), frame);
            if (n == 0)
                packet = {static_cast<std::uint8_t>(frame[0] | 3), static_cast<std::uint8_t>(0x80 | count)};
            if ((frame[0] | 3) != packet[0]) throw std::logic_error("frames of one packet are of one kind");
            if (n + 1 < count) packet.push_back(static_cast<std::uint8_t>(size - 1));
            frames.insert(frames.end(), frame.begin() + 1, frame.begin() + static_cast<std::ptrdiff_t>(size));
        }
        packet.insert(packet.end(), frames.begin(), frames.end());
        std::copy(packet.begin(), packet.end(), out.begin());
        return packet.size();
    }
    void pass_time(std::size_t samples) {
        spoken_ += samples;
        timestamp_ = rtp::advanced(
            timestamp_, settings_.ptime_ms *
                            static_cast<std::int64_t>(sdp::rtp_clock_rate(settings_.format.codec)) / 1000);
        const double elapsed = static_cast<double>(spoken_) / rate_ / (1 + settings_.drift_ppm * 1e-6);
        due_ = kStart + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(elapsed));
    }

    SpeakerSettings settings_;
    int rate_;
    std::unique_ptr<transcode::Encoder> encoder_;
    SequenceNumber sequence_;
    RtpTime timestamp_;
    Instant due_;
    std::size_t spoken_ = 0;
    bool spurt_ = true;
};

/// Hears what a lane sends: keeps the headers, decodes the audio, lays it out by timestamp.
class Ear : public media::PacketSink {
  public:
    struct Heard {
        rtp::RtpHeader header;
        std::vector<std::uint8_t> payload;
        Instant at{};
    };
    struct Digit {
        char digit = 0;
        int duration_ms = 0;
        friend bool operator==(const Digit&, const Digit&) = default;
    };

    explicit Ear(const sdp::AudioFormat& format)
        : format_(format),
          rate_(natural_rate(format.codec)),
          decoder_(*transcode::make_decoder(format, rate_)) {}

    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t payload_size,
              Instant now) override {
        const auto view = rtp::RtpView::parse(packet.packet());
        if (!view || view->header() != header || view->payload().size() != payload_size)
            throw std::logic_error("the lane tells the sink something else than it sends");
        const auto payload = view->payload();
        heard.push_back({header, {payload.begin(), payload.end()}, now});
        if (header.payload_type == format_.payload_type) lay_out(header, payload);
    }
    void on_digit(char digit, int duration_ms) override { digits.push_back({digit, duration_ms}); }

    int rate() const { return rate_; }
    /// What was heard between two moments after the first packet; silence where nothing came.
    std::vector<std::int16_t> pcm(Duration from, Duration to) {
        const std::size_t begin = position(from);
        const std::size_t end = position(to);
        if (pcm_.size() < end) pcm_.resize(end);
        return {pcm_.begin() + static_cast<std::ptrdiff_t>(begin),
                pcm_.begin() + static_cast<std::ptrdiff_t>(end)};
    }
    /// The longest stretch in which a tone of `decibel` is missing, in steps of 10 ms.
    Duration longest_gap(double frequency, double decibel, Duration from, Duration to) {
        const auto all = pcm(from, to);
        const std::size_t window = static_cast<std::size_t>(rate_ / 100);
        int run = 0;
        int longest = 0;
        for (std::size_t at = 0; at + window <= all.size(); at += window) {
            const double found = level_at(frequency, std::span(all).subspan(at, window), rate_);
            run = found < decibel - 15 ? run + 1 : 0;
            longest = std::max(longest, run);
        }
        return milliseconds(10 * longest);
    }
    /// By how many dB everything else is weaker than one steady sine: a skipped or doubled piece breaks its
    /// phase.
    double purity(double frequency, Duration from, Duration to) {
        const auto all = pcm(from, to);
        const double step = 2 * std::numbers::pi * frequency / rate_;
        double cosine = 0;
        double sine = 0;
        double total = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            cosine += all[i] * std::cos(step * static_cast<double>(i));
            sine += all[i] * std::sin(step * static_cast<double>(i));
            total += static_cast<double>(all[i]) * all[i];
        }
        const double tone = 2 * (cosine * cosine + sine * sine) / static_cast<double>(all.size());
        return 10 * std::log10(tone / std::max(total - tone, 1e-9));
    }

    std::vector<Heard> audio() const {
        std::vector<Heard> found;
        for (const Heard& one : heard)
            if (one.header.payload_type == format_.payload_type) found.push_back(one);
        return found;
    }
    std::vector<Heard> events(PayloadType type) const {
        std::vector<Heard> found;
        for (const Heard& one : heard)
            if (one.header.payload_type == type) found.push_back(one);
        return found;
    }

    std::vector<Heard> heard;
    std::vector<Digit> digits;

  private:
    void lay_out(const rtp::RtpHeader& header, std::span<const std::uint8_t> payload) {
        if (!first_) first_ = header.timestamp;
        const std::int64_t ticks = rtp::distance(header.timestamp, *first_);
        const auto at = static_cast<std::size_t>(
            ticks * rate_ / static_cast<std::int64_t>(sdp::rtp_clock_rate(format_.codec)));
        std::array<std::int16_t, 5760> samples;
        const std::size_t count = decoder_->decode(payload, samples);
        if (pcm_.size() < at + count) pcm_.resize(at + count);
        std::copy_n(samples.begin(), count, pcm_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::size_t position(Duration after) const {
        return static_cast<std::size_t>(std::chrono::duration_cast<milliseconds>(after).count() * rate_ /
                                        1000);
    }

    sdp::AudioFormat format_;
    int rate_;
    std::unique_ptr<transcode::Decoder> decoder_;
    std::optional<RtpTime> first_;
    std::vector<std::int16_t> pcm_;
};

/// One lane between a speaker's network and an ear.
class Stage {
  public:
    Stage(const transcode::LanePlan& plan, const media::LaneSettings& settings,
          const NetworkWeather& weather = {}, std::uint32_t seed = 1)
        : network(weather, seed), ear(plan.to), lane(settings, counters_, ear) {
        if (!lane.set_plan(plan, now)) throw std::logic_error("the plan is not to be had");
        lane.set_active(true, now);
    }

    /// Lets time pass in steps of a millisecond; `speaker` may be null.
    void play(Speaker* speaker, Duration length) {
        for (const Instant end = now + length; now < end; now += milliseconds(1)) {
            const auto send = [this](std::span<const std::uint8_t> bytes, Instant) {
                network.send(bytes, now);
            };
            if (speaker) speaker->speak(now, send);
            network.deliver(now, [this](std::span<const std::uint8_t> bytes) { arrive(bytes); });
            if (const auto due = lane.deadline(); due && *due <= now) lane.tick(now);
        }
    }
    void arrive(std::span<const std::uint8_t> bytes) {
        const auto room = buffer_.fresh();
        std::copy(bytes.begin(), bytes.end(), room.begin());
        buffer_.resize(bytes.size());
        const auto view = rtp::RtpView::parse(buffer_.packet());
        if (!view) throw std::logic_error("the story sends something that is no RTP");
        lane.receive(buffer_, *view, now);
    }
    std::uint64_t count(const char* name) { return all_counters_.counter(name).value(); }

    Instant now = kStart;
    SimulatedNetwork network;
    Ear ear;

  private:
    Counters all_counters_;
    media::LaneCounters counters_{all_counters_};
    rtp::PacketBuffer buffer_;

  public:
    media::Lane lane;
};

}  // namespace causeway::test
