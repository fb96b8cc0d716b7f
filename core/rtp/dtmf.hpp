// Telephone events: digits out of RTP and into RTP. Owner's thread; sans-IO. RFC 4733 §2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::rtp {

struct DtmfEvent {
    enum class Kind { started, ended };
    Kind kind = Kind::started;
    char digit = 0;       ///< 0-9 * # A-D
    int duration_ms = 0;  ///< of `ended`

    friend bool operator==(const DtmfEvent&, const DtmfEvent&) = default;
};

/// At most three happenings of one packet: the end of the digit before, a start, its end.
class DtmfEvents {
  public:
    const DtmfEvent* begin() const { return events_.data(); }
    const DtmfEvent* end() const { return events_.data() + size_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    void add(DtmfEvent event) { events_.at(size_++) = event; }

  private:
    std::array<DtmfEvent, 3> events_{};
    std::size_t size_ = 0;
};

/// Each key press is told once as started and once as ended, whatever of its packets is lost, doubled or
/// late.
class DtmfReceiver {
  public:
    /// A press whose packets stop coming has ended after this.
    static constexpr Duration kTimeout = std::chrono::milliseconds(250);

    explicit DtmfReceiver(int clock_rate) : clock_rate_(clock_rate) {}
    int clock_rate() const { return clock_rate_; }

    /// One telephone-event payload. Events other than DTMF digits, and short payloads, are ignored.
    DtmfEvents push(std::span<const std::uint8_t> payload, bool marker, RtpTime timestamp, Instant now);
    /// Ends a press that timed out. Call now and then (each 20 ms tick, or at `deadline`).
    DtmfEvents poll(Instant now);
    std::optional<Instant> deadline() const;

  private:
    bool is_current(char digit, RtpTime timestamp, bool marker) const;
    bool is_old(RtpTime timestamp) const;
    void finish(DtmfEvents& events);

    // Given.
    int clock_rate_;
    // State.
    bool pressed_ = false;
    char digit_ = 0;
    RtpTime segment_{};           ///< timestamp of the newest segment
    std::uint64_t before_ = 0;    ///< ticks of earlier segments of a long press
    std::uint32_t duration_ = 0;  ///< ticks of the newest segment
    std::optional<Instant> last_packet_;
};

/// One packet to send: four bytes of payload, and where on the time line.
struct DtmfPacket {
    std::array<std::uint8_t, 4> payload{};
    bool marker = false;
    bool begins = false;  ///< first of a press: take the outgoing time line's value now as the press' start
    /// RTP timestamp = the press' start + this (0, but for presses longer than 0xFFFF ticks).
    std::uint32_t timestamp_offset = 0;
};

/// A queue of digits and the clockwork that sends them, one `tick` each 20 ms. RFC 4733 §2.5.1.
class DtmfSender {
  public:
    static constexpr std::size_t kQueue = 32;
    static constexpr int kTickMs = 20;
    static constexpr int kPauseMs = 100;  ///< between the end of a press and the next
    static constexpr int kMinMs = 40;
    static constexpr int kMaxMs = 60000;

    explicit DtmfSender(int clock_rate) : clock_rate_(clock_rate) {}

    /// False for an unknown digit or a full queue. The duration is clamped to 40 ms..1 min.
    bool start(char digit, int duration_ms);
    /// Something is being sent or waits: call `tick` each 20 ms; audio should keep quiet while `pressed`.
    bool active() const { return state_ != State::idle || count_ != 0; }
    /// From the first packet to the last repetition of the end.
    bool pressed() const { return state_ == State::pressed || state_ == State::ending; }
    std::optional<DtmfPacket> tick();

  private:
    enum class State { idle, pressed, ending, pause };
    struct Press {
        std::uint8_t event = 0;
        int duration_ms = 0;
    };
    DtmfPacket begin_press();
    DtmfPacket continue_press();
    DtmfPacket packet(bool end) const;
    std::uint32_t elapsed_ticks() const;

    // Given.
    int clock_rate_;
    // State.
    std::array<Press, kQueue> queue_{};
    std::size_t head_ = 0;
    std::size_t count_ = 0;
    State state_ = State::idle;
    Press current_{};
    int elapsed_ms_ = 0;
    int ends_sent_ = 0;
    int pause_ms_ = 0;
    std::uint32_t segment_start_ = 0;
    std::uint32_t segment_ticks_ = 0;
};

}  // namespace causeway::rtp
