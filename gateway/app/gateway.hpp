// The whole gateway as one object: makes the rooms, joins them, runs the control thread, takes all down in
// order.
#pragma once

#include <memory>

#include "config/config.hpp"

namespace causeway::app {

class Gateway {
  public:
    /// Opens everything; throws std::runtime_error that names what could not be had.
    explicit Gateway(config::Snapshot config);
    ~Gateway();

    /// Runs on the calling thread, which becomes the control thread, until SIGTERM or SIGINT; then ends all
    /// calls.
    void run();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::app
