// The calls that the dashboard shows: those under way, and those of the last while, newest first. Control
// thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "gateway/accounting/call_record.hpp"

namespace causeway::call {
struct RunningCall;
}

namespace causeway::app {

class RecentCalls {
  public:
    void add(const accounting::CallRecord& record);
    /// {"calls": [record, ...]}; `ended` and `end` of a running one are null, and it has a `state`.
    std::string to_json(const std::vector<call::RunningCall>& running, WallTime now) const;

  private:
    static constexpr std::size_t kMost = 100;
    std::deque<std::string> records_;
};

}  // namespace causeway::app
