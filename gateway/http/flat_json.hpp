// One JSON object whose members are plain values, read without building a tree. Pure. RFC 8259.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace causeway::http {

/// What stands where a plain value should: null, a fraction, an array or an object.
struct OtherJson {
    std::string_view kind;
};

struct JsonMember {
    std::string name;
    std::variant<std::string, std::int64_t, bool, OtherJson> value;
};

struct JsonFault {
    std::string text;
    std::string member;  ///< the repeated one, "" for text that is not JSON
};

/// The members in order. At most 8 levels and 32 members; no member twice; valid UTF-8 only.
std::variant<std::vector<JsonMember>, JsonFault> parse_flat_object(std::string_view json);

}  // namespace causeway::http
