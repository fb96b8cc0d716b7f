#include "sip/ua/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace causeway::sip {
namespace {

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

bool is_token(std::string_view text) {
    static constexpr std::string_view kMarks = "-.!%*_+`'~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != std::string_view::npos;
    });
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<char> dtmf_digit(std::string_view text) {
    if (text == "10") return '*';
    if (text == "11") return '#';
    if (text.size() == 2 && text.front() == '1' && text[1] >= '2' && text[1] <= '5') {
        return static_cast<char>('A' + (text[1] - '2'));
    }
    if (text.size() != 1) return std::nullopt;
    const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    constexpr std::string_view kDigits = "0123456789*#ABCD";
    if (kDigits.find(c) == std::string_view::npos) return std::nullopt;
    return c;
}

/// Reason texts come from peers too: nothing but printable characters goes on, and not endlessly.
std::string safe_text(const EndReason& reason) {
    constexpr std::size_t kLongest = 200;
    EndReason plain = reason;
    if (has_control(plain.detail)) plain.detail.clear();
    return shortened(text(plain), kLongest);
}

}  // namespace

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

bool is_plain_uri(std::string_view text) {
    static constexpr std::string_view kNever = "<>\"\\^`{|}";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7f && kNever.find(c) == std::string_view::npos;
    });
}

bool is_extra_header_name(std::string_view name) {
    static constexpr std::array<std::string_view, 22> kOwn{"via",
                                                           "v",
                                                           "from",
                                                           "f",
                                                           "to",
                                                           "t",
                                                           "call-id",
                                                           "i",
                                                           "cseq",
                                                           "contact",
                                                           "m",
                                                           "route",
                                                           "l",
                                                           "record-route",
                                                           "c",
                                                           "content-length",
                                                           "k",
                                                           "user-agent",
                                                           "max-forwards",
                                                           "allow",
                                                           "content-type",
                                                           "supported"};
    return is_token(name) &&
           std::none_of(kOwn.begin(), kOwn.end(), [&](std::string_view own) { return same_word(own, name); });
}

bool is_call_id(std::string_view text) {
    constexpr std::size_t kLongest = 200;
    static constexpr std::string_view kMarks = "-.!%*_+`'~()<>:\\\"/[]?{}";
    const auto at = text.find('@');
    const auto is_word = [](std::string_view word) {
        return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
            return (static_cast<unsigned char>(c) < 0x80 &&
                    std::isalnum(static_cast<unsigned char>(c)) != 0) ||
                   kMarks.find(c) != std::string_view::npos;
        });
    };
    if (text.size() > kLongest) return false;
    return is_word(text.substr(0, at)) && (at == std::string_view::npos || is_word(text.substr(at + 1)));
}

std::string shortened(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return std::string(text);
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    };
    std::size_t end = longest;
    // A character has at most three bytes after its first one.
    while (end > 0 && longest - end < 3 && continues(end)) --end;
    return std::string(text.substr(0, continues(end) ? longest : end));
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string name_addr(std::string_view display, std::string_view uri) {
    const std::string address = '<' + std::string(uri) + '>';
    return display.empty() ? address : quoted(display) + ' ' + address;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        result += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (has_control(result)) return std::nullopt;
    return result;
}

const char* identity_phrase(int status, const EndReason& reason) {
    if (reason.cause != EndCause::caller_unverified) return nullptr;
    switch (status) {
        case 403:
            return "Stale Date";
        case 428:
            return "Use Identity Header";
        case 436:
            return "Bad Identity Info";
        case 437:
            return "Unsupported Credential";
        case 438:
            return "Invalid Identity Header";
        default:
            return nullptr;
    }
}

EndReason stopping() {
    return {.cause = EndCause::shutting_down, .by = Side::gateway, .detail = {}, .sip_status = {}};
}

EndReason own_refusal(int status) {
    EndReason reason{.cause = EndCause::bad_request, .by = Side::sip, .detail = {}, .sip_status = status};
    switch (status) {
        case 415:
            reason.cause = EndCause::bad_offer;
            reason.detail = "Only application/sdp is understood.";
            break;
        case 481:
            reason.detail = "There is no such call.";
            break;
        case 491:
            reason.detail = "Another offer still waits for its answer.";
            break;
        case 488:
            reason.cause = EndCause::no_common_codec;
            break;
        case 503:
            reason.cause = EndCause::over_limit;
            reason.by = Side::gateway;
            break;
        default:
            break;
    }
    return reason;
}

std::string reason_value(const EndReason& reason, ReasonOn message) {
    // RFC 3326 §3.1: a CANCEL because of an answer elsewhere names the status of that answer.
    if (message == ReasonOn::cancel && reason.cause == EndCause::answered_elsewhere) {
        return "SIP;cause=200;text=\"Call completed elsewhere\"";
    }
    const std::string words = ";text=" + quoted(safe_text(reason));
    const std::string q850 = "Q.850;cause=" + std::to_string(q850_cause(reason));
    // RFC 3326 §2: a response has its own status; requests name one unless the end is ordinary.
    const bool ordinary = reason.cause == EndCause::hangup || reason.cause == EndCause::cancelled;
    if (message == ReasonOn::response || ordinary) return q850 + words;
    return q850 + ", SIP;cause=" + std::to_string(sip_status(reason)) + words;
}

std::string describe(const ReceivedReason& reason) {
    if (reason.protocol.empty() && reason.text.empty()) return {};
    std::string words = reason.text;
    if (words.size() >= 2 && words.front() == '"' && words.back() == '"') {
        words = words.substr(1, words.size() - 2);
        for (std::size_t at = words.find('\\'); at != std::string::npos; at = words.find('\\', at + 1)) {
            words.erase(at, 1);
        }
    }
    if (has_control(words)) words.clear();
    std::string code = reason.protocol;
    if (!reason.cause.empty()) code += ' ' + reason.cause;
    if (words.empty()) return code;
    return code.empty() ? words : words + " (" + code + ')';
}

std::optional<InfoDigit> parse_info_digit(std::string_view content_type, std::string_view body) {
    InfoDigit result;
    std::optional<char> digit;
    if (same_word(content_type, "application/dtmf")) {
        digit = dtmf_digit(trimmed(body.substr(0, 16)));
    } else if (same_word(content_type, "application/dtmf-relay")) {
        while (!body.empty()) {
            const auto end = body.find('\n');
            const std::string_view line = body.substr(0, end);
            body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
            const auto equals = line.find('=');
            if (equals == std::string_view::npos) continue;
            const auto name = trimmed(line.substr(0, equals));
            const auto value = trimmed(line.substr(equals + 1));
            if (same_word(name, "signal")) digit = dtmf_digit(value);
            if (same_word(name, "duration")) {
                std::from_chars(value.data(), value.data() + value.size(), result.duration_ms);
            }
        }
    }
    if (!digit) return std::nullopt;
    result.digit = *digit;
    result.duration_ms = std::clamp(result.duration_ms, 40, 5000);
    return result;
}

std::string info_digit_body(char digit, int duration_ms) {
    return "Signal=" + std::string(1, digit) + "\r\nDuration=" + std::to_string(duration_ms) + "\r\n";
}

std::string warning_value(int status, std::string_view host, std::string_view why) {
    if (status != 488 && status != 606) return {};
    constexpr std::size_t kLongest = 200;
    const bool says_why = !why.empty() && !has_control(why);
    const std::string_view text =
        says_why ? why.substr(0, kLongest) : std::string_view("None of the media formats can be used here");
    return "305 " + std::string(host.empty() ? "gateway" : host) + " " + quoted(text);
}

}  // namespace causeway::sip
