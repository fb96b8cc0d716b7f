// How a call sounds, into its record: each second while it runs, and at its end. Pure.
#pragma once

#include <string>

#include "gateway/accounting/call_record.hpp"
#include "gateway/media/media_port.hpp"

namespace causeway::call {

/// `from` it and `to` it.
accounting::LegFigures leg_figures(std::string codec, const media::StreamStatistics& from,
                                   const media::StreamStatistics& to);
void note_sound(accounting::CallRecord& record, const media::MediaStatistics& figures);

}  // namespace causeway::call
