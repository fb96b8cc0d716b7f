#include "gateway/identity/assertion/identity_name.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::identity {
namespace {

constexpr std::size_t kLongestLabel = 63;      // RFC 1035 §2.3.4
constexpr std::size_t kLongestIdentity = 512;  // ours: it goes into headers and logs

char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The code points of UTF-8 text; nullopt when it is none.
std::optional<std::vector<std::uint32_t>> code_points(std::string_view text) {
    std::vector<std::uint32_t> points;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at++]);
        const int more = first < 0x80   ? 0
                         : first < 0xC2 ? -1
                         : first < 0xE0 ? 1
                         : first < 0xF0 ? 2
                         : first < 0xF5 ? 3
                                        : -1;
        if (more < 0 || text.size() - at < static_cast<std::size_t>(more)) return std::nullopt;
        std::uint32_t point = more == 0 ? first : first & (0x3FU >> more);
        for (int i = 0; i < more; ++i) {
            const auto next = static_cast<unsigned char>(text[at++]);
            if ((next & 0xC0U) != 0x80) return std::nullopt;
            point = point << 6U | (next & 0x3FU);
        }
        points.push_back(point);
    }
    return points;
}

/// RFC 3492 §6.1.
std::uint32_t adapted(std::uint32_t delta, std::uint32_t count, bool first) {
    delta = first ? delta / 700 : delta / 2;
    delta += delta / count;
    std::uint32_t k = 0;
    for (; delta > 455; k += 36) delta /= 35;
    return k + 36 * delta / (delta + 38);
}

/// RFC 3492 §6.3. Labels have at most 63 bytes here, so that nothing overflows.
std::string punycode(const std::vector<std::uint32_t>& label) {
    std::string out;
    for (const std::uint32_t point : label)
        if (point < 0x80) out += static_cast<char>(point);
    const auto basic = static_cast<std::uint32_t>(out.size());
    if (basic > 0) out += '-';
    std::uint32_t n = 0x80;
    std::uint32_t delta = 0;
    std::uint32_t bias = 72;
    for (std::uint32_t handled = basic; handled < label.size(); ++n, ++delta) {
        std::uint32_t next = UINT32_MAX;
        for (const std::uint32_t point : label)
            if (point >= n) next = std::min(next, point);
        delta += (next - n) * (handled + 1);
        n = next;
        for (const std::uint32_t point : label) {
            if (point < n) ++delta;
            if (point != n) continue;
            std::uint32_t q = delta;
            for (std::uint32_t k = 36;; k += 36) {
                const std::uint32_t t = k <= bias ? 1 : std::min<std::uint32_t>(k - bias, 26);
                const std::uint32_t digit = q < t ? q : t + (q - t) % (36 - t);
                out += static_cast<char>(digit < 26 ? 'a' + digit : '0' + (digit - 26));
                if (q < t) break;
                q = (q - t) / (36 - t);
            }
            bias = adapted(delta, handled + 1, handled == basic);
            delta = 0;
            ++handled;
        }
    }
    return out;
}

std::string a_label(std::string label) {
    if (is_ascii(label) || label.size() > 4 * kLongestLabel) return label;
    const auto points = code_points(label);
    if (!points) return label;
    const std::string encoded = "xn--" + punycode(*points);
    return encoded.size() > kLongestLabel ? label : encoded;
}

/// C0, DEL, C1, and what turns the direction of writing, breaks lines or is not seen at all: who reads the
/// name would see another one.
bool has_control_character(std::string_view text) {
    const auto points = code_points(text);
    return !points || std::any_of(points->begin(), points->end(), [](std::uint32_t point) {
        const bool c0 = point < 0x20;
        const bool c1 = point >= 0x7F && point < 0xA0;
        const bool directs = point == 0x061C || point == 0x200E || point == 0x200F;
        const bool breaks = point >= 0x2028 && point <= 0x202E;
        const bool is_unseen = point == 0x200B || point == 0xFEFF || (point >= 0x2060 && point <= 0x2069);
        return c0 || c1 || directs || breaks || is_unseen;
    });
}

/// RFC 8827 §8.1: characters other than "@" and "%" must not be percent-encoded.
bool is_escaped_user(std::string_view user) {
    for (std::size_t at = user.find('%'); at != std::string_view::npos; at = user.find('%', at + 1)) {
        const std::string_view code = user.substr(at + 1, 2);
        if (code != "40" && code != "25") return false;
    }
    return true;
}

}  // namespace

std::string a_labels(std::string_view domain) {
    std::string name(domain);
    std::transform(name.begin(), name.end(), name.begin(), lower_case);
    std::string result;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t dot = std::min(name.find('.', begin), name.size());
        result += a_label(name.substr(begin, dot - begin));
        if (dot == name.size()) return result;
        result += '.';
        begin = dot + 1;
    }
}

std::string host_of(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    const std::size_t colon = authority.rfind(':');
    // Behind the last colon of a bare IPv6 address a bracket follows.
    const bool has_port = colon != std::string_view::npos &&
                          authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    return a_labels(has_port ? authority.substr(0, colon) : authority);
}

std::string escaped_user(std::string_view user) {
    std::string escaped;
    for (const char c : user) {
        if (c == '@')
            escaped += "%40";
        else if (c == '%')
            escaped += "%25";
        else
            escaped += c;
    }
    return escaped;
}

std::string canonical_identity(std::string_view identity) {
    const std::size_t at = identity.rfind('@');
    return std::string(identity.substr(0, at + 1)) + a_labels(identity.substr(at + 1));
}

std::optional<std::string> identity_fault(std::string_view identity, const IdentityProvider& provider) {
    const std::string fault = "identity form";
    if (identity.size() > kLongestIdentity) return fault;
    if (std::count(identity.begin(), identity.end(), '@') != 1) return fault;
    const std::size_t at = identity.find('@');
    const std::string_view user = identity.substr(0, at);
    const std::string_view domain = identity.substr(at + 1);
    if (user.empty()) return fault;
    if (domain.empty()) return fault;
    if (has_control_character(identity)) return fault;
    if (!is_escaped_user(user)) return fault;
    const std::string name = a_labels(domain);
    if (name == host_of(provider.domain)) return std::nullopt;
    for (const std::string& other : provider.may_assert)
        if (name == a_labels(other)) return std::nullopt;
    return "domain";
}

}  // namespace causeway::identity
