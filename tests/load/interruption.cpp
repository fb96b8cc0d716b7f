#include "tests/load/interruption.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>

namespace causeway::load {

Interruption::Interruption() {
    ::sigemptyset(&asked_);
    ::sigaddset(&asked_, SIGINT);
    ::sigaddset(&asked_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &asked_, &before_);
}

Interruption::~Interruption() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::wait(Duration length) {
    const Instant until = std::chrono::steady_clock::now() + length;
    while (signal_ == 0) {
        const auto left =
            std::chrono::duration_cast<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now());
        const std::int64_t nanoseconds = std::max<std::int64_t>(left.count(), 0);
        const timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        const int came = ::sigtimedwait(&asked_, nullptr, &time);
        if (came > 0) {
            signal_ = came;
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        } else if (left.count() <= 0) {
            return false;
        }
    }
    return true;
}

}  // namespace causeway::load
