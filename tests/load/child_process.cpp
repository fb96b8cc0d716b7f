#include "tests/load/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/base/unique_fd.hpp"

namespace causeway::load {

void stay_on_core(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command, const std::string& log_file,
                                         int core) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{fmt::format("pipe: {}", std::strerror(errno))};
    UniqueFd fault_out(ends[0]);
    UniqueFd fault_in(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return Error{fmt::format("fork: {}", std::strerror(errno))};
    if (pid > 0) {
        // Closed by a program that runs; else it brings why there is none.
        fault_in.reset();
        int fault = 0;
        if (::read(fault_out.get(), &fault, sizeof fault) != sizeof fault)
            return ChildProcess(pid, command.front());
        ::waitpid(pid, nullptr, 0);
        return Error{fmt::format("{} cannot be run: {}", command.front(), std::strerror(fault))};
    }
    // Only what may be called after fork in a program with threads.
    ::setpgid(0, 0);  // Ctrl-C is for us: the program stays until what it did is measured
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(126);
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    if (core >= 0) stay_on_core(core);
    ::execvp(arguments[0], arguments.data());
    const int fault = errno;
    [[maybe_unused]] const ssize_t told = ::write(fault_in.get(), &fault, sizeof fault);
    ::_exit(127);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), program_(std::move(other.program_)), status_(other.status_) {}

ChildProcess::~ChildProcess() {
    if (pid_ < 0) return;
    using namespace std::chrono_literals;
    ::kill(pid_, SIGTERM);
    for (int i = 0; i < 250 && alive(); ++i) std::this_thread::sleep_for(20ms);
    if (!alive()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::alive() {
    if (pid_ < 0) return false;
    if (::waitpid(pid_, &status_, WNOHANG) == 0) return true;
    pid_ = -1;
    return false;
}

std::string ChildProcess::how_it_ended() const {
    if (WIFSIGNALED(status_)) return fmt::format("{} was ended by signal {}", program_, WTERMSIG(status_));
    return fmt::format("{} exited with status {}", program_, WEXITSTATUS(status_));
}

}  // namespace causeway::load
