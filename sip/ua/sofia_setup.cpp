// Process-wide preparation of Sofia-SIP and the reading of its log. Lines of the default level are few: they
// tell of faults, which the transaction layer reports in no other way.
#include "sip/ua/sofia_setup.hpp"

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/udp_doors.hpp"

namespace causeway::sip {
namespace {

// One SIP stack lives on one thread, so what that thread has logged belongs to that stack.
thread_local FailedAnswer worst_failure = FailedAnswer::none;

extern "C" void take_log_line(void*, const char* format, va_list arguments) {
    char line[512];
    const int length = std::vsnprintf(line, sizeof line, format, arguments);
    if (length <= 0) return;
    std::string_view text(line);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    worst_failure = std::max(worst_failure, failed_answer_in(text));
    log::debug("sofia: {}", text);
}

}  // namespace

void set_up_sofia_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        su_init();
        su_log_redirect(nullptr, take_log_line, nullptr);
        sip_update_default_mclass(sip_extend_mclass(nullptr));
        install_digest_client();
        install_stun_server();
    });
}

FailedAnswer failed_answer_in(std::string_view line) {
    if (line.find("incoming_reply") == std::string_view::npos) return FailedAnswer::none;
    // "... while sending <status> <phrase> for <method> (<CSeq>)"
    constexpr std::string_view kSending = "while sending ";
    const auto sending = line.find(kSending);
    const auto method = line.rfind(" for ");
    if (sending == std::string_view::npos || method == std::string_view::npos || !line.ends_with(')')) {
        return FailedAnswer::any;
    }
    if (!line.substr(method).starts_with(" for INVITE (")) return FailedAnswer::none;
    switch (line[sending + kSending.size()]) {
        case '1':
            return FailedAnswer::none;
        case '2':
            return FailedAnswer::any;
        default:
            return FailedAnswer::refusal;
    }
}

FailedAnswer take_failed_answer() {
    return std::exchange(worst_failure, FailedAnswer::none);
}

}  // namespace causeway::sip
