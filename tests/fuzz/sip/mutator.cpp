#include "mutator.hpp"

#include <algorithm>
#include <vector>

#include "corpus.hpp"

namespace causeway::sip::fuzz {
namespace {

/// The lines, each with its end.
std::vector<std::string> lines_of(const std::string& message) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < message.size();) {
        const auto end = message.find('\n', at);
        const std::size_t next = end == std::string::npos ? message.size() : end + 1;
        lines.push_back(message.substr(at, next - at));
        at = next;
    }
    return lines;
}

}  // namespace

std::string Mutator::mutated(std::string message) {
    const std::size_t changes = pick(5);
    for (std::size_t i = 0; i < changes && !message.empty(); ++i) {
        switch (pick(5)) {
            case 0:
                change_bytes(message);
                break;
            case 1:
            case 2:
                change_lines(message);
                break;
            default:
                change_words(message);
                break;
        }
    }
    constexpr std::size_t kLongest = 60'000;
    if (message.size() > kLongest) message.resize(kLongest);
    return message;
}

void Mutator::change_bytes(std::string& message) {
    const std::size_t at = pick(message.size());
    const std::size_t length = pick(std::min<std::size_t>(message.size() - at, 40)) + 1;
    switch (pick(5)) {
        case 0:
            message[at] = static_cast<char>(random_());
            break;
        case 1:
            message[at] = static_cast<char>(message[at] ^ (1 << pick(8)));
            break;
        case 2:
            message.erase(at, length);
            break;
        case 3:
            message.insert(at, message.substr(at, length));
            break;
        default:
            message.resize(at);
            break;
    }
}

void Mutator::change_words(std::string& message) {
    static const std::string kEnds = " ;:,<>@=\"\r\n/?";
    const std::size_t from = pick(message.size());
    const auto begin = message.find_first_not_of(kEnds, from);
    if (begin == std::string::npos) return;
    const auto end = std::min(message.find_first_of(kEnds, begin), message.size());
    const std::string word =
        pick(40) == 0 ? std::string(pick(9000), 'A') : std::string(one_of(nasty_words()));
    if (pick(3) == 0) {
        message.insert(begin, word);
    } else {
        message.replace(begin, end - begin, word);
    }
}

void Mutator::change_lines(std::string& message) {
    std::vector<std::string> lines = lines_of(message);
    const std::size_t a = pick(lines.size());
    const std::size_t b = pick(lines.size());
    const auto place = lines.begin() + static_cast<std::ptrdiff_t>(a);
    switch (pick(6)) {
        case 0:
            lines.erase(place);
            break;
        case 1:
            lines.insert(place, std::string(lines[b]));
            break;
        case 2:
            std::swap(lines[a], lines[b]);
            break;
        case 3: {
            const auto colon = lines[a].find(':');
            if (colon != std::string::npos) {
                lines[a] = lines[a].substr(0, colon + 1) + ' ' + std::string(one_of(nasty_words())) + "\r\n";
            }
            break;
        }
        case 4: {
            const auto others = lines_of(std::string(one_of(requests())));
            lines.insert(place, others[pick(others.size())]);
            break;
        }
        default:
            lines.insert(place, pick(30), std::string(lines[b]));
            break;
    }
    message.clear();
    for (const auto& line : lines) message += line;
}

}  // namespace causeway::sip::fuzz
