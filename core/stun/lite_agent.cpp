#include "core/stun/lite_agent.hpp"

#include <algorithm>

namespace causeway::stun {

std::size_t LiteAgent::answer(std::span<const std::uint8_t> message, const SocketAddress& from,
                              std::span<std::uint8_t, kMaxRequest> out) {
    const auto check = read_check(message, username_, password_);
    // RFC 8445 §7.1.2: each check has a fingerprint; others get no word from us.
    if (!check || !check->fingerprint) return 0;
    // RFC 8489 §9.1.3.
    if (!check->has_integrity || !check->has_username)
        return write_error(check->transaction, 400, {}, "", out);
    if (!check->authentic) return write_error(check->transaction, 401, {}, "", out);
    // RFC 8489 §6.3.1.
    if (check->unknown) return write_error(check->transaction, 420, check->unknown, password_, out);
    // RFC 8445 §7.3.1.1: who is lite is never the controlling one.
    if (check->says_controlled) return write_error(check->transaction, 487, {}, password_, out);
    note(*check, from);
    return write_success(check->transaction, from, password_, out);
}

void LiteAgent::note(const Check& check, const SocketAddress& from) {
    if (!is_checked(from)) {
        if (source_count_ < sources_.size()) {
            sources_[source_count_++] = from;
        } else {
            sources_[oldest_] = from;
            oldest_ = (oldest_ + 1) % sources_.size();
        }
    }
    if (!check.use_candidate) return;
    // RFC 5245 §8.1.1.2: an older peer nominates all that work; the best of them counts.
    if (selected_ && from != *selected_ && check.priority < selected_priority_) return;
    selected_ = from;
    selected_priority_ = check.priority;
}

bool LiteAgent::is_checked(const SocketAddress& source) const {
    const auto end = sources_.begin() + static_cast<std::ptrdiff_t>(source_count_);
    return std::find(sources_.begin(), end, source) != end;
}

}  // namespace causeway::stun
