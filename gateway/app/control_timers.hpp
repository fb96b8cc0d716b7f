// The deadlines of calls on the control thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "gateway/call/ports.hpp"

namespace boost::asio {
class io_context;
}

namespace causeway::app {

class ControlTimers : public call::TimerPort {
  public:
    using OnFire = std::function<void(CallId, call::TimerKind)>;
    ControlTimers(boost::asio::io_context& io, OnFire on_fire);
    ~ControlTimers() override;

    void arm(CallId call, call::TimerKind kind, Duration after) override;
    void disarm(CallId call, call::TimerKind kind) override;

  private:
    struct Deadline;
    // Given.
    boost::asio::io_context& io_;
    OnFire on_fire_;
    // Owned.
    std::map<std::pair<CallId, call::TimerKind>, std::unique_ptr<Deadline>> deadlines_;
};

}  // namespace causeway::app
