// Tells systemd how the service stands (sd_notify protocol, systemd.service(5) Type=notify). Does nothing
// elsewhere.
#pragma once

#include <string_view>

namespace causeway::app {

/// "READY=1", "STOPPING=1", "STATUS=...". Any thread.
void notify_service_manager(std::string_view state);

}  // namespace causeway::app
