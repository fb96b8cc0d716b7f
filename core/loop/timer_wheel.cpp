#include "core/loop/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace causeway {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t kDue = 7 * 64;
constexpr std::uint16_t kFiring = kDue + 1;
constexpr std::uint64_t kLastTick = (std::uint64_t{1} << 42) - 1;

std::uint64_t tick_before(Instant time) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(std::chrono::floor<milliseconds>(time.time_since_epoch()).count(), 0));
}

}  // namespace

TimerWheel::TimerWheel(Instant now) : tick_(tick_before(now)) {}

std::uint64_t TimerWheel::tick_after(Instant time) {
    const auto tick = std::chrono::ceil<milliseconds>(time.time_since_epoch()).count();
    return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(tick, 0)), kLastTick);
}

void TimerWheel::append(WheelNode& node, std::uint16_t place) {
    List& list = list_at(place);
    node.place = place;
    node.linked = true;
    node.next = nullptr;
    node.previous = list.last;
    (list.last != nullptr ? list.last->next : list.first) = &node;
    list.last = &node;
}

void TimerWheel::insert(WheelNode& node, Instant now) {
    const std::uint64_t tick = tick_after(node.deadline);
    if (node.deadline <= now || tick <= tick_) return insert_due(node);
    // The level at which the deadline and the present part ways: its slot there lies ahead, never around.
    const auto level = static_cast<std::size_t>(std::bit_width(tick ^ tick_) - 1) / kBits;
    const std::size_t index = (tick >> (kBits * level)) % kSlots;
    occupied_[level] |= std::uint64_t{1} << index;
    append(node, static_cast<std::uint16_t>(level * kSlots + index));
}

void TimerWheel::insert_due(WheelNode& node) {
    // Mostly the latest of all, so the search from the end is short.
    WheelNode* before = list_at(kDue).last;
    while (before != nullptr && before->deadline > node.deadline) before = before->previous;
    if (before == list_at(kDue).last) return append(node, kDue);
    List& list = list_at(kDue);
    node.place = kDue;
    node.linked = true;
    node.previous = before;
    node.next = before != nullptr ? before->next : list.first;
    node.next->previous = &node;
    (before != nullptr ? before->next : list.first) = &node;
}

void TimerWheel::remove(WheelNode& node) {
    List& list = list_at(node.place);
    (node.previous != nullptr ? node.previous->next : list.first) = node.next;
    (node.next != nullptr ? node.next->previous : list.last) = node.previous;
    node.linked = false;
    if (list.first == nullptr && node.place < kDue) {
        occupied_[node.place / kSlots] &= ~(std::uint64_t{1} << (node.place % kSlots));
    }
}

std::optional<TimerWheel::Slot> TimerWheel::next_slot() const {
    // All of a lower level comes before anything of a higher one.
    for (std::size_t level = 0; level < kLevels; ++level) {
        if (occupied_[level] == 0) continue;
        const auto index = static_cast<std::size_t>(std::countr_zero(occupied_[level]));
        const std::uint64_t rotation = tick_ >> (kBits * (level + 1)) << (kBits * (level + 1));
        return Slot{level, index, rotation | (std::uint64_t{index} << (kBits * level))};
    }
    return std::nullopt;
}

void TimerWheel::advance(Instant now) {
    const std::uint64_t target = tick_before(now);
    while (tick_ < target) {
        const auto slot = next_slot();
        if (!slot || slot->begins > target) {
            tick_ = target;
            break;
        }
        tick_ = slot->begins;
        List& list = lists_[slot->level * kSlots + slot->index];
        while (list.first != nullptr) {
            WheelNode& node = *list.first;
            remove(node);
            insert(node, now);
        }
    }
    while (WheelNode* const node = list_at(kDue).first) {
        remove(*node);
        append(*node, kFiring);
    }
}

WheelNode* TimerWheel::pop() {
    WheelNode* const node = list_at(kFiring).first;
    if (node != nullptr) remove(*node);
    return node;
}

std::optional<Instant> TimerWheel::next() const {
    if (lists_[kDue].first != nullptr) return lists_[kDue].first->deadline;
    const auto slot = next_slot();
    if (!slot) return std::nullopt;
    return Instant(milliseconds(static_cast<std::int64_t>(slot->begins)));
}

}  // namespace causeway
