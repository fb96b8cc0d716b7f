// What Sofia-SIP needs once per process, and where its own log lines go.
#pragma once

namespace causeway::sip {

/// Initialises the library, teaches its parser the extra headers (P-Asserted-Identity ...) and leads its
/// log into ours at debug level. Any thread, any number of times.
void set_up_sofia_once();

/// Sofia says only in its log that an answer could not be sent. True when this thread has seen such a line
/// since the last call.
bool take_send_failure();

}  // namespace causeway::sip
