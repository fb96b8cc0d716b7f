#include "gateway/edge/edge.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "core/base/log.hpp"
#include "gateway/edge/flow_line.hpp"
#include "gateway/edge/tls_link.hpp"
#include "gateway/edge/tls_stream.hpp"
#include "gateway/fetch/name_lookup.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds kLookAtFiles{5};
constexpr std::chrono::milliseconds kAcceptPause{100};  // when descriptors have run out
constexpr std::uint16_t kDefaultTlsPort = 5061;

tcp::acceptor open_port(asio::io_context& io, const SocketAddress& address) {
    tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    try {
        tcp::acceptor acceptor(io, endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        // "::" is for IPv6 only, as with the stack's own; so each family has a listener of its own.
        if (address.is_ipv6()) acceptor.set_option(asio::ip::v6_only(true));
        acceptor.bind(endpoint);
        acceptor.listen();
        return acceptor;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("sip: cannot listen on tls " + address.to_string() + ": " +
                                 error.code().message());
    }
}

std::string in_uri(const std::string& host) {
    const bool bare_ipv6 = host.find(':') != std::string::npos && host.front() != '[';
    return bare_ipv6 ? '[' + host + ']' : host;
}

template <class T>
T usable(Result<T> made) {
    if (!made) throw std::runtime_error("sip.tls: " + made.error().detail);
    return std::move(*made);
}

using FileTimes = std::map<std::string, std::filesystem::file_time_type>;

FileTimes times_of(const std::vector<std::string>& files) {
    FileTimes times;
    for (const std::string& file : files) {
        std::error_code fault;
        if (!file.empty()) times[file] = std::filesystem::last_write_time(file, fault);
    }
    return times;
}

}  // namespace

class Edge::Impl : public std::enable_shared_from_this<Edge::Impl> {
  public:
    Impl(asio::io_context& io, EdgeSettings settings, std::shared_ptr<sip::FlowTable> flows,
         Counters& counters)
        : io_(io),
          settings_(std::move(settings)),
          share_(std::move(flows), counters),
          names_(std::make_unique<fetch::NameLookup>(io)),
          watch_(io) {
        if (!settings_.listen.empty()) server_ = usable(make_server_context(settings_.server));
        for (const TlsListen& listen : settings_.listen) {
            doors_.push_back({open_port(io_, listen.address), listen, asio::steady_timer(io_)});
        }
        for (const TlsTarget& target : settings_.trunks) {
            contexts_.push_back(usable(make_client_context(target.rules)));
        }
        seen_ = times_of(files());
    }

    void start(SocketAddress entrance, std::function<void(FlowId)> changed) {
        share_.entrance = entrance;
        changed_ = std::move(changed);
        for (std::size_t i = 0; i < settings_.trunks.size(); ++i) {
            links_.push_back(std::make_shared<TlsLink>(around(), settings_.trunks[i], contexts_[i]));
            links_.back()->start();
        }
        for (Door& door : doors_) accept(door);
        if (!files().empty()) watch();
    }

    void close() {
        over_ = true;
        watch_.cancel();
        ErrorCode ignored;
        for (Door& door : doors_) {
            door.acceptor.close(ignored);
            door.pause.cancel();
        }
        for (const auto& link : links_) link->close();
        for (const auto& [id, line] : std::exchange(lines_, {})) line->close("the gateway is shutting down");
        // Its threads must not outlive the io_context, as what handlers hold may.
        names_.reset();
    }

    void take(std::shared_ptr<MessageStream> stream, const WebSocketPeer& peer) {
        if (over_ || share_.entrance.port() == 0) return stream->close("the gateway is not ready");
        const std::string host = settings_.domain;
        open(std::move(stream),
             {.id = share_.table->make_id(),
              .kind = peer.secure ? sip::FlowKind::wss : sip::FlowKind::ws,
              .inner = {},
              .peer = peer.address,
              .peer_names = {},
              .contact = "sip:" + in_uri(host) + ";transport=ws",
              .trunk = {},
              .owner = {}},
             in_uri(host));
    }

    FlowId flow_of_trunk(const std::string& trunk) const {
        for (const auto& link : links_) {
            if (link->target().trunk == trunk) return link->id();
        }
        return {};
    }

    void lead(const std::string& trunk, std::vector<SocketAddress> addresses) {
        for (const auto& link : links_) {
            if (link->target().trunk == trunk) link->lead(std::move(addresses));
        }
    }

    void reload() {
        seen_ = times_of(files());
        if (!doors_.empty()) {
            if (auto fresh = make_server_context(settings_.server)) {
                server_ = std::move(*fresh);
                log::info("sip: new TLS connections get the certificate {} as it is now",
                          settings_.server.certificate);
            } else {
                log::error("sip: {}; the certificate read before stays", fresh.error().detail);
            }
        }
        for (const auto& link : links_) {
            if (auto fresh = make_client_context(link->target().rules)) {
                link->use(std::move(*fresh));
            } else {
                log::error("sip: trunk {}: {}; what was read before stays", link->target().trunk,
                           fresh.error().detail);
            }
        }
    }

    std::uint16_t port(std::size_t index) const { return doors_.at(index).acceptor.local_endpoint().port(); }

  private:
    struct Door {
        tcp::acceptor acceptor;
        TlsListen listen;
        asio::steady_timer pause;
    };

    std::string sent_by(const Door& door) const {
        std::string host = door.listen.host;
        if (host.empty()) {
            host = door.listen.address.is_unspecified() ? settings_.domain : door.listen.address.ip();
        }
        return in_uri(host) + ':' + std::to_string(door.acceptor.local_endpoint().port());
    }

    /// What a trunk is shown of us: the listening address that it names, else the first of the family by
    /// which it is reached.
    std::string own_towards(const TlsTarget& target, bool ipv6) const {
        const auto fits = [&](const Door& door) {
            return target.listen ? door.listen.address == *target.listen
                                 : door.listen.address.is_ipv6() == ipv6;
        };
        auto door = std::find_if(doors_.begin(), doors_.end(), fits);
        // RFC 5923 §8: whoever we connect to may reach us by that same connection, or where we listen.
        if (door == doors_.end()) door = doors_.begin();
        if (door == doors_.end()) return in_uri(settings_.domain) + ':' + std::to_string(kDefaultTlsPort);
        return sent_by(*door);
    }

    TlsLink::Around around() {
        return {.io = io_,
                .names = *names_,
                .share = share_,
                .changed = changed_,
                .own = [this](const TlsTarget& target, bool ipv6) { return own_towards(target, ipv6); },
                .keep_alive = settings_.keep_alive};
    }

    void accept(Door& door) {
        door.acceptor.async_accept([self = shared_from_this(), &door](ErrorCode error, tcp::socket socket) {
            if (self->over_) return;
            if (error) return self->accept_later(door, error);
            self->on_accepted(door, std::move(socket));
            self->accept(door);
        });
    }

    void accept_later(Door& door, ErrorCode error) {
        log::warning("sip: cannot accept a TLS connection: {}", error.message());
        door.pause.expires_after(kAcceptPause);
        door.pause.async_wait([self = shared_from_this(), &door](ErrorCode) {
            if (!self->over_) self->accept(door);
        });
    }

    void on_accepted(const Door& door, tcp::socket socket) {
        ErrorCode error;
        const SocketAddress peer(socket.remote_endpoint(error).data());
        if (error) return;
        const SocketAddress source = peer.with_port(0);
        if (accepted_ >= settings_.max_connections || sources_[source] >= settings_.max_per_source) {
            if (sources_[source] == 0) sources_.erase(source);
            return share_.over_limit.add();
        }
        ++accepted_;
        ++sources_[source];
        const std::shared_ptr<void> seat(nullptr, [self = shared_from_this(), source](void*) {
            --self->accepted_;
            if (--self->sources_[source] == 0) self->sources_.erase(source);
        });
        const std::string own = sent_by(door);
        shake_as_server(std::move(socket), server_,
                        [self = shared_from_this(), peer, own, seat](Shaken shaken) {
                            self->on_shaken(std::move(shaken), peer, own, seat);
                        });
    }

    void on_shaken(Shaken shaken, const SocketAddress& peer, const std::string& own,
                   const std::shared_ptr<void>& seat) {
        if (!shaken.stream) {
            share_.failed_handshakes.add();
            log::debug("sip: {}: {}", peer.to_string(), shaken.fault);
            return;
        }
        if (over_) return shaken.stream->close("the gateway is shutting down");
        open(std::move(shaken.stream),
             {.id = share_.table->make_id(),
              .kind = sip::FlowKind::tls,
              .inner = {},
              .peer = peer,
              .peer_names = std::move(shaken.names),
              .contact = "sip:" + own + ";transport=tls",
              .trunk = {},
              .owner = {}},
             own, seat);
    }

    void open(std::shared_ptr<MessageStream> stream, sip::Flow flow, const std::string& own,
              std::shared_ptr<void> seat = nullptr) {
        const FlowId id = flow.id;
        FlowLine::Events events;
        events.closed = [self = shared_from_this(), id, seat = std::move(seat)](const std::string&) {
            self->lines_.erase(id);
            if (!self->over_ && self->changed_) self->changed_(id);
        };
        auto line = std::make_shared<FlowLine>(io_.get_executor(), std::move(stream), std::move(flow), own,
                                               share_, std::move(events));
        lines_[id] = line;
        line->open(std::chrono::seconds(0));
    }

    std::vector<std::string> files() const {
        std::vector<std::string> all;
        if (!settings_.listen.empty()) {
            const TlsServerRules& own = settings_.server;
            all.insert(all.end(), {own.certificate, own.private_key, own.client_ca});
        }
        for (const TlsTarget& target : settings_.trunks) {
            const TlsClientRules& rules = target.rules;
            all.insert(all.end(), {rules.ca_file, rules.certificate, rules.private_key});
        }
        std::erase(all, std::string());
        return all;
    }

    void watch() {
        watch_.expires_after(kLookAtFiles);
        watch_.async_wait([self = shared_from_this()](ErrorCode error) {
            if (error || self->over_) return;
            if (times_of(self->files()) != self->seen_) self->reload();
            self->watch();
        });
    }

    // Given.
    asio::io_context& io_;
    EdgeSettings settings_;
    std::function<void(FlowId)> changed_;
    // Owned.
    FlowShare share_;
    std::unique_ptr<fetch::NameLookup> names_;
    TlsContext server_;
    std::vector<Door> doors_;
    std::vector<TlsContext> contexts_;
    std::vector<std::shared_ptr<TlsLink>> links_;
    std::unordered_map<FlowId, std::shared_ptr<FlowLine>> lines_;
    asio::steady_timer watch_;
    // State.
    FileTimes seen_;
    std::size_t accepted_ = 0;
    std::unordered_map<SocketAddress, std::size_t> sources_;
    bool over_ = false;
};

Edge::Edge(asio::io_context& io, EdgeSettings settings, std::shared_ptr<sip::FlowTable> flows,
           Counters& counters)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(flows), counters)) {}

Edge::~Edge() {
    impl_->close();
}

void Edge::start(SocketAddress entrance, std::function<void(FlowId)> flow_changed) {
    impl_->start(entrance, std::move(flow_changed));
}

void Edge::take(std::shared_ptr<MessageStream> stream, const WebSocketPeer& peer) {
    impl_->take(std::move(stream), peer);
}

FlowId Edge::flow_of_trunk(const std::string& trunk) const {
    return impl_->flow_of_trunk(trunk);
}

void Edge::lead(const std::string& trunk, std::vector<SocketAddress> addresses) {
    impl_->lead(trunk, std::move(addresses));
}

void Edge::reload() {
    impl_->reload();
}

std::uint16_t Edge::tls_port(std::size_t index) const {
    return impl_->port(index);
}

}  // namespace causeway::edge
