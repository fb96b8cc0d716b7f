#include "gateway/call/caller_identity.hpp"

#include <algorithm>

namespace causeway::call {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            plain.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
            i += 2;
        } else {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

/// RFC 3323 §4.2 and RFC 3325 §9.3: any of these asks that the identity be withheld.
bool wants_privacy(std::string_view privacy) {
    std::string lower(privacy);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    for (const std::string_view token : {"id", "user", "header"}) {
        for (auto at = lower.find(token); at != std::string::npos; at = lower.find(token, at + 1)) {
            const auto is_edge = [&](std::size_t i) {
                return i >= lower.size() || lower[i] == ';' || lower[i] == ',' || lower[i] == ' ';
            };
            if ((at == 0 || is_edge(at - 1)) && is_edge(at + token.size())) return true;
        }
    }
    return false;
}

}  // namespace

std::string asserted_user(std::string_view header) {
    auto start = header.find("sip:");
    std::size_t scheme = 4;
    if (const auto sips = header.find("sips:"); sips < start) {
        start = sips;
        scheme = 5;
    }
    if (const auto tel = header.find("tel:"); tel < start) {
        start = tel;
        scheme = 4;
    }
    if (start == std::string_view::npos) return {};
    std::string_view uri = header.substr(start);
    const bool is_tel = uri.substr(0, scheme) == "tel:";
    uri.remove_prefix(scheme);
    uri = uri.substr(0, uri.find_first_of(is_tel ? ";>, " : ">, "));
    if (!is_tel) {
        const auto at = uri.find('@');
        if (at == std::string_view::npos) return {};
        uri = uri.substr(0, at);
        uri = uri.substr(0, uri.find_first_of(";:"));
    }
    std::string user = unescaped(uri);
    return has_control_characters(user) ? std::string() : user;
}

std::string escaped_user(std::string_view user) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    static constexpr std::string_view kPlain = "-_.!~*'()+";
    std::string escaped;
    for (const char c : user) {
        const auto byte = static_cast<unsigned char>(c);
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alphanumeric || kPlain.find(c) != std::string_view::npos) {
            escaped.push_back(c);
        } else {
            escaped.push_back('%');
            escaped.push_back(kHex[byte >> 4]);
            escaped.push_back(kHex[byte & 0xf]);
        }
    }
    return escaped;
}

bool is_dialable(std::string_view number) {
    static constexpr std::string_view kOthers = "+*#-_.";
    return !number.empty() && number.size() <= 64 && std::all_of(number.begin(), number.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kOthers.find(c) != std::string_view::npos;
    });
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

ShownCaller shown_caller(const sip::InboundInvite& invite, bool trusted) {
    if (wants_privacy(invite.privacy)) return {"anonymous", ""};
    if (trusted) {
        if (std::string user = asserted_user(invite.asserted_identity); !user.empty()) {
            return {std::move(user), invite.from_display};
        }
    }
    return {invite.from_user.empty() ? "anonymous" : invite.from_user, invite.from_display};
}

}  // namespace causeway::call
