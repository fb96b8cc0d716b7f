// Process-wide preparation of Sofia-SIP and the reading of its log. Lines of the default level are few: they
// tell of faults, which the transaction layer reports in no other way.
#include "sip/ua/sofia_setup.hpp"

#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <utility>

#include "core/base/log.hpp"

namespace causeway::sip {
namespace {

// One SIP stack lives on one thread, so what that thread has logged belongs to that stack.
thread_local SendFailure send_failure = SendFailure::none;

void note_failure(std::string_view line) {
    for (const char* sign : {"No buffer space", "Broken pipe", "Connection re"}) {
        if (line.find(sign) == std::string_view::npos) continue;
        if (send_failure == SendFailure::none) send_failure = SendFailure::connection;
        return;
    }
    // "tport_tsend: <why>" comes before "error (<why>)"; both say why.
    send_failure = SendFailure::other;
}

extern "C" void take_log_line(void*, const char* format, va_list arguments) {
    char line[512];
    const int length = std::vsnprintf(line, sizeof line, format, arguments);
    if (length <= 0) return;
    std::string_view text(line);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.find("incoming_reply") != std::string_view::npos) note_failure(text);
    log::debug("sofia: {}", text);
}

}  // namespace

void set_up_sofia_once() {
    static std::once_flag once;
    std::call_once(once, [] {
        su_init();
        su_log_redirect(nullptr, take_log_line, nullptr);
        sip_update_default_mclass(sip_extend_mclass(nullptr));
    });
}

SendFailure take_send_failure() {
    return std::exchange(send_failure, SendFailure::none);
}

}  // namespace causeway::sip
