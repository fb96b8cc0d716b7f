#include "gateway/http/ice_fragment.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace causeway::http {
namespace {

constexpr std::size_t kMostText = 16384;
constexpr std::size_t kMostCandidates = 100;
constexpr std::size_t kLongestCandidate = 1024;
constexpr std::string_view kUfrag = "a=ice-ufrag:";
constexpr std::string_view kPassword = "a=ice-pwd:";
constexpr std::string_view kCandidate = "a=candidate:";
constexpr std::string_view kEnd = "a=end-of-candidates";

/// The next line without its end; false at the end of the text.
bool take_line(std::string_view& text, std::string_view& line) {
    if (text.empty()) return false;
    const std::size_t end = std::min(text.find('\n'), text.size());
    line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(std::min(end + 1, text.size()));
    return true;
}

/// RFC 8839 §5.4.
bool is_ice_text(std::string_view text, std::size_t least) {
    return text.size() >= least && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
           });
}

bool has_control_character(std::string_view line) {
    return std::any_of(line.begin(), line.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

/// All sections of a bundle share one transport: the first value counts, another one is a fault.
Result<void> take_value(std::string_view line, std::string_view name, std::size_t least, std::string& value) {
    const std::string_view given = line.substr(name.size());
    if (!is_ice_text(given, least)) return Error{std::string(name) + " is not of ICE characters"};
    if (!value.empty() && value != given) return Error{std::string(name) + " stands there with two values"};
    value = given;
    return {};
}

}  // namespace

Result<IceFragment> parse_ice_fragment(std::string_view text) {
    if (text.size() > kMostText) return Error{"the fragment is longer than 16384 bytes"};
    IceFragment fragment;
    for (std::string_view line; take_line(text, line);) {
        if (has_control_character(line)) return Error{"the fragment has control characters"};
        if (line.starts_with(kUfrag)) {
            if (auto taken = take_value(line, kUfrag, 4, fragment.ufrag); !taken) return taken.error();
        } else if (line.starts_with(kPassword)) {
            if (auto taken = take_value(line, kPassword, 22, fragment.password); !taken) return taken.error();
        } else if (line.starts_with(kCandidate)) {
            if (line.size() > kLongestCandidate) return Error{"a candidate is longer than 1024 bytes"};
            if (fragment.candidates.size() == kMostCandidates) return Error{"there are too many candidates"};
            fragment.candidates.emplace_back(line.substr(2));
        } else if (line == kEnd) {
            fragment.end_of_candidates = true;
        }
    }
    if (fragment.ufrag.empty()) return Error{"the fragment has no a=ice-ufrag"};
    return fragment;
}

std::string with_ice(std::string_view sdp, const IceFragment& fragment) {
    std::string out;
    for (std::string_view line; take_line(sdp, line);) {
        if (line.starts_with(kCandidate) || line == kEnd) continue;
        if (line.starts_with(kUfrag)) {
            out.append(kUfrag).append(fragment.ufrag);
        } else if (line.starts_with(kPassword)) {
            out.append(kPassword).append(fragment.password);
        } else {
            out.append(line);
        }
        out += "\r\n";
    }
    return with_candidates(std::move(out), fragment.candidates, fragment.end_of_candidates);
}

std::string ice_fragment_of(std::string_view sdp) {
    std::string out;
    out.append(kUfrag).append(line_value(sdp, kUfrag)).append("\r\n");
    out.append(kPassword).append(line_value(sdp, kPassword)).append("\r\n");
    for (std::string_view line; take_line(sdp, line);) {
        // RFC 8840 §9: a pseudo m= line, with what tells the section.
        const bool wanted = line.starts_with("m=") || line.starts_with("a=mid:") ||
                            line.starts_with(kCandidate) || line == kEnd;
        if (wanted) out.append(line).append("\r\n");
    }
    return out;
}

std::string_view line_value(std::string_view sdp, std::string_view name) {
    for (std::string_view line; take_line(sdp, line);) {
        if (line.starts_with(name)) return line.substr(name.size());
    }
    return {};
}

std::string with_candidates(std::string sdp, const std::vector<std::string>& candidates, bool end) {
    for (const std::string& candidate : candidates) sdp.append("a=").append(candidate).append("\r\n");
    if (end) sdp.append(kEnd).append("\r\n");
    return sdp;
}

}  // namespace causeway::http
