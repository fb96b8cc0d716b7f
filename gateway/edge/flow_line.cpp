#include "gateway/edge/flow_line.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "core/base/log.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Signalling is slow talk: who lets so much pile up does not read at all.
constexpr std::size_t kMostWaiting = 1024 * 1024;
constexpr std::size_t kMostEarly = 64;
constexpr std::chrono::seconds kTick{15};
/// The stack closes what says nothing for 130 s.
constexpr int kTicksBetweenSigns = 4;
/// A stranger's connection without a single message is not kept.
constexpr int kTicksOfSilence = 2;

SocketAddress address_of(const tcp::endpoint& endpoint) {
    return SocketAddress(endpoint.data());
}

tcp::endpoint endpoint_of(const SocketAddress& address) {
    tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    return endpoint;
}

std::string transport_word(sip::FlowKind kind) {
    switch (kind) {
        case sip::FlowKind::ws:
            return "WS";
        case sip::FlowKind::wss:
            return "WSS";
        case sip::FlowKind::tls:
            break;
    }
    return "TLS";
}

bool is_keep_alive(const std::string& message) {
    return message == kPing || message == kPong;
}

}  // namespace

FlowShare::FlowShare(std::shared_ptr<sip::FlowTable> flows, Counters& counters)
    : table(std::move(flows)),
      opened(counters.counter("edge_flows_opened")),
      closed(counters.counter("edge_flows_closed")),
      bad_messages(counters.counter("edge_bad_messages")),
      slow_readers(counters.counter("edge_slow_readers")),
      silent(counters.counter("edge_silent_connections")),
      over_limit(counters.counter("edge_connections_over_limit")),
      failed_handshakes(counters.counter("edge_failed_handshakes")) {}

FlowLine::FlowLine(const asio::any_io_executor& executor, std::shared_ptr<MessageStream> stream,
                   sip::Flow flow, std::string sent_by, FlowShare& share, Events events)
    : stream_(std::move(stream)),
      flow_(std::move(flow)),
      words_{transport_word(flow_.kind), std::move(sent_by), flow_.peer},
      share_(share),
      events_(std::move(events)),
      inner_(executor),
      timer_(executor) {}

void FlowLine::open(std::chrono::seconds pings) {
    pings_ = pings;
    share_.opened.add();
    inner_.async_connect(endpoint_of(share_.entrance),
                         [self = shared_from_this()](ErrorCode error) { self->on_connected(error); });
    stream_->start(*this);
    tick();
}

void FlowLine::on_connected(ErrorCode error) {
    if (over_) return;
    if (error) return end("the SIP stack cannot be reached: " + error.message());
    ErrorCode ignored;
    inner_.set_option(tcp::no_delay(true), ignored);
    flow_.inner = address_of(inner_.local_endpoint(ignored));
    // Its answer tells that the stack has the connection: before, it would try to make one of its own.
    to_inner(std::string(kPing));
    read_inner();
}

void FlowLine::on_ready() {
    ready_ = true;
    share_.table->enter(flow_);
    for (std::string& message : std::exchange(early_, {})) give(std::move(message));
    if (!over_ && events_.ready) events_.ready();
}

void FlowLine::on_message(std::string message) {
    if (over_) return;
    if (message == kPing) {
        if (stream_->unsent() < kMostWaiting) stream_->send(std::string(kPong));
        return;
    }
    if (message == kPong) {
        pongs_ = true;
        awaits_pong_ = false;
        return;
    }
    spoke_ = true;
    if (ready_) return give(std::move(message));
    if (early_.size() >= kMostEarly) return end("too much was said before the stack was ready");
    early_.push_back(std::move(message));
}

void FlowLine::give(std::string message) {
    auto edited = to_stack(std::move(message), words_);
    if (edited) return to_inner(std::move(*edited));
    share_.bad_messages.add();
    log::debug("sip: a message from {} was dropped: {}", flow_.peer.to_string(), edited.error().detail);
}

void FlowLine::to_inner(std::string bytes) {
    if (over_) return;
    waiting_bytes_ += bytes.size();
    if (waiting_bytes_ > kMostWaiting) return end("the SIP stack does not keep up");
    waiting_.push_back(std::move(bytes));
    if (waiting_.size() == 1) write_inner();
}

void FlowLine::write_inner() {
    asio::async_write(
        inner_, asio::buffer(waiting_.front()),
        [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_inner_written(error); });
}

void FlowLine::on_inner_written(ErrorCode error) {
    if (over_) return;
    if (error) return end("the SIP stack closed: " + error.message());
    waiting_bytes_ -= waiting_.front().size();
    waiting_.pop_front();
    if (!waiting_.empty()) write_inner();
}

void FlowLine::read_inner() {
    inner_.async_read_some(
        asio::buffer(bytes_),
        [self = shared_from_this()](ErrorCode error, std::size_t size) { self->on_inner_read(error, size); });
}

void FlowLine::on_inner_read(ErrorCode error, std::size_t size) {
    if (over_) return;
    if (error) return end("the SIP stack closed: " + error.message());
    splitter_.feed({bytes_.data(), size});
    if (take_inner()) read_inner();
}

bool FlowLine::take_inner() {
    while (!over_) {
        auto next = splitter_.next();
        if (!next) {
            end("the SIP stack's stream cannot be read: " + next.error().detail);
            return false;
        }
        if (!*next) return true;
        if (is_keep_alive(**next)) {
            if (!ready_) on_ready();
            continue;
        }
        auto message = to_peer(std::move(**next), words_);
        if (!message) continue;
        stream_->send(std::move(*message));
        if (stream_->unsent() > kMostWaiting) {
            share_.slow_readers.add();
            end("the peer does not read");
        }
    }
    return false;
}

void FlowLine::tick() {
    timer_.expires_after(pings_.count() > 0 ? pings_ : kTick);
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error && !self->over_) self->on_tick();
    });
}

void FlowLine::on_tick() {
    ++ticks_;
    const bool stranger = flow_.kind == sip::FlowKind::tls && flow_.trunk.empty();
    if (stranger && !spoke_ && ticks_ >= kTicksOfSilence) {
        share_.silent.add();
        return end("nothing was said");
    }
    if (ready_ && (pings_.count() > 0 || ticks_ % kTicksBetweenSigns == 0)) to_inner(std::string(kPing));
    if (pings_.count() > 0) {
        // RFC 5626 §4.4.1; who never answered may not know them.
        if (awaits_pong_ && pongs_) return end("keep-alives are not answered any more");
        awaits_pong_ = true;
        stream_->send(std::string(kPing));
    }
    if (!over_) tick();
}

void FlowLine::end(const std::string& why) {
    if (over_) return;
    // Whoever is told may let go of the last other owner.
    const auto self = shared_from_this();
    take_down();
    stream_->close(why);
    log::debug("sip: the connection of {} ended: {}", flow_.peer.to_string(), why);
    if (auto closed = std::exchange(events_.closed, nullptr)) closed(why);
    events_ = {};
}

void FlowLine::close(std::string_view why) {
    if (over_) return;
    take_down();
    events_ = {};
    stream_->close(why);
}

void FlowLine::take_down() {
    over_ = true;
    share_.closed.add();
    share_.table->remove(flow_.id);
    timer_.cancel();
    ErrorCode ignored;
    inner_.close(ignored);
}

}  // namespace causeway::edge
