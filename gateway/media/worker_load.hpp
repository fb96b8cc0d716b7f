// Watches over the load of one media worker: looks at its loop while it has calls and tells what follows.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "core/loop/event_loop.hpp"
#include "gateway/media/load_governor.hpp"

namespace causeway::media {

class WorkerLoad {
  public:
    /// `set_complexity` is called on the loop's thread when another Opus complexity is in force.
    WorkerLoad(EventLoop& loop, const LoadLimits& limits, std::function<void(int)> set_complexity);

    /// Any thread: a call was given to the worker, and has gone.
    void call_comes();
    void call_gone() { calls_.fetch_sub(1, std::memory_order_relaxed); }
    /// The loop's thread, with each call that begins.
    void watch();

    // Any thread.
    std::size_t calls() const { return calls_.load(std::memory_order_relaxed); }
    /// Share of the last second that the thread worked, 0..1.
    double busy() const { return loop_.busy_share(); }
    /// Whether one more call would leave those that run as good as they are.
    bool has_room() const;
    int complexity() const { return complexity_.load(std::memory_order_relaxed); }

  private:
    void look(Instant now);
    void publish();

    // Given.
    EventLoop& loop_;
    const LoadLimits limits_;
    const std::function<void(int)> set_complexity_;
    // State of the thread.
    LoadGovernor governor_;
    Timer timer_;
    Instant due_{};
    bool admits_ = true;
    // State for all.
    std::atomic<std::size_t> calls_{0};
    std::atomic<int> room_;
    std::atomic<int> complexity_;
};

}  // namespace causeway::media
