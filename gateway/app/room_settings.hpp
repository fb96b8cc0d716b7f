// The configuration as each room wants it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "gateway/http/web_door.hpp"
#include "gateway/media/media_settings.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::app {

/// "causeway/0.1.0"
std::string product();

sip::SipUaSettings sip_settings(const config::Config& config,
                                std::shared_ptr<sip::FlowTable> flows = nullptr);
media::MediaSettings media_settings(const config::Config& config);
/// What a page of `user` ("" for a guest) reaches the gateway by; credentials from `now` on, seconds since
/// 1970.
http::IceServers ice_servers(const config::Config& config, std::string_view user, std::int64_t now);
/// Without the TLS files: those may first have to be made.
http::WebDoorSettings web_settings(const config::Config& config);
/// `proxies` are the servers to use, by trunk; trunks of `without` are left out: their names lead nowhere
/// yet.
std::vector<sip::Registration> registrations(const config::Config& config,
                                             const std::map<std::string, std::string>& proxies = {},
                                             const std::set<std::string>& without = {});
std::vector<sip::Mailbox> mailboxes(const config::Config& config);
/// The SIP address at which the demo exchange finds the gateway.
SocketAddress gateway_sip_address(const config::Config& config);

}  // namespace causeway::app
