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
    WindowResult window;
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
};

void print_stage(std::ostream& out, const StageReport& stage, const Options& options);
/// One line of `--hold`.
void print_minute(std::ostream& out, int minute, const StageReport& stage);
/// Calls that come and go: a line per minute, and the end.
void print_churn(std::ostream& out, int minute, const StageReport& report);
void print_churn_end(std::ostream& out, const StageReport& report, const Options& options);
/// The whole run as a JSON document.
std::string to_json(const Options& options, const std::vector<StageReport>& stages,
                    const std::vector<StageReport>& minutes, std::int64_t memory_after_calls);

}  // namespace causeway::load
