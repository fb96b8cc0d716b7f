#include "gateway/media/worker_load.hpp"

#include <utility>

#include "core/base/log.hpp"

namespace causeway::media {

WorkerLoad::WorkerLoad(EventLoop& loop, const LoadLimits& limits, std::function<void(int)> set_complexity)
    : loop_(loop),
      limits_(limits),
      set_complexity_(std::move(set_complexity)),
      governor_(limits),
      timer_(loop, [this](Instant now) { look(now); }),
      room_(governor_.room()),
      complexity_(governor_.complexity()) {}

void WorkerLoad::call_comes() {
    calls_.fetch_add(1, std::memory_order_relaxed);
    room_.fetch_sub(1, std::memory_order_relaxed);
}

void WorkerLoad::watch() {
    if (timer_.armed()) return;
    due_ = loop_.now() + LoadGovernor::kInterval;
    timer_.arm(due_);
}

bool WorkerLoad::has_room() const {
    if (limits_.most >= 1) return true;
    // The loop's own figure too: a thread that is stuck takes no look.
    return room_.load(std::memory_order_relaxed) > 0 && busy() < limits_.most;
}

void WorkerLoad::look(Instant now) {
    if (calls() == 0) {
        governor_.reset();
        return publish();
    }
    governor_.look(busy(), now - due_, now);
    publish();
    due_ = now + LoadGovernor::kInterval;
    timer_.arm(due_);
}

void WorkerLoad::publish() {
    room_.store(governor_.room(), std::memory_order_relaxed);
    const bool admits = governor_.room() > 0;
    if (std::exchange(admits_, admits) != admits) {
        log::warning("media thread at {:.0f} % with {} calls: new calls are {}", 100 * busy(), calls(),
                     admits ? "taken again" : "refused");
    }
    const int complexity = governor_.complexity();
    const int before = complexity_.exchange(complexity, std::memory_order_relaxed);
    if (before == complexity) return;
    log::info("media thread at {:.0f} % with {} calls: Opus complexity {} in place of {}", 100 * busy(),
              calls(), complexity, before);
    set_complexity_(complexity);
}

}  // namespace causeway::media
