// What a voice mailbox says (RFC 3842 §5.2, application/simple-message-summary). Pure, total.
#pragma once

#include <optional>
#include <string_view>

#include "sip/ua/requests.hpp"

namespace causeway::sip {

/// Source and trunk are left to the caller; nullopt without a Messages-Waiting line.
std::optional<MessagesWaiting> parse_message_summary(std::string_view body);

}  // namespace causeway::sip
