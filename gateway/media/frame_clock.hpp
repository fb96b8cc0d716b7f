// When a lane's next frame is due and where it stands on the outgoing time line. The clock may be moved: a
// little while sound flows, up to a frame where a talk spurt begins. Pure; one thread.
#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::media {

class FrameClock {
  public:
    void set_frame(Duration frame, std::uint32_t ticks);
    void start(Instant due, RtpTime time);
    void stop() { running_ = false; }

    bool running() const { return running_; }
    Instant due() const { return due_; }
    RtpTime time() const { return time_; }
    Duration frame() const { return frame_; }

    /// To the next frame, which is due `shift` later than a frame from now.
    void advance(Duration shift);
    /// The same while there is only silence: what the time line ran ahead is made good bit by bit.
    void advance_in_silence();
    /// Leaves out the frames that were due more than `limit` ago. Returns how many.
    std::uint64_t skip_missed(Instant now, Duration limit);
    /// A talk spurt wants a frame at `wanted`: moves the next frame there when it is less than a frame off.
    /// True when a gap was left on the time line: the frame is the first after a pause.
    bool join(Instant wanted);

  private:
    std::uint32_t ticks_of(Duration time) const;

    // Given.
    Duration frame_{};
    std::uint32_t frame_ticks_ = 0;
    // State.
    bool running_ = false;
    Instant due_{};
    RtpTime time_{};
    Duration lead_{};  ///< by how much the time line is ahead of the frames, less than a frame
};

}  // namespace causeway::media
