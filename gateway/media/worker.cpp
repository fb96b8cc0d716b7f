#include "gateway/media/worker.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace causeway::media {
namespace {

/// PulseAudio's choice for the same duty. Not a real-time class: at overload the control and SIP threads must
/// still get their turn, to refuse calls.
constexpr int kNiceness = -11;

/// Sound waits for nobody's log rotation. Without the right to it (RLIMIT_NICE) the thread stays as it is.
/// Linux: a nice value belongs to a thread.
void ask_for_priority() {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
}

LoadLimits load_limits(const MediaSettings& settings) {
    return {.most = settings.load_limit,
            .complexity = settings.opus.complexity,
            .complexity_min = settings.opus_complexity_min};
}

}  // namespace

Worker::Worker(const SharedMedia& shared)
    : shared_(shared),
      load_(loop_, load_limits(shared.settings), [this](int complexity) { set_complexity(complexity); }),
      thread_([this] {
          ::pthread_setname_np(::pthread_self(), "media");
          ask_for_priority();
          loop_.run();
      }) {}

Worker::~Worker() {
    loop_.post([this] {
        std::vector<CallId> left;
        for (const auto& [call, bridge] : calls_) left.push_back(call);
        for (const CallId call : left) close_here(call);
    });
    loop_.stop();
    thread_.join();
}

template <class Work>
void Worker::post_to(CallId call, Work work) {
    loop_.post([this, call, work = std::move(work)]() mutable {
        const auto found = calls_.find(call);
        if (found != calls_.end()) work(*found->second);
    });
}

void Worker::open(OpenMedia command) {
    load_.call_comes();
    loop_.post([this, command = std::move(command)] {
        load_.watch();
        auto& bridge = calls_[command.call];
        bridge = std::make_unique<Bridge>(loop_, shared_, command.call);
        bridge->set_complexity(load_.complexity());
        bridge->open(command);
    });
}

void Worker::connect(ConnectMedia command) {
    const CallId call = command.call;
    post_to(call, [command = std::move(command)](Bridge& bridge) { bridge.connect(command); });
}

void Worker::reoffer(ReofferMedia command) {
    const CallId call = command.call;
    post_to(call, [command = std::move(command)](Bridge& bridge) { bridge.reoffer(command); });
}

void Worker::add_remote_candidate(CallId call, std::string candidate) {
    post_to(call,
            [candidate = std::move(candidate)](Bridge& bridge) { bridge.add_remote_candidate(candidate); });
}

void Worker::send_digit(CallId call, char digit, int duration_ms) {
    post_to(call, [digit, duration_ms](Bridge& bridge) { bridge.send_digit(digit, duration_ms); });
}

void Worker::open_other(CallId call) {
    post_to(call, [](Bridge& bridge) { bridge.open_other(); });
}

void Worker::close_other(CallId call) {
    post_to(call, [](Bridge& bridge) { bridge.close_other(); });
}

void Worker::join(JoinTelephones command) {
    const CallId call = command.call;
    post_to(call, [command = std::move(command)](Bridge& bridge) { bridge.join(command); });
}

void Worker::release_browser(CallId call) {
    post_to(call, [](Bridge& bridge) { bridge.release_browser(); });
}

void Worker::send_digit_to_other(CallId call, char digit, int duration_ms) {
    post_to(call, [digit, duration_ms](Bridge& bridge) { bridge.send_digit_to_other(digit, duration_ms); });
}

void Worker::close(CallId call) {
    loop_.post([this, call] { close_here(call); });
}

void Worker::close_here(CallId call) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    MediaStatistics last = found->second->close();
    calls_.erase(found);
    load_.call_gone();
    shared_.listener.on_closed(std::move(last));
}

void Worker::set_complexity(int complexity) {
    for (const auto& [call, bridge] : calls_) bridge->set_complexity(complexity);
}

}  // namespace causeway::media
