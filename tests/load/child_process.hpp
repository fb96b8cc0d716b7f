// A program that runs while its owner lives.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::load {

/// SIGTERM on destruction, SIGKILL five seconds later. Dies with us, too, but does not hear a terminal's
/// Ctrl-C.
class ChildProcess {
  public:
    /// Its output goes to `log_file`. `core`: the one core that it may use, -1 for all. An Error when the
    /// program cannot be run.
    static Result<ChildProcess> start(const std::vector<std::string>& command, const std::string& log_file,
                                      int core);
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;

    pid_t pid() const { return pid_; }
    bool alive();
    /// "causeway exited with status 2", once it is not alive.
    std::string how_it_ended() const;

  private:
    ChildProcess(pid_t pid, std::string program) : pid_(pid), program_(std::move(program)) {}
    pid_t pid_;
    std::string program_;
    int status_ = 0;  ///< of waitpid
};

/// Keeps the calling thread, and threads that it makes, on one core.
void stay_on_core(int core);

}  // namespace causeway::load
