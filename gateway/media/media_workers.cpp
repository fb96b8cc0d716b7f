#include "gateway/media/media_workers.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/counters.hpp"
#include "core/dtls/certificate.hpp"
#include "gateway/media/worker.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::media {
namespace {

std::size_t worker_count(int configured) {
    if (configured > 0) return static_cast<std::size_t>(configured);
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

/// The busy share tells relayed from transcoded calls, but late; the number of calls is known at once.
double burden(const WorkerLoad& load) {
    constexpr double kOfACall = 0.003;
    return load.busy() + kOfACall * static_cast<double>(load.calls());
}

}  // namespace

class MediaWorkers::Impl {
  public:
    Impl(const MediaSettings& settings, Counters& counters, MediaListener& listener)
        : settings_(settings),
          ports_(settings_.sip_address, settings_.sip_port_min, settings_.sip_port_max),
          lane_counters_(counters),
          shared_{settings_, certificate_, ports_, counters, lane_counters_, listener},
          opened_twice_(counters.counter("media_call_opened_twice")) {
        for (std::size_t i = worker_count(settings.workers); i > 0; --i)
            workers_.push_back(std::make_unique<Worker>(shared_));
    }

    void open(OpenMedia command) {
        const std::lock_guard lock(mutex_);
        const auto [place, is_new] = homes_.try_emplace(command.call, nullptr);
        if (!is_new) {
            opened_twice_.add();
            return;
        }
        place->second = std::min_element(workers_.begin(), workers_.end(), [](const auto& a, const auto& b) {
                            return burden(a->load()) < burden(b->load());
                        })->get();
        place->second->open(std::move(command));
    }

    /// Runs `order(worker)` for the worker of that call, if it has one.
    template <class Order>
    void with_home(CallId call, Order order) {
        const std::lock_guard lock(mutex_);
        const auto found = homes_.find(call);
        if (found != homes_.end()) order(*found->second);
    }

    void close(CallId call) {
        const std::lock_guard lock(mutex_);
        const auto found = homes_.find(call);
        if (found == homes_.end()) return;
        found->second->close(call);
        homes_.erase(found);
    }

    std::size_t call_count() const {
        std::size_t count = 0;
        for (const auto& worker : workers_) count += worker->load().calls();
        return count;
    }

    bool has_room() const {
        return std::any_of(workers_.begin(), workers_.end(),
                           [](const auto& worker) { return worker->load().has_room(); });
    }

    std::vector<WorkerFigures> figures() const {
        std::vector<WorkerFigures> all;
        for (const auto& worker : workers_) {
            const WorkerLoad& load = worker->load();
            all.push_back({load.busy(), load.calls(), load.complexity()});
        }
        return all;
    }

  private:
    // Owned.
    const MediaSettings settings_;
    const dtls::Certificate certificate_;
    sip::PortAllocator ports_;
    LaneCounters lane_counters_;
    const SharedMedia shared_;
    Counter& opened_twice_;
    std::vector<std::unique_ptr<Worker>> workers_;
    // State. Guarded, since the seam lets any thread command; packets never come here.
    std::mutex mutex_;
    std::unordered_map<CallId, Worker*> homes_;
};

MediaWorkers::MediaWorkers(const MediaSettings& settings, Counters& counters, MediaListener& listener)
    : impl_(std::make_unique<Impl>(settings, counters, listener)) {}

MediaWorkers::~MediaWorkers() = default;

void MediaWorkers::open(OpenMedia command) {
    impl_->open(std::move(command));
}

void MediaWorkers::connect(ConnectMedia command) {
    const CallId call = command.call;
    impl_->with_home(call, [&](Worker& worker) { worker.connect(std::move(command)); });
}

void MediaWorkers::reoffer(ReofferMedia command) {
    const CallId call = command.call;
    impl_->with_home(call, [&](Worker& worker) { worker.reoffer(std::move(command)); });
}

void MediaWorkers::add_remote_candidate(CallId call, std::string candidate) {
    impl_->with_home(call, [&](Worker& worker) { worker.add_remote_candidate(call, std::move(candidate)); });
}

void MediaWorkers::send_digit(CallId call, char digit, int duration_ms) {
    impl_->with_home(call, [&](Worker& worker) { worker.send_digit(call, digit, duration_ms); });
}

void MediaWorkers::open_other(CallId call) {
    impl_->with_home(call, [&](Worker& worker) { worker.open_other(call); });
}

void MediaWorkers::close_other(CallId call) {
    impl_->with_home(call, [&](Worker& worker) { worker.close_other(call); });
}

void MediaWorkers::join(JoinTelephones command) {
    const CallId call = command.call;
    impl_->with_home(call, [&](Worker& worker) { worker.join(std::move(command)); });
}

void MediaWorkers::release_browser(CallId call) {
    impl_->with_home(call, [&](Worker& worker) { worker.release_browser(call); });
}

void MediaWorkers::send_digit_to_other(CallId call, char digit, int duration_ms) {
    impl_->with_home(call, [&](Worker& worker) { worker.send_digit_to_other(call, digit, duration_ms); });
}

void MediaWorkers::close(CallId call) {
    impl_->close(call);
}

bool MediaWorkers::has_room() const {
    return impl_->has_room();
}

std::vector<WorkerFigures> MediaWorkers::figures() const {
    return impl_->figures();
}

std::size_t MediaWorkers::call_count() const {
    return impl_->call_count();
}

}  // namespace causeway::media
