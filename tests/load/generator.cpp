#include "tests/load/generator.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/counters.hpp"
#include "core/rtp/srtp_session.hpp"
#include "tests/load/child_process.hpp"
#include "tests/load/load_call.hpp"
#include "tests/load/sip_agent.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

constexpr int kMostUnanswered = 16;  ///< with `rate` 0
constexpr double kHangUpsPerSecond = 400;
constexpr auto kPace = 1ms;
constexpr auto kInFlight = 300ms;
constexpr auto kLongestGoodbye = 15s;

double thread_seconds() {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// What libsrtp2 and OpenSSL do once per process would show in the first call's times.
void warm_up(Counters& counters) {
    const std::vector<std::uint8_t> key(rtp::key_and_salt_length(rtp::SrtpProfile::aead_aes_128_gcm));
    [[maybe_unused]] const auto session = rtp::SrtpSession::make(rtp::SrtpProfile::aead_aes_128_gcm, key,
                                                                 rtp::SrtpDirection::inbound, counters);
}

}  // namespace

void Setup::merge(const Setup& other) {
    answer.merge(other.answer);
    srtp.merge(other.srtp);
    connected.merge(other.connected);
    first_packet_browser.merge(other.first_packet_browser);
    first_packet_sip.merge(other.first_packet_sip);
    for (const auto& [reason, count] : other.failures) failures[reason] += count;
}

void WindowResult::merge(const WindowResult& other) {
    to_sip.merge(other.to_sip);
    to_browser.merge(other.to_browser);
    lateness.merge(other.lateness);
    skipped_frames += other.skipped_frames;
    overflows += other.overflows;
    own_cpu_seconds += other.own_cpu_seconds;
    seconds = std::max(seconds, other.seconds);
    ended += other.ended;
}

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

Generator::Impl::Impl(GeneratorSettings settings)
    : settings_(std::move(settings)),
      stamped_(settings_.browser_sound->codec == settings_.sip_sound->codec),
      batches_(loop_),
      clock_(loop_, batches_),
      ground_{loop_, batches_, clock_, certificate_, counters_},
      pacer_(loop_, [this](Instant now) { pace(now); }),
      thread_([this] {
          if (settings_.core >= 0) stay_on_core(settings_.core);
          loop_.run();
      }) {
    warm_up(counters_);
}

Generator::Impl::~Impl() {
    loop_.stop();
    thread_.join();
}

Result<SocketAddress> Generator::Impl::listen() {
    auto local = SocketAddress::parse(settings_.address, settings_.sip_port);
    if (!local) return local.error();
    SipAgent::Events events;
    events.on_invite = [this](const std::string& number, std::string_view offer) {
        return on_invite(number, offer);
    };
    auto agent = SipAgent::open(ground_, *local, std::move(events));
    if (!agent) return agent.error();
    agent_ = std::move(*agent);
    settings_.door.sip_agents = agent_->local();
    return agent_->local();
}

Result<void> Generator::Impl::open(const std::string& url, int expected, Duration patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto told = std::make_shared<std::promise<Result<void>>>();
        auto answer = told->get_future();
        loop_.post([this, url, expected, told] {
            settings_.door.url = url;
            if (!door_) door_ = settings_.system->make_door(loop_, settings_.door);
            door_->open(expected, *this, [told](Result<void> result) { told->set_value(result); });
        });
        const Result<void> result = answer.get();
        if (result || std::chrono::steady_clock::now() > until) return result;
        std::this_thread::sleep_for(100ms);
    }
}

void Generator::Impl::place_calls(int count, double rate) {
    to_place_ = count;
    rate_ = rate;
    paced_ = 0;
    pace_began_ = loop_.now();
    pacer_.arm(loop_.now());
}

void Generator::Impl::pace(Instant now) {
    const double seconds = std::chrono::duration<double>(now - pace_began_).count();
    if (!to_hang_up_.empty()) {
        for (; paced_ < seconds * kHangUpsPerSecond && !to_hang_up_.empty(); ++paced_) {
            door_->hang_up(to_hang_up_.back());
            to_hang_up_.pop_back();
        }
    }
    while (to_place_ > 0 && (rate_ > 0 ? paced_ < seconds * rate_ : unanswered_ < kMostUnanswered)) {
        --to_place_;
        ++paced_;
        place_one();
    }
    hang_up_due(now);
    if (to_place_ > 0 || !to_hang_up_.empty() || !due_.empty()) pacer_.arm(now + kPace);
}

void Generator::Impl::hang_up_due(Instant now) {
    while (!due_.empty() && due_.front().at <= now) {
        LoadCall* const call = find(due_.front().call);
        if (call != nullptr && !call->leaving) leave(*call);
        due_.pop_front();
    }
}

void Generator::Impl::leave(LoadCall& call) {
    call.leaving = true;
    call.browser->stop_sound();
    if (call.sip) call.sip->stop_sound();
    door_->hang_up(call.index);
}

BrowserPort* Generator::Impl::browser_port() {
    const auto each = static_cast<std::size_t>(settings_.calls_per_port);
    if (calls_.size() >= each * browser_ports_.size()) {
        auto port = BrowserPort::open(ground_, *SocketAddress::parse(settings_.address, 0));
        if (port) browser_ports_.push_back(std::move(*port));
    }
    return browser_ports_.empty() ? nullptr : browser_ports_[made_ % browser_ports_.size()].get();
}

SipSoundPort* Generator::Impl::sip_port() {
    const auto each = static_cast<std::size_t>(settings_.calls_per_port);
    if (calls_.size() >= each * sip_ports_.size()) {
        auto port = SipSoundPort::open(ground_, *SocketAddress::parse(settings_.address, 0));
        if (port) sip_ports_.push_back(std::move(*port));
    }
    return sip_ports_.empty() ? nullptr : sip_ports_[made_ % sip_ports_.size()].get();
}

void Generator::Impl::place_one() {
    ++progress.placed;
    BrowserPort* const browser_at = browser_port();
    SipSoundPort* const sip_at = sip_port();
    const CallIndex index{settings_.thread * kCallsPerThread + made_};
    if (browser_at == nullptr || sip_at == nullptr) return fail(index, "the generator has no port left");
    const bool listens = made_++ < static_cast<std::uint32_t>(settings_.listeners);
    auto made = std::make_unique<LoadCall>();
    LoadCall& call = *made;
    call.index = index;
    call.browser_source.emplace(*settings_.browser_sound, window_, index.value, stamped_);
    call.sip_source.emplace(*settings_.sip_sound, window_, index.value, stamped_);
    call.browser_meter.emplace(window_, result_.to_browser, *call.sip_source, settings_.browser_sound->codec,
                               index.value, stamped_, listens);
    call.sip_meter.emplace(window_, result_.to_sip, *call.browser_source, settings_.sip_sound->codec,
                           index.value, stamped_, listens);
    const OfferedFormat format = browser_format(settings_.browser_sound->codec);
    const std::uint32_t clock = sdp::rtp_clock_rate(settings_.browser_sound->codec);
    BrowserClient::Events events;
    events.on_srtp_up = [this, index] {
        LoadCall* const up = find(index);
        up->srtp_up = true;
        setup_.srtp.add(wire_time() - up->answered);
        check_established(*up);
    };
    events.on_failed = [this, index](const std::string& reason) { fail(index, reason); };
    call.browser = std::make_unique<BrowserClient>(ground_, *browser_at,
                                                   BrowserSettings{.formats = {format, event_format(clock)},
                                                                   .srtp_profiles = settings_.srtp_profiles,
                                                                   .source = &*call.browser_source,
                                                                   .sink = &*call.browser_meter},
                                                   std::move(events));
    if (!settings_.other_telephones) {
        call.sip = std::make_unique<SipSound>(
            ground_, *sip_at,
            SipSoundSettings{
                .codec = settings_.sip_sound->codec, .source = &*call.sip_source, .sink = &*call.sip_meter});
    }
    calls_[index.value] = std::move(made);
    ++unanswered_;
    call.sent = wire_time();
    door_->call(index, call.browser->offer());
}

LoadCall* Generator::Impl::find(CallIndex index) {
    const auto found = calls_.find(index.value);
    return found == calls_.end() ? nullptr : found->second.get();
}

void Generator::Impl::on_answer(CallIndex index, std::string_view sdp) {
    LoadCall* const call = find(index);
    if (call == nullptr || call->answered != 0) return;
    call->answered = wire_time();
    setup_.answer.add(call->answered - call->sent);
    if (const auto taken = call->browser->accept(sdp); !taken) fail(index, taken.error().detail);
}

void Generator::Impl::on_candidate(CallIndex index, std::string_view candidate) {
    if (LoadCall* const call = find(index)) call->browser->add_candidate(candidate);
}

void Generator::Impl::on_connected(CallIndex index) {
    LoadCall* const call = find(index);
    if (call == nullptr || call->connected) return;
    call->connected = true;
    call->browser->start_sound();
    if (call->sip) call->sip->start_sound();
    check_established(*call);
}

void Generator::Impl::check_established(LoadCall& call) {
    if (!call.srtp_up || !call.connected || call.established) return;
    call.established = true;
    --unanswered_;
    setup_.connected.add(wire_time() - call.sent);
    ++progress.established;
    ++progress.up;
    progress.last_established = loop_.now();
    if (settings_.call_time == Duration{}) return;
    due_.push_back({loop_.now() + settings_.call_time, call.index});
    if (!pacer_.armed()) pacer_.arm(loop_.now() + kPace);
}

void Generator::Impl::on_ended(CallIndex index, std::string_view reason) {
    LoadCall* const call = find(index);
    if (call == nullptr) return;
    if (!call->leaving) return fail(index, reason.empty() ? "ended" : std::string(reason));
    if (call->established) --progress.up;
    ++progress.completed;
    calls_.erase(index.value);
}

void Generator::Impl::fail(CallIndex index, const std::string& reason) {
    ++setup_.failures[reason];
    LoadCall* const call = find(index);
    if (call == nullptr || !call->established) ++progress.failed;
    if (call == nullptr) return;
    if (call->established) {
        --progress.up;
        ++ended_;
    } else {
        --unanswered_;
    }
    door_->hang_up(index);
    agent_->hang_up(called_number(index));
    calls_.erase(index.value);
}

Result<std::string> Generator::Impl::on_invite(const std::string& number, std::string_view offer) {
    const auto index = call_of_number(number);
    if (!index) return Error{"not one of our numbers"};
    return on_sip_offer(*index, offer);
}

Result<std::string> Generator::Impl::on_sip_offer(CallIndex index, std::string_view offer) {
    LoadCall* const call = find(index);
    if (call == nullptr || !call->sip) return Error{"that call is gone"};
    return call->sip->answer(offer);
}

Setup Generator::Impl::take_setup() {
    for (const auto& [index, call] : calls_) {
        if (!call->established || call->first_packets_noted) continue;
        call->first_packets_noted = true;
        const std::int64_t browser = call->browser_meter->first_packet();
        const std::int64_t sip = call->sip_meter->first_packet();
        if (browser != 0) setup_.first_packet_browser.add(browser - call->sent);
        if (sip != 0) setup_.first_packet_sip.add(sip - call->sent);
    }
    return std::exchange(setup_, Setup());
}

void Generator::Impl::begin_window() {
    result_ = WindowResult();
    ended_ = 0;
    clock_.clear_lateness();
    overflows_before_ = overflows();
    cpu_before_ = thread_seconds();
    for (const auto& [index, call] : calls_) {
        call->browser_source->begin_window();
        call->sip_source->begin_window();
        call->browser_meter->begin_window();
        call->sip_meter->begin_window();
    }
    window_ = Window();
    window_.begin = wire_time();
}

WindowResult Generator::Impl::collect() {
    for (const auto& [index, call] : calls_) {
        if (!call->established) continue;
        call->browser_meter->end_window();
        call->sip_meter->end_window();
    }
    result_.lateness = clock_.lateness();
    result_.skipped_frames = clock_.skipped();
    result_.overflows = overflows() - overflows_before_;
    const double length = static_cast<double>(window_.end - window_.begin) / 1e9;
    const double until_now = static_cast<double>(wire_time() - window_.begin) / 1e9;
    result_.own_cpu_seconds = (thread_seconds() - cpu_before_) * length / until_now;
    result_.seconds = length;
    result_.ended = ended_;
    return result_;
}

std::uint64_t Generator::Impl::overflows() const {
    std::uint64_t count = 0;
    for (const auto& port : browser_ports_) count += port->overflows();
    for (const auto& port : sip_ports_) count += port->overflows();
    return count;
}

void Generator::Impl::begin_goodbye() {
    to_place_ = 0;
    for (const auto& [index, call] : calls_) {
        if (std::exchange(call->leaving, true)) continue;
        call->browser->stop_sound();
        if (call->sip) call->sip->stop_sound();
        to_hang_up_.push_back(call->index);
    }
    paced_ = 0;
    pace_began_ = loop_.now();
    pacer_.arm(loop_.now());
}

Generator::Generator(GeneratorSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Generator::~Generator() = default;

Result<SocketAddress> Generator::listen() {
    auto local = impl_->ask([this] { return impl_->listen(); });
    if (local) sip_agents_ = *local;
    return local;
}

Result<void> Generator::open(const std::string& url, int expected, Duration patience) {
    return impl_->open(url, expected, patience);
}

void Generator::place_calls(int count, double rate) {
    impl_->ask([this, count, rate] { impl_->place_calls(count, rate); });
}

Progress Generator::progress() {
    return impl_->ask([this] { return impl_->progress; });
}

Setup Generator::take_setup() {
    return impl_->ask([this] { return impl_->take_setup(); });
}

void Generator::begin_window() {
    impl_->ask([this] { impl_->begin_window(); });
}

WindowResult Generator::end_window() {
    impl_->ask([this] { impl_->close_window(); });
    std::this_thread::sleep_for(kInFlight);
    return impl_->ask([this] { return impl_->collect(); });
}

void Generator::hang_up_all() {
    impl_->ask([this] { impl_->begin_goodbye(); });
    const auto until = std::chrono::steady_clock::now() + kLongestGoodbye;
    while (!impl_->ask([this] { return impl_->all_gone(); }) && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(20ms);
    }
    impl_->ask([this] { impl_->drop_all(); });
}

}  // namespace causeway::load
