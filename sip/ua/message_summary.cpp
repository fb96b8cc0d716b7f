#include "sip/ua/message_summary.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

/// A count in front of `text`, taken away from it; nobody has a million messages.
int take_count(std::string_view& text) {
    text = trimmed(text);
    int count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return fault == std::errc{} ? std::clamp(count, 0, 999'999) : 0;
}

/// "2/8 (0/2)": new, old, and how many of them are urgent.
void read_counts(std::string_view text, MessagesWaiting& waiting) {
    waiting.new_messages = take_count(text);
    if (text.empty() || text.front() != '/') return;
    text.remove_prefix(1);
    waiting.old_messages = take_count(text);
    text = trimmed(text);
    if (text.empty() || text.front() != '(') return;
    text.remove_prefix(1);
    waiting.urgent_messages = take_count(text);
}

/// The user part of "sip:alice@vmail.example".
std::string account_of(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon != std::string_view::npos) uri.remove_prefix(colon + 1);
    const auto user = unescaped(uri.substr(0, uri.find('@')));
    constexpr std::size_t kLongest = 128;
    return user && user->size() <= kLongest ? *user : std::string();
}

}  // namespace

std::optional<MessagesWaiting> parse_message_summary(std::string_view body) {
    constexpr std::size_t kLongest = 4096;
    body = body.substr(0, kLongest);
    MessagesWaiting waiting;
    bool known = false;
    while (!body.empty()) {
        const auto end = body.find('\n');
        const std::string_view line = body.substr(0, end);
        body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (is_word(name, "messages-waiting")) {
            known = true;
            waiting.waiting = is_word(value, "yes");
        } else if (is_word(name, "message-account")) {
            waiting.account = account_of(value);
        } else if (is_word(name, "voice-message")) {
            read_counts(value, waiting);
        }
    }
    if (!known) return std::nullopt;
    return waiting;
}

}  // namespace causeway::sip
