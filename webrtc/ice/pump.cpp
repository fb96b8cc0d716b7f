#include "webrtc/ice/pump.hpp"

#include <glib.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace causeway::webrtc {
namespace {

// After so many dispatches other users of the loop have their turn.
constexpr int kDispatchesPerRun = 16;

/// GLib wants a context owned by the thread that iterates it.
class Acquired {
  public:
    explicit Acquired(GMainContext* context) : context_(context) { g_main_context_acquire(context_); }
    ~Acquired() { g_main_context_release(context_); }
    Acquired(const Acquired&) = delete;
    Acquired& operator=(const Acquired&) = delete;

  private:
    GMainContext* context_;
};

std::uint32_t epoll_bits(gushort events) {
    std::uint32_t bits = 0;
    if ((events & G_IO_IN) != 0) bits |= EPOLLIN;
    if ((events & G_IO_OUT) != 0) bits |= EPOLLOUT;
    if ((events & G_IO_PRI) != 0) bits |= EPOLLPRI;
    return bits;
}

}  // namespace

void Pump::Unref::operator()(GMainContext* context) const {
    g_main_context_unref(context);
}

Pump::Pump(EventLoop& loop, std::function<void()> after)
    : loop_(loop),
      after_(std::move(after)),
      context_(g_main_context_new()),
      timer_(loop, [this](Instant) { run(); }) {}

Pump::~Pump() {
    stop();
}

void Pump::schedule() {
    if (!stopped_) timer_.arm(loop_.now());
}

void Pump::tell_nobody() {
    after_ = [] {};
    intercept(-1, nullptr);
}

void Pump::stop() {
    stopped_ = true;
    timer_.disarm();
    watches_.clear();
    intercept(-1, nullptr);
}

void Pump::intercept(int fd, std::function<bool()> readable) {
    intercepted_ = std::move(readable);
    intercepted_fd_ = fd;
    intercepted_is_ready_ = false;
}

void Pump::on_ready(int fd) {
    if (fd == intercepted_fd_) {
        if (!intercepted_()) return;
        intercepted_is_ready_ = true;
    }
    was_readable_ = true;
    // Not here: dispatching may end the watch whose callback this is.
    schedule();
}

void Pump::run() {
    const Acquired acquired(context_.get());
    int wait_ms = 0;
    int left = kDispatchesPerRun;
    while (left > 0 && iterate(wait_ms)) --left;
    watch_descriptors();
    const int least_ms = std::exchange(was_readable_, false) ? least_wait_after_reading_ms_ : least_wait_ms_;
    if (left == 0) {
        timer_.arm(loop_.now());
    } else if (wait_ms >= 0) {
        timer_.arm(loop_.now() + std::chrono::milliseconds(std::max(wait_ms, least_ms)));
    }
    after_();
}

bool Pump::iterate(int& wait_ms) {
    gint priority = 0;
    g_main_context_prepare(context_.get(), &priority);
    query(priority, wait_ms);
    poll();
    if (g_main_context_check(context_.get(), priority, descriptors_.data(),
                             static_cast<gint>(descriptors_.size())) == FALSE) {
        return false;
    }
    g_main_context_dispatch(context_.get());
    return true;
}

void Pump::query(int priority, int& wait_ms) {
    for (;;) {
        const gint wanted = g_main_context_query(context_.get(), priority, &wait_ms, descriptors_.data(),
                                                 static_cast<gint>(descriptors_.size()));
        const auto count = static_cast<std::size_t>(wanted);
        const bool complete = count <= descriptors_.size();
        descriptors_.resize(count);
        if (complete) return;
    }
}

void Pump::poll() {
    static_assert(sizeof(GPollFD) == sizeof(pollfd), "GLib promises that they are the same on Unix");
    ::poll(reinterpret_cast<pollfd*>(descriptors_.data()), descriptors_.size(), 0);
    for (GPollFD& descriptor : descriptors_) {
        // What waits at an intercepted descriptor is ours unless the interceptor left it.
        if (descriptor.fd == intercepted_fd_ && !intercepted_is_ready_) descriptor.revents = 0;
    }
    intercepted_is_ready_ = false;
}

void Pump::watch_descriptors() {
    const auto wanted = [this](const Polled& polled) {
        return std::any_of(descriptors_.begin(), descriptors_.end(), [&](const GPollFD& descriptor) {
            return descriptor.fd == polled.fd && epoll_bits(descriptor.events) == polled.events;
        });
    };
    std::erase_if(watches_, [&](const Polled& polled) { return !wanted(polled); });
    for (const GPollFD& descriptor : descriptors_) {
        const int fd = descriptor.fd;
        if (std::any_of(watches_.begin(), watches_.end(),
                        [fd](const Polled& polled) { return polled.fd == fd; })) {
            continue;
        }
        const std::uint32_t events = epoll_bits(descriptor.events);
        watches_.push_back({fd, events, std::make_unique<Watch>(loop_, fd, events, [this, fd](std::uint32_t) {
                                on_ready(fd);
                            })});
    }
}

}  // namespace causeway::webrtc
