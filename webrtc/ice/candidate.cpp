#include "webrtc/ice/candidate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace causeway::webrtc {
namespace {

constexpr std::size_t kMaxLength = 1024;
constexpr std::size_t kMaxFoundation = 32;  // RFC 8839 §5.1
constexpr std::size_t kMaxUfrag = 256;      // RFC 8839 §5.4

constexpr std::array<std::pair<std::string_view, CandidateType>, 4> kTypes{{
    {"host", CandidateType::host},
    {"srflx", CandidateType::server_reflexive},
    {"prflx", CandidateType::peer_reflexive},
    {"relay", CandidateType::relayed},
}};

std::string_view type_name(CandidateType type) {
    for (const auto& [name, value] : kTypes) {
        if (value == type) return name;
    }
    return "host";
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool is_ice_char(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '+' || c == '/';
}

/// The next word; empty at the end.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

template <class Number>
std::optional<Number> number(std::string_view word) {
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || word.empty()) return std::nullopt;
    return value;
}

bool can_be_sent_to(const SocketAddress& address) {
    if (address.port() == 0 || address.is_unspecified()) return false;
    if (address.is_ipv6()) {
        const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(address.data());
        return v6->sin6_addr.s6_addr[0] != 0xFF;
    }
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(address.data());
    const std::uint32_t host_order = ntohl(v4->sin_addr.s_addr);
    return host_order < 0xE0000000U && host_order >= 0x01000000U;
}

std::string_view value_of_extension(std::string_view rest, std::string_view name) {
    while (!rest.empty()) {
        const std::string_view key = take_word(rest);
        const std::string_view value = take_word(rest);
        if (key == name) return value;
    }
    return {};
}

}  // namespace

std::variant<Candidate, CandidateFault> parse_candidate(std::string_view text) {
    if (text.size() > kMaxLength) return CandidateFault::unreadable;
    if (text.starts_with("a=")) text.remove_prefix(2);
    constexpr std::string_view kName = "candidate:";
    if (!text.starts_with(kName)) return CandidateFault::unreadable;
    text.remove_prefix(kName.size());

    const std::string_view foundation = take_word(text);
    const auto component = number<unsigned>(take_word(text));
    const std::string_view transport = take_word(text);
    const auto priority = number<std::uint32_t>(take_word(text));
    const std::string_view ip = take_word(text);
    const auto port = number<std::uint16_t>(take_word(text));
    const std::string_view typ = take_word(text);
    const std::string_view type_word = take_word(text);

    if (foundation.empty() || foundation.size() > kMaxFoundation ||
        !std::all_of(foundation.begin(), foundation.end(), is_ice_char) || !component || !priority || !port ||
        typ != "typ") {
        return CandidateFault::unreadable;
    }
    if (equal_ignoring_case(transport, "tcp")) return CandidateFault::tcp;
    if (!equal_ignoring_case(transport, "udp")) return CandidateFault::unreadable;
    // With rtcp-mux there is nothing but component 1 (RFC 8839 §5.1, RFC 5761 §5.1.3).
    if (*component != 1) return CandidateFault::other_component;
    if (ip.size() > 6 && equal_ignoring_case(ip.substr(ip.size() - 6), ".local")) {
        return CandidateFault::mdns_name;
    }
    const auto address = SocketAddress::parse(ip, *port);
    if (!address || !can_be_sent_to(*address)) return CandidateFault::unreadable;
    const auto* const type = std::find_if(kTypes.begin(), kTypes.end(),
                                          [&](const auto& entry) { return entry.first == type_word; });
    if (type == kTypes.end()) return CandidateFault::unreadable;
    const std::string_view ufrag = value_of_extension(text, "ufrag");
    if (ufrag.size() > kMaxUfrag) return CandidateFault::unreadable;

    return Candidate{.foundation = std::string(foundation),
                     .priority = *priority,
                     .address = *address,
                     .type = type->second,
                     .tcp = false,
                     .ufrag = std::string(ufrag)};
}

std::string format_candidate(const Candidate& candidate) {
    std::string text = fmt::format("candidate:{} 1 {} {} {} {} typ {}", candidate.foundation,
                                   candidate.tcp ? "tcp" : "udp", candidate.priority, candidate.address.ip(),
                                   candidate.address.port(), type_name(candidate.type));
    if (candidate.type != CandidateType::host) {
        text += candidate.address.is_ipv6() ? " raddr :: rport 0" : " raddr 0.0.0.0 rport 0";
    }
    if (candidate.tcp) text += " tcptype passive";
    if (!candidate.ufrag.empty()) text += " ufrag " + candidate.ufrag;
    return text;
}

Candidate advertised(Candidate candidate, std::span<const SocketAddress> external) {
    if (candidate.type != CandidateType::host) return candidate;
    if (candidate.address.is_loopback()) {
        // RFC 8445 §5.1.2.1: the local preference is the second and third byte. libnice counts interfaces in
        // the third.
        candidate.priority &= 0xFF00FFFFU;
        return candidate;
    }
    const auto same_family = std::find_if(
        external.begin(), external.end(),
        [&](const SocketAddress& address) { return address.is_ipv6() == candidate.address.is_ipv6(); });
    if (same_family != external.end()) candidate.address = same_family->with_port(candidate.address.port());
    return candidate;
}

}  // namespace causeway::webrtc
