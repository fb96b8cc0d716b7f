// One media thread: its loop, the calls that live on it and their orders, done in the order of posting.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "core/loop/event_loop.hpp"
#include "gateway/media/bridge.hpp"
#include "gateway/media/media_port.hpp"
#include "gateway/media/worker_load.hpp"

namespace causeway::media {

/// All commands: any thread, never block. An order for a call that is not here is ignored.
class Worker {
  public:
    /// What `shared` refers to must outlive the worker.
    explicit Worker(const SharedMedia& shared);
    /// Closes all calls, each with its on_closed, then joins the thread.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void open(OpenMedia command);
    void connect(ConnectMedia command);
    void reoffer(ReofferMedia command);
    void add_remote_candidate(CallId call, std::string candidate);
    void send_digit(CallId call, char digit, int duration_ms);
    void open_other(CallId call);
    void close_other(CallId call);
    void join(JoinTelephones command);
    void release_browser(CallId call);
    void send_digit_to_other(CallId call, char digit, int duration_ms);
    void close(CallId call);

    /// Of the calls that were given to this worker and are not yet torn down. Any thread.
    const WorkerLoad& load() const { return load_; }

  private:
    /// Runs `work(bridge)` on the thread when the call is here.
    template <class Work>
    void post_to(CallId call, Work work);
    void close_here(CallId call);
    void set_complexity(int complexity);

    // Given.
    const SharedMedia shared_;
    // Owned; `calls_` by the thread.
    EventLoop loop_;
    std::unordered_map<CallId, std::unique_ptr<Bridge>> calls_;
    WorkerLoad load_;
    std::thread thread_;
};

}  // namespace causeway::media
