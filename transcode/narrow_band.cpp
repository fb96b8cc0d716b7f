#include "transcode/narrow_band.hpp"

#include <algorithm>
#include <array>

#include "transcode/half_band.hpp"

namespace causeway::transcode {

namespace {

constexpr std::size_t kLongest = 1920;  ///< 120 ms at 16 kHz
using Wide = std::array<std::int16_t, kLongest>;

class NarrowDecoder final : public Decoder {
  public:
    explicit NarrowDecoder(std::unique_ptr<Decoder> wide) : wide_(std::move(wide)) {}

    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        return halved(wide_->decode(payload, room(pcm.size())), pcm);
    }
    std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) override {
        const auto lost = room(std::min(samples, pcm.size()));
        return halved(wide_->conceal(lost.size(), lost), pcm);
    }
    std::size_t recover(std::span<const std::uint8_t> next, std::size_t samples,
                        std::span<std::int16_t> pcm) override {
        const auto lost = room(std::min(samples, pcm.size()));
        return halved(wide_->recover(next, lost.size(), lost), pcm);
    }
    bool is_pausing() const override { return wide_->is_pausing(); }
    std::optional<int> mode_request() const override { return wide_->mode_request(); }

  private:
    /// For what becomes `narrow` samples.
    std::span<std::int16_t> room(std::size_t narrow) {
        return std::span(pcm_).first(std::min(2 * narrow, pcm_.size()));
    }
    std::size_t halved(std::size_t samples, std::span<std::int16_t> pcm) {
        return half_band_.halve(std::span(pcm_).first(samples), pcm);
    }

    std::unique_ptr<Decoder> wide_;
    HalfBand half_band_;
    Wide pcm_{};
};

class NarrowEncoder final : public Encoder {
  public:
    explicit NarrowEncoder(std::unique_ptr<Encoder> wide) : wide_(std::move(wide)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        return wide_->encode(std::span(pcm_).first(half_band_.twice(pcm, pcm_)), payload);
    }
    void set_expected_loss(int percent) override { wide_->set_expected_loss(percent); }
    void set_bitrate(int bits_per_second) override { wide_->set_bitrate(bits_per_second); }
    void set_complexity(int complexity) override { wide_->set_complexity(complexity); }
    void request_mode(int mode) override { wide_->request_mode(mode); }

  private:
    std::unique_ptr<Encoder> wide_;
    HalfBand half_band_;
    Wide pcm_{};
};

}  // namespace

std::unique_ptr<Decoder> make_narrow(std::unique_ptr<Decoder> wide) {
    return std::make_unique<NarrowDecoder>(std::move(wide));
}

std::unique_ptr<Encoder> make_narrow(std::unique_ptr<Encoder> wide) {
    return std::make_unique<NarrowEncoder>(std::move(wide));
}

}  // namespace causeway::transcode
