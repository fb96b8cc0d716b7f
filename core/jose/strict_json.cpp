#include "core/jose/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

namespace causeway::jose {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t kDeepest = 8;
/// Up to here every whole number has a double of its own.
constexpr std::int64_t kLargestWhole = std::int64_t{1} << 53;

json::parse_options options() {
    json::parse_options strict;
    strict.max_depth = kDeepest;
    return strict;
}

/// Walks over a text and stops at what Boost.JSON would let through: a member that is there twice (names
/// compared after unescaping), a number too large for a double.
struct Inspector {
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

    std::vector<std::set<std::string>> names;
    std::string name;
    bool duplicate = false;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        names.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        names.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        name.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, error_code& error) {
        name.append(part.data(), part.size());
        // RFC 7515 §4, RFC 7519 §4: names must be unique. Refused, for the other parser could take the other
        // one.
        duplicate = !names.back().insert(std::exchange(name, {})).second;
        if (duplicate) error = json::error::syntax;
        return !duplicate;
    }
    bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
    bool on_double(double value, json::string_view, error_code& error) {
        if (!std::isfinite(value)) error = json::error::exponent_overflow;
        return std::isfinite(value);
    }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

Error malformed(const error_code& error) {
    return Error{"malformed JSON: " + error.message()};
}

Result<void> inspect(std::string_view text) {
    json::basic_parser<Inspector> parser(options());
    error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().duplicate) return Error{"duplicate member"};
    if (error) return malformed(error);
    return {};
}

}  // namespace

Result<json::object> parse_object(std::string_view text, std::size_t longest) {
    if (text.size() > longest) return Error{"too long"};
    if (const auto sound = inspect(text); !sound) return sound.error();
    error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options());
    if (error) return malformed(error);
    if (!value.is_object()) return Error{"not an object"};
    return std::move(value.get_object());
}

std::optional<std::string> string_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string().data(), value->get_string().size());
}

std::optional<std::int64_t> date_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr) return std::nullopt;
    // What does not fit into 64 signed bits is beyond 2^53 anyway.
    if (const std::int64_t* whole = value->if_int64()) {
        if (*whole > kLargestWhole || *whole < -kLargestWhole) return std::nullopt;
        return *whole;
    }
    if (const double* real = value->if_double()) {
        if (!(std::fabs(*real) <= static_cast<double>(kLargestWhole))) return std::nullopt;
        return static_cast<std::int64_t>(*real);
    }
    return std::nullopt;
}

}  // namespace causeway::jose
