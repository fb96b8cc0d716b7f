#include "sip/ua/listen.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "core/base/unique_fd.hpp"
#include "sip/ua/filter_rules.hpp"

namespace causeway::sip {
namespace {

struct Place {
    SocketAddress address;
    bool udp = false;
    bool tcp = false;
};

/// The port that binding gives; throws when it fails.
std::uint16_t try_bind(const SocketAddress& address, int type) {
    const int family = address.is_ipv6() ? AF_INET6 : AF_INET;
    const UniqueFd socket(::socket(family, type | SOCK_CLOEXEC, 0));
    const int on = 1;
    // As the stack does: a listening port may still have connections in TIME_WAIT.
    if (type == SOCK_STREAM) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!socket || ::bind(socket.get(), address.data(), address.size()) != 0) {
        throw std::runtime_error(std::string("sip: cannot listen on ") +
                                 (type == SOCK_STREAM ? "tcp " : "udp ") + address.to_string() + ": " +
                                 std::strerror(errno));
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    return SocketAddress(reinterpret_cast<const sockaddr*>(&bound)).port();
}

std::string uri_of(const Place& place, const std::string& external) {
    const SocketAddress& own = place.address;
    const std::string host = own.is_ipv6() ? '[' + own.ip() + ']' : own.ip();
    std::string uri = "sip:";
    if (external.empty()) {
        uri += host + ':' + std::to_string(own.port());
    } else {
        const bool bare_ipv6 = external.find(':') != std::string::npos && external.front() != '[';
        uri += (bare_ipv6 ? '[' + external + ']' : external) + ':' + std::to_string(own.port());
        uri += ";maddr=" + host;
    }
    if (!place.tcp) uri += ";transport=udp";
    if (!place.udp) uri += ";transport=tcp";
    return uri;
}

OwnContact contact_of(const Place& place, const std::string& external) {
    const std::string own = place.address.is_unspecified() ? std::string() : place.address.ip();
    return {.host = external.empty() ? own : external, .port = place.address.port()};
}

bool listens_on(int fd, const std::vector<SocketAddress>& addresses) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) return false;
    sockaddr_storage bound{};
    size = sizeof bound;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return false;
    const SocketAddress own(reinterpret_cast<const sockaddr*>(&bound));
    return std::find(addresses.begin(), addresses.end(), own) != addresses.end();
}

Place* place_at(std::vector<Place>& places, const SocketAddress& address) {
    for (Place& place : places) {
        if (place.address == address) return &place;
    }
    return nullptr;
}

void add_udp(std::vector<Place>& places, const SocketAddress& wanted) {
    const std::uint16_t port = try_bind(wanted, SOCK_DGRAM);
    places.push_back({.address = wanted.with_port(port), .udp = true});
}

void add_tcp(std::vector<Place>& places, const SocketAddress& wanted) {
    for (Place& place : places) {
        if (wanted.port() != 0 || place.tcp || place.address.with_port(0) != wanted) continue;
        try_bind(place.address, SOCK_STREAM);
        place.tcp = true;
        return;
    }
    const SocketAddress address = wanted.with_port(try_bind(wanted, SOCK_STREAM));
    if (Place* place = place_at(places, address)) {
        place->tcp = true;
    } else {
        places.push_back({.address = address, .tcp = true});
    }
}

bool is_for_flows_only(const SipUaSettings& settings) {
    return settings.flows && settings.listen_tcp.empty() && !settings.listen_udp.empty();
}

std::vector<SocketAddress> wanted_tcp(const SipUaSettings& settings) {
    if (is_for_flows_only(settings)) return {settings.listen_udp.front()};
    return settings.listen_tcp;
}

std::vector<Place> find_places(const SipUaSettings& settings) {
    std::vector<Place> places;
    for (const SocketAddress& address : settings.listen_udp) add_udp(places, address);
    for (const SocketAddress& address : wanted_tcp(settings)) add_tcp(places, address);
    return places;
}

/// With port 0, the port that UDP happens to get may be taken for TCP: then another one is as good.
std::vector<Place> find_places_patiently(const SipUaSettings& settings) {
    const auto any = [](const SocketAddress& address) { return address.port() == 0; };
    const bool free_choice = std::any_of(settings.listen_udp.begin(), settings.listen_udp.end(), any) &&
                             !wanted_tcp(settings).empty();
    constexpr int kTries = 20;
    for (int tries = free_choice ? kTries : 1; tries > 1; --tries) {
        try {
            return find_places(settings);
        } catch (const std::runtime_error&) {
            continue;
        }
    }
    return find_places(settings);
}

std::string_view without_brackets(std::string_view host) {
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string with_brackets(std::string_view host) {
    const std::string bare(without_brackets(host));
    return bare.find(':') == std::string::npos ? bare : '[' + bare + ']';
}

}  // namespace

bool is_own(std::string_view host, std::string_view port, const std::vector<OwnContact>& own) {
    return std::any_of(own.begin(), own.end(), [&](const OwnContact& place) {
        const bool host_fits =
            place.host.empty() || (!host.empty() && without_brackets(host) == without_brackets(place.host));
        return host_fits && std::to_string(place.port) == port;
    });
}

std::string own_contact(std::string_view host, std::string_view port, bool tcp,
                        const std::vector<OwnContact>& own) {
    const std::string transport = tcp ? ";transport=tcp" : "";
    const auto at = [&](std::string_view where, std::string_view number) {
        return "<sip:" + with_brackets(where) + ':' + std::string(number) + transport + '>';
    };
    if (is_sendable_host(host) && is_own(host, port, own)) return at(host, port);
    const auto known =
        std::find_if(own.begin(), own.end(), [](const OwnContact& place) { return !place.host.empty(); });
    return known == own.end() ? std::string() : at(known->host, std::to_string(known->port));
}

std::string external_of(const SocketAddress& own, const std::string& everywhere,
                        const std::vector<std::pair<SocketAddress, std::string>>& single) {
    for (const auto& [inside, outside] : single) {
        if (inside.with_port(0) == own.with_port(0)) return outside;
    }
    // An address of the other family leads its peers nowhere.
    const auto external = SocketAddress::parse(everywhere, 0);
    return external && external->is_ipv6() != own.is_ipv6() ? std::string() : everywhere;
}

ListenPlan plan_listening(const SipUaSettings& settings) {
    const std::vector<Place> places = find_places_patiently(settings);
    ListenPlan plan;
    for (const Place& place : places) {
        const std::string external =
            external_of(place.address, settings.external_address, settings.external_addresses);
        StackPlan& stack = plan.stacks.emplace_back();
        stack.uri = uri_of(place, external);
        if (place.udp) stack.udp = place.address;
        if (place.tcp) stack.tcp = place.address;
        plan.contacts.push_back(contact_of(place, external));
        if (place.tcp) plan.tcp.push_back(place.address);
        if (place.udp && plan.udp_port == 0) plan.udp_port = place.address.port();
    }
    plan.flows_only = is_for_flows_only(settings);
    if (plan.stacks.empty()) throw std::runtime_error("sip: no address to listen on");
    for (std::size_t i = 0; i < plan.stacks.size() && !plan.tcp.empty(); ++i) {
        if (plan.stacks[i].tcp == plan.tcp.front()) plan.entrance = i;
    }
    return plan;
}

SocketAddress flow_entrance(const ListenPlan& plan) {
    if (plan.tcp.empty()) throw std::logic_error("sip: no TCP for connections to the stack");
    const SocketAddress& own = plan.tcp.front();
    if (!own.is_unspecified()) return own;
    return SocketAddress::parse(own.is_ipv6() ? "::1" : "127.0.0.1", own.port()).value();
}

Way way_of(std::string_view uri) {
    Way way;
    const auto parameters = uri.find(';');
    if (parameters != std::string_view::npos) {
        way.tcp = uri.substr(parameters).find(";transport=tcp") != std::string_view::npos;
        uri = uri.substr(0, parameters);
    }
    if (const auto scheme = uri.find(':'); scheme != std::string_view::npos) uri = uri.substr(scheme + 1);
    if (const auto user = uri.rfind('@'); user != std::string_view::npos) uri = uri.substr(user + 1);
    if (const auto with_port = SocketAddress::parse(uri)) {
        way.to = *with_port;
        return way;
    }
    constexpr std::uint16_t kDefaultPort = 5060;
    if (uri.size() > 2 && uri.front() == '[') uri = uri.substr(1, uri.size() - 2);
    if (const auto bare = SocketAddress::parse(uri, kDefaultPort)) way.to = *bare;
    return way;
}

std::size_t choose_stack(const ListenPlan& plan, const Way& way, const std::optional<SocketAddress>& named,
                         const std::optional<SocketAddress>& source) {
    const auto worth = [&](const StackPlan& stack) {
        const auto& own = way.tcp ? stack.tcp : stack.udp;
        if (!own || (way.to && own->is_ipv6() != way.to->is_ipv6())) return 0;
        const auto same_ip = [&](const SocketAddress& other) {
            return own->with_port(0) == other.with_port(0);
        };
        if (named && *own == *named) return 5;
        if (named && same_ip(*named)) return 4;
        if (source && same_ip(*source)) return 3;
        return own->is_unspecified() ? 2 : 1;
    };
    const auto best = std::max_element(plan.stacks.begin(), plan.stacks.end(),
                                       [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    return static_cast<std::size_t>(best - plan.stacks.begin());
}

void keep_silent_connections_away(const ListenPlan& plan) {
    // Longer than the kernel repeats its SYN-ACK: then it never hands such a connection over.
    constexpr int kSeconds = 300;
    // The stack does not tell its descriptors.
    std::error_code fault;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", fault)) {
        const std::string name = entry.path().filename().string();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (!listens_on(fd, plan.tcp)) continue;
        ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &kSeconds, sizeof kSeconds);
    }
}

}  // namespace causeway::sip
