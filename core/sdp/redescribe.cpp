#include "core/sdp/redescribe.hpp"

namespace causeway::sdp {
namespace {

std::string_view attribute_line(Direction direction) {
    switch (direction) {
        case Direction::sendrecv:
            return "a=sendrecv";
        case Direction::sendonly:
            return "a=sendonly";
        case Direction::recvonly:
            return "a=recvonly";
        case Direction::inactive:
            return "a=inactive";
    }
    return "a=sendrecv";
}

bool is_direction(std::string_view line) {
    for (const Direction each :
         {Direction::sendrecv, Direction::sendonly, Direction::recvonly, Direction::inactive}) {
        if (line == attribute_line(each)) return true;
    }
    return false;
}

/// RFC 8866 §5.2: o=<username> <sess-id> <sess-version> ...
std::string with_version(std::string_view line, std::uint64_t version) {
    const auto user = line.find(' ');
    const auto id = user == std::string_view::npos ? user : line.find(' ', user + 1);
    const auto end = id == std::string_view::npos ? id : line.find(' ', id + 1);
    if (end == std::string_view::npos) return std::string(line);
    return std::string(line.substr(0, id + 1)) + std::to_string(version) + std::string(line.substr(end));
}

}  // namespace

std::string redescribed(std::string_view own, Direction direction, std::uint64_t version) {
    std::string out;
    out.reserve(own.size() + 8);
    while (!own.empty()) {
        const auto end = own.find("\r\n");
        const std::string_view line = own.substr(0, end);
        own = end == std::string_view::npos ? std::string_view{} : own.substr(end + 2);
        if (line.starts_with("o=")) {
            out += with_version(line, version);
        } else if (is_direction(line)) {
            out += attribute_line(direction);
        } else {
            out += line;
        }
        out += "\r\n";
    }
    return out;
}

}  // namespace causeway::sdp
