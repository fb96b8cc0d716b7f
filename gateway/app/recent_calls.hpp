// The calls that the dashboard shows: those of the last while, newest first. Control thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "gateway/accounting/call_record.hpp"

namespace causeway::app {

class RecentCalls {
  public:
    void add(const accounting::CallRecord& record);
    /// {"calls": [record, ...]}.
    std::string to_json() const;

  private:
    static constexpr std::size_t kMost = 100;
    std::deque<std::string> records_;
};

}  // namespace causeway::app
