#include "core/loop/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/loop/busy_meter.hpp"

namespace causeway {
namespace {

constexpr std::size_t kNotArmed = std::numeric_limits<std::size_t>::max();
constexpr int kEventsPerRound = 64;
/// Sockets are served before timers, or a thread that stood still would conceal packets that wait in the
/// kernel; but not for ever.
constexpr int kRoundsBeforeTimers = 64;

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
    std::vector<Timer*> heap;  // binary min-heap by deadline
    std::array<epoll_event, kEventsPerRound> ready{};
    int ready_count = 0;

    void wake() const {
        const std::uint64_t one = 1;
        // EAGAIN means that the loop is woken already.
        [[maybe_unused]] const ssize_t written = ::write(wakeup.get(), &one, sizeof one);
    }

    void place(std::size_t index, Timer* timer) {
        heap[index] = timer;
        timer->heap_index_ = index;
    }

    void sift_up(std::size_t index) {
        Timer* const timer = heap[index];
        while (index > 0) {
            const std::size_t parent = (index - 1) / 2;
            if (heap[parent]->deadline_ <= timer->deadline_) break;
            place(index, heap[parent]);
            index = parent;
        }
        place(index, timer);
    }

    void sift_down(std::size_t index) {
        Timer* const timer = heap[index];
        for (;;) {
            std::size_t child = 2 * index + 1;
            if (child >= heap.size()) break;
            if (child + 1 < heap.size() && heap[child + 1]->deadline_ < heap[child]->deadline_) ++child;
            if (timer->deadline_ <= heap[child]->deadline_) break;
            place(index, heap[child]);
            index = child;
        }
        place(index, timer);
    }

    void insert(Timer* timer) {
        heap.push_back(timer);
        sift_up(heap.size() - 1);
    }

    void remove(Timer* timer) {
        const std::size_t index = timer->heap_index_;
        Timer* const last = heap.back();
        heap.pop_back();
        timer->heap_index_ = kNotArmed;
        if (last == timer) return;
        place(index, last);
        sift_down(index);
        sift_up(last->heap_index_);
    }

    int wait_milliseconds(Duration limit, Instant from) const {
        if (!heap.empty()) limit = std::min(limit, heap.front()->deadline_ - from);
        if (meter.wants_to_end_waits()) limit = std::min(limit, BusyMeter::kSlice);
        if (limit <= Duration::zero()) return 0;
        // Round up: waking a little late is right, waking early would spin.
        const auto whole = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
        return static_cast<int>(std::min<decltype(whole)>(whole, 60'000));
    }

    void fire_timers() {
        // A timer that arms itself in the past waits for the next round: no endless loop here.
        const Instant limit = now;
        std::size_t left = heap.size();
        while (!heap.empty() && heap.front()->deadline_ <= limit && left-- > 0) {
            Timer* const timer = heap.front();
            remove(timer);
            timer->on_fire_(now);
        }
    }

    int poll(int wait_milliseconds) {
        const int count = ::epoll_wait(epoll.get(), ready.data(), kEventsPerRound, wait_milliseconds);
        if (count < 0 && errno != EINTR) std::abort();
        return count;
    }

    void serve(int count) {
        ready_count = std::max(count, 0);
        for (int i = 0; i < ready_count; ++i) {
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
    : loop_(loop), on_fire_(std::move(on_fire)), heap_index_(kNotArmed) {}

Timer::~Timer() {
    disarm();
}

bool Timer::armed() const {
    return heap_index_ != kNotArmed;
}

void Timer::arm(Instant deadline) {
    disarm();
    deadline_ = deadline;
    loop_.state_->insert(this);
}

void Timer::disarm() {
    if (armed()) loop_.state_->remove(this);
}

Watch::Watch(EventLoop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t)> on_ready)
    : loop_(loop), fd_(fd), on_ready_(std::move(on_ready)) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    if (::epoll_ctl(loop_.state_->epoll.get(), EPOLL_CTL_ADD, fd_, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl(ADD)");
    }
}

Watch::~Watch() {
    epoll_event event{};
    ::epoll_ctl(loop_.state_->epoll.get(), EPOLL_CTL_DEL, fd_, &event);
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
    const Instant before = std::chrono::steady_clock::now();
    state.meter.begin_wait(before);
    int count = state.poll(state.wait_milliseconds(limit, before));
    state.now = std::chrono::steady_clock::now();
    state.meter.end_wait(state.now);
    state.serve(count);
    for (int round = 1; count == kEventsPerRound && round < kRoundsBeforeTimers; ++round) {
        count = state.poll(0);
        state.serve(count);
    }
    state.fire_timers();
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
