#include "gateway/accounting/quality_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace causeway::accounting {
namespace {

// In the order of QualityMetrics::directions_.
constexpr std::array<const char*, 4> kLabels{
    R"(leg="browser",direction="received")", R"(leg="browser",direction="sent")",
    R"(leg="sip",direction="received")", R"(leg="sip",direction="sent")"};

std::array<const DirectionFigures*, 4> directions(const CallRecord& record) {
    return {&record.browser.received, &record.browser.sent, &record.sip.received, &record.sip.sent};
}

std::string score(const std::optional<double>& mos) {
    return mos ? fmt::format("{:.2f}", *mos) : "?";
}

std::string direction_text(const DirectionFigures& figures) {
    return fmt::format("MOS {} (lowest {}), {} lost, {} late, jitter {:.0f} ms", score(figures.mos_avg),
                       score(figures.mos_min), figures.lost, figures.late, figures.jitter_max_ms);
}

std::string leg_text(const LegFigures& leg) {
    const std::string trip =
        leg.round_trip_max_ms ? fmt::format(", round trip {:.0f} ms", *leg.round_trip_max_ms) : "";
    return fmt::format("said {}; heard {}{}", direction_text(leg.received), direction_text(leg.sent), trip);
}

}  // namespace

void QualityMetrics::add(const CallRecord& record) {
    const auto figures = directions(record);
    for (std::size_t n = 0; n < kDirections; ++n) add(directions_[n], *figures[n]);
}

void QualityMetrics::add(Direction& to, const DirectionFigures& figures) {
    to.packets += figures.packets;
    to.lost += figures.lost;
    to.late += figures.late;
    to.concealed_ms += figures.concealed_ms;
    if (!figures.mos_avg) return;
    const auto limit = std::lower_bound(kLimits.begin(), kLimits.end(), *figures.mos_avg);
    ++to.calls[static_cast<std::size_t>(limit - kLimits.begin())];
    to.mos_sum += *figures.mos_avg;
}

std::string QualityMetrics::text() const {
    std::string out = "# TYPE causeway_call_mos histogram\n";
    for (std::size_t n = 0; n < kDirections; ++n) {
        std::uint64_t calls = 0;
        for (std::size_t limit = 0; limit < kLimits.size(); ++limit) {
            calls += directions_[n].calls[limit];
            out += fmt::format("causeway_call_mos_bucket{{{},le=\"{}\"}} {}\n", kLabels[n], kLimits[limit],
                               calls);
        }
        calls += directions_[n].calls.back();
        out += fmt::format("causeway_call_mos_bucket{{{},le=\"+Inf\"}} {}\n", kLabels[n], calls);
        out += fmt::format("causeway_call_mos_sum{{{}}} {}\n", kLabels[n], directions_[n].mos_sum);
        out += fmt::format("causeway_call_mos_count{{{}}} {}\n", kLabels[n], calls);
    }
    const auto counter = [&](const char* name, std::uint64_t Direction::*value) {
        out += fmt::format("# TYPE causeway_call_{}_total counter\n", name);
        for (std::size_t n = 0; n < kDirections; ++n)
            out += fmt::format("causeway_call_{}_total{{{}}} {}\n", name, kLabels[n], directions_[n].*value);
    };
    counter("packets", &Direction::packets);
    counter("packets_lost", &Direction::lost);
    counter("packets_late", &Direction::late);
    counter("concealed_milliseconds", &Direction::concealed_ms);
    return out;
}

std::string quality_text(const CallRecord& record) {
    if (record.browser.packets_received + record.sip.packets_received == 0) return "";
    return fmt::format("sound: browser ({}) {}. Telephone ({}) {}.", record.browser.codec,
                       leg_text(record.browser), record.sip.codec, leg_text(record.sip));
}

}  // namespace causeway::accounting
