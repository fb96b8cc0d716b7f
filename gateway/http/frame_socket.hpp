// What every WebSocket of the door has (RFC 6455), whatever is spoken on it: pings, a queue of frames to
// write and an orderly end. Internal to the room; includes Beast. Control thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/door_state.hpp"
#include "gateway/http/door_stream.hpp"

namespace causeway::http {

/// Lives as long as something is read, written or waited for. The door knows it while it lives.
class FrameSocket : public OpenConnection, public std::enable_shared_from_this<FrameSocket> {
  public:
    ~FrameSocket() override;

    void go_away() override;
    void abort() override { shut(); }

  protected:
    using ErrorCode = boost::system::error_code;

    /// `context` is kept alive with the stream; null for plain TCP.
    FrameSocket(DoorStream stream, std::shared_ptr<boost::asio::ssl::context> context,
                std::shared_ptr<DoorState> door);

    DoorState& door() { return *door_; }
    boost::beast::websocket::stream<DoorStream>& socket() { return socket_; }
    /// Runs the end's own time once `say_close` was called; until then it is the derived class's.
    boost::asio::steady_timer& deadline() { return deadline_; }
    bool closing() const { return closing_; }
    /// Bytes given to `write` that have not left.
    std::size_t unsent() const { return unsent_; }

    /// Time limits and pings; before the upgrade is accepted.
    void set_up();
    /// After what was given before. Nothing while closing.
    void write(std::string frame);
    /// Closes after what was given before (RFC 6455 §7.1.2); a peer that does not answer is not waited for
    /// long.
    void say_close(boost::beast::websocket::close_code code, std::string_view why);
    /// At once, and nothing more is written.
    void cut();

  private:
    /// The next frame leaves: text or binary is to be chosen.
    virtual void choose_kind(const std::string& frame) = 0;

    void write_next();
    void on_written(ErrorCode error, std::size_t size);
    void start_close();
    void on_close_done(ErrorCode error);
    void on_close_deadline(ErrorCode error);
    void shut();

    // Given.
    std::shared_ptr<DoorState> door_;
    std::shared_ptr<boost::asio::ssl::context> context_;
    // Owned.
    boost::beast::websocket::stream<DoorStream> socket_;
    boost::asio::steady_timer deadline_;
    // State.
    std::deque<std::string> waiting_;  ///< the first is being written
    std::size_t unsent_ = 0;
    bool closing_ = false;
    boost::beast::websocket::close_reason why_;
};

}  // namespace causeway::http
