// What a single configuration value may look like: each kind reads its text, says what it expects and writes
// the value back, so that loader and printer cannot drift apart.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/base/end_reason.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::config {

/// What printing puts where a secret stands; the loader refuses it as a value.
inline constexpr std::string_view kMask = "********";

/// Why a text does not fit its kind.
struct Misfit {
    std::string expected;
    std::string hint;
};
/// nullopt: the text fitted and the value is set.
using Fit = std::optional<Misfit>;

/// Defaults for kinds; `expected()` is what a list or section in place of the value is answered with.
struct Kind {
    static constexpr bool kSecret = false;
    static constexpr bool kQuoted = true;
};

struct Boolean : Kind {
    static constexpr bool kQuoted = false;
    std::string expected() const { return "true or false"; }
    Fit parse(std::string_view text, bool& out) const;
    std::string write(bool value) const { return value ? "true" : "false"; }
};

/// A whole number from `min` to `max`.
struct Whole : Kind {
    static constexpr bool kQuoted = false;
    long min;
    long max;
    Whole(long least, long most) : min(least), max(most) {}
    std::string expected() const;
    std::optional<long> number(std::string_view text) const;
    template <std::integral T>
    Fit parse(std::string_view text, T& out) const {
        const auto value = number(text);
        if (!value) return Misfit{expected(), ""};
        out = static_cast<T>(*value);
        return {};
    }
    std::string write(long value) const { return std::to_string(value); }
};

/// "30s", "5m", "4h", "1d" or plain seconds.
struct Seconds : Kind {
    static constexpr bool kQuoted = false;
    std::chrono::seconds min;
    std::chrono::seconds max;
    Seconds(std::chrono::seconds least, std::chrono::seconds most) : min(least), max(most) {}
    std::string expected() const;
    Fit parse(std::string_view text, std::chrono::seconds& out) const;
    std::string write(std::chrono::seconds value) const;
};

/// "20000-29999" into the two members of a section.
struct PortRange : Kind {
    static constexpr bool kQuoted = false;
    std::string expected() const { return "a range of ports from 1024 to 65535 such as 20000-29999"; }
    static std::optional<std::pair<std::uint16_t, std::uint16_t>> range(std::string_view text);
    template <class Section>
    Fit parse(std::string_view text, Section& out) const {
        const auto ports = range(text);
        if (!ports) return Misfit{expected(), ""};
        std::tie(out.port_min, out.port_max) = *ports;
        return {};
    }
    template <class Section>
    std::string write(const Section& value) const {
        return std::to_string(value.port_min) + "-" + std::to_string(value.port_max);
    }
};

/// "127.0.0.1:8088", "[::1]:8088", ":8088" and "8088" for all IPv4 interfaces.
struct Listen : Kind {
    std::string expected() const { return "an address and port such as 127.0.0.1:8088, [::1]:8088 or :8088"; }
    Fit parse(std::string_view text, SocketAddress& out) const;
    std::string write(const SocketAddress& value) const { return value.to_string(); }
};

/// One word of a closed vocabulary.
template <class T>
struct Choice : Kind {
    static constexpr bool kQuoted = false;
    std::vector<std::pair<std::string, T>> words;
    explicit Choice(std::vector<std::pair<std::string, T>> all) : words(std::move(all)) {}
    std::string expected() const;
    Fit parse(std::string_view text, T& out) const;
    std::string write(const T& value) const;
};

/// A word that may be absent, since it follows from another value.
template <class T>
struct Optional : Choice<T> {
    explicit Optional(Choice<T> choice) : Choice<T>(std::move(choice)) {}
    Fit parse(std::string_view text, std::optional<T>& out) const {
        T value{};
        Fit misfit = Choice<T>::parse(text, value);
        if (!misfit) out = value;
        return misfit;
    }
    std::string write(const std::optional<T>& value) const { return Choice<T>::write(value.value_or(T{})); }
};

Choice<sdp::Codec> codec_kind();
/// What WebRTC peers may speak: no browser has the telephones' codecs.
Choice<sdp::Codec> browser_codec_kind();
Choice<IceMode> ice_kind();
Choice<TrunkTransport> transport_kind();
Choice<ClientCertificates> client_certificates_kind();
Choice<Reliability> reliability_kind();
Optional<bool> transfers_kind();
Choice<Redirects> redirects_kind();
Choice<std::string> level_kind();

/// A text that a rule accepts: each rule says what it expects, or nullopt when content.
struct Text : Kind {
    using Rule = std::optional<std::string> (*)(std::string_view);
    std::string what;
    Rule rule;
    Text(std::string expectation, Rule checks) : what(std::move(expectation)), rule(checks) {}
    std::string expected() const { return what; }
    Fit parse(std::string_view text, std::string& out) const;
    std::string write(const std::string& value) const { return value; }
};

/// At most 256 bytes; "" is "none".
Text free_text();
/// 1..64 of letters, digits and . _ @ + -
Text name_kind();
Text number_kind();
Text number_range_kind();
Text ip_kind();
Text optional_ip_kind();
Text optional_ip_port_kind();
/// As Listen has it, in full; or "".
Text optional_listen_kind();
Text host_kind();
Text optional_host_kind();
Text network_kind();
/// A name that certificates are for: host name or IP address without brackets.
Text tls_name_kind();
Text optional_tls_name_kind();
/// "10.0.0.5=203.0.113.5": ours, and what others see.
Text ip_pair_kind();
Text origin_kind();
Text domain_kind();
Text pattern_kind();

struct Secret : Text {
    static constexpr bool kSecret = true;
    explicit Secret(Text text) : Text(std::move(text)) {}
    Fit parse(std::string_view text, std::string& out) const;
};
Secret secret_kind();
Secret password_hash_kind();

/// "trunk NAME", "user NAME", "demo" or "refuse [REASON]" into a route.
struct Target : Kind {
    std::string expected() const;
    Fit parse(std::string_view text, Route& out) const;
    std::string write(const Route& value) const;
};

/// The cause that a route may refuse with, by its code; nullopt for other words.
std::optional<EndCause> refusal_cause(std::string_view code);

/// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32": the address and the length of its prefix.
std::optional<std::pair<SocketAddress, int>> parse_network(std::string_view text);
/// Both sides of "10.0.0.5=203.0.113.5".
std::optional<std::pair<SocketAddress, SocketAddress>> parse_ip_pair(std::string_view text);
/// First and last of "7000-7999".
std::optional<std::pair<int, int>> parse_number_range(std::string_view text);
/// Control characters escaped: one line whatever stands in it.
std::string printable(std::string_view text);
/// A word in quotes for messages: printable, cut after 64 bytes.
std::string quoted(std::string_view text);

}  // namespace causeway::config
