#include "webrtc/ice/farewell.hpp"

#include <utility>

#include "core/loop/event_loop.hpp"

namespace causeway::webrtc {
namespace {

/// Keeps itself alive until it is done. A loop that ends before never runs it again; the process ends then.
class Farewell {
  public:
    Farewell(EventLoop& loop, std::unique_ptr<Pump> pump, NiceAgentHandle agent)
        : loop_(loop), pump_(std::move(pump)), agent_(std::move(agent)) {}
    // libnice closes its sockets with the agent: they must be out of the loop before.
    ~Farewell() { pump_->stop(); }
    Farewell(const Farewell&) = delete;
    Farewell& operator=(const Farewell&) = delete;

    void begin(std::shared_ptr<Farewell> self) {
        self_ = std::move(self);
        // The end is told on the context that is the thread's default now.
        g_main_context_push_thread_default(pump_->context());
        nice_agent_close_async(agent_.get(), on_closed, this);
        g_main_context_pop_thread_default(pump_->context());
        pump_->schedule();
    }

  private:
    static void on_closed(GObject*, GAsyncResult*, gpointer data) noexcept {
        auto& farewell = *static_cast<Farewell*>(data);
        // Not here: this is inside the pump.
        farewell.loop_.post([self = std::move(farewell.self_)] {});
    }

    EventLoop& loop_;
    std::unique_ptr<Pump> pump_;
    NiceAgentHandle agent_;
    std::shared_ptr<Farewell> self_;
};

}  // namespace

void say_farewell(EventLoop& loop, std::unique_ptr<Pump> pump, NiceAgentHandle agent) {
    const auto farewell = std::make_shared<Farewell>(loop, std::move(pump), std::move(agent));
    farewell->begin(farewell);
}

}  // namespace causeway::webrtc
