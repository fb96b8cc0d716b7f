#include "tests/load/generator.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "core/rtp/srtp_session.hpp"
#include "tests/load/child_process.hpp"
#include "tests/load/generator_impl.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

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

void OwnWork::merge(const OwnWork& other) {
    lateness.merge(other.lateness);
    skipped_frames += other.skipped_frames;
    overflows += other.overflows;
    cpu_seconds += other.cpu_seconds;
    seconds = std::max(seconds, other.seconds);
}

void WindowResult::merge(const WindowResult& other) {
    to_sip.merge(other.to_sip);
    to_browser.merge(other.to_browser);
    own.merge(other.own);
    seconds = std::max(seconds, other.seconds);
    ended += other.ended;
}

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

void Generator::Impl::begin_own_work() {
    clock_.clear_lateness();
    overflows_before_ = overflows();
    cpu_before_ = thread_seconds();
    own_began_ = wire_time();
}

OwnWork Generator::Impl::own_work() const {
    return {clock_.lateness(), clock_.skipped(), overflows() - overflows_before_,
            thread_seconds() - cpu_before_, static_cast<double>(wire_time() - own_began_) / 1e9};
}

void Generator::Impl::begin_window() {
    result_ = WindowResult();
    ended_ = 0;
    begin_own_work();
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
    result_.own = own_work();
    const double length = static_cast<double>(window_.end - window_.begin) / 1e9;
    result_.own.cpu_seconds *= length / result_.own.seconds;
    result_.own.seconds = length;
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

void Generator::begin_own_work() {
    impl_->ask([this] { impl_->begin_own_work(); });
}

OwnWork Generator::own_work() {
    return impl_->ask([this] { return impl_->own_work(); });
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
