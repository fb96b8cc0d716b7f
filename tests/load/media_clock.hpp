// When each stream sends its next frame: a wheel of 120 ms in slots of 50 us, among which the streams
// spread. One timer for all streams of a thread; tells how late the generator itself was. On the loop's
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/loop/event_loop.hpp"
#include "tests/load/histogram.hpp"

namespace causeway::load {

class DatagramBatches;

/// Something that sends a frame when told.
class FrameSender {
  public:
    virtual ~FrameSender() = default;
    virtual void send_frame() = 0;
};

class MediaClock {
  public:
    MediaClock(EventLoop& loop, DatagramBatches& batches);

    /// `ptime_ms` is 10, 20, 30, 40 or 60. Senders of one `group` (a socket) that share a slot follow one
    /// another. Not to be called from within `send_frame`.
    void add(FrameSender& sender, const void* group, int ptime_ms);
    /// Nothing when it is not there.
    void remove(FrameSender& sender);

    /// How late slots with senders began, since `clear_lateness`.
    const Histogram& lateness() const { return lateness_; }
    /// Frames that were not sent, because the generator was stopped for longer than the wheel.
    std::uint64_t skipped() const { return skipped_; }
    void clear_lateness();

  private:
    static constexpr int kSlotMicroseconds = 50;
    static constexpr int kSlotsPerMillisecond = 1000 / kSlotMicroseconds;
    static constexpr int kSlots = 120 * kSlotsPerMillisecond;

    struct Entry {
        FrameSender* sender;
        const void* group;
    };

    void tick();
    void arm();

    DatagramBatches& batches_;
    std::array<std::vector<Entry>, kSlots> slots_;
    std::size_t entries_ = 0;
    std::int64_t done_ = 0;  ///< the last slot that was served, counted from the clock's zero
    double phase_ = 0;
    Histogram lateness_;
    std::uint64_t skipped_ = 0;
    UniqueFd timer_;
    std::optional<Watch> watch_;
};

}  // namespace causeway::load
