// How calls sounded, added up for Prometheus: MOS as histograms, loss and concealment as counters, per leg
// and direction. Control thread. Prometheus text format 0.0.4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "gateway/accounting/call_record.hpp"

namespace causeway::accounting {

class QualityMetrics {
  public:
    /// A call that is over.
    void add(const CallRecord& record);
    /// Lines of /metrics, with their types.
    std::string text() const;

  private:
    /// Limits of ITU-T G.109's classes: nearly all, many, some dissatisfied; satisfied; very satisfied.
    static constexpr std::array<double, 5> kLimits{2.58, 3.10, 3.60, 4.03, 4.34};
    static constexpr std::size_t kDirections = 4;  ///< two of each leg

    struct Direction {
        std::array<std::uint64_t, kLimits.size() + 1>
            calls{};  ///< by their mean MOS, the last above all limits
        double mos_sum = 0;
        std::uint64_t packets = 0;
        std::uint64_t lost = 0;
        std::uint64_t late = 0;
        std::uint64_t concealed_ms = 0;
    };
    static void add(Direction& to, const DirectionFigures& figures);

    // State.
    std::array<Direction, kDirections> directions_{};
};

/// One line for the log; "" for a call without sound.
std::string quality_text(const CallRecord& record);

}  // namespace causeway::accounting
