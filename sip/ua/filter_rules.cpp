#include "sip/ua/filter_rules.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/socket_address.hpp"

namespace causeway::sip {
namespace {

bool is_unicast(const SocketAddress& address) {
    if (address.is_unspecified()) return false;
    if (address.is_ipv6()) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.data());
        return !IN6_IS_ADDR_MULTICAST(&v6->sin6_addr);
    }
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.data());
    const unsigned first = ntohl(v4->sin_addr.s_addr) >> 24;
    // 0.0.0.0/8 is this host, 224.0.0.0/4 multicast, 240.0.0.0/4 reserved with broadcast.
    return first != 0 && first < 224;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

bool is_sendable_parameter(std::string_view name, std::string_view value) {
    if (same_word(name, "maddr")) return is_sendable_host(value);
    // SigComp is not spoken; the stack would look for a compartment.
    return !same_word(name, "comp");
}

}  // namespace

bool is_sendable_host(std::string_view host) {
    constexpr std::size_t kLongest = 255;
    if (host.empty() || host.size() > kLongest) return false;
    if (host.front() == '[') {
        if (host.back() != ']') return false;
        const auto address = SocketAddress::parse(host.substr(1, host.size() - 2), 1);
        return address && is_unicast(*address);
    }
    const auto address = SocketAddress::parse(host, 1);
    if (address) return !address->is_ipv6() && is_unicast(*address);
    const bool dotted = std::all_of(host.begin(), host.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.';
    });
    // A last label of digits is an address gone wrong (RFC 3696 §2), e.g. 999.0.0.1.
    return !dotted && host.front() != '.' && host.front() != '-' &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
           });
}

bool is_sendable_port(std::string_view port) {
    if (port.empty()) return true;
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), value);
    return fault == std::errc{} && end == port.data() + port.size() && value >= 1 && value <= 65535;
}

bool needs_flow(std::string_view host, std::string_view parameters) {
    constexpr std::string_view kInvalid = ".invalid";  // RFC 2606 §2
    if (host.size() > kInvalid.size() && same_word(host.substr(host.size() - kInvalid.size()), kInvalid)) {
        return true;
    }
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const std::string_view one = parameters.substr(0, end);
        parameters = end == std::string_view::npos ? std::string_view{} : parameters.substr(end + 1);
        if (same_word(one, "transport=ws") || same_word(one, "transport=wss")) return true;
    }
    return false;
}

bool is_sendable_uri(std::string_view scheme, std::string_view host, std::string_view port,
                     std::string_view parameters) {
    if (!same_word(scheme, "sip") && !same_word(scheme, "sips")) return false;
    if (!is_sendable_host(host) || !is_sendable_port(port)) return false;
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const std::string_view one = parameters.substr(0, end);
        parameters = end == std::string_view::npos ? std::string_view{} : parameters.substr(end + 1);
        const auto equals = one.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1);
        if (!is_sendable_parameter(one.substr(0, equals), value)) return false;
    }
    return true;
}

int without_harm(int status) {
    switch (status) {
        case 404:
        case 410:
        case 416:
        case 482:
        case 485:
        case 502:
        case 604:
            return 403;
        default:
            return status;
    }
}

}  // namespace causeway::sip
