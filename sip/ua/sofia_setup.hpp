// What Sofia-SIP needs once per process, and where its own log lines go.
#pragma once

namespace causeway::sip {

/// Initialises the library, teaches its parser the extra headers (P-Asserted-Identity ...) and leads its
/// log into ours at debug level. Any thread, any number of times.
void set_up_sofia_once();

/// An answer that could not be sent, and where the fault lies.
enum class SendFailure {
    none,
    connection,  ///< a TCP connection that is closed or that the peer does not read
    other,       ///< no route, a firewall, no memory ...
};

/// Sofia says only in its log that an answer could not be sent: the worst that this thread has seen since the
/// last call.
SendFailure take_send_failure();

}  // namespace causeway::sip
