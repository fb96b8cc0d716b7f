// One flow: a peer's connection and the loopback connection that carries it to the stack, tied together. What
// one side closes, the other loses. Internal to the room; includes Asio. Control thread. RFC 5626 §4.4.1, RFC
// 7118 §5.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/base/counters.hpp"
#include "gateway/edge/framing.hpp"
#include "gateway/edge/message_stream.hpp"
#include "gateway/edge/via.hpp"
#include "sip/ua/flow_table.hpp"

namespace causeway::edge {

/// Given to all flows of one edge.
struct FlowShare {
    FlowShare(std::shared_ptr<sip::FlowTable> flows, Counters& counters);

    std::shared_ptr<sip::FlowTable> table;
    SocketAddress entrance;  ///< the stack's
    Counter& opened;
    Counter& closed;
    Counter& bad_messages;
    Counter& slow_readers;
    Counter& silent;
    Counter& over_limit;
    Counter& failed_handshakes;
};

class FlowLine : public MessageStream::Listener, public std::enable_shared_from_this<FlowLine> {
  public:
    struct Events {
        std::function<void()> ready;  ///< the stack can send by it
        std::function<void(const std::string& why)> closed;
    };

    FlowLine(const boost::asio::any_io_executor& executor, std::shared_ptr<MessageStream> stream,
             sip::Flow flow, std::string sent_by, FlowShare& share, Events events);

    /// Later, `closed` is called unless `close` was. `pings`: how often to send keep-alives; 0 never.
    void open(std::chrono::seconds pings);
    /// No event comes after it.
    void close(std::string_view why);

    void on_message(std::string message) override;
    void on_closed(const std::string& why) override { end(why); }

  private:
    using ErrorCode = boost::system::error_code;

    void on_connected(ErrorCode error);
    void on_ready();
    void read_inner();
    void on_inner_read(ErrorCode error, std::size_t size);
    bool take_inner();
    void give(std::string message);
    void to_inner(std::string bytes);
    void write_inner();
    void on_inner_written(ErrorCode error);
    void tick();
    void on_tick();
    void end(const std::string& why);
    void take_down();

    // Given.
    std::shared_ptr<MessageStream> stream_;
    sip::Flow flow_;
    ViaWords words_;
    FlowShare& share_;
    Events events_;
    std::chrono::seconds pings_{0};
    // State.
    boost::asio::ip::tcp::socket inner_;
    boost::asio::steady_timer timer_;
    MessageSplitter splitter_;
    std::array<char, 16384> bytes_;
    std::deque<std::string> waiting_;  ///< for the stack; the first is being written
    std::size_t waiting_bytes_ = 0;
    std::deque<std::string> early_;  ///< came before the stack was ready
    bool ready_ = false;
    bool over_ = false;
    bool spoke_ = false;  ///< the peer sent a message
    bool pongs_ = false;  ///< the peer knows keep-alives
    bool awaits_pong_ = false;
    int ticks_ = 0;
};

}  // namespace causeway::edge
