// What Sofia-SIP needs once per process, and where its own log lines go.
#pragma once

#include <string_view>

namespace causeway::sip {

/// Initialises the library, teaches its parser the extra headers (P-Asserted-Identity ...) and leads its
/// log into ours at debug level. Any thread, any number of times.
void set_up_sofia_once();

/// A final answer to an INVITE that could not be sent.
enum class FailedAnswer {
    none,
    refusal,  ///< surely not a 2xx
    any,
};

/// What a line of Sofia's log says; a failure that cannot be understood may be any.
FailedAnswer failed_answer_in(std::string_view line);

/// Sofia says only in its log that an answer could not be sent: the worst that this thread has read of since
/// the last call.
FailedAnswer take_failed_answer();

}  // namespace causeway::sip
