// A REGISTER that came from a softphone, as a value; before anything of it is believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::sip {

/// A request outside of dialogs that waits for our answer.
using RequestId = StrongId<struct SipRequestIdTag, std::uint64_t>;

struct RegisterContact {
    std::string uri;
    std::string instance;  ///< +sip.instance (RFC 5626 §4.1) without its quotes, "" if none
    std::uint32_t reg_id = 0;
    std::optional<std::uint32_t> expires;
};

struct InboundRegister {
    RequestId request{};
    FlowId flow{};  ///< the connection that it came by
    SocketAddress source;
    std::string request_uri;
    std::string to_user;  ///< unescaped
    std::string to_host;
    std::vector<RegisterContact> contacts;
    bool all = false;  ///< Contact: *
    std::optional<std::uint32_t> expires;
    std::string sip_call_id;
    std::uint32_t cseq = 0;
    std::vector<std::string> authorization;  ///< values of Authorization and Proxy-Authorization
    bool supports_outbound = false;
    std::string user_agent;
};

}  // namespace causeway::sip
