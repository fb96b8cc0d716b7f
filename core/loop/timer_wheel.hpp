// Deadlines in a hierarchical wheel: arming and disarming cost the same whatever the number of timers.
// Pure: `now` is an argument. The owner's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"

namespace causeway {

/// A deadline's place in a wheel; the user owns it and takes it out before it dies.
struct WheelNode {
    Instant deadline{};
    WheelNode* previous = nullptr;
    WheelNode* next = nullptr;
    std::uint16_t place = 0;
    bool linked = false;
};

/// Slots of a millisecond: never early, less than a millisecond late. Seven levels of 64 slots each, a
/// level's slot as long as the whole level below.
class TimerWheel {
  public:
    explicit TimerWheel(Instant now);
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// `node` is not in the wheel; its deadline is set. What has passed by `now` is due at the next
    /// `advance`.
    void insert(WheelNode& node, Instant now);
    void remove(WheelNode& node);

    /// What is due by `now` moves into the firing list, in the order of deadlines.
    void advance(Instant now);
    /// The next of the firing list, out of the wheel; null: none. What became due after `advance` waits for
    /// the next one.
    WheelNode* pop();

    /// When `advance` wants to be called: not after the earliest deadline's slot begins. nullopt: no timer.
    std::optional<Instant> next() const;

  private:
    static constexpr unsigned kBits = 6;
    static constexpr std::size_t kSlots = std::size_t{1} << kBits;
    static constexpr std::size_t kLevels = 7;
    struct List {
        WheelNode* first = nullptr;
        WheelNode* last = nullptr;
    };
    struct Slot {
        std::size_t level;
        std::size_t index;
        std::uint64_t begins;
    };

    static std::uint64_t tick_after(Instant time);
    std::optional<Slot> next_slot() const;
    List& list_at(std::uint16_t place) { return lists_[place]; }
    void append(WheelNode& node, std::uint16_t place);
    void insert_due(WheelNode& node);

    // State. The last two lists are what is due, and what is being fired.
    std::uint64_t tick_;
    std::array<std::uint64_t, kLevels> occupied_{};
    std::array<List, kLevels * kSlots + 2> lists_{};
};

}  // namespace causeway
