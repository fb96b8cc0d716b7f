#include "gateway/edge/via.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "gateway/edge/framing.hpp"

namespace causeway::edge {
namespace {

// Remembered in the Via of a request, which its answer brings back: what the peer's own said.
constexpr std::string_view kTransportMark = "cw-transport";
constexpr std::string_view kRportMark = "cw-rport";
constexpr std::size_t kLongestTransport = 16;

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// The first value of the first Via; its header may be folded, and may hold further values.
std::optional<Span> top_via(std::string_view head) {
    for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const auto colon = head.find(':', at);
        if (colon == std::string_view::npos) return std::nullopt;
        const std::string_view name = trimmed(head.substr(at, colon - at));
        if (!same_word(name, "Via") && !same_word(name, "v")) continue;
        bool quoted = false;
        std::size_t end = colon + 1;
        for (; end < head.size(); ++end) {
            const char c = head[end];
            if (c == '\\' && quoted) {
                ++end;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                break;
            } else if (c == '\r' && end + 2 < head.size() && head[end + 1] == '\n' && head[end + 2] != ' ' &&
                       head[end + 2] != '\t') {
                break;
            }
        }
        return Span{colon + 1, std::min(end, head.size())};
    }
    return std::nullopt;
}

struct Parameter {
    std::string name;
    std::optional<std::string> value;
};

struct Via {
    std::string transport;
    std::string sent_by;
    std::vector<Parameter> parameters;

    Parameter* find(std::string_view name) {
        for (Parameter& each : parameters) {
            if (same_word(each.name, name)) return &each;
        }
        return nullptr;
    }
    void erase(std::string_view name) {
        std::erase_if(parameters, [&](const Parameter& each) { return same_word(each.name, name); });
    }
    void set(std::string_view name, std::string value) {
        erase(name);
        parameters.push_back({std::string(name), std::move(value)});
    }
};

/// Up to the next `separator` that stands in no quotes.
std::string_view take_until(std::string_view& text, char separator) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (text[at] == '\\' && quoted) {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == separator && !quoted) {
            break;
        }
    }
    at = std::min(at, text.size());
    const std::string_view taken = text.substr(0, at);
    text = at == text.size() ? std::string_view{} : text.substr(at + 1);
    return taken;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("-.!%*_+`'~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// RFC 3261 §20.42: "SIP" "/" "2.0" "/" transport LWS sent-by *(";" via-params).
std::optional<Via> parse_via(std::string_view value) {
    Via via;
    if (!same_word(trimmed(take_until(value, '/')), "SIP")) return std::nullopt;
    if (trimmed(take_until(value, '/')) != "2.0") return std::nullopt;
    std::string_view place = trimmed(take_until(value, ';'));
    const auto blank = place.find_first_of(kBlank);
    if (blank == std::string_view::npos) return std::nullopt;
    via.transport = place.substr(0, blank);
    via.sent_by = trimmed(place.substr(blank));
    if (!is_token(via.transport) || via.transport.size() > kLongestTransport || via.sent_by.empty()) {
        return std::nullopt;
    }
    while (!value.empty()) {
        std::string_view one = take_until(value, ';');
        Parameter parameter;
        const bool has_value = one.find('=') != std::string_view::npos;
        parameter.name = trimmed(take_until(one, '='));
        if (has_value) parameter.value = std::string(trimmed(one));
        if (!parameter.name.empty()) via.parameters.push_back(std::move(parameter));
    }
    return via;
}

std::string to_text(const Via& via) {
    std::string text = " SIP/2.0/" + via.transport + ' ' + via.sent_by;
    for (const Parameter& each : via.parameters) {
        text += ';' + each.name;
        if (each.value) text += '=' + *each.value;
    }
    return text;
}

bool is_response(std::string_view message) {
    return message.substr(0, 4) == "SIP/";
}

template <class Edit>
Result<std::string> edited(std::string message, Edit edit) {
    const std::size_t head = head_length(message).value_or(message.size());
    const auto span = top_via(std::string_view(message).substr(0, head));
    if (!span) return Error{"a message without Via"};
    auto via = parse_via(std::string_view(message).substr(span->begin, span->end - span->begin));
    if (!via) return Error{"a Via that cannot be read"};
    edit(*via);
    message.replace(span->begin, span->end - span->begin, to_text(*via));
    return Result<std::string>(boost::system::in_place_value, std::move(message));
}

}  // namespace

Result<std::string> to_stack(std::string message, const ViaWords&) {
    const bool response = is_response(message);
    return edited(std::move(message), [&](Via& via) {
        via.erase(kTransportMark);
        via.erase(kRportMark);
        if (!response) {
            via.set(kTransportMark, via.transport);
            // The stack, should it lose the connection, must not go and look for the peer elsewhere.
            if (via.find("rport") == nullptr) {
                via.parameters.push_back({"rport", std::nullopt});
                via.parameters.push_back({std::string(kRportMark), std::nullopt});
            }
        }
        via.transport = "TCP";
    });
}

Result<std::string> to_peer(std::string message, const ViaWords& words) {
    const bool response = is_response(message);
    return edited(std::move(message), [&](Via& via) {
        via.transport = words.transport;
        if (!response) {
            via.sent_by = words.sent_by;
            return;
        }
        const Parameter* mark = via.find(kTransportMark);
        if (mark != nullptr && mark->value) via.transport = *mark->value;
        const bool asked_for_port = via.find("rport") != nullptr && via.find(kRportMark) == nullptr;
        via.erase(kTransportMark);
        via.erase(kRportMark);
        via.erase("rport");
        via.set("received", words.peer.ip());
        if (asked_for_port) via.set("rport", std::to_string(words.peer.port()));
    });
}

}  // namespace causeway::edge
