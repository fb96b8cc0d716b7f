#include "core/loop/event_loop.hpp"

#include <gmock/gmock.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace causeway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

UniqueFd make_event() {
    return UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}
void ring(const UniqueFd& event) {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(event.get(), &one, sizeof one), ssize_t{sizeof one});
}
void clear(const UniqueFd& event) {
    std::uint64_t count = 0;
    ASSERT_EQ(::read(event.get(), &count, sizeof count), ssize_t{sizeof count});
}

class EventLoopTest : public testing::Test {
  protected:
    /// A deadline that the next round finds passed: no test has to wait.
    Instant past(int order) const { return loop_.now() - 1s + std::chrono::milliseconds(order); }

    EventLoop loop_;
    std::string told_;
    Instant deadline_{};
};

TEST_F(EventLoopTest, timers_fire_in_the_order_of_their_deadlines) {
    std::vector<std::unique_ptr<Timer>> timers;
    for (const int order : {4, 1, 3, 0, 2}) {
        timers.push_back(std::make_unique<Timer>(
            loop_, [this, order](Instant) { told_ += static_cast<char>('0' + order); }));
        timers.back()->arm(past(order));
    }
    loop_.run_once(0s);
    EXPECT_EQ(told_, "01234");
    loop_.run_once(0s);
    EXPECT_EQ(told_, "01234");
}

TEST_F(EventLoopTest, what_a_watch_leaves_is_served_before_timers) {
    // As many datagrams as wait after the longest stall that is caught up: 200 ms of packets of 10 ms.
    const UniqueFd event(::eventfd(20, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE));
    const Watch watch(loop_, event.get(), EPOLLIN, [&](std::uint32_t) {
        clear(event);
        told_ += 'w';
        loop_.look_again();
    });
    Timer timer(loop_, [this](Instant) { told_ += 't'; });
    timer.arm(past(0));
    loop_.run_once(0s);
    EXPECT_EQ(told_, std::string(20, 'w') + "t");
}

TEST_F(EventLoopTest, a_watch_that_never_ends_does_not_keep_timers_waiting_for_ever) {
    const UniqueFd event = make_event();
    ring(event);
    const Watch watch(loop_, event.get(), EPOLLIN, [&](std::uint32_t) {
        told_ += 'w';
        loop_.look_again();
    });
    Timer timer(loop_, [this](Instant) { told_ += 't'; });
    timer.arm(past(0));
    loop_.run_once(0s);
    EXPECT_EQ(told_, std::string(64, 'w') + "t");
}

TEST_F(EventLoopTest, watches_that_end_while_others_are_served_are_not_fetched) {
    std::vector<UniqueFd> events;
    std::vector<std::unique_ptr<Watch>> watches(8);
    for (std::size_t i = 0; i < watches.size(); ++i) {
        events.push_back(make_event());
        ring(events.back());
        watches[i] = std::make_unique<Watch>(loop_, events[i].get(), EPOLLIN, [&, i](std::uint32_t) {
            told_ += 'w';
            for (std::size_t other = 0; other < watches.size(); ++other) {
                if (other != i) watches[other].reset();
            }
        });
        Footprint footprint;
        footprint.add(told_, *watches[i]);
        watches[i]->will_touch(footprint);
    }
    loop_.run_once(0s);
    EXPECT_EQ(told_, "w");
}

TEST_F(EventLoopTest, a_timer_in_the_future_waits) {
    Timer timer(loop_, [this](Instant) { told_ += "fired"; });
    timer.arm(loop_.now() + 1h);
    loop_.run_once(0s);
    EXPECT_EQ(told_, "");
    EXPECT_TRUE(timer.armed());
}

TEST_F(EventLoopTest, a_timer_ends_the_wait) {
    Timer timer(loop_, [this](Instant now) {
        told_ += "fired";
        EXPECT_GE(now, deadline_);
    });
    deadline_ = std::chrono::steady_clock::now() + 5ms;
    timer.arm(deadline_);
    while (timer.armed()) loop_.run_once(1h);
    EXPECT_EQ(told_, "fired");
}

TEST_F(EventLoopTest, arming_again_replaces_the_deadline) {
    Timer timer(loop_, [this](Instant) { told_ += "a"; });
    Timer other(loop_, [this](Instant) { told_ += "b"; });
    timer.arm(past(0));
    other.arm(past(1));
    timer.arm(past(2));
    loop_.run_once(0s);
    EXPECT_EQ(told_, "ba");
    EXPECT_FALSE(timer.armed());
}

TEST_F(EventLoopTest, a_disarmed_or_destroyed_timer_never_fires) {
    Timer disarmed(loop_, [this](Instant) { told_ += "disarmed"; });
    disarmed.arm(past(0));
    disarmed.disarm();
    {
        Timer destroyed(loop_, [this](Instant) { told_ += "destroyed"; });
        destroyed.arm(past(1));
    }
    loop_.run_once(0s);
    EXPECT_EQ(told_, "");
}

TEST_F(EventLoopTest, a_timer_may_disarm_another_that_is_due) {
    Timer second(loop_, [this](Instant) { told_ += "2"; });
    Timer first(loop_, [this, &second](Instant) {
        told_ += "1";
        second.disarm();
    });
    first.arm(past(0));
    second.arm(past(1));
    loop_.run_once(0s);
    EXPECT_EQ(told_, "1");
}

TEST_F(EventLoopTest, a_timer_that_arms_itself_in_the_past_does_not_hold_up_the_round) {
    int fired = 0;
    std::optional<Timer> timer;
    timer.emplace(loop_, [&](Instant now) {
        ++fired;
        timer->arm(now - 1s);
    });
    timer->arm(past(0));
    loop_.run_once(0s);
    EXPECT_EQ(fired, 1);
    loop_.run_once(0s);
    EXPECT_EQ(fired, 2);
}

TEST_F(EventLoopTest, many_timers_keep_their_order_while_some_are_disarmed) {
    std::vector<int> fired;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int i = 0; i < 200; ++i) {
        const int order = i * 37 % 200;
        timers.push_back(
            std::make_unique<Timer>(loop_, [&fired, order](Instant) { fired.push_back(order); }));
        timers.back()->arm(past(order));
    }
    for (std::size_t i = 0; i < timers.size(); i += 3) timers[i]->disarm();
    loop_.run_once(0s);
    EXPECT_EQ(fired.size(), 133u);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST_F(EventLoopTest, a_watch_is_told_as_long_as_its_descriptor_is_ready) {
    const UniqueFd event = make_event();
    int ready = 0;
    const Watch watch(loop_, event.get(), EPOLLIN, [&](std::uint32_t events) {
        EXPECT_EQ(events, static_cast<std::uint32_t>(EPOLLIN));
        ++ready;
    });
    loop_.run_once(0s);
    EXPECT_EQ(ready, 0);
    ring(event);
    loop_.run_once(0s);
    loop_.run_once(0s);
    EXPECT_EQ(ready, 2);
    clear(event);
    loop_.run_once(0s);
    EXPECT_EQ(ready, 2);
}

TEST_F(EventLoopTest, a_watch_changes_what_it_waits_for) {
    const UniqueFd event = make_event();
    std::vector<std::uint32_t> told;
    Watch watch(loop_, event.get(), EPOLLIN, [&](std::uint32_t events) { told.push_back(events); });
    loop_.run_once(0s);
    EXPECT_THAT(told, IsEmpty());
    watch.change(EPOLLOUT);
    loop_.run_once(0s);
    EXPECT_THAT(told, ElementsAre(EPOLLOUT));
}

TEST_F(EventLoopTest, a_watch_destroyed_by_another_in_the_same_round_is_not_called) {
    const UniqueFd events[] = {make_event(), make_event()};
    std::unique_ptr<Watch> watches[2];
    int called = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        watches[i] = std::make_unique<Watch>(loop_, events[i].get(), EPOLLIN, [&, i](std::uint32_t) {
            ++called;
            watches[1 - i].reset();
        });
        ring(events[i]);
    }
    loop_.run_once(0s);
    EXPECT_EQ(called, 1);
}

TEST_F(EventLoopTest, a_descriptor_that_cannot_be_watched_is_an_error) {
    EXPECT_THROW(Watch(loop_, -1, EPOLLIN, [](std::uint32_t) {}), std::system_error);
}

TEST_F(EventLoopTest, posted_work_runs_in_order_on_the_loops_thread) {
    loop_.post([this] { told_ += "1"; });
    loop_.post([this] {
        told_ += "2";
        loop_.post([this] { told_ += "later"; });
    });
    std::thread other([this] {
        EXPECT_FALSE(loop_.on_loop_thread());
        loop_.post([this] {
            EXPECT_TRUE(loop_.on_loop_thread());
            told_ += "3";
        });
    });
    other.join();
    loop_.run_once(0s);
    EXPECT_EQ(told_, "123");
    loop_.run_once(0s);
    EXPECT_EQ(told_, "123later");
}

TEST_F(EventLoopTest, a_post_wakes_a_waiting_loop) {
    std::thread runner([this] { loop_.run(); });
    loop_.post([this] {
        told_ += "woken";
        loop_.stop();
    });
    runner.join();
    EXPECT_EQ(told_, "woken");
}

TEST_F(EventLoopTest, work_posted_before_the_stop_is_done) {
    loop_.stop();
    loop_.post([this] { told_ += "done"; });
    loop_.run();
    EXPECT_EQ(told_, "done");
}

TEST_F(EventLoopTest, a_loop_that_only_waits_is_not_busy) {
    for (int n = 0; n < 3; ++n) loop_.run_once(5ms);
    EXPECT_EQ(loop_.busy_share(), 0);
}

TEST_F(EventLoopTest, time_stands_still_within_a_round_and_never_goes_back) {
    const Instant before = loop_.now();
    Instant seen{};
    loop_.post([&] { seen = loop_.now(); });
    loop_.run_once(0s);
    EXPECT_GE(seen, before);
    EXPECT_EQ(loop_.now(), seen);
}

}  // namespace
}  // namespace causeway
