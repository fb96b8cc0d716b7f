#include "gateway/call/sound_figures.hpp"

#include <algorithm>
#include <string>

namespace causeway::call {
namespace {

accounting::DirectionFigures direction_figures(const media::StreamStatistics& stream) {
    return {.packets = stream.packets,
            .lost = stream.lost,
            .late = stream.discarded,
            .concealed_ms = stream.concealed_ms,
            .jitter_ms = stream.jitter_ms,
            .jitter_max_ms = std::max(stream.call.jitter_max_ms, stream.jitter_ms),
            .mos_min = stream.call.mos_min,
            .mos_avg = stream.call.mos_avg};
}

}  // namespace

accounting::LegFigures leg_figures(std::string codec, const media::StreamStatistics& from,
                                   const media::StreamStatistics& to) {
    accounting::LegFigures figures;
    figures.codec = std::move(codec);
    figures.packets_received = from.packets;
    figures.packets_sent = to.packets;
    figures.packets_lost = from.lost;
    figures.jitter_ms = from.jitter_ms;
    figures.round_trip_ms = from.round_trip_ms;
    // Either direction may have been judged alone.
    figures.round_trip_max_ms = std::max(from.call.round_trip_max_ms, to.call.round_trip_max_ms);
    figures.received = direction_figures(from);
    figures.sent = direction_figures(to);
    return figures;
}

void note_sound(accounting::CallRecord& record, const media::MediaStatistics& figures) {
    record.browser = leg_figures(figures.browser_codec, figures.from_browser, figures.to_browser);
    record.sip = leg_figures(figures.sip_codec, figures.from_sip, figures.to_sip);
}

}  // namespace causeway::call
