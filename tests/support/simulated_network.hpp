// A network in a test's own time: delays, loses, duplicates and reorders datagrams by a seed, so that a story
// told twice is the same story. No socket, no clock; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "core/base/clock.hpp"

namespace causeway::test {

struct NetworkWeather {
    Duration delay = std::chrono::milliseconds(20);
    Duration jitter{};     ///< each packet is up to this much earlier or later; order may change by it
    double loss = 0;       ///< share of packets, 0..1
    double duplicate = 0;  ///< share of packets that arrive twice
    double reorder = 0;    ///< share of packets that arrive `reorder_by` later than they should
    Duration reorder_by = std::chrono::milliseconds(30);
};

/// One direction.
class SimulatedNetwork {
  public:
    SimulatedNetwork(const NetworkWeather& weather, std::uint32_t seed) : weather_(weather), random_(seed) {}

    void send(std::span<const std::uint8_t> datagram, Instant now) {
        ++sent_;
        if (happens(weather_.loss)) {
            ++lost_;
            return;
        }
        enqueue(datagram, now);
        if (happens(weather_.duplicate)) enqueue(datagram, now);
    }

    /// Hands every datagram that has arrived by `now` to `take(std::span<const uint8_t>)`, in order of
    /// arrival.
    template <class Take>
    void deliver(Instant now, Take&& take) {
        while (!flying_.empty() && flying_.front().arrival <= now) {
            std::pop_heap(flying_.begin(), flying_.end(), later);
            Datagram next = std::move(flying_.back());
            flying_.pop_back();
            take(std::span<const std::uint8_t>(next.bytes));
        }
    }

    void change(const NetworkWeather& weather) { weather_ = weather; }
    int sent() const { return sent_; }
    int lost() const { return lost_; }

  private:
    struct Datagram {
        Instant arrival;
        std::uint64_t order;
        std::vector<std::uint8_t> bytes;
    };

    static bool later(const Datagram& a, const Datagram& b) {
        return a.arrival != b.arrival ? a.arrival > b.arrival : a.order > b.order;
    }

    // Not the library's distributions: those give other numbers with another library.
    double fraction() { return static_cast<double>(random_()) / 4294967296.0; }
    bool happens(double share) { return share > 0 && fraction() < share; }

    void enqueue(std::span<const std::uint8_t> datagram, Instant now) {
        const auto swing = std::chrono::duration<double, Duration::period>(
            static_cast<double>(weather_.jitter.count()) * (2 * fraction() - 1));
        Duration delay = weather_.delay + std::chrono::duration_cast<Duration>(swing);
        if (happens(weather_.reorder)) delay += weather_.reorder_by;
        flying_.push_back(
            {now + std::max(delay, Duration::zero()), order_++, {datagram.begin(), datagram.end()}});
        std::push_heap(flying_.begin(), flying_.end(), later);
    }

    // Given.
    NetworkWeather weather_;
    // State.
    std::mt19937 random_;
    std::vector<Datagram> flying_;
    std::uint64_t order_ = 0;
    int sent_ = 0;
    int lost_ = 0;
};

}  // namespace causeway::test
