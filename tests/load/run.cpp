#include "tests/load/run.hpp"

#include <errno.h>
#include <fmt/ostream.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <vector>

#include "tests/load/child_process.hpp"
#include "tests/load/door.hpp"
#include "tests/load/generator.hpp"
#include "tests/load/interruption.hpp"
#include "tests/load/report.hpp"
#include "transcode/codec.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

constexpr int kGeneratorCore = 0;
constexpr int kSystemCore = 1;
constexpr auto kLongestSetup = 60s;  ///< beyond what the rate takes
constexpr auto kLook = 200ms;        ///< how often it is seen whether the system still runs

/// Gone with all that is in it, at the end of the run.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "causeway-load-XXXXXX").string();
        if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

class Run {
  public:
    Run(const Options& options, std::ostream& out, Interruption& interruption)
        : options_(options), out_(out), interruption_(interruption) {}

    /// Whether what the run needs from outside is there; starts the system.
    Result<void> prepare();
    int measure();
    /// Calls that come and go.
    int churn();

  private:
    Result<void> make_generators();
    Result<std::string> start_system();
    Result<void> reach(const std::string& url);
    StageReport stage(int calls);
    int most_at_once() const;
    void place(int calls);
    StageReport churn_report(int calls);
    void measure_window(StageReport& report, std::chrono::seconds length);
    Progress progress();
    bool wait(Duration length);
    void look_after_system();
    int finish(const std::vector<StageReport>& stages, const std::vector<StageReport>& minutes,
               std::int64_t memory_after, bool clean);
    std::string system_output() const;
    ProcessSample sample() const { return sample_processes(pids_); }

    const Options& options_;
    std::ostream& out_;
    Interruption& interruption_;
    std::ofstream json_;
    std::string ended_early_;  ///< why; "" while the run goes on
    bool gone_ = false;        ///< what is measured
    TemporaryFolder folder_;
    std::optional<ChildProcess> system_;
    std::vector<pid_t> pids_;
    std::vector<std::unique_ptr<Generator>> generators_;
    int placed_ = 0;
    std::int64_t idle_memory_ = 0;
};

Result<void> Run::make_generators() {
    const auto loop_of = [&](sdp::Codec codec) -> Result<std::shared_ptr<const SoundLoop>> {
        const int rate = transcode::best_sample_rate(codec);
        Pcm pcm = make_voice(rate);
        if (!options_.sound.empty()) {
            auto read = read_sound(options_.sound, rate, kLoop_ms);
            if (!read) return read.error();
            pcm = std::move(*read);
        }
        auto loop = make_sound_loop(codec, std::move(pcm));
        if (!loop) return loop.error();
        return std::make_shared<const SoundLoop>(std::move(*loop));
    };
    const auto browser_sound = loop_of(options_.browser_codec);
    const auto sip_sound = loop_of(options_.sip_codec);
    if (!browser_sound) return browser_sound.error();
    if (!sip_sound) return sip_sound.error();
    GeneratorSettings settings;
    settings.system = find_system(options_.system);
    settings.door.browser_codec = options_.browser_codec;
    settings.door.sip_codec = options_.sip_codec;
    settings.door.calls_per_connection = options_.calls_per_connection;
    settings.door.user = options_.user;
    settings.door.password = options_.password;
    settings.srtp_profiles = options_.profile == "gcm" ? "SRTP_AEAD_AES_128_GCM" : "SRTP_AES128_CM_SHA1_80";
    settings.address = options_.address;
    settings.calls_per_port = options_.calls_per_port;
    settings.listeners = (options_.listeners + options_.threads - 1) / options_.threads;
    settings.call_time = options_.call_time;
    settings.other_telephones = !options_.telephones.empty();
    settings.core = options_.pin ? kGeneratorCore : -1;
    settings.browser_sound = *browser_sound;
    settings.sip_sound = *sip_sound;
    int port = options_.sip_port;
    for (int thread = 0; thread < options_.threads; ++thread) {
        settings.thread = static_cast<std::uint32_t>(thread);
        settings.sip_port = static_cast<std::uint16_t>(port);
        auto made = std::make_unique<Generator>(settings);
        const auto local = made->listen();
        if (!local) return local.error();
        port = local->port() + 1;
        generators_.push_back(std::move(made));
    }
    return {};
}

Result<std::string> Run::start_system() {
    const System* const system = find_system(options_.system);
    SubjectSettings settings;
    settings.folder = folder_.path();
    settings.binary = options_.binary;
    settings.sip_agents = generators_.front()->sip_agents();
    settings.generator_threads = options_.threads;
    settings.telephones = options_.telephones;
    settings.calls = most_at_once();
    settings.threads = options_.system_threads;
    settings.browser_codec = options_.browser_codec;
    settings.sip_codec = options_.sip_codec;
    const auto plan = system->plan(settings);
    if (!plan) return plan.error();
    auto child =
        ChildProcess::start(plan->command, folder_.path() + "/output.log", options_.pin ? kSystemCore : -1);
    if (!child) return child.error();
    system_.emplace(std::move(*child));
    pids_ = plan->others;
    pids_.push_back(system_->pid());
    return {boost::system::in_place_value, plan->url};
}

Result<void> Run::prepare() {
    if (!options_.json.empty()) {
        json_.open(options_.json);
        if (!json_) return Error{fmt::format("--json {}: {}", options_.json, std::strerror(errno))};
    }
    if (folder_.path().empty()) return Error{"no temporary folder can be made"};
    if (const auto made = make_generators(); !made) return made;
    std::string url = options_.url;
    if (options_.start) {
        const auto started = start_system();
        if (!started) return started.error();
        url = *started;
    } else if (options_.pid != 0) {
        pids_.push_back(options_.pid);
    }
    // What doors prepare for each call (connections, registered users) is part of what a call costs.
    if (const auto up = reach(url); !up) return Error{up.error().detail + system_output()};
    idle_memory_ = sample().memory;
    for (const auto& generator : generators_) {
        const int share = most_at_once() / options_.threads + 1;
        const auto opened = generator->open(url, share, 2s);
        if (!opened) return Error{opened.error().detail + system_output()};
    }
    return {};
}

/// A system that is just starting is asked again, for as long as it runs.
Result<void> Run::reach(const std::string& url) {
    const Instant until = std::chrono::steady_clock::now() + (options_.start ? 15s : 2s);
    for (;;) {
        const auto up = generators_.front()->open(url, 0, Duration::zero());
        if (up) return up;
        if (!wait(100ms)) return Error{ended_early_};
        if (std::chrono::steady_clock::now() > until) return up;
    }
}

/// Sleeps for so long. False, and early, when the run is to end.
bool Run::wait(Duration length) {
    const Instant until = std::chrono::steady_clock::now() + length;
    while (ended_early_.empty()) {
        const Duration left = until - std::chrono::steady_clock::now();
        if (left <= Duration::zero()) return true;
        if (interruption_.wait(std::min<Duration>(left, kLook))) {
            ended_early_ =
                fmt::format("stopped by {}", interruption_.signal() == SIGINT ? "SIGINT" : "SIGTERM");
        } else {
            look_after_system();
        }
    }
    return false;
}

void Run::look_after_system() {
    if (system_ && !system_->alive()) {
        ended_early_ = "the process is gone: " + system_->how_it_ended();
    } else if (!system_ && options_.pid != 0 && ::kill(options_.pid, 0) != 0 && errno == ESRCH) {
        ended_early_ = fmt::format("the process is gone: {} runs no more", options_.pid);
    }
    gone_ = !ended_early_.empty();
}

/// The end of what the system printed.
std::string Run::system_output() const {
    std::ifstream file(folder_.path() + "/output.log");
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return text.empty() ? text : "\n" + text.substr(text.size() > 2000 ? text.size() - 2000 : 0);
}

Progress Run::progress() {
    Progress sum;
    for (const auto& generator : generators_) {
        const Progress one = generator->progress();
        sum.placed += one.placed;
        sum.established += one.established;
        sum.failed += one.failed;
        sum.up += one.up;
        sum.completed += one.completed;
        sum.last_established = std::max(sum.last_established, one.last_established);
    }
    return sum;
}

/// Calls that come and go overlap while they are set up and ended: twice their time is plenty.
int Run::most_at_once() const {
    if (options_.call_time.count() == 0) return options_.calls.back();
    return static_cast<int>(options_.rate * (2 * static_cast<double>(options_.call_time.count()) + 1));
}

void Run::place(int calls) {
    const int threads = options_.threads;
    for (std::size_t i = 0; i < generators_.size(); ++i) {
        const int share = calls / threads + (static_cast<int>(i) < calls % threads ? 1 : 0);
        generators_[i]->place_calls(share, options_.rate / threads);
    }
}

StageReport Run::stage(int calls) {
    StageReport report;
    report.wanted = calls;
    report.idle_memory = idle_memory_;
    const Progress before = progress();
    const int more = calls - placed_;
    const Instant began = std::chrono::steady_clock::now();
    for (const auto& generator : generators_) generator->begin_own_work();
    place(more);
    placed_ = calls;
    const auto needed = options_.rate > 0 ? std::chrono::duration<double>(more / options_.rate)
                                          : std::chrono::duration<double>(0);
    const Instant until = began + std::chrono::duration_cast<Duration>(needed) + kLongestSetup;
    Progress now = progress();
    while (now.established + now.failed < placed_ && std::chrono::steady_clock::now() < until && wait(20ms))
        now = progress();
    for (const auto& generator : generators_) report.setup_own.merge(generator->own_work());
    const double took = std::chrono::duration<double>(now.last_established - began).count();
    if (took > 0) report.setup_rate = (now.established - before.established) / took;
    wait(options_.settle);
    for (const auto& generator : generators_) report.setup.merge(generator->take_setup());
    report.failed = now.failed - before.failed;
    report.up = progress().up;
    if (ended_early_.empty()) measure_window(report, options_.steady);
    return report;
}

void Run::measure_window(StageReport& report, std::chrono::seconds length) {
    report.idle_memory = idle_memory_;
    for (const auto& generator : generators_) generator->begin_window();
    report.before = sample();
    wait(length);
    report.has_process = !pids_.empty() && !gone_;
    report.after = sample();
    report.up = progress().up;
    for (const auto& generator : generators_) {
        report.window.merge(generator->end_window());
        for (const auto& [reason, count] : generator->take_setup().failures) report.endings[reason] += count;
    }
}

int Run::measure() {
    std::vector<StageReport> stages;
    std::vector<StageReport> minutes;
    bool clean = true;
    for (const int calls : options_.calls) {
        stages.push_back(stage(calls));
        print_stage(out_, stages.back(), options_);
        clean = clean && is_clean(stages.back(), options_);
        if (stages.back().up == 0 || !ended_early_.empty()) break;
    }
    const auto end = std::chrono::steady_clock::now() + options_.hold;
    while (stages.back().up != 0 && ended_early_.empty() && std::chrono::steady_clock::now() < end) {
        StageReport report;
        report.wanted = options_.calls.back();
        const auto left = std::chrono::ceil<std::chrono::seconds>(end - std::chrono::steady_clock::now());
        measure_window(report, std::min<std::chrono::seconds>(left, 60s));
        minutes.push_back(std::move(report));
        print_minute(out_, static_cast<int>(minutes.size()), minutes.back(), options_);
        clean = clean && is_clean(minutes.back(), options_);
    }
    for (const auto& generator : generators_) generator->hang_up_all();
    const std::int64_t memory_after = sample().memory;
    if (!pids_.empty() && !gone_) {
        fmt::print(out_, "memory: {:.1f} MB before the first call, {:.1f} MB after the last\n",
                   static_cast<double>(idle_memory_) / 1e6, static_cast<double>(memory_after) / 1e6);
    }
    const int status = finish(stages, minutes, memory_after, clean);
    return status == 0 && stages.front().up == 0 ? 1 : status;
}

int Run::finish(const std::vector<StageReport>& stages, const std::vector<StageReport>& minutes,
                std::int64_t memory_after, bool clean) {
    if (!ended_early_.empty()) fmt::print(out_, "THE RUN ENDED EARLY: {}\n", ended_early_);
    const std::string said = system_output();
    if (!said.empty() && (!clean || gone_)) fmt::print(out_, "{} said:{}\n", options_.system, said);
    if (json_.is_open()) {
        json_ << to_json(options_, stages, minutes, memory_after, ended_early_) << '\n';
        json_.close();
        if (!json_) {
            fmt::print(out_, "causeway-load: {} could not be written\n", options_.json);
            return 1;
        }
    }
    out_.flush();
    if (interruption_.signal() != 0) return 128 + interruption_.signal();
    return gone_ || (options_.strict && !clean) ? 1 : 0;
}

StageReport Run::churn_report(int calls) {
    StageReport report;
    const Progress now = progress();
    report.wanted = calls;
    report.failed = now.failed;
    report.up = now.up;
    report.completed = now.completed;
    report.has_process = !pids_.empty() && !gone_;
    report.idle_memory = idle_memory_;
    report.after = sample();
    return report;
}

int Run::churn() {
    const int calls = static_cast<int>(options_.rate * static_cast<double>(options_.hold.count()));
    const ProcessSample before = sample();
    const Instant began = std::chrono::steady_clock::now();
    for (const auto& generator : generators_) generator->begin_own_work();
    place(calls);
    const Instant until = began + options_.hold + options_.call_time + kLongestSetup;
    std::vector<StageReport> minutes;
    Instant next_line = began + 60s;
    const auto all_ended = [&] {
        const Progress now = progress();
        return now.completed + now.failed >= calls;
    };
    while (!all_ended() && std::chrono::steady_clock::now() < until && wait(100ms)) {
        if (std::chrono::steady_clock::now() < next_line) continue;
        next_line += 60s;
        minutes.push_back(churn_report(calls));
        print_churn(out_, static_cast<int>(minutes.size()), minutes.back());
    }
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
    OwnWork own;
    for (const auto& generator : generators_) own.merge(generator->own_work());
    wait(options_.settle);
    StageReport end = churn_report(calls);
    end.before = before;
    end.setup_own = own;
    end.setup_rate = end.completed / took.count();
    for (const auto& generator : generators_) end.setup.merge(generator->take_setup());
    print_churn_end(out_, end, options_);
    const bool clean = end.failed == 0 && end.completed == calls && end.up == 0;
    for (const auto& generator : generators_) generator->hang_up_all();
    return finish({end}, minutes, end.after.memory, clean);
}

}  // namespace

int run(const Options& options, std::ostream& out) {
    Interruption interruption;
    Run run(options, out, interruption);
    if (const auto ready = run.prepare(); !ready) {
        fmt::print(out, "causeway-load: {}\n", ready.error().detail);
        return interruption.signal() != 0 ? 128 + interruption.signal() : 1;
    }
    return options.call_time.count() != 0 ? run.churn() : run.measure();
}

}  // namespace causeway::load
