// The loop of one media worker (or the demo exchange): sockets by level-triggered epoll, timers in a wheel,
// and one door for other threads. No allocation when a packet arrives or a timer fires. With many packets a
// second it serves in ticks (see pace.hpp): everything is then up to two milliseconds later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/footprint.hpp"
#include "core/loop/timer_wheel.hpp"

namespace causeway {

class EventLoop;

/// One deadline. Owned by the user, on the loop's thread only; must not outlive the loop.
class Timer : private WheelNode {
  public:
    /// `on_fire` runs on the loop's thread; the timer is disarmed before, so `on_fire` may arm it again.
    Timer(EventLoop& loop, std::function<void(Instant now)> on_fire);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Replaces an earlier deadline. Never fires early; a deadline in the past fires in the loop's next
    /// round.
    void arm(Instant deadline);
    void disarm();
    bool armed() const { return linked; }

  private:
    friend class EventLoop;
    EventLoop& loop_;
    std::function<void(Instant)> on_fire_;
};

/// Interest in one descriptor. Owned by the user, on the loop's thread only; must not outlive the loop.
/// Does not own the descriptor: destroy the watch before closing it.
class Watch {
  public:
    /// `events` and the callback's argument are epoll's bits (EPOLLIN ...).
    Watch(EventLoop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t ready)> on_ready);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    void change(std::uint32_t events);
    int fd() const { return fd_; }
    /// What `on_ready` will touch: the loop fetches it while it serves others.
    void will_touch(const Footprint& footprint);

  private:
    friend class EventLoop;
    EventLoop& loop_;
    int fd_;
    std::function<void(std::uint32_t)> on_ready_;
    std::unique_ptr<Footprint> footprint_;  ///< null: nothing is known
};

/// Runs on the thread that calls `run`. Everything but `post` and `stop` belongs to that thread
/// (or to any one thread before `run`).
class EventLoop {
  public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Until `stop`. Posted work that arrived before the stop is done.
    void run();
    /// Any thread.
    void stop();
    /// Any thread: `work` runs on the loop's thread, in order of posting.
    void post(std::function<void()> work);
    /// One round: waits at most `limit` for something to do. For tests and for foreign loops.
    void run_once(Duration limit);

    /// In a watch's callback that may have left something: sockets are looked at once more before timers. A
    /// thread that stood still would else take what waits in the kernel for lost.
    void look_again();

    /// The time at which this round began: cheap, never goes back.
    Instant now() const;
    bool on_loop_thread() const;
    /// Any thread: the share of the last second or so that the loop did not wait, 0..1.
    double busy_share() const;

  private:
    friend class Timer;
    friend class Watch;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace causeway
