#include "core/loop/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/loop/busy_meter.hpp"
#include "core/loop/pace.hpp"
#include "core/loop/timer_wheel.hpp"

namespace causeway {
namespace {

constexpr int kEventsPerRound = 256;
/// Sockets are served before timers, but not for ever: so many datagrams of each.
constexpr int kRoundsBeforeTimers = 64;
constexpr Duration kLongestWait = std::chrono::seconds(60);
/// How many events before its own a watch is fetched, then its footprint, then what that names: each needs
/// the one before, and memory may take as long as a tenth of an event.
constexpr int kFetchWatch = 5;
constexpr int kFetchFootprint = 3;
constexpr int kFetchTouched = 1;

timespec to_timespec(Duration time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    timespec result{};
    result.tv_sec = static_cast<time_t>(seconds.count());
    result.tv_nsec = static_cast<long>(std::chrono::nanoseconds(time - seconds).count());
    return result;
}

void sleep_until(Instant time) {
    const timespec end = to_timespec(time.time_since_epoch());
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr);
}

}  // namespace

struct EventLoop::State {
    // Owned.
    UniqueFd epoll;
    UniqueFd wakeup;
    std::mutex mutex;
    std::vector<std::function<void()>> posted;   // guarded by mutex
    std::vector<std::function<void()>> running;  // the batch being worked off

    // State.
    std::atomic<bool> stopping{false};
    std::atomic<std::thread::id> thread{};
    Instant now = std::chrono::steady_clock::now();
    BusyMeter meter{now};
    Pace pace{now};
    TimerWheel wheel{now};
    std::vector<const Watch*> punctual;  // those that cannot wait for a tick
    std::size_t served = 0;              // events of this round
    bool again = false;                  // somebody left something at a socket
    bool fine_waits = true;
    std::array<epoll_event, kEventsPerRound> ready{};
    int ready_count = 0;

    void wake() const {
        const std::uint64_t one = 1;
        // EAGAIN means that the loop is woken already.
        [[maybe_unused]] const ssize_t written = ::write(wakeup.get(), &one, sizeof one);
    }

    /// When the loop must go on at the latest.
    Instant end_of_wait(Instant from, Duration limit) const {
        if (meter.wants_to_end_waits()) limit = std::min(limit, BusyMeter::kSlice);
        const Instant end = from + std::clamp<Duration>(limit, Duration::zero(), kLongestWait);
        const auto due = wheel.next();
        return due ? std::clamp(*due, from, end) : end;
    }

    /// Until something is ready, a timer is due or `limit` has passed; how many events are ready.
    int wait(Duration limit) {
        const Instant before = std::chrono::steady_clock::now();
        meter.begin_wait(before);
        const bool ticks = pace.ticking() && limit > Duration::zero() && punctual.empty();
        // What comes until the tick is served together; timers keep to it, too.
        if (ticks) {
            const Instant tick =
                std::min(pace.tick_after(now), before + std::min<Duration>(limit, kLongestWait));
            if (before < tick) sleep_until(tick);
        }
        const int count = poll(ticks ? Duration::zero() : end_of_wait(before, limit) - before);
        now = std::chrono::steady_clock::now();
        meter.end_wait(now);
        return count;
    }

    void fire_timers() {
        wheel.advance(now);
        while (WheelNode* const node = wheel.pop()) {
            ++served;
            auto* const timer = static_cast<Timer*>(node);
            timer->on_fire_(now);
        }
    }

    int poll(Duration limit) {
        const timespec timeout = to_timespec(limit);
        int count =
            fine_waits ? ::epoll_pwait2(epoll.get(), ready.data(), kEventsPerRound, &timeout, nullptr) : -1;
        if (count < 0 && fine_waits && errno != EINTR) fine_waits = false;
        if (!fine_waits) {
            // Kernels before 5.11, and sandboxes that do not know the call. Rounded up: early would spin.
            const auto whole = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
            count = ::epoll_wait(epoll.get(), ready.data(), kEventsPerRound, static_cast<int>(whole));
        }
        if (count < 0 && errno != EINTR) std::abort();
        return count;
    }

    /// nullptr: there is none, or it is no watch.
    Watch* watch_of(int event) const {
        void* const data = event < ready_count ? ready[static_cast<std::size_t>(event)].data.ptr : nullptr;
        return data == this ? nullptr : static_cast<Watch*>(data);
    }

    void fetch_ahead(int event) const {
        if (const Watch* const later = watch_of(event + kFetchWatch)) __builtin_prefetch(later);
        if (const Watch* const soon = watch_of(event + kFetchFootprint)) {
            if (soon->footprint_) Footprint::fetch(*soon->footprint_);
        }
        if (const Watch* const next = watch_of(event + kFetchTouched)) {
            if (next->footprint_) next->footprint_->fetch();
        }
    }

    void serve(int count) {
        ready_count = std::max(count, 0);
        served += static_cast<std::size_t>(ready_count);
        for (int i = 0; i < ready_count; ++i) {
            fetch_ahead(i);
            const epoll_event event = ready[static_cast<std::size_t>(i)];
            if (event.data.ptr == this) {
                run_posted();
            } else if (event.data.ptr != nullptr) {
                static_cast<Watch*>(event.data.ptr)->on_ready_(event.events);
            }
        }
        ready_count = 0;
    }

    void run_posted() {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(wakeup.get(), &count, sizeof count);
        {
            const std::lock_guard lock(mutex);
            running.swap(posted);
        }
        for (auto& work : running) {
            work();
            work = nullptr;
        }
        running.clear();
    }
};

Timer::Timer(EventLoop& loop, std::function<void(Instant)> on_fire)
    : loop_(loop), on_fire_(std::move(on_fire)) {}

Timer::~Timer() {
    disarm();
}

void Timer::arm(Instant at) {
    disarm();
    deadline = at;
    loop_.state_->wheel.insert(*this, loop_.state_->now);
}

void Timer::disarm() {
    if (armed()) loop_.state_->wheel.remove(*this);
}

Watch::Watch(EventLoop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t)> on_ready)
    : loop_(loop), fd_(fd), on_ready_(std::move(on_ready)) {
    // While a watch that asks for EPOLLWAKEUP lives, nothing waits for ticks. Ours alone: the kernel's
    // meaning of it is about suspended machines.
    constexpr std::uint32_t kPunctual = EPOLLWAKEUP;
    epoll_event event{};
    event.events = events & ~kPunctual;
    event.data.ptr = this;
    if (::epoll_ctl(loop_.state_->epoll.get(), EPOLL_CTL_ADD, fd_, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl(ADD)");
    }
    if ((events & kPunctual) != 0) loop_.state_->punctual.push_back(this);
    // Sockets come with calls, and what comes next is ICE and DTLS, whose datagrams wait for one another.
    loop_.state_->pace.hasten(loop_.state_->now);
}

Watch::~Watch() {
    epoll_event event{};
    ::epoll_ctl(loop_.state_->epoll.get(), EPOLL_CTL_DEL, fd_, &event);
    std::erase(loop_.state_->punctual, this);
    // An event for this watch may lie further down in the round that is being worked off.
    for (int i = 0; i < loop_.state_->ready_count; ++i) {
        auto& pending = loop_.state_->ready[static_cast<std::size_t>(i)];
        if (pending.data.ptr == this) pending.data.ptr = nullptr;
    }
}

void Watch::change(std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    ::epoll_ctl(loop_.state_->epoll.get(), EPOLL_CTL_MOD, fd_, &event);
}

void Watch::will_touch(const Footprint& footprint) {
    if (!footprint_) footprint_ = std::make_unique<Footprint>();
    *footprint_ = footprint;
}

EventLoop::EventLoop() : state_(std::make_unique<State>()) {
    state_->epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    state_->wakeup = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!state_->epoll || !state_->wakeup) {
        throw std::system_error(errno, std::generic_category(), "cannot make an event loop");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = state_.get();
    ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, state_->wakeup.get(), &event);
}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
    state_->thread = std::this_thread::get_id();
    while (!state_->stopping) run_once(std::chrono::seconds(60));
    state_->run_posted();
}

void EventLoop::stop() {
    state_->stopping = true;
    state_->wake();
}

void EventLoop::post(std::function<void()> work) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->posted.push_back(std::move(work));
    }
    state_->wake();
}

void EventLoop::run_once(Duration limit) {
    State& state = *state_;
    state.thread = std::this_thread::get_id();
    state.served = 0;
    int count = state.wait(limit);
    state.again = false;
    state.serve(count);
    for (int round = 1; round < kRoundsBeforeTimers; ++round) {
        if (!std::exchange(state.again, false) && count < kEventsPerRound) break;
        count = state.poll(Duration::zero());
        state.serve(count);
    }
    state.fire_timers();
    state.pace.served(state.served, state.now);
}

void EventLoop::look_again() {
    state_->again = true;
}

Instant EventLoop::now() const {
    return state_->now;
}

double EventLoop::busy_share() const {
    return state_->meter.share(std::chrono::steady_clock::now());
}

bool EventLoop::on_loop_thread() const {
    return state_->thread.load() == std::this_thread::get_id();
}

}  // namespace causeway
