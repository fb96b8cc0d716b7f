// The media threads of the gateway: opens each call on the least loaded worker and passes commands to it.
// Any thread may command; events come back on media threads. No lock on the path of a packet.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "gateway/media/media_port.hpp"
#include "gateway/media/media_settings.hpp"

namespace causeway {
class Counters;
}

namespace causeway::media {

/// A media thread as operators see it.
struct WorkerFigures {
    double busy = 0;  ///< share of the last second, 0..1
    std::size_t calls = 0;
    int opus_complexity = 0;  ///< in force now
};

/// Implements the seam on threads of its own. `listener` is called on them until the destructor returns.
class MediaWorkers : public MediaPort {
  public:
    /// Makes the DTLS certificate and starts the threads. Throws std::runtime_error when it cannot.
    MediaWorkers(const MediaSettings& settings, Counters& counters, MediaListener& listener);
    /// Closes all calls (each still tells on_closed), then joins the threads.
    ~MediaWorkers() override;
    MediaWorkers(const MediaWorkers&) = delete;
    MediaWorkers& operator=(const MediaWorkers&) = delete;

    void open(OpenMedia command) override;
    /// Commands for a call that is not open are ignored: it may just have ended.
    void connect(ConnectMedia command) override;
    void reoffer(ReofferMedia command) override;
    void add_remote_candidate(CallId call, std::string candidate) override;
    void send_digit(CallId call, char digit, int duration_ms) override;
    void open_other(CallId call) override;
    void close_other(CallId call) override;
    void join(JoinTelephones command) override;
    void release_browser(CallId call) override;
    void send_digit_to_other(CallId call, char digit, int duration_ms) override;
    void close(CallId call) override;
    bool has_room() const override;

    /// Calls that hold media now, on all workers: opened and not yet closed.
    std::size_t call_count() const;
    /// Of each worker, at this moment.
    std::vector<WorkerFigures> figures() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::media
