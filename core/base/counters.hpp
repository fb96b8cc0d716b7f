// Named counters: what was dropped, refused, seen. Handles are looked up once; counting is a relaxed add.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace causeway {

/// One number that only grows. Any thread; never locks.
class Counter {
  public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// All counters of one process, by name in the form `room_what_happened`, e.g. `rtp_wrong_source`.
/// Given to rooms by constructor. `counter` locks: call it at construction, not per packet.
class Counters {
  public:
    /// The counter of that name, made on first use. The reference lives as long as this object.
    Counter& counter(std::string_view name);
    /// A copy of all values at this moment.
    std::map<std::string, std::uint64_t> snapshot() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Counter>, std::less<>> counters_;
};

}  // namespace causeway
