// What a process and its children cost, as the kernel tells it under /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace causeway::load {

struct ProcessSample {
    struct Thread {
        pid_t id = 0;
        std::string name;
        double cpu_seconds = 0;
    };

    double cpu_seconds = 0;   ///< user and system, since the process began
    std::int64_t memory = 0;  ///< bytes of its own (anonymous pages): programs and libraries do not count
    std::int64_t descriptors = 0;
    std::vector<Thread> threads;
};

/// All of `pids` and of their children that can be read now.
ProcessSample sample_processes(const std::vector<pid_t>& pids);

/// The fields of /proc/PID/stat that count: user and system time in ticks. Tolerates any process name.
double cpu_seconds_of_stat(const std::string& stat, double ticks_per_second);

}  // namespace causeway::load
