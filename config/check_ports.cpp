#include <algorithm>
#include <vector>

#include "config/checks.hpp"

namespace causeway::config {
namespace {

enum class Protocol { tcp, udp };

/// Ports that one part of the gateway opens on one address.
struct Claim {
    std::string path;
    std::string owner;
    Protocol protocol;
    SocketAddress address;
    int first;
    int last;
};

/// A wildcard covers all addresses of its family, and [::] usually IPv4's too.
bool same_interface(const SocketAddress& a, const SocketAddress& b) {
    const auto covers = [](const SocketAddress& wide, const SocketAddress& other) {
        return wide.is_unspecified() && (wide.is_ipv6() || !other.is_ipv6());
    };
    return covers(a, b) || covers(b, a) || a.with_port(0) == b.with_port(0);
}

bool collide(const Claim& a, const Claim& b) {
    return a.protocol == b.protocol && a.first <= b.last && b.first <= a.last &&
           same_interface(a.address, b.address);
}

std::string shown(const Claim& claim) {
    const std::string first = claim.address.with_port(static_cast<std::uint16_t>(claim.first)).to_string();
    return claim.owner + " on " + first +
           (claim.last > claim.first ? "-" + std::to_string(claim.last) : std::string());
}

class Claims {
  public:
    explicit Claims(Findings& findings) : findings_(findings) {}

    void listen(const std::string& path, const std::string& owner, Protocol protocol,
                const SocketAddress& address) {
        // Port 0 is whichever the system has free.
        if (address.port() != 0) add({path, owner, protocol, address, address.port(), address.port()});
    }
    void range(const std::string& path, const std::string& owner, const std::string& ip, int first,
               int last) {
        const auto address = SocketAddress::parse(ip, 0);
        if (address) add({path, owner, Protocol::udp, *address, first, last});
    }

  private:
    void add(Claim claim) {
        if (findings_.faulty(claim.path)) return;
        const auto rival = std::find_if(claims_.begin(), claims_.end(),
                                        [&claim](const Claim& other) { return collide(claim, other); });
        if (rival == claims_.end()) {
            claims_.push_back(std::move(claim));
        } else {
            // Tell it where the operator can see it: a default stands nowhere in the file.
            const bool blame_rival = !findings_.given(claim.path) && findings_.given(rival->path);
            const Claim& told = blame_rival ? *rival : claim;
            findings_.fault(told.path, shown(told),
                            "other ports than " + shown(blame_rival ? claim : *rival));
        }
    }

    Findings& findings_;
    std::vector<Claim> claims_;
};

// Bounded: each claim is compared with all before it.
constexpr std::size_t kMostAddresses = 64;

/// Each different address costs a stack of its own; sip/ua/listen.cpp counts them so.
class Transports {
  public:
    void add_udp(const SocketAddress& address) { places_.push_back({address, false}); }
    void add_tcp(const SocketAddress& address) {
        for (Place& place : places_) {
            // Port 0 takes the port that UDP has got on the same interface, once.
            const bool any_port = address.port() == 0;
            if (any_port ? place.tcp || place.address.with_port(0) != address : place.address != address) {
                continue;
            }
            place.tcp = true;
            return;
        }
        places_.push_back({address, true});
    }
    bool too_many() const { return places_.size() > kMostPlaces; }

  private:
    static constexpr std::size_t kMostPlaces = 16;
    struct Place {
        SocketAddress address;
        bool tcp;
    };
    std::vector<Place> places_;
};

void check_transports(const Sip& sip, Findings& findings) {
    Transports transports;
    for (const auto* list : {&sip.listen_udp, &sip.listen_tcp}) {
        const bool udp = list == &sip.listen_udp;
        const std::string path = udp ? "sip.listen_udp" : "sip.listen_tcp";
        if (list->size() > kMostAddresses) return;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const SocketAddress& address = (*list)[i];
            udp ? transports.add_udp(address) : transports.add_tcp(address);
            if (!transports.too_many()) continue;
            findings.fault(item(path, i), address.to_string() + " as a 17th address",
                           "at most 16 different ones in listen_udp and listen_tcp together");
            return;
        }
    }
}

}  // namespace

void check_ports(const Config& config, Findings& findings) {
    Claims claims(findings);
    claims.listen("http.listen", "http", Protocol::tcp, config.http.listen);
    for (const auto* list : {&config.sip.listen_udp, &config.sip.listen_tcp}) {
        const bool udp = list == &config.sip.listen_udp;
        const char* const path = udp ? "sip.listen_udp" : "sip.listen_tcp";
        if (list->size() > kMostAddresses) {
            findings.fault(path, std::to_string(list->size()) + " addresses", "at most 16");
            continue;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            claims.listen(item(path, i), "sip", udp ? Protocol::udp : Protocol::tcp, (*list)[i]);
        }
    }
    for (std::size_t i = 0; i < std::min(config.sip.listen_tls.size(), kMostAddresses); ++i) {
        claims.listen(item("sip.listen_tls", i), "sip over TLS", Protocol::tcp, config.sip.listen_tls[i]);
    }
    check_transports(config.sip, findings);
    if (config.sip.listen_tcp.empty() && !config.sip.listen_udp.empty() && needs_edge(config)) {
        // What comes by TLS and WebSocket reaches the stack by TCP there.
        claims.listen("sip.listen_udp", "sip", Protocol::tcp, config.sip.listen_udp.front());
    }
    if (config.demo.enabled) {
        if (config.sip.listen_udp.empty()) {
            findings.fault("sip.listen_udp", "no UDP address", "one: the demo exchange speaks SIP over UDP");
        }
        claims.listen("demo.listen", "demo", Protocol::udp, config.demo.listen);
        claims.listen("demo.listen", "demo", Protocol::tcp, config.demo.listen);
    }
    claims.range("media.ports", "media", config.media.address, config.media.port_min, config.media.port_max);
    const WebRtc& webrtc = config.webrtc;
    if (webrtc.addresses.empty()) {
        claims.range("webrtc.ports", "webrtc", "::", webrtc.port_min, webrtc.port_max);
    } else if (webrtc.addresses.size() > kMostAddresses) {
        findings.fault("webrtc.addresses", std::to_string(webrtc.addresses.size()) + " addresses",
                       "at most 64");
    } else {
        for (const std::string& ip : webrtc.addresses) {
            claims.range("webrtc.ports", "webrtc", ip, webrtc.port_min, webrtc.port_max);
        }
    }
}

}  // namespace causeway::config
