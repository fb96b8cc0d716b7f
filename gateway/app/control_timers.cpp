#include "gateway/app/control_timers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace causeway::app {

struct ControlTimers::Deadline {
    boost::asio::steady_timer timer;
};

ControlTimers::ControlTimers(boost::asio::io_context& io, OnFire on_fire)
    : io_(io), on_fire_(std::move(on_fire)) {}

ControlTimers::~ControlTimers() = default;

void ControlTimers::arm(CallId call, call::TimerKind kind, Duration after) {
    auto& deadline = deadlines_[{call, kind}];
    deadline = std::make_unique<Deadline>(Deadline{boost::asio::steady_timer(io_, after)});
    const Deadline* const armed = deadline.get();
    deadline->timer.async_wait([this, call, kind, armed](const boost::system::error_code& fault) {
        if (fault) return;
        // The handler may have been queued before a disarm or a new deadline.
        const auto found = deadlines_.find({call, kind});
        if (found == deadlines_.end() || found->second.get() != armed) return;
        deadlines_.erase(found);
        on_fire_(call, kind);
    });
}

void ControlTimers::disarm(CallId call, call::TimerKind kind) {
    deadlines_.erase({call, kind});
}

}  // namespace causeway::app
