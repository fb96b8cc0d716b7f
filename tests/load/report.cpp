#include "tests/load/report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

namespace causeway::load {
namespace {

namespace json = boost::json;

constexpr double kOwnCpuLimit = 80;
constexpr std::int64_t kLatenessLimit = 5'000'000;  ///< p99, nanoseconds

double ms(std::int64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1e6;
}

std::string quantiles(const Histogram& values) {
    if (values.count() == 0) return "-";
    return fmt::format("{:.2f} / {:.2f} / {:.2f}  (most {:.2f}, of {})", ms(values.quantile(0.5)),
                       ms(values.quantile(0.95)), ms(values.quantile(0.99)), ms(values.max()),
                       values.count());
}

double busy_percent(const OwnWork& work, int threads) {
    return work.seconds > 0 ? 100 * work.cpu_seconds / work.seconds / threads : 0;
}

std::string limit_of(const OwnWork& work, int threads) {
    std::string why;
    const auto add = [&](std::string text) { why += (why.empty() ? "" : "; ") + std::move(text); };
    const double own = busy_percent(work, threads);
    if (own > kOwnCpuLimit) add(fmt::format("its threads were busy for {:.0f} % of the time", own));
    const std::int64_t late = work.lateness.quantile(0.99);
    if (late > kLatenessLimit) add(fmt::format("it sent up to {:.1f} ms late (p99)", ms(late)));
    if (work.overflows != 0) add(fmt::format("it read {} packets too late", work.overflows));
    if (work.skipped_frames != 0) add(fmt::format("it did not send {} frames", work.skipped_frames));
    return why;
}

json::object to_object(const Histogram& values) {
    return {{"count", values.count()},
            {"mean_ms", values.mean() / 1e6},
            {"p50_ms", ms(values.quantile(0.5))},
            {"p95_ms", ms(values.quantile(0.95))},
            {"p99_ms", ms(values.quantile(0.99))},
            {"max_ms", ms(values.max())}};
}

json::object to_object(const Tally& tally) {
    return {{"sent", tally.sent},
            {"received", tally.received},
            {"lost", tally.lost},
            {"missing", tally.missing},
            {"duplicates", tally.duplicates},
            {"reordered", tally.reordered},
            {"silent_streams", tally.silent_streams},
            {"delay", to_object(tally.delay)},
            {"audio_delay", to_object(tally.audio_delay)},
            {"jitter", to_object(tally.jitter)},
            {"longest_gap", to_object(tally.longest_gap)}};
}

json::object to_object(const std::map<std::string, int>& counts) {
    json::object out;
    for (const auto& [reason, count] : counts) out[reason] = count;
    return out;
}

json::object to_object(const OwnWork& work, int threads) {
    return {{"cpu_percent", busy_percent(work, threads)},
            {"lateness", to_object(work.lateness)},
            {"overflows", work.overflows},
            {"skipped_frames", work.skipped_frames},
            {"limit", limit_of(work, threads)}};
}

json::object to_object(const Setup& setup) {
    return {{"call_to_answer", to_object(setup.answer)},
            {"answer_to_srtp", to_object(setup.srtp)},
            {"call_to_connected", to_object(setup.connected)},
            {"call_to_first_packet_browser", to_object(setup.first_packet_browser)},
            {"call_to_first_packet_sip", to_object(setup.first_packet_sip)},
            {"failures", to_object(setup.failures)}};
}

json::object to_object(const StageReport& stage, int threads) {
    json::object out{{"calls", stage.wanted},
                     {"up", stage.up},
                     {"failed", stage.failed},
                     {"ended", stage.window.ended},
                     {"endings", to_object(stage.endings)},
                     {"completed", stage.completed},
                     {"setup_rate", stage.setup_rate},
                     {"setup", to_object(stage.setup)},
                     {"seconds", stage.window.seconds},
                     {"to_sip", to_object(stage.window.to_sip)},
                     {"to_browser", to_object(stage.window.to_browser)}};
    if (stage.has_process) {
        json::object threads_of;
        for (const auto& [name, percent] : stage.thread_percents()) threads_of[name] = percent;
        out["process"] = {{"cpu_percent", stage.cpu_percent()},
                          {"cpu_percent_per_call", stage.cpu_percent_per_call()},
                          {"memory", stage.after.memory},
                          {"idle_memory", stage.idle_memory},
                          {"memory_per_call", stage.memory_per_call()},
                          {"descriptors", stage.after.descriptors},
                          {"idle_descriptors", stage.before.descriptors},
                          {"threads", stage.after.threads.size()},
                          {"thread_cpu_percent", threads_of}};
    }
    out["generator"] = to_object(stage.window.own, threads);
    out["setup_generator"] = to_object(stage.setup_own, threads);
    return out;
}

void print_tally(std::ostream& out, const char* name, const Tally& tally) {
    fmt::print(out, "  {}: sent {}, heard {}, lost {}, twice {}, out of order {}", name, tally.sent,
               tally.received, tally.lost, tally.duplicates, tally.reordered);
    if (tally.missing != 0) fmt::print(out, ", MISSING {}", tally.missing);
    if (tally.silent_streams != 0) fmt::print(out, ", SILENT STREAMS {}", tally.silent_streams);
    out << '\n';
    const auto line = [&](const char* what, const Histogram& values) {
        if (values.count() != 0) fmt::print(out, "    {:<20} {}\n", what, quantiles(values));
    };
    line("delay", tally.delay);
    line("audio delay", tally.audio_delay);
    line("jitter", tally.jitter);
    line("longest gap", tally.longest_gap);
}

void print_setup(std::ostream& out, const Setup& setup) {
    for (const auto& [reason, count] : setup.failures) fmt::print(out, "  {} times: {}\n", count, reason);
    fmt::print(out, "  milliseconds             p50 / p95 / p99\n");
    fmt::print(out, "    call to answer       {}\n", quantiles(setup.answer));
    fmt::print(out, "    answer to SRTP       {}\n", quantiles(setup.srtp));
    fmt::print(out, "    call to connected    {}\n", quantiles(setup.connected));
    fmt::print(out, "    first packet browser {}\n", quantiles(setup.first_packet_browser));
    fmt::print(out, "    first packet SIP     {}\n", quantiles(setup.first_packet_sip));
}

void print_endings(std::ostream& out, const StageReport& stage) {
    for (const auto& [reason, count] : stage.endings)
        fmt::print(out, "  {} times while measuring: {}\n", count, reason);
}

void print_limit(std::ostream& out, const char* where, const std::string& limit) {
    if (!limit.empty()) fmt::print(out, "  THE GENERATOR WAS THE BOTTLENECK{}: {}\n", where, limit);
}

}  // namespace

double StageReport::cpu_percent() const {
    return window.seconds > 0 ? 100 * (after.cpu_seconds - before.cpu_seconds) / window.seconds : 0;
}

double StageReport::cpu_percent_per_call() const {
    return up > 0 ? cpu_percent() / up : 0;
}

double StageReport::memory_per_call() const {
    return up > 0 ? static_cast<double>(after.memory - idle_memory) / up : 0;
}

double StageReport::own_cpu_percent(int threads) const {
    return busy_percent(window.own, threads);
}

std::map<std::string, double> StageReport::thread_percents() const {
    std::map<std::string, double> percents;
    for (const ProcessSample::Thread& thread : after.threads) {
        const auto earlier = std::find_if(before.threads.begin(), before.threads.end(),
                                          [&](const auto& other) { return other.id == thread.id; });
        const double spent =
            thread.cpu_seconds - (earlier == before.threads.end() ? 0 : earlier->cpu_seconds);
        if (window.seconds > 0) percents[thread.name] += 100 * spent / window.seconds;
    }
    return percents;
}

std::string StageReport::generator_limit(int threads) const {
    return limit_of(window.own, threads);
}

std::string StageReport::setup_limit(int threads) const {
    return limit_of(setup_own, threads);
}

bool is_clean(const StageReport& stage, const Options& options) {
    // Of converted calls, the marker must have come through: it is sound that counts.
    const bool listens = options.browser_codec != options.sip_codec && options.listeners > 0;
    const auto good = [listens](const Tally& tally) {
        return tally.received > 0 && tally.lost == 0 && tally.missing == 0 && tally.duplicates == 0 &&
               tally.reordered == 0 && tally.silent_streams == 0 &&
               (!listens || tally.audio_delay.count() > 0);
    };
    return stage.failed == 0 && stage.up == stage.wanted && stage.window.ended == 0 &&
           good(stage.window.to_sip) && good(stage.window.to_browser);
}

void print_stage(std::ostream& out, const StageReport& stage, const Options& options) {
    fmt::print(out, "{} calls: {} up, {} failed, {} ended by themselves; set up at {:.1f}/s\n", stage.wanted,
               stage.up, stage.failed, stage.window.ended, stage.setup_rate);
    print_setup(out, stage.setup);
    print_limit(out, " IN SET-UP", stage.setup_limit(options.threads));
    print_endings(out, stage);
    print_tally(out, "browser to SIP", stage.window.to_sip);
    print_tally(out, "SIP to browser", stage.window.to_browser);
    if (stage.has_process) {
        fmt::print(
            out,
            "  {}: {:.1f} % of a core, {:.3f} % per call; {:.1f} MB, {:.0f} kB per call; {} descriptors, "
            "{} threads\n",
            options.system, stage.cpu_percent(), stage.cpu_percent_per_call(),
            static_cast<double>(stage.after.memory) / 1e6, stage.memory_per_call() / 1e3,
            stage.after.descriptors, stage.after.threads.size());
        for (const auto& [name, percent] : stage.thread_percents()) {
            if (percent >= 0.1) fmt::print(out, "    {:<20} {:.1f} %\n", name, percent);
        }
    }
    fmt::print(out, "  generator: {:.1f} % of a core each, late by {:.3f} ms (p99)\n",
               stage.own_cpu_percent(options.threads), ms(stage.window.own.lateness.quantile(0.99)));
    print_limit(out, "", stage.generator_limit(options.threads));
    out.flush();
}

void print_minute(std::ostream& out, int minute, const StageReport& stage, const Options& options) {
    const Tally& to_sip = stage.window.to_sip;
    const Tally& to_browser = stage.window.to_browser;
    const auto p99 = [](const Tally& tally) {
        return ms((tally.delay.count() != 0 ? tally.delay : tally.audio_delay).quantile(0.99));
    };
    fmt::print(out,
               "minute {:>4}: up {}, ended {}, lost {} + {}, missing {} + {}, delay p99 {:.2f} / {:.2f} ms, "
               "gap {:.0f} ms, "
               "cpu {:.1f} %, {:.1f} MB, {} descriptors{}\n",
               minute, stage.up, stage.window.ended, to_sip.lost, to_browser.lost, to_sip.missing,
               to_browser.missing, p99(to_sip), p99(to_browser),
               ms(std::max(to_sip.longest_gap.max(), to_browser.longest_gap.max())), stage.cpu_percent(),
               static_cast<double>(stage.after.memory) / 1e6, stage.after.descriptors,
               stage.generator_limit(options.threads).empty() ? "" : "  (generator late)");
    print_endings(out, stage);
    out.flush();
}

void print_churn(std::ostream& out, int minute, const StageReport& report) {
    fmt::print(out, "minute {:>4}: {} calls ended, {} failed, {} up, {:.1f} MB, {} descriptors\n", minute,
               report.completed, report.failed, report.up, static_cast<double>(report.after.memory) / 1e6,
               report.after.descriptors);
    out.flush();
}

void print_churn_end(std::ostream& out, const StageReport& report, const Options& options) {
    fmt::print(out, "{} calls of {} s: {} ended well, {} failed, {} still up; {:.1f}/s\n", report.wanted,
               options.call_time.count(), report.completed, report.failed, report.up, report.setup_rate);
    print_setup(out, report.setup);
    fmt::print(out, "  generator: {:.1f} % of a core each, late by {:.3f} ms (p99)\n",
               busy_percent(report.setup_own, options.threads), ms(report.setup_own.lateness.quantile(0.99)));
    print_limit(out, "", report.setup_limit(options.threads));
    if (!report.has_process) return;
    fmt::print(out,
               "  {}: {:.1f} MB and {} descriptors before the first call, {:.1f} MB and {} after the last\n",
               options.system, static_cast<double>(report.before.memory) / 1e6, report.before.descriptors,
               static_cast<double>(report.after.memory) / 1e6, report.after.descriptors);
}

std::string to_json(const Options& options, const std::vector<StageReport>& stages,
                    const std::vector<StageReport>& minutes, std::int64_t memory_after_calls,
                    const std::string& ended_early) {
    json::object out{{"system", options.system},
                     {"codec", fmt::format("{}-{}", sdp::encoding_name(options.browser_codec),
                                           sdp::encoding_name(options.sip_codec))},
                     {"profile", options.profile},
                     {"rate", options.rate},
                     {"generator_threads", options.threads},
                     {"pinned", options.pin},
                     {"ended_early", ended_early},
                     {"memory_after_calls", memory_after_calls}};
    json::array list;
    for (const StageReport& stage : stages) list.push_back(to_object(stage, options.threads));
    out["stages"] = std::move(list);
    json::array held;
    for (const StageReport& minute : minutes) held.push_back(to_object(minute, options.threads));
    out["minutes"] = std::move(held);
    return json::serialize(out);
}

}  // namespace causeway::load
