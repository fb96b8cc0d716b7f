// The rules of textual values about identity.
#include "config/identity_kinds.hpp"

namespace causeway::config {
namespace {

using Complaint = std::optional<std::string>;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

Complaint unless(bool fits) {
    return fits ? Complaint{} : Complaint{""};
}

bool among(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

bool is_letter(char c) {
    return among(c, kLower) || among(c, kUpper);
}

bool visible(std::string_view text, std::string_view forbidden) {
    return std::all_of(text.begin(), text.end(),
                       [forbidden](char c) { return c > 0x20 && c < 0x7f && !among(c, forbidden); });
}

/// RFC 5890 §2.3.1, lower case.
bool is_label(std::string_view text) {
    if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return among(c, kLower) || among(c, kDigits) || c == '-'; });
}

bool is_a_label_host(std::string_view text) {
    if (text.size() > 253) return false;
    for (;;) {
        const auto dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_host_port(std::string_view text) {
    return !host_kind().rule(text);
}

Complaint public_domain_rule(std::string_view text) {
    const auto colon = text.find(':');
    const bool host = is_a_label_host(text.substr(0, colon));
    const bool port = colon == std::string_view::npos || is_host_port("x" + std::string(text.substr(colon)));
    // RFC 6454 §4: a browser leaves the scheme's own port away, so it would compare unequal.
    return unless(text.empty() || (host && port && !text.ends_with(":443")));
}

Complaint https_rule(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    if (text.empty()) return {};
    if (text.size() > 1024 || !text.starts_with(kScheme)) return "";
    const std::string_view rest = text.substr(kScheme.size());
    return unless(is_host_port(rest.substr(0, rest.find_first_of("/?"))) && visible(rest, "\"<>\\^`{|}#"));
}

Complaint caller_rule(std::string_view text) {
    const auto at = text.find('@');
    if (text.empty()) return {};
    if (at == std::string_view::npos || at == 0 || text.size() > 512) return "";
    const std::string_view user = text.substr(0, at);
    // RFC 8827 §8.1: @ and % of a user are percent-encoded. A star stands alone.
    const bool plain_user = user == "*" || (user.find('*') == std::string_view::npos &&
                                            user.find_first_of(" \"<>") == std::string_view::npos);
    return unless(plain_user && is_a_label_host(text.substr(at + 1)));
}

Complaint account_rule(std::string_view text) {
    constexpr std::string_view kToken = "token:";
    if (text.starts_with(kToken))
        text.remove_prefix(kToken.size());
    else if (text.empty())
        return {};
    return unless(!name_kind().rule(text));
}

/// ITU-T E.164 §6.2.1: at most 15 digits, no country code begins with 0. Local digits are as they are.
bool is_telephone(std::string_view text) {
    const bool international = text.starts_with('+');
    if (international) text.remove_prefix(1);
    if (text.empty() || text.size() > 15) return false;
    if (international && (text.size() < 2 || text.front() == '0')) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return among(c, kDigits); });
}

Complaint sip_uri_rule(std::string_view text) {
    constexpr std::string_view kScheme = "sip:";
    if (text.empty()) return {};
    if (!text.starts_with(kScheme) || text.size() > 256) return "";
    text.remove_prefix(kScheme.size());
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0) return "";
    const std::string_view user = text.substr(0, at);
    const std::string_view host = text.substr(at + 1);
    return unless(visible(user, "\"<>\\^`{|}[]#@:;?,/") && (is_host_port(host) || !domain_kind().rule(host)));
}

Complaint header_rule(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > 64 || text.size() < 3 || (!text.starts_with("X-") && !text.starts_with("x-")))
        return "";
    return unless(std::all_of(text.begin(), text.end(),
                              [](char c) { return is_letter(c) || among(c, kDigits) || c == '-'; }));
}

/// RFC 8259 §6.
bool is_json_number(std::string_view text) {
    const auto skip_digits = [&text] {
        const auto end = std::min(text.find_first_not_of(kDigits), text.size());
        text.remove_prefix(end);
        return end;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool leading_zero = text.starts_with('0');
    const auto whole = skip_digits();
    if (whole == 0 || whole > 15 || (leading_zero && whole > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto fraction = skip_digits();
        if (fraction == 0 || fraction > 15) return false;
    }
    return text.empty();
}

}  // namespace

Text a_label_kind() {
    return {"a lower-case host name without port such as idp.example.org (other letters as xn--...)",
            [](std::string_view t) { return unless(is_a_label_host(t)); }};
}
Text public_domain_kind() {
    return {"a lower-case host name such as gw.example.org, with a port when that is not 443",
            public_domain_rule};
}
Text protocol_kind() {
    return {"a protocol of at most 64 visible characters without / \\ % ? and #", [](std::string_view t) {
                return unless(!t.empty() && t.size() <= 64 && visible(t, "/\\%?#\""));
            }};
}
Text https_url_kind() {
    return {"an https URL without credentials and fragment such as https://idp.example.org/keys", https_rule};
}
Text claim_name_kind() {
    return {"the name of a claim, at most 256 bytes",
            [](std::string_view t) { return unless(!t.empty() && t.size() <= 256); }};
}
Text caller_kind() {
    return {"user@domain or *@domain, the domain in lower case", caller_rule};
}
Text account_kind() {
    return {"a user's name, guest or token:NAME", account_rule};
}
Text telephone_kind() {
    return {"a telephone number such as +12155551212, or local digits",
            [](std::string_view t) { return unless(t.empty() || is_telephone(t)); }};
}
Text telephones_kind() {
    return {
        "a telephone number such as +12155551212, or a range of one length such as "
        "+12125551000-+12125551999",
        [](std::string_view t) { return unless(parse_telephones(t).has_value()); }};
}
Text sip_uri_kind() {
    return {"a URI such as sip:anonymous@gw.example.org", sip_uri_rule};
}
Text extension_header_kind() {
    return {"the name of a header that begins with X-", header_rule};
}

Fit ClaimValue::parse(std::string_view text, std::string& out) const {
    if (plain && (text == "true" || text == "false" || is_json_number(text))) {
        out = text;
        return {};
    }
    std::string checked;
    if (const Fit misfit = free_text().parse(text, checked)) return Misfit{expected(), ""};
    out = '"';
    for (const char c : checked) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
    return {};
}

std::optional<std::pair<std::string, std::string>> parse_telephones(std::string_view text) {
    const auto dash = text.find('-');
    const std::string_view first = text.substr(0, dash);
    const std::string_view last = dash == std::string_view::npos ? first : text.substr(dash + 1);
    if (!is_telephone(first) || !is_telephone(last)) return std::nullopt;
    // Of one length and kind, so that the order of the texts is that of the numbers.
    const bool alike = first.size() == last.size() && (first.front() == '+') == (last.front() == '+');
    if (!alike || (dash != std::string_view::npos && first >= last)) return std::nullopt;
    return std::pair(std::string(first), std::string(last));
}

bool within(std::string_view telephones, std::string_view number) {
    const auto range = parse_telephones(telephones);
    return range && !number.empty() && number.size() == range->first.size() &&
           (number.front() == '+') == (range->first.front() == '+') && number >= range->first &&
           number <= range->second;
}

}  // namespace causeway::config
