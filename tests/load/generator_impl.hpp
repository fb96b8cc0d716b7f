// The inside of a generator: what its thread owns. generator.cpp has its life and its windows,
// generator_calls.cpp the course of each call. All on the loop's thread but for `ask` and `open`.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/counters.hpp"
#include "tests/load/generator.hpp"
#include "tests/load/load_call.hpp"
#include "tests/load/sip_agent.hpp"

namespace causeway::load {

class Generator::Impl final : public DoorListener {
  public:
    explicit Impl(GeneratorSettings settings);
    ~Impl() override;

    /// Runs `work` on the loop's thread and waits for what it returns.
    template <class Work>
    auto ask(Work work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto answer = task.get_future();
        loop_.post([&task] { task(); });
        return answer.get();
    }

    Result<SocketAddress> listen();
    Result<void> open(const std::string& url, int expected, Duration patience);
    void place_calls(int count, double rate);
    void begin_own_work();
    OwnWork own_work() const;
    void begin_window();
    void close_window() { window_.end = wire_time(); }
    WindowResult collect();
    void begin_goodbye();
    bool all_gone() const { return calls_.empty(); }
    void drop_all() { calls_.clear(); }

    void on_answer(CallIndex call, std::string_view sdp) override;
    void on_candidate(CallIndex call, std::string_view candidate) override;
    void on_connected(CallIndex call) override;
    void on_ended(CallIndex call, std::string_view reason) override;
    Result<std::string> on_sip_offer(CallIndex call, std::string_view offer) override;

    Setup take_setup();

    Progress progress;

  private:
    LoadCall* find(CallIndex index);
    void pace(Instant now);
    void place_one();
    void hang_up_due(Instant now);
    void leave(LoadCall& call);
    void check_established(LoadCall& call);
    void fail(CallIndex index, const std::string& reason);
    Result<std::string> on_invite(const std::string& number, std::string_view offer);
    BrowserPort* browser_port();
    SipSoundPort* sip_port();
    std::uint64_t overflows() const;

    GeneratorSettings settings_;
    const bool stamped_;
    EventLoop loop_;
    DatagramBatches batches_;
    MediaClock clock_;
    dtls::Certificate certificate_;
    Counters counters_;
    const Ground ground_;
    Window window_;
    WindowResult result_;
    Setup setup_;
    std::uint64_t overflows_before_ = 0;
    double cpu_before_ = 0;
    std::int64_t own_began_ = 0;
    int ended_ = 0;
    std::vector<std::unique_ptr<BrowserPort>> browser_ports_;
    std::vector<std::unique_ptr<SipSoundPort>> sip_ports_;
    std::unique_ptr<SipAgent> agent_;
    std::unique_ptr<Door> door_;
    std::unordered_map<std::uint32_t, std::unique_ptr<LoadCall>> calls_;
    std::uint32_t made_ = 0;
    std::vector<CallIndex> to_hang_up_;
    struct Due {
        Instant at;
        CallIndex call;
    };
    std::deque<Due> due_;  ///< the earliest first: all calls last alike
    int to_place_ = 0;
    double rate_ = 0;
    double paced_ = 0;  ///< calls since `pace_began_`
    Instant pace_began_{};
    int unanswered_ = 0;
    Timer pacer_;
    std::thread thread_;
};

}  // namespace causeway::load
