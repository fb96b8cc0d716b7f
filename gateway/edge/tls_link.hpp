// One TLS connection that is kept open to a trunk: looked up, connected, shaken, and made again after
// growing pauses. Its FlowId stays. Internal to the room; includes Asio. Control thread. RFC 5923 §6.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "gateway/edge/edge.hpp"
#include "gateway/edge/flow_line.hpp"
#include "gateway/edge/tls_stream.hpp"
#include "gateway/fetch/name_lookup.hpp"

namespace causeway::edge {

class TlsLink : public std::enable_shared_from_this<TlsLink> {
  public:
    struct Around {
        boost::asio::io_context& io;
        fetch::NameLookup& names;
        FlowShare& share;
        std::function<void(FlowId)> changed;
        std::function<std::string(const TlsTarget&, bool ipv6)> own;  ///< our host and port, as told there
        std::chrono::seconds keep_alive;
    };

    TlsLink(Around around, TlsTarget target, TlsContext context);

    FlowId id() const { return id_; }
    const TlsTarget& target() const { return target_; }
    void start() {
        if (!target_.when_led) try_again();
    }
    /// For the next connection.
    void use(TlsContext context) { context_ = std::move(context); }
    /// Where the target's name leads to, from the next connection on.
    void lead(fetch::Addresses addresses);
    void close();

  private:
    void try_again();
    void on_found(const Result<fetch::Addresses>& found);
    void connect_next();
    void leave_from_named();
    void on_connected(const boost::system::error_code& error);
    void on_shaken(Shaken shaken);
    void failed(const std::string& why);
    void lost(const std::string& why);
    void pause();

    Around around_;
    TlsTarget target_;
    TlsContext context_;
    FlowId id_;
    // State.
    std::shared_ptr<fetch::NameLookup::Ticket> lookup_;
    fetch::Addresses known_;      ///< what others found out about the name
    fetch::Addresses addresses_;  ///< that are still to be tried
    SocketAddress address_;
    std::shared_ptr<boost::asio::ip::tcp::socket> socket_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<FlowLine> line_;
    unsigned failures_ = 0;
    bool up_ = false;
    bool idle_ = true;  ///< neither there nor being made
    bool over_ = false;
    std::string last_fault_;
};

}  // namespace causeway::edge
