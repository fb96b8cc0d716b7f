#include "gateway/identity/passport/sip_date.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string>

#include "gateway/identity/passport/passport_signer.hpp"

namespace causeway::identity {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <std::size_t kCount>
int index_of(const std::array<std::string_view, kCount>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

int digits_of(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

std::optional<std::int64_t> parse_sip_date(std::string_view text) {
    constexpr std::string_view kForm = "Sun, 22 Nov 2026 13:01:48 GMT";
    if (text.size() != kForm.size()) return std::nullopt;
    for (const std::size_t i : {3U, 4U, 7U, 11U, 16U, 19U, 22U, 25U}) {
        if (text[i] != kForm[i]) return std::nullopt;
    }
    std::tm time{};
    time.tm_mday = digits_of(text.substr(5, 2));
    time.tm_mon = index_of(kMonths, text.substr(8, 3));
    time.tm_year = digits_of(text.substr(12, 4)) - 1900;
    time.tm_hour = digits_of(text.substr(17, 2));
    time.tm_min = digits_of(text.substr(20, 2));
    time.tm_sec = digits_of(text.substr(23, 2));
    const bool in_range = index_of(kDays, text.substr(0, 3)) >= 0 && text.substr(26) == "GMT" &&
                          time.tm_mday >= 1 && time.tm_mday <= 31 && time.tm_mon >= 0 && time.tm_year >= 0 &&
                          time.tm_hour >= 0 && time.tm_hour <= 23 && time.tm_min >= 0 && time.tm_min <= 59 &&
                          time.tm_sec >= 0 && time.tm_sec <= 59;
    if (!in_range) return std::nullopt;
    const int day = time.tm_mday;
    const std::time_t seconds = timegm(&time);
    // 31 April would have become 1 May.
    if (time.tm_mday != day) return std::nullopt;
    return seconds;
}

std::string sip_date(std::int64_t time) {
    const std::time_t seconds = time;
    std::tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr) return {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  kDays[static_cast<std::size_t>(parts.tm_wday)].data(), parts.tm_mday,
                  kMonths[static_cast<std::size_t>(parts.tm_mon)].data(), parts.tm_year + 1900, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    return text.data();
}

}  // namespace causeway::identity
