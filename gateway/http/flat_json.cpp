#include "gateway/http/flat_json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <limits>
#include <utility>

namespace causeway::http {
namespace {

namespace json = boost::json;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxMembers = 32;

/// Boost.JSON's event handler: keeps the outermost object's members, only notes what is deeper.
struct FlatHandler {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    std::vector<JsonMember> members;
    JsonFault fault;
    std::string name;
    std::string text;
    int depth = 0;

    bool refuse(std::string why, std::string member = {}) {
        fault = {std::move(why), std::move(member)};
        return false;
    }
    template <class Value>
    bool keep(Value value) {
        if (depth == 0) return refuse("A message is one JSON object.");
        if (depth == 1) members.push_back({std::move(name), std::move(value)});
        name.clear();
        return true;
    }
    bool open(std::string_view kind) {
        if (depth == 0 && kind != "an object") return refuse("A message is one JSON object.");
        if (depth == 1) members.push_back({std::move(name), OtherJson{kind}});
        name.clear();
        ++depth;
        return true;
    }
    bool finish_name() {
        if (depth != 1) return true;
        if (members.size() == kMaxMembers) return refuse("Too many members.");
        const auto same = [this](const JsonMember& member) { return member.name == name; };
        if (std::any_of(members.begin(), members.end(), same)) {
            return refuse("The member stands there twice.", name);
        }
        return true;
    }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode&) { return open("an object"); }
    bool on_object_end(std::size_t, ErrorCode&) { return --depth, true; }
    bool on_array_begin(ErrorCode&) { return open("an array"); }
    bool on_array_end(std::size_t, ErrorCode&) { return --depth, true; }
    bool on_key_part(json::string_view part, std::size_t, ErrorCode&) {
        name.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, ErrorCode&) {
        name.append(part.data(), part.size());
        return depth == 1 ? finish_name() : (name.clear(), true);
    }
    bool on_string_part(json::string_view part, std::size_t, ErrorCode&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, std::size_t, ErrorCode&) {
        text.append(part.data(), part.size());
        return keep(std::exchange(text, {}));
    }
    bool on_number_part(json::string_view, ErrorCode&) { return true; }
    bool on_int64(std::int64_t value, json::string_view, ErrorCode&) { return keep(value); }
    bool on_uint64(std::uint64_t, json::string_view, ErrorCode&) {
        return keep(OtherJson{"a very large number"});
    }
    bool on_double(double, json::string_view, ErrorCode&) { return keep(OtherJson{"a fraction"}); }
    bool on_bool(bool value, ErrorCode&) { return keep(value); }
    bool on_null(ErrorCode&) { return keep(OtherJson{"null"}); }
    bool on_comment_part(json::string_view, ErrorCode&) { return true; }
    bool on_comment(json::string_view, ErrorCode&) { return true; }
};

}  // namespace

std::variant<std::vector<JsonMember>, JsonFault> parse_flat_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = kMaxDepth;
    json::basic_parser<FlatHandler> parser(options);
    ErrorCode error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    FlatHandler& handler = parser.handler();
    if (!handler.fault.text.empty()) return std::move(handler.fault);
    if (error) return JsonFault{"This is not JSON: " + error.message() + '.', {}};
    // The parser stops behind the first value and leaves what follows to us.
    if (used != text.size()) return JsonFault{"This is not JSON: something follows the message.", {}};
    return std::move(handler.members);
}

}  // namespace causeway::http
