// The rules of textual values: addresses, names, numbers, origins, secrets.
#include <charconv>

#include "config/kinds.hpp"
#include "config/pattern.hpp"

namespace causeway::config {
namespace {

using Complaint = std::optional<std::string>;

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

bool only(std::string_view text, std::string_view extra, std::size_t longest) {
    if (text.empty() || text.size() > longest) return false;
    return std::all_of(text.begin(), text.end(), [extra](char c) {
        return kLetters.find(c) != std::string_view::npos || kDigits.find(c) != std::string_view::npos ||
               extra.find(c) != std::string_view::npos;
    });
}

bool is_ip(std::string_view text) {
    return SocketAddress::parse(text, 0).has_value();
}

std::optional<int> small_number(std::string_view text) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.size() > 9 || fault != std::errc{} || end != text.data() + text.size() ||
        value < 0) {
        return std::nullopt;
    }
    return value;
}

bool is_port(std::string_view text) {
    const auto port = small_number(text);
    return port && *port >= 1 && *port <= 65535;
}

/// Name or IP, optional port; IPv6 in brackets when a port follows.
bool is_host_port(std::string_view text) {
    if (is_ip(text)) return true;
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return only(text, ".-", 253);
    const std::string_view host = text.substr(0, colon);
    if (!is_port(text.substr(colon + 1))) return false;
    return only(host, ".-", 253) || SocketAddress::parse(text).has_value();
}

Complaint unless(bool fits) {
    return fits ? Complaint{} : Complaint{""};
}

Complaint origin_rule(std::string_view text) {
    if (text == "*") return {};
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (text.starts_with(scheme)) return unless(is_host_port(text.substr(scheme.size())));
    }
    return "";
}

/// scrypt$N$r$p$salt$hash
Complaint hash_rule(std::string_view text) {
    if (text.empty()) return {};
    const bool fields = std::count(text.begin(), text.end(), '$') == 5;
    return unless(fields && text.starts_with("scrypt$") && only(text, "$./+=-_", 512));
}

}  // namespace

Fit Text::parse(std::string_view text, std::string& out) const {
    const bool control = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
    });
    // CR, LF and NUL in a value could forge a header or a log line further on.
    if (control) return Misfit{what + " without control characters", ""};
    if (const auto complaint = rule(text)) return Misfit{complaint->empty() ? what : *complaint, ""};
    out = text;
    return {};
}

Fit Secret::parse(std::string_view text, std::string& out) const {
    if (text == kMask) return Misfit{"the secret itself, not the mask of --print-config", ""};
    return Text::parse(text, out);
}

Text free_text() {
    return {"a text of at most 256 bytes", [](std::string_view t) { return unless(t.size() <= 256); }};
}
Text name_kind() {
    return {"a name of at most 64 letters, digits and . _ @ + -",
            [](std::string_view t) { return unless(only(t, "._@+-", 64)); }};
}
Text number_kind() {
    return {"a number of at most 64 digits, letters and + * # . _ -",
            [](std::string_view t) { return unless(only(t, "+*#._-", 64)); }};
}
Text number_range_kind() {
    return {"a range of numbers of one length such as 7000-7999",
            [](std::string_view t) { return unless(t.empty() || parse_number_range(t)); }};
}
Text ip_kind() {
    return {"an IP address", [](std::string_view t) { return unless(is_ip(t)); }};
}
Text optional_ip_kind() {
    return {"an IP address", [](std::string_view t) { return unless(t.empty() || is_ip(t)); }};
}
Text optional_ip_port_kind() {
    return {"a numeric address with port such as 192.0.2.1:3478", [](std::string_view t) {
                if (t.empty()) return unless(true);
                const auto address = SocketAddress::parse(t);
                return unless(address && address->port() != 0 && !address->is_unspecified());
            }};
}
Text optional_listen_kind() {
    return {"an IP address with port such as 192.0.2.1:5060",
            [](std::string_view t) { return unless(t.empty() || SocketAddress::parse(t)); }};
}
Text host_kind() {
    return {"a host name or IP address, with an optional port",
            [](std::string_view t) { return unless(is_host_port(t)); }};
}
Text optional_host_kind() {
    return {host_kind().what, [](std::string_view t) { return unless(t.empty() || is_host_port(t)); }};
}
Text network_kind() {
    return {"an IP address or network such as 192.0.2.0/24",
            [](std::string_view t) { return unless(parse_network(t).has_value()); }};
}
Text tls_name_kind() {
    return {"a host name or IP address",
            [](std::string_view t) { return unless(is_ip(t) || only(t, ".-", 253)); }};
}
Text optional_tls_name_kind() {
    return {tls_name_kind().what,
            [](std::string_view t) { return unless(t.empty() || is_ip(t) || only(t, ".-", 253)); }};
}
Text ip_pair_kind() {
    return {"a listening IP address and the one that others see, such as 10.0.0.5=203.0.113.5",
            [](std::string_view t) { return unless(parse_ip_pair(t).has_value()); }};
}
Text origin_kind() {
    return {"\"*\" or an origin such as https://shop.example", origin_rule};
}
Text domain_kind() {
    return {"a host name or IP address", [](std::string_view t) {
                const bool bracketed = t.size() > 2 && t.front() == '[' && t.back() == ']';
                return unless(only(t, ".-", 253) || (bracketed && is_ip(t.substr(1, t.size() - 2))));
            }};
}
Text pattern_kind() {
    return {"a pattern such as 0049*, 60? or /regex/", [](std::string_view t) -> Complaint {
                const auto pattern = Pattern::compile(t);
                return pattern ? Complaint{} : Complaint{pattern.error().detail};
            }};
}
Secret secret_kind() {
    return Secret{free_text()};
}
Secret password_hash_kind() {
    return Secret{Text{"a hash made by `causeway --hash-password`", hash_rule}};
}

std::optional<std::pair<SocketAddress, int>> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = SocketAddress::parse(text.substr(0, slash), 0);
    if (!address) return std::nullopt;
    const int bits = address->is_ipv6() ? 128 : 32;
    if (slash == std::string_view::npos) return std::pair(*address, bits);
    const auto prefix = small_number(text.substr(slash + 1));
    if (!prefix || *prefix > bits) return std::nullopt;
    return std::pair(*address, *prefix);
}

std::optional<std::pair<SocketAddress, SocketAddress>> parse_ip_pair(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto own = SocketAddress::parse(text.substr(0, equals), 0);
    const auto outside = SocketAddress::parse(text.substr(equals + 1), 0);
    if (!own || !outside || outside->is_unspecified()) return std::nullopt;
    return std::pair(*own, *outside);
}

std::optional<std::pair<int, int>> parse_number_range(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos || text.size() != 2 * dash + 1) return std::nullopt;
    const auto first = small_number(text.substr(0, dash));
    const auto last = small_number(text.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    return std::pair(*first, *last);
}

std::string printable(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string clean;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            clean += c;
        } else {
            clean += std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
        }
    }
    return clean;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t kLongest = 64;
    return '"' + printable(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "") + '"';
}

}  // namespace causeway::config
