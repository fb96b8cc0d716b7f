// Flows: the WebSocket and TLS connections that gateway/edge ends, each carried to the stack by a loopback
// TCP connection of its own, by whose source port the stack knows it. The edge enters and removes flows, the
// SIP thread looks them up with every message. Any thread. RFC 5626 §3, RFC 7118 §5, RFC 5923 §5.
//
// How the user agent uses it, and so what others need not care for:
// - what comes by a flow has the peer's real address as source, and InboundInvite::flow says which it was;
// - everything of its dialog goes back by the flow, whatever the peer's Contact says, and our Contact there
//   is the flow's own; OutboundInvite::flow calls somebody by a flow;
// - a request in the dialog by another flow of the same owner moves the dialog there (a page reconnected).
// For requests outside INVITE dialogs give NUTAG_PROXY(flows.proxy(id)) to the handle.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::sip {

enum class FlowKind { ws, wss, tls };

struct Flow {
    FlowId id{};
    FlowKind kind = FlowKind::ws;
    SocketAddress inner;  ///< the edge's end of the loopback connection
    SocketAddress peer;   ///< who it really is
    /// Of the peer's certificate, when it gave one that a configured authority signed: DNS names, IP
    /// addresses and the hosts of SIP URIs (RFC 5922 §7.1), in lower case.
    std::vector<std::string> peer_names;
    std::string contact;  ///< URI of our Contact there, "sip:gw.example:5061;transport=tls"
    std::string trunk;    ///< of a connection that we opened to a trunk; else ""
    std::string owner;    ///< the user who has logged in over it; "" nobody
};

class FlowTable {
  public:
    /// Unique for the life of the table. A connection that is kept open for us keeps its id when re-made.
    FlowId make_id();

    /// Replaces what has the same id.
    void enter(Flow flow);
    void remove(FlowId id);
    void set_owner(FlowId id, std::string owner);

    std::optional<Flow> find(FlowId id) const;
    /// By the source of a TCP connection to the stack.
    std::optional<Flow> find_inner(const SocketAddress& inner) const;
    std::size_t size() const;

    /// "sip:127.0.0.1:40123;transport=tcp": what the stack must send to; "" when the flow is gone.
    std::string proxy(FlowId id) const;

    /// Why a flow that is to be kept open is not there, for people: "certificate verify failed". "" unknown.
    void set_fault(FlowId id, std::string words);
    std::string fault(FlowId id) const;

  private:
    void leave(FlowId id);

    mutable std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::unordered_map<FlowId, Flow> flows_;
    std::unordered_map<SocketAddress, FlowId> by_inner_;
    std::unordered_map<FlowId, std::string> faults_;
};

Transport transport_of(FlowKind kind);
/// NUTAG_PROXY's value for a flow.
std::string proxy_uri(const Flow& flow);

}  // namespace causeway::sip
