#include "gateway/edge/tls_link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kConnectTime = 5s;
constexpr auto kLongestPause = 60s;

/// 1, 2, 4 ... 60 s, each up to a quarter longer, so that a trunk's clients do not come all at once.
std::chrono::milliseconds pause_after(unsigned failures) {
    const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 6U);
    const std::chrono::milliseconds pause =
        std::min<std::chrono::milliseconds>(1s * (1 << doublings), kLongestPause);
    return pause + pause * (random_u16() % 256) / 1024;
}

}  // namespace

TlsLink::TlsLink(Around around, TlsTarget target, TlsContext context)
    : around_(std::move(around)),
      target_(std::move(target)),
      context_(std::move(context)),
      id_(around_.share.table->make_id()),
      timer_(around_.io) {
    around_.share.table->set_fault(id_, "the connection is still being made");
}

void TlsLink::lead(fetch::Addresses addresses) {
    known_ = std::move(addresses);
    if (target_.when_led && idle_ && !known_.empty()) try_again();
}

void TlsLink::try_again() {
    if (over_) return;
    idle_ = target_.when_led && known_.empty();
    if (idle_) return;
    if (const auto numeric = SocketAddress::parse(target_.host, target_.port)) {
        addresses_ = {*numeric};
        return connect_next();
    }
    if (!known_.empty()) {
        addresses_ = known_;
        return connect_next();
    }
    lookup_ = around_.names.find(target_.host, target_.port, [this](const auto& found) { on_found(found); });
}

void TlsLink::on_found(const Result<fetch::Addresses>& found) {
    if (over_) return;
    if (!found) return failed(found.error().detail);
    addresses_ = *found;
    connect_next();
}

void TlsLink::connect_next() {
    if (addresses_.empty()) return failed(target_.host + " has no address");
    address_ = addresses_.front();
    addresses_.erase(addresses_.begin());
    tcp::endpoint endpoint;
    endpoint.resize(address_.size());
    std::memcpy(endpoint.data(), address_.data(), address_.size());
    socket_ = std::make_shared<tcp::socket>(around_.io);
    leave_from_named();
    timer_.expires_after(kConnectTime);
    timer_.async_wait([socket = socket_](ErrorCode error) {
        ErrorCode ignored;
        if (!error) socket->close(ignored);
    });
    socket_->async_connect(endpoint, [self = shared_from_this(), socket = socket_](ErrorCode error) {
        if (!self->over_) self->on_connected(error);
    });
}

/// What cannot be bound fails to connect, too, with a reason that is logged.
void TlsLink::leave_from_named() {
    if (!target_.listen || target_.listen->is_ipv6() != address_.is_ipv6()) return;
    const SocketAddress own = target_.listen->with_port(0);
    tcp::endpoint endpoint;
    endpoint.resize(own.size());
    std::memcpy(endpoint.data(), own.data(), own.size());
    ErrorCode ignored;
    socket_->open(endpoint.protocol(), ignored);
    socket_->bind(endpoint, ignored);
}

void TlsLink::on_connected(const ErrorCode& error) {
    timer_.cancel();
    if (error) {
        const bool late = error == asio::error::operation_aborted;
        const std::string why = address_.to_string() + ": " + (late ? "no answer" : error.message());
        return addresses_.empty() ? failed(why) : connect_next();
    }
    shake_as_client(std::move(*socket_), context_, target_.server_name,
                    [self = shared_from_this()](Shaken shaken) {
                        if (!self->over_) return self->on_shaken(std::move(shaken));
                        if (shaken.stream) shaken.stream->close("");
                    });
}

void TlsLink::on_shaken(Shaken shaken) {
    if (!shaken.stream) {
        around_.share.failed_handshakes.add();
        return addresses_.empty() ? failed(address_.to_string() + ": " + shaken.fault) : connect_next();
    }
    const std::string own = around_.own(target_, address_.is_ipv6());
    sip::Flow flow{.id = id_,
                   .kind = sip::FlowKind::tls,
                   .inner = {},
                   .peer = address_,
                   .peer_names = std::move(shaken.names),
                   .contact = "sip:" + own + ";transport=tls",
                   .trunk = target_.trunk,
                   .owner = {}};
    FlowLine::Events events;
    events.ready = [this] {
        failures_ = 0;
        up_ = true;
        last_fault_.clear();
        log::info("sip: TLS to trunk {} is up ({})", target_.trunk, address_.to_string());
        around_.changed(id_);
    };
    events.closed = [this](const std::string& why) { lost(why); };
    line_ = std::make_shared<FlowLine>(around_.io.get_executor(), std::move(shaken.stream), std::move(flow),
                                       own, around_.share, std::move(events));
    line_->open(around_.keep_alive);
}

void TlsLink::lost(const std::string& why) {
    line_.reset();
    const bool was_up = std::exchange(up_, false);
    failed(why);
    if (was_up) around_.changed(id_);
}

void TlsLink::failed(const std::string& why) {
    ++failures_;
    around_.share.table->set_fault(id_, why);
    if (why != last_fault_) log::warning("sip: no TLS to trunk {}: {}", target_.trunk, why);
    last_fault_ = why;
    pause();
}

void TlsLink::pause() {
    timer_.expires_after(pause_after(failures_));
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error) self->try_again();
    });
}

void TlsLink::close() {
    over_ = true;
    lookup_.reset();
    timer_.cancel();
    ErrorCode ignored;
    if (socket_) socket_->close(ignored);
    if (line_) line_->close("the gateway is shutting down");
    line_.reset();
}

}  // namespace causeway::edge
