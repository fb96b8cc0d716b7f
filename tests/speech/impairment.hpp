// What a bad network does to packets: loses, delays, holds back. Pure and repeatable: the same seed does the
// same. The kernel's netem is not in every kernel, so tests bring this.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/clock.hpp"

namespace causeway::speech {

struct ImpairmentSettings {
    double loss = 0;          ///< share of packets, 0..1
    double burst_length = 1;  ///< mean length of a run of lost packets; 1: each is lost on its own
    Duration delay{};         ///< of every packet
    Duration jitter{};   ///< each is `delay` +- up to this, evenly spread; packets may overtake one another
    double reorder = 0;  ///< share of packets held back by `held_back`, so that later ones overtake them
    Duration held_back = std::chrono::milliseconds(30);
    std::uint32_t seed = 1;
};

/// The seed of a wire that is named: whatever else is called beside it, it loses the same.
std::uint32_t seed_of(std::string_view name);

class Impairment {
  public:
    explicit Impairment(const ImpairmentSettings& settings);

    /// For how long the next packet is on its way; nullopt: it is lost.
    std::optional<Duration> next();

    std::uint64_t seen() const { return seen_; }
    std::uint64_t lost() const { return lost_; }

  private:
    /// 0 <= x < 1.
    double draw();
    bool loses();

    // Given.
    const ImpairmentSettings settings_;
    // State.
    std::uint64_t random_;
    bool in_burst_ = false;
    std::uint64_t seen_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace causeway::speech
