// What a run found, for people and for programs.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "tests/load/generator.hpp"
#include "tests/load/options.hpp"
#include "tests/load/process_watch.hpp"

namespace causeway::load {

struct StageReport {
    int wanted = 0;
    int up = 0;
    int failed = 0;
    int completed = 0;      ///< of calls that come and go
    double setup_rate = 0;  ///< calls per second, until the last one stood
    Setup setup;
    OwnWork setup_own;  ///< while calls were set up; of calls that come and go, all the time
    WindowResult window;
    std::map<std::string, int> endings;  ///< why calls ended by themselves while they were measured
    bool has_process = false;
    ProcessSample before;
    ProcessSample after;
    std::int64_t idle_memory = 0;  ///< of the system, before the first call

    double cpu_percent() const;  ///< of one core
    double cpu_percent_per_call() const;
    double memory_per_call() const;  ///< bytes
    double own_cpu_percent(int threads) const;
    std::map<std::string, double> thread_percents() const;  ///< of one core, by the threads' name
    /// Why the figures are not to be trusted; "" when they are.
    std::string generator_limit(int threads) const;
    std::string setup_limit(int threads) const;  ///< those of the set-up
};

/// No call failed, nothing was lost, and whoever was to be heard was heard.
bool is_clean(const StageReport& stage, const Options& options);

void print_stage(std::ostream& out, const StageReport& stage, const Options& options);
/// One line of `--hold`.
void print_minute(std::ostream& out, int minute, const StageReport& stage, const Options& options);
/// Calls that come and go: a line per minute, and the end.
void print_churn(std::ostream& out, int minute, const StageReport& report);
void print_churn_end(std::ostream& out, const StageReport& report, const Options& options);
/// The whole run as a JSON document. `ended_early`: why; "" when it did not.
std::string to_json(const Options& options, const std::vector<StageReport>& stages,
                    const std::vector<StageReport>& minutes, std::int64_t memory_after_calls,
                    const std::string& ended_early);

}  // namespace causeway::load
