#include "gateway/identity/capability/capability_claims.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <initializer_list>
#include <limits>
#include <utility>

#include "config/pattern.hpp"
#include "core/jose/strict_json.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostCallees = 32;
constexpr std::size_t kMostHeaders = 16;
constexpr std::size_t kLongestText = 256;
constexpr std::size_t kLongestName = 64;
constexpr int kLongestCall = 7 * 86400;
constexpr int kMostCalls = 1'000'000;
constexpr std::int64_t kLatestTime = std::int64_t{1} << 40;

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool holds_only(std::string_view text, std::string_view marks) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter_or_digit(c) || marks.find(c) != std::string_view::npos;
    });
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_pattern(std::string_view text) {
    return !text.empty() && text.size() <= kLongestText && !has_control_characters(text) &&
           config::Pattern::compile(text).has_value();
}

bool is_number(std::string_view text) {
    return text.size() <= kLongestName && holds_only(text, "+*#-_.");
}

/// RFC 8827 §8.1: user@domain, one @ only.
bool is_identity(std::string_view text) {
    if (text.empty()) return true;
    const auto at = text.find('@');
    return text.size() <= kLongestText && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           is_printable(text) && text.find(' ') == std::string_view::npos &&
           holds_only(text.substr(at + 1), ".-");
}

/// RFC 3261 §25.1 token that begins with "X-": nothing that means anything to SIP itself.
bool is_header_name(std::string_view name) {
    return name.size() > 2 && name.size() <= kLongestName && (name[0] == 'X' || name[0] == 'x') &&
           name[1] == '-' && holds_only(name, "-.!%*_+`'~");
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return lower;
}

/// Reads one object's members; the first fault stays.
class ClaimsReader {
  public:
    ClaimsReader(const json::object& object, ClaimsKind kind) : object_(object), kind_(kind) {}

    Result<Capability> read();

  private:
    void fault(std::string_view member, std::string_view what) {
        if (fault_.empty()) fault_ = std::string(member) + ": " + std::string(what);
    }
    const json::value* find(std::string_view member) const {
        const auto place = object_.find(member);
        return place == object_.end() ? nullptr : &place->value();
    }
    void only(std::initializer_list<std::string_view> known);
    std::string text(std::string_view member);
    std::int64_t time(std::string_view member);
    std::optional<int> count(std::string_view member, int most);
    void read_times(Capability& capability);
    void read_callees(Capability& capability);
    void read_headers(Capability& capability);
    void read_texts(Capability& capability);

    const json::object& object_;
    const ClaimsKind kind_;
    std::string fault_;
};

/// A restriction that is not understood must not be taken for none.
void ClaimsReader::only(std::initializer_list<std::string_view> known) {
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            fault(is_printable(name) ? name.substr(0, kLongestName) : "?", "not known");
        }
    }
}

std::string ClaimsReader::text(std::string_view member) {
    const json::value* value = find(member);
    if (value == nullptr) return {};
    if (!value->is_string()) {
        fault(member, "not a text");
        return {};
    }
    return std::string(value->as_string().c_str(), value->as_string().size());
}

std::int64_t ClaimsReader::time(std::string_view member) {
    const auto seconds = jose::date_member(object_, member);
    if (!seconds || *seconds < 1 || *seconds > kLatestTime) fault(member, "not a time");
    return seconds.value_or(0);
}

std::optional<int> ClaimsReader::count(std::string_view member, int most) {
    const json::value* value = find(member);
    if (value == nullptr) return std::nullopt;
    const auto number = value->is_int64() ? value->as_int64() : -1;
    if (number < 1 || number > most) {
        fault(member, "not a number from 1 to " + std::to_string(most));
        return std::nullopt;
    }
    return static_cast<int>(number);
}

void ClaimsReader::read_times(Capability& capability) {
    if (kind_ == ClaimsKind::request) {
        const auto ttl = count("ttl", std::numeric_limits<int>::max());
        if (!ttl) fault("ttl", "missing");
        capability.expires_at = ttl.value_or(0);
        return;
    }
    capability.issued_at = time("iat");
    capability.expires_at = time("exp");
    if (capability.expires_at <= capability.issued_at) fault("exp", "not after iat");
}

void ClaimsReader::read_callees(Capability& capability) {
    const json::value* value = find("callees");
    if (value == nullptr || !value->is_array()) return fault("callees", "not a list");
    const json::array& list = value->as_array();
    if (list.empty()) return fault("callees", "empty");
    if (list.size() > kMostCallees) return fault("callees", "too many");
    for (const json::value& entry : list) {
        if (!entry.is_string()) return fault("callees", "not a text");
        std::string pattern(entry.as_string().c_str(), entry.as_string().size());
        if (!is_pattern(pattern)) return fault("callees", "not a pattern");
        capability.callees.push_back(std::move(pattern));
    }
}

void ClaimsReader::read_headers(Capability& capability) {
    const json::value* value = find("headers");
    if (value == nullptr) return;
    if (!value->is_object()) return fault("headers", "not an object");
    const json::object& headers = value->as_object();
    if (headers.size() > kMostHeaders) return fault("headers", "too many");
    std::vector<std::string> seen;
    for (const auto& member : headers) {
        std::string name(member.key().data(), member.key().size());
        if (!is_header_name(name)) return fault("headers", "not a name that begins with X-");
        if (!member.value().is_string()) return fault("headers", "not a text");
        std::string content(member.value().as_string().c_str(), member.value().as_string().size());
        if (content.size() > kLongestText) return fault("headers", "too long");
        if (!is_printable(content)) return fault("headers", "not printable");
        // Header names differ by more than capitals (RFC 3261 §7.3.1).
        if (std::find(seen.begin(), seen.end(), lower_case(name)) != seen.end()) {
            return fault("headers", "a name twice");
        }
        seen.push_back(lower_case(name));
        capability.headers.emplace_back(std::move(name), std::move(content));
    }
}

void ClaimsReader::read_texts(Capability& capability) {
    capability.id = text("jti");
    if (capability.id.empty() && kind_ == ClaimsKind::token) fault("jti", "missing");
    if (!is_token_id(capability.id) && !capability.id.empty()) fault("jti", "not a name");
    capability.number = text("number");
    if (!is_number(capability.number)) fault("number", "not a number");
    capability.identity = text("identity");
    if (!is_identity(capability.identity)) fault("identity", "not user@domain");
    capability.display = text("display");
    if (capability.display.size() > kLongestText / 2) fault("display", "too long");
    if (has_control_characters(capability.display)) fault("display", "not printable");
    capability.page = text("page");
    if (!capability.page.empty() && !is_pattern(capability.page)) fault("page", "not a pattern");
}

Result<Capability> ClaimsReader::read() {
    Capability capability;
    if (kind_ == ClaimsKind::token) {
        only({"jti", "iss", "iat", "exp", "callees", "number", "identity", "display", "headers",
              "max_duration", "max_concurrent", "max_uses", "recording", "page"});
        capability.issuer = text("iss");
        if (capability.issuer.empty() || capability.issuer.size() > kLongestText) fault("iss", "missing");
    } else {
        only({"jti", "ttl", "callees", "number", "identity", "display", "headers", "max_duration",
              "max_concurrent", "max_uses", "recording", "page"});
    }
    read_times(capability);
    read_callees(capability);
    read_texts(capability);
    read_headers(capability);
    capability.max_duration_seconds = count("max_duration", kLongestCall);
    capability.max_concurrent = count("max_concurrent", kMostCalls);
    capability.max_uses = count("max_uses", kMostCalls);
    if (const json::value* value = find("recording"); value != nullptr) {
        if (!value->is_bool()) fault("recording", "neither true nor false");
        capability.recording_allowed = value->is_bool() && value->as_bool();
    }
    if (!fault_.empty()) return Error{fault_};
    return Result<Capability>(std::move(capability));
}

}  // namespace

bool is_token_id(std::string_view text) {
    return !text.empty() && text.size() <= kLongestName && holds_only(text, "._-");
}

Result<Capability> claims_of(const json::object& object, ClaimsKind kind) {
    return ClaimsReader(object, kind).read();
}

json::object json_of(const Capability& capability) {
    json::object object;
    const auto add_text = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) object[name] = text;
    };
    const auto add_count = [&](std::string_view name, const std::optional<int>& count) {
        if (count) object[name] = *count;
    };
    add_text("jti", capability.id);
    add_text("iss", capability.issuer);
    object["iat"] = capability.issued_at;
    object["exp"] = capability.expires_at;
    json::array callees;
    for (const auto& callee : capability.callees) callees.emplace_back(callee);
    object["callees"] = std::move(callees);
    add_text("number", capability.number);
    add_text("identity", capability.identity);
    add_text("display", capability.display);
    if (!capability.headers.empty()) {
        json::object headers;
        for (const auto& [name, value] : capability.headers) headers[name] = value;
        object["headers"] = std::move(headers);
    }
    add_count("max_duration", capability.max_duration_seconds);
    add_count("max_concurrent", capability.max_concurrent);
    add_count("max_uses", capability.max_uses);
    object["recording"] = capability.recording_allowed;
    add_text("page", capability.page);
    return object;
}

}  // namespace causeway::identity
