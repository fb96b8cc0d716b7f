// SIGINT and SIGTERM as something to be asked for, so that a run that is stopped still says what it found.
// Make it before any thread, and wait on the thread that made it.
#pragma once

#include <signal.h>

#include "core/base/clock.hpp"

namespace causeway::load {

class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// Sleeps for so long; true, and at once, when one of the signals comes or has come. A second one ends
    /// the program as if there was nothing here.
    bool wait(Duration length);
    /// Which one came; 0: none yet.
    int signal() const { return signal_; }

  private:
    sigset_t asked_{};
    sigset_t before_{};
    int signal_ = 0;
};

}  // namespace causeway::load
