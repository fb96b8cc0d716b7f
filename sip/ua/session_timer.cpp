#include "sip/ua/session_timer.hpp"

#include <algorithm>

namespace causeway::sip {
namespace {

using std::chrono::seconds;

/// A day; whoever asks for more wants no timer.
constexpr seconds kLongest{86'400};

}  // namespace

std::string session_expires_value(seconds expires, std::optional<Refresher> refresher) {
    std::string value = std::to_string(expires.count());
    if (refresher) value += *refresher == Refresher::uac ? ";refresher=uac" : ";refresher=uas";
    return value;
}

Instant SessionTimer::refresh_at(Instant start) const {
    // RFC 4028 §10: once half of the interval is over.
    return start + Duration(interval) / 2;
}

Instant SessionTimer::ends_at(Instant start) const {
    // RFC 4028 §10: 32 s before the end, or a third of the interval when that is less.
    const Duration whole(interval);
    return start + whole - std::min<Duration>(seconds(32), whole / 3);
}

bool is_too_small(const TimerWords& request, const TimerPolicy& policy) {
    // RFC 4028 §9: 422 only to those who know it.
    return request.supported && request.expires && *request.expires < policy.least;
}

TimerAnswer answer_timer(const TimerWords& request, const TimerPolicy& policy,
                         const std::optional<SessionTimer>& running) {
    seconds interval = std::min(request.expires.value_or(policy.expires), kLongest);
    if (interval.count() == 0) return {};
    // RFC 4028 §9: less than the peer wishes, but not below what either side calls the least.
    if (policy.expires.count() > 0) interval = std::min(interval, policy.expires);
    const seconds least = std::max(policy.least, std::min(request.min_se.value_or(seconds(0)), kLongest));
    interval = std::max(interval, least);

    TimerAnswer answer;
    // RFC 4028 §9, table 2: the peer's wish counts; who does not know timers cannot refresh.
    if (request.supported && request.refresher) {
        answer.refresher = *request.refresher;
    } else if (request.supported) {
        const bool we = running && running->we_refresh;
        answer.refresher = we ? Refresher::uas : Refresher::uac;
    }
    answer.require = request.supported && answer.refresher == Refresher::uac;
    answer.timer = SessionTimer{interval, answer.refresher == Refresher::uas};
    return answer;
}

std::optional<SessionTimer> timer_of_answer(const TimerWords& response, seconds asked) {
    if (response.expires && response.expires->count() > 0) {
        // RFC 4028 §9 makes the parameter a must in a 2xx; for those who forget it we refresh.
        return SessionTimer{std::min(*response.expires, kLongest),
                            response.refresher.value_or(Refresher::uac) == Refresher::uac};
    }
    // RFC 4028 §7.2: the peer knows no timers; we refresh alone.
    if (asked.count() > 0) return SessionTimer{asked, true};
    return std::nullopt;
}

std::optional<seconds> after_too_small(const TimerWords& response, seconds asked) {
    if (!response.min_se || *response.min_se <= asked || *response.min_se > kLongest) return std::nullopt;
    return response.min_se;
}

Duration pause_after_glare(bool owns_call_id, std::uint32_t chance) {
    using std::chrono::milliseconds;
    constexpr std::uint32_t kStep = 10;
    if (owns_call_id) return milliseconds(2100 + kStep * (chance % 191));
    return milliseconds(kStep * (chance % 201));
}

}  // namespace causeway::sip
