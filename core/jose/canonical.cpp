// Deterministic JSON (RFC 8225 §9, RFC 7638 §3.3). Pure.
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/jose/base64.hpp"
#include "core/jose/strict_json.hpp"

namespace causeway::jose {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view text) {
    return {text.data(), text.size()};
}

void append_character(std::string& out, char character) {
    switch (character) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    // RFC 8259 §7: control characters must be escaped; nothing else is.
    if (static_cast<unsigned char>(character) < 0x20) {
        out += "\\u00" + encode_hex({&character, 1});
    } else {
        out += character;
    }
}

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char character : text) append_character(out, character);
    out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_double(std::string& out, double number) {
    constexpr double kWhole = 9007199254740992.0;  // 2^53
    if (std::fabs(number) <= kWhole && std::trunc(number) == number) {
        append_number(out, static_cast<std::int64_t>(number));
    } else {
        append_number(out, number);
    }
}

void append_value(std::string& out, const json::value& value);

void append_object(std::string& out, const json::object& object) {
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    // The byte order of UTF-8 is the order of its code points.
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return view(a->key()) < view(b->key()); });
    out += '{';
    for (const auto* member : members) {
        if (member != members.front()) out += ',';
        append_string(out, view(member->key()));
        out += ':';
        append_value(out, member->value());
    }
    out += '}';
}

void append_array(std::string& out, const json::array& array) {
    out += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i > 0) out += ',';
        append_value(out, array[i]);
    }
    out += ']';
}

void append_value(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            return;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return;
        case json::kind::int64:
            append_number(out, value.get_int64());
            return;
        case json::kind::uint64:
            append_number(out, value.get_uint64());
            return;
        case json::kind::double_:
            append_double(out, value.get_double());
            return;
        case json::kind::string:
            append_string(out, view(value.get_string()));
            return;
        case json::kind::array:
            append_array(out, value.get_array());
            return;
        case json::kind::object:
            append_object(out, value.get_object());
            return;
    }
}

}  // namespace

std::string canonical(const json::value& value) {
    std::string out;
    append_value(out, value);
    return out;
}

}  // namespace causeway::jose
