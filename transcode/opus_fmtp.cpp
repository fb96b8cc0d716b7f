#include "transcode/opus_fmtp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/sdp/words.hpp"

namespace causeway::transcode {

namespace {

constexpr std::size_t kLongest = 512;  ///< of an fmtp that is read at all

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The value of the first parameter of this name.
std::optional<std::string_view> value_of(std::string_view fmtp, std::string_view name) {
    while (!fmtp.empty()) {
        const auto end = std::min(fmtp.find(';'), fmtp.size());
        const std::string_view parameter = fmtp.substr(0, end);
        fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (sdp::equal_ignoring_case(trimmed(parameter.substr(0, equals)), name))
            return trimmed(parameter.substr(equals + 1));
    }
    return std::nullopt;
}

std::optional<int> number_of(std::string_view fmtp, std::string_view name, int least, int most) {
    const auto value = sdp::number<int>(value_of(fmtp, name).value_or(""));
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

}  // namespace

OpusFmtp read_opus_fmtp(std::string_view fmtp) {
    fmtp = fmtp.substr(0, kLongest);
    const auto is_set = [&](std::string_view name) { return number_of(fmtp, name, 0, 1) == 1; };
    OpusFmtp wishes;
    wishes.max_average_bitrate = number_of(fmtp, "maxaveragebitrate", 6000, 510'000);
    wishes.max_playback_rate = number_of(fmtp, "maxplaybackrate", 8000, 48'000);
    wishes.in_band_fec = is_set("useinbandfec");
    wishes.dtx = is_set("usedtx");
    wishes.constant_bitrate = is_set("cbr");
    wishes.min_ptime = number_of(fmtp, "minptime", 3, 120).value_or(wishes.min_ptime);
    return wishes;
}

int opus_packet_time(int ptime_ms, const OpusFmtp& fmtp) {
    constexpr std::array<int, 4> kTimes{10, 20, 40, 60};
    int chosen = kTimes.front();
    for (const int time : kTimes) {
        // The next longer one when the receiver takes no shorter ones, else the longest that is not longer.
        if (time <= ptime_ms || chosen < fmtp.min_ptime) chosen = time;
    }
    return chosen;
}

}  // namespace causeway::transcode
