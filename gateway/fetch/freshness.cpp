#include "gateway/fetch/freshness.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace causeway::fetch {
namespace {

using std::chrono::seconds;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

std::optional<std::int64_t> number(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    // RFC 9111 §1.2.2: a number too large to hold is taken as 2^31.
    constexpr std::int64_t kInfinite = std::int64_t{1} << 31;
    return fault == std::errc{} ? std::min(value, kInfinite) : kInfinite;
}

/// The next member of a comma-separated list; commas within quotes do not separate.
std::string_view next_member(std::string_view& list) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size(); ++end) {
        if (quoted && list[end] == '\\' && end + 1 < list.size()) {
            ++end;
        } else if (list[end] == '"') {
            quoted = !quoted;
        } else if (list[end] == ',' && !quoted) {
            break;
        }
    }
    const std::string_view member = trim(list.substr(0, end));
    list.remove_prefix(std::min(list.size(), end + 1));
    return member;
}

struct CacheControl {
    bool not_without_asking = false;
    std::optional<std::int64_t> max_age;
};

CacheControl read_cache_control(std::string_view list) {
    CacheControl found;
    while (!list.empty()) {
        const std::string_view member = next_member(list);
        const auto equals = member.find('=');
        const std::string_view name = trim(member.substr(0, equals));
        // RFC 9111 §5.2.2.4, §5.2.2.5. Fields that no-cache may name are not looked at: all is asked anew.
        if (same_word(name, "no-store") || same_word(name, "no-cache")) found.not_without_asking = true;
        if (!same_word(name, "max-age")) continue;
        std::string_view value = equals == member.npos ? std::string_view{} : trim(member.substr(equals + 1));
        // RFC 9111 §5.2: both the token and the quoted form are to be understood.
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        // RFC 9111 §4.2.1: what cannot be read is stale; of several values the most restrictive counts.
        const std::int64_t age = number(value).value_or(0);
        found.max_age = std::min(found.max_age.value_or(age), age);
    }
    return found;
}

/// RFC 9110 §5.6.7, IMF-fixdate only: the older forms must not be sent any more.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
    constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != kForm.size() || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
    const auto day = number(text.substr(5, 2));
    const auto year = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2));
    const auto minute = number(text.substr(20, 2));
    const auto second = number(text.substr(23, 2));
    if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)},
        std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
        std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           seconds{*second};
}

}  // namespace

seconds fresh_for(const FreshnessFields& fields, WallTime received) {
    const CacheControl control = read_cache_control(fields.cache_control);
    if (control.not_without_asking) return seconds{0};
    seconds lifetime{0};
    if (control.max_age) {
        // RFC 9111 §5.3: with max-age, Expires is not looked at.
        lifetime = seconds{*control.max_age};
    } else if (const auto expires = http_date(trim(fields.expires))) {
        // In whole seconds: the system clock's own ticks do not reach the year 9999.
        const auto arrived = std::chrono::floor<seconds>(received);
        lifetime = *expires - http_date(trim(fields.date)).value_or(arrived);
    }
    // RFC 9111 §5.1: of several Age values the first counts, one that cannot be read does not.
    std::string_view ages = fields.age;
    const seconds age{number(next_member(ages)).value_or(0)};
    return std::clamp(lifetime - age, seconds{0}, kLongestFresh);
}

}  // namespace causeway::fetch
