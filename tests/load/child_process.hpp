// A program that runs while its owner lives.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::load {

/// SIGTERM on destruction, SIGKILL five seconds later. Dies with us, too.
class ChildProcess {
  public:
    /// Its output goes to `log_file`. `core`: the one core that it may use, -1 for all.
    static Result<ChildProcess> start(const std::vector<std::string>& command, const std::string& log_file,
                                      int core);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;

    pid_t pid() const { return pid_; }
    bool alive();

  private:
    explicit ChildProcess(pid_t pid) : pid_(pid) {}
    pid_t pid_;
};

/// Keeps the calling thread, and threads that it makes, on one core.
void stay_on_core(int core);

}  // namespace causeway::load
