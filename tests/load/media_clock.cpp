#include "tests/load/media_clock.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>

#include "tests/load/udp_port.hpp"

namespace causeway::load {
namespace {

constexpr double kGoldenRatio = 0.6180339887498949;

std::int64_t monotonic_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

MediaClock::MediaClock(EventLoop& loop, DatagramBatches& batches)
    : batches_(batches), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
    // Not in the loop's ticks: streams that leave together wake the system under test once for all of them.
    watch_.emplace(loop, timer_.get(), EPOLLIN | EPOLLWAKEUP, [this](std::uint32_t) { tick(); });
}

void MediaClock::add(FrameSender& sender, const void* group, int ptime_ms) {
    const int period = ptime_ms * kSlotsPerMillisecond;
    phase_ = std::fmod(phase_ + kGoldenRatio, 1.0);
    const Entry entry{&sender, group};
    for (int slot = static_cast<int>(phase_ * period); slot < kSlots; slot += period) {
        auto& entries = slots_[static_cast<std::size_t>(slot)];
        const auto place = std::upper_bound(entries.begin(), entries.end(), entry,
                                            [](const Entry& a, const Entry& b) { return a.group < b.group; });
        entries.insert(place, entry);
        ++entries_;
    }
    if (entries_ == static_cast<std::size_t>(kSlots / period)) {
        done_ = monotonic_nanoseconds() / (kSlotMicroseconds * 1000);
        arm();
    }
}

void MediaClock::remove(FrameSender& sender) {
    for (auto& entries : slots_) {
        entries_ -= std::erase_if(entries, [&](const Entry& entry) { return entry.sender == &sender; });
    }
}

void MediaClock::clear_lateness() {
    lateness_.clear();
    skipped_ = 0;
}

void MediaClock::tick() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t got = ::read(timer_.get(), &expirations, sizeof expirations);
    std::int64_t now = monotonic_nanoseconds();
    const std::int64_t slot_nanoseconds = kSlotMicroseconds * 1000;
    if (now / slot_nanoseconds - done_ > kSlots) {
        skipped_ += static_cast<std::uint64_t>(now / slot_nanoseconds - done_ - kSlots) * entries_ / kSlots;
        done_ = now / slot_nanoseconds - kSlots;
    }
    while (done_ < now / slot_nanoseconds) {
        ++done_;
        const auto& entries = slots_[static_cast<std::size_t>(done_ % kSlots)];
        if (entries.empty()) continue;
        lateness_.add(now - done_ * slot_nanoseconds);
        for (const Entry& entry : entries) entry.sender->send_frame();
        UdpPort::flush(batches_);
        now = monotonic_nanoseconds();
    }
    arm();
}

void MediaClock::arm() {
    if (entries_ == 0) return;
    std::int64_t next = done_ + 1;
    while (slots_[static_cast<std::size_t>(next % kSlots)].empty()) ++next;
    const std::int64_t at = next * kSlotMicroseconds * 1000;
    itimerspec when{};
    when.it_value.tv_sec = at / 1'000'000'000;
    when.it_value.tv_nsec = at % 1'000'000'000;
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace causeway::load
