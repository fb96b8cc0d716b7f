#include "gateway/edge/framing.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace causeway::edge {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_line_ends(std::string_view text) {
    return text.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

std::optional<std::size_t> head_length(std::string_view text) {
    const auto end = text.find(kHeadEnd);
    if (end == std::string_view::npos) return std::nullopt;
    return end + kHeadEnd.size();
}

Result<std::optional<std::size_t>> content_length(std::string_view head) {
    std::optional<std::size_t> length;
    for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        if (!same_word(name, "Content-Length") && !same_word(name, "l")) continue;
        const std::string_view digits = trimmed(line.substr(colon + 1));
        std::size_t value = 0;
        const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (fault != std::errc{} || end != digits.data() + digits.size()) {
            return Error{"a Content-Length that is no number"};
        }
        if (value > kLongestPart) return Error{"a message that is too long"};
        if (length && *length != value) return Error{"two different Content-Lengths"};
        length = value;
    }
    return length;
}

void MessageSplitter::feed(std::string_view bytes) {
    bytes_.append(bytes);
}

Result<std::optional<std::string>> MessageSplitter::next() {
    // Between messages line ends are keep-alives; one answer suffices for many.
    const std::size_t ends = std::min(bytes_.find_first_not_of("\r\n"), bytes_.size());
    if (ends == 0) return take_message();
    const bool ping = bytes_.compare(0, kPing.size(), kPing) == 0;
    if (!ping && ends == bytes_.size() && ends < kPong.size()) return std::optional<std::string>();
    bytes_.erase(0, ends);
    return std::optional<std::string>(ping ? kPing : kPong);
}

Result<std::optional<std::string>> MessageSplitter::take_message() {
    if (bytes_.empty()) return std::optional<std::string>();
    // The end may have been cut in two.
    const std::size_t from = searched_ < kHeadEnd.size() ? 0 : searched_ - kHeadEnd.size();
    const auto end = bytes_.find(kHeadEnd, from);
    if (std::min(end, bytes_.size()) > kLongestPart) return Error{"a message whose headers are too long"};
    if (end == std::string::npos) {
        searched_ = bytes_.size();
        return std::optional<std::string>();
    }
    const std::size_t head = end + kHeadEnd.size();
    const auto body = content_length(std::string_view(bytes_).substr(0, head));
    if (!body) return body.error();
    // RFC 3261 §18.3 demands one on streams; without it nothing can follow but the next message.
    const std::size_t whole = head + body->value_or(0);
    if (bytes_.size() < whole) return std::optional<std::string>();
    std::string message = bytes_.substr(0, whole);
    bytes_.erase(0, whole);
    searched_ = 0;
    return std::optional<std::string>(std::move(message));
}

Result<std::string> frame_message(std::string frame) {
    using boost::system::in_place_value;
    if (is_line_ends(frame)) {
        return Result<std::string>(in_place_value, frame.size() < kPing.size() ? kPong : kPing);
    }
    const auto head = head_length(frame);
    if (!head) return Error{"a frame without the empty line that ends a message's headers"};
    if (*head > kLongestPart) return Error{"a message whose headers are too long"};
    const auto length = content_length(std::string_view(frame).substr(0, *head));
    if (!length) return length.error();
    const std::size_t body = frame.size() - *head;
    if (!*length) {
        if (body > kLongestPart) return Error{"a message that is too long"};
        frame.insert(*head - 2, "Content-Length: " + std::to_string(body) + "\r\n");
    } else if (**length != body) {
        return Error{"a Content-Length that is not the frame's"};
    }
    return Result<std::string>(in_place_value, std::move(frame));
}

}  // namespace causeway::edge
