#include "tests/load/process_watch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

namespace causeway::load {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The entries of a folder; none when it is gone.
std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code fault;
    for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
        found.push_back(at->path());
    }
    return found;
}

std::int64_t memory_of(const fs::path& process) {
    std::istringstream lines(read_file(process / "smaps_rollup"));
    for (std::string line; std::getline(lines, line);) {
        constexpr std::string_view kName = "Anonymous:";
        if (line.starts_with(kName)) return 1024 * std::stoll(line.substr(kName.size()));
    }
    return 0;
}

void add_process(pid_t pid, ProcessSample& sample) {
    const fs::path process = fs::path("/proc") / std::to_string(pid);
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    sample.cpu_seconds += cpu_seconds_of_stat(read_file(process / "stat"), ticks);
    sample.memory += memory_of(process);
    sample.descriptors += static_cast<std::int64_t>(entries_of(process / "fd").size());
    for (const fs::path& thread : entries_of(process / "task")) {
        std::string name = read_file(thread / "comm");
        if (name.ends_with('\n')) name.pop_back();
        sample.threads.push_back({static_cast<pid_t>(std::stol(thread.filename().string())), name,
                                  cpu_seconds_of_stat(read_file(thread / "stat"), ticks)});
        std::istringstream children(read_file(thread / "children"));
        for (pid_t child = 0; children >> child;) add_process(child, sample);
    }
}

}  // namespace

double cpu_seconds_of_stat(const std::string& stat, double ticks_per_second) {
    // The name in brackets may hold anything; the fields begin behind the last bracket.
    const std::size_t close = stat.rfind(')');
    if (close == std::string::npos) return 0;
    std::istringstream fields(stat.substr(close + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / ticks_per_second;
}

ProcessSample sample_processes(const std::vector<pid_t>& pids) {
    ProcessSample sample;
    for (const pid_t pid : pids) add_process(pid, sample);
    return sample;
}

}  // namespace causeway::load
