#include "gateway/http/frame_socket.hpp"

#include <algorithm>
#include <boost/beast/core/bind_handler.hpp>
#include <chrono>
#include <utility>

namespace causeway::http {
namespace {

namespace beast = boost::beast;
namespace ws = boost::beast::websocket;

constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kIdleTime{50};  // Beast pings after half of it
constexpr std::chrono::seconds kCloseTime{5};
constexpr std::size_t kLongestReason = 120;  // RFC 6455 §5.5

}  // namespace

FrameSocket::FrameSocket(DoorStream stream, std::shared_ptr<boost::asio::ssl::context> context,
                         std::shared_ptr<DoorState> door)
    : door_(std::move(door)),
      context_(std::move(context)),
      socket_(std::move(stream)),
      deadline_(socket_.get_executor()) {
    door_->connections.insert(this);
}

FrameSocket::~FrameSocket() {
    door_->connections.erase(this);
}

void FrameSocket::set_up() {
    ws::stream_base::timeout timeout{};
    timeout.handshake_timeout = kHandshakeTime;
    timeout.idle_timeout = kIdleTime;
    timeout.keep_alive_pings = true;
    socket_.next_layer().next_layer().expires_never();
    socket_.set_option(timeout);
    socket_.auto_fragment(false);
}

void FrameSocket::go_away() {
    say_close(ws::close_code::going_away, "the gateway is shutting down");
}

void FrameSocket::write(std::string frame) {
    if (closing_) return;
    unsent_ += frame.size();
    waiting_.push_back(std::move(frame));
    if (waiting_.size() == 1) write_next();
}

void FrameSocket::write_next() {
    choose_kind(waiting_.front());
    socket_.async_write(boost::asio::buffer(waiting_.front()),
                        beast::bind_front_handler(&FrameSocket::on_written, shared_from_this()));
}

void FrameSocket::on_written(ErrorCode error, std::size_t) {
    if (error) return;
    unsent_ -= waiting_.front().size();
    waiting_.pop_front();
    if (!waiting_.empty()) return write_next();
    if (closing_) start_close();
}

void FrameSocket::say_close(ws::close_code code, std::string_view why) {
    if (std::exchange(closing_, true)) return;
    why_ = ws::close_reason(code, beast::string_view(why.data(), std::min(why.size(), kLongestReason)));
    deadline_.expires_after(kCloseTime);
    deadline_.async_wait(beast::bind_front_handler(&FrameSocket::on_close_deadline, shared_from_this()));
    if (waiting_.empty()) start_close();
}

void FrameSocket::start_close() {
    socket_.async_close(why_, beast::bind_front_handler(&FrameSocket::on_close_done, shared_from_this()));
}

void FrameSocket::on_close_done(ErrorCode) {
    shut();
}

/// A peer that neither reads nor answers the close frame is not waited for.
void FrameSocket::on_close_deadline(ErrorCode error) {
    if (!error) shut();
}

void FrameSocket::cut() {
    closing_ = true;
    shut();
}

void FrameSocket::shut() {
    socket_.next_layer().next_layer().close();
}

}  // namespace causeway::http
