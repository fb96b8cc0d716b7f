// What an Opus receiver asks for in its fmtp. Pure; total on any text. RFC 7587 §6.1.
#pragma once

#include <optional>
#include <string_view>

namespace causeway::transcode {

struct OpusFmtp {
    std::optional<int> max_average_bitrate;  ///< 6000..510000
    std::optional<int> max_playback_rate;    ///< 8000..48000
    bool in_band_fec = false;                ///< the receiver makes use of it
    bool dtx = false;                        ///< the receiver likes silence not to be sent
    bool constant_bitrate = false;
    int min_ptime = 3;  ///< milliseconds, 3..120
};

/// Parameters that are unknown, unreadable or out of their range are as if they were not there; of repeated
/// ones the first counts.
OpusFmtp read_opus_fmtp(std::string_view fmtp);

/// The packet time for an Opus receiver that likes `ptime_ms`: 10, 20, 40 or 60 (RFC 6716 §2.1.4).
int opus_packet_time(int ptime_ms, const OpusFmtp& fmtp);

}  // namespace causeway::transcode
