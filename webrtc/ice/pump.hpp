// Runs one agent's private GMainContext on the media worker's event loop: no GLib thread, no shared GLib
// loop. One Watch per descriptor that GLib wants polled, one Timer. Worker thread only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/loop/event_loop.hpp"

struct _GMainContext;
struct _GPollFD;

namespace causeway::webrtc {

class Pump {
  public:
    /// `after` runs each time that GLib's sources have been dispatched: the place to look at what they did.
    /// The pump must not be destroyed inside it.
    Pump(EventLoop& loop, std::function<void()> after);
    ~Pump();
    Pump(const Pump&) = delete;
    Pump& operator=(const Pump&) = delete;

    _GMainContext* context() const { return context_.get(); }

    /// After every call into libnice: its sources may have come or gone. Runs in the loop's next round.
    void schedule();
    /// From now on GLib's timers may be served so late: fewer wake-ups. `after_reading`: when one of its
    /// sockets was read, and a timer may have work from that.
    void wait_at_least(int milliseconds, int after_reading) {
        least_wait_ms_ = milliseconds;
        least_wait_after_reading_ms_ = after_reading;
    }
    /// The owner goes, the pump stays: no `after`, no interception any more.
    void tell_nobody();
    /// Takes all descriptors out of the loop, for good: to be called before libnice closes them.
    void stop();

    /// From now on readability of `fd` is told to `readable` first; GLib sees it only when that returns true.
    /// -1: none. One descriptor at a time.
    void intercept(int fd, std::function<bool()> readable);

  private:
    struct Unref {
        void operator()(_GMainContext* context) const;
    };
    struct Polled {
        int fd;
        std::uint32_t events;
        std::unique_ptr<Watch> watch;
    };

    void run();
    /// One prepare, query, poll, check, dispatch. False when nothing was ready; `wait_ms` is then GLib's.
    bool iterate(int& wait_ms);
    void query(int priority, int& wait_ms);
    void poll();
    void watch_descriptors();
    void on_ready(int fd);

    // Given.
    EventLoop& loop_;
    std::function<void()> after_;

    // Owned.
    std::unique_ptr<_GMainContext, Unref> context_;
    Timer timer_;
    std::vector<Polled> watches_;

    // State.
    std::vector<_GPollFD> descriptors_;  ///< GLib's, as of the last query
    std::function<bool()> intercepted_;
    int intercepted_fd_ = -1;
    bool intercepted_is_ready_ = false;
    int least_wait_ms_ = 0;
    int least_wait_after_reading_ms_ = 0;
    bool was_readable_ = false;
    bool stopped_ = false;
};

}  // namespace causeway::webrtc
