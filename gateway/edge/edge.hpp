// The edge of the SIP door: ends TLS and WebSocket connections, which the stack does not speak or whose
// certificates it cannot change, and carries each to the stack as a flow (sip/ua/flow_table.hpp). Listens for
// TLS, takes WebSockets from the web door, keeps TLS connections to trunks open. Control thread.
// RFC 3261 §26.2, RFC 5922, RFC 5923, RFC 5626 §4.4.1, RFC 7118.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "gateway/edge/message_stream.hpp"
#include "gateway/edge/tls_context.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}
namespace causeway::sip {
class FlowTable;
}

namespace causeway::edge {

struct TlsListen {
    SocketAddress address;
    std::string host;  ///< what peers are told to reach it by; "": the address
};

/// A TLS connection to a trunk, kept open.
struct TlsTarget {
    std::string trunk;
    std::string host;  ///< name or IP address, without brackets
    std::uint16_t port = 5061;
    std::string server_name;  ///< what the server's certificate must be for
    TlsClientRules rules;
    /// Of EdgeSettings::listen: where it leaves from, and what it shows of us; without, by family.
    std::optional<SocketAddress> listen{};
    bool when_led = false;  ///< only as long as `lead` has told addresses
};

struct EdgeSettings {
    std::string domain;  ///< our host in Contacts where no address is reached
    std::vector<TlsListen> listen;
    TlsServerRules server;
    std::vector<TlsTarget> trunks;
    std::chrono::seconds keep_alive{30};  ///< towards trunks; 0 never
    std::size_t max_connections = 2000;   ///< accepted TLS ones
    std::size_t max_per_source = 200;
};

class Edge {
  public:
    /// Opens the ports; throws std::runtime_error with the address or file that failed. Lives no longer than
    /// `io`.
    Edge(boost::asio::io_context& io, EdgeSettings settings, std::shared_ptr<sip::FlowTable> flows,
         Counters& counters);
    ~Edge();
    Edge(const Edge&) = delete;
    Edge& operator=(const Edge&) = delete;

    /// Once the stack stands: where it takes flows, and whom to tell that one was re-made or is gone
    /// (SipUa::flow_entrance, SipUa::flow_changed). Connections are taken and made from now on.
    void start(SocketAddress entrance, std::function<void(FlowId)> flow_changed);

    /// A page's WebSocket of subprotocol `sip`.
    void take(std::shared_ptr<MessageStream> stream, const WebSocketPeer& peer);

    /// The connection that is kept open to a trunk (it may be down: see FlowTable::find and fault); 0 when
    /// there is none.
    FlowId flow_of_trunk(const std::string& trunk) const;

    /// Where the name of a trunk leads to by TLS, best first (RFC 3263); for its next connections. Without it
    /// the name's own addresses are tried, or nothing (TlsTarget::when_led).
    void lead(const std::string& trunk, std::vector<SocketAddress> addresses);

    /// Reads certificates anew; running connections keep theirs. Files that changed are noticed within 5 s
    /// without it. What cannot be used is logged, and the old one stays.
    void reload();

    /// Of a listening address, in order; settings may say port 0.
    std::uint16_t tls_port(std::size_t index = 0) const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;  ///< handlers of the io_context may hold it a little longer
};

}  // namespace causeway::edge
