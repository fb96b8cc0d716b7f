#include "gateway/http/json_protocol.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/http/flat_json.hpp"
#include "gateway/http/utf8.hpp"

namespace causeway::http {
namespace {

constexpr std::size_t kMaxEchoedName = 64;
constexpr int kMinDigitMs = 40;  // RTCDTMFSender's bounds
constexpr int kMaxDigitMs = 6000;

bool is_call_name(std::string_view text) {
    return !text.empty() && text.size() <= kMaxCallName && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

/// SDP lines end in CR LF; nothing else below a space belongs there (RFC 8866 §9).
bool has_control_character_not_in_sdp(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\r' && c != '\n') || byte == 0x7F;
    });
}

/// A number as it is dialled: an optional +, then digits, * and #. Separators are for people, not for here.
bool is_dialable(std::string_view text) {
    if (text.substr(0, 1) == "+") text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789*#") == std::string_view::npos;
}

enum class Need { required, optional };

/// Takes members out one by one; the first thing wrong is the error. What is left at the end is unknown.
class MemberReader {
  public:
    explicit MemberReader(std::vector<JsonMember> members) : members_(std::move(members)) {}

    std::string text(std::string_view name, std::size_t max, Need need = Need::required) {
        std::string value = string_of(name, max, need);
        if (has_control_character(value)) return refuse(name, "Control characters are not allowed here."), "";
        return value;
    }
    std::string nonempty_text(std::string_view name, std::size_t max) {
        std::string value = text(name, max);
        if (value.empty()) refuse(name, "This must not be empty.");
        return value;
    }
    std::string sdp() {
        std::string value = string_of("sdp", kMaxSdp, Need::required);
        if (value.empty()) refuse("sdp", "This must not be empty.");
        if (has_control_character_not_in_sdp(value)) {
            refuse("sdp", "Control characters other than line ends are not allowed here.");
        }
        return value;
    }
    std::string call() {
        std::string value = string_of("call", kMaxCallName, Need::required);
        if (!is_call_name(value)) {
            refuse("call", "A call's name is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
        } else {
            call_ = value;
        }
        return value;
    }
    /// A call's name, or "" when the member is not there.
    std::string call_or_none(std::string_view name) {
        std::string value = string_of(name, kMaxCallName, Need::optional);
        if (!value.empty() && !is_call_name(value)) {
            refuse(name, "A name is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
        }
        return value;
    }
    /// Text for people, in lines.
    std::string lines(std::string_view name, std::size_t max) {
        std::string value = string_of(name, max, Need::required);
        if (value.empty()) refuse(name, "This must not be empty.");
        if (has_control_character_not_in_sdp(value)) {
            refuse(name, "Control characters other than line ends are not allowed here.");
        }
        return value;
    }
    char digit() {
        const std::string value = string_of("digit", 1, Need::required);
        if (value.empty() || std::string_view("0123456789*#ABCD").find(value[0]) == std::string_view::npos) {
            refuse("digit", "A digit is one of 0 to 9, *, # and A to D.");
            return '0';
        }
        return value[0];
    }
    int integer(std::string_view name, int min, int max, std::optional<int> fallback = std::nullopt) {
        const std::optional<JsonMember> member = take(name);
        if (!member && fallback) return *fallback;
        if (!member) return refuse(name, "This member is missing."), min;
        const auto* value = std::get_if<std::int64_t>(&member->value);
        if (value == nullptr || *value < min || *value > max) {
            refuse(name, "This must be a whole number from " + std::to_string(min) + " to " +
                             std::to_string(max) + '.');
            return min;
        }
        return static_cast<int>(*value);
    }
    std::string number(std::string_view name) {
        std::string value = string_of(name, kMaxNumber, Need::optional);
        if (!value.empty() && !is_dialable(value)) {
            refuse(name, "A number is an optional + and then digits, * and #.");
        }
        return value;
    }
    bool boolean(std::string_view name, std::optional<bool> fallback = std::nullopt) {
        const std::optional<JsonMember> member = take(name);
        if (!member && fallback) return *fallback;
        if (!member) return refuse(name, "This member is missing."), false;
        const bool* value = std::get_if<bool>(&member->value);
        if (value == nullptr) return refuse(name, "This must be true or false."), false;
        return *value;
    }

    bool has(std::string_view name) const {
        return std::any_of(members_.begin(), members_.end(),
                           [&](const JsonMember& member) { return member.name == name; });
    }

    /// The first fault wins: later ones often follow from it.
    void refuse(std::string_view field, std::string text, std::string_view code = "bad-field") {
        if (error_) return;
        error_ = ProtocolError{
            std::string(code), std::string(field.substr(0, kMaxEchoedName)), std::move(text), {}};
    }
    template <class Message>
    std::variant<ClientMessage, ProtocolError> finish(Message message) {
        if (!error_ && !members_.empty()) {
            refuse(members_.front().name, "There is no such member in this message.");
        }
        if (!error_) return ClientMessage{std::move(message)};
        error_->field = repaired_utf8(error_->field);
        error_->call = call_;
        return std::move(*error_);
    }

  private:
    std::optional<JsonMember> take(std::string_view name) {
        const auto found = std::find_if(members_.begin(), members_.end(),
                                        [&](const JsonMember& member) { return member.name == name; });
        if (found == members_.end()) return std::nullopt;
        JsonMember member = std::move(*found);
        members_.erase(found);
        return member;
    }
    std::string string_of(std::string_view name, std::size_t max, Need need) {
        std::optional<JsonMember> member = take(name);
        if (!member) {
            if (need == Need::required) refuse(name, "This member is missing.");
            return {};
        }
        auto* value = std::get_if<std::string>(&member->value);
        if (value == nullptr) return refuse(name, "This must be a string."), "";
        if (value->size() > max) {
            return refuse(name, "This is longer than " + std::to_string(max) + " bytes."), "";
        }
        return std::move(*value);
    }

    // State.
    std::vector<JsonMember> members_;
    std::optional<ProtocolError> error_;
    std::string call_;
};

using Parsed = std::variant<ClientMessage, ProtocolError>;

Parsed read_hello(MemberReader& reader) {
    Hello hello;
    hello.version = reader.integer("version", 0, 1000000);
    if (hello.version != kProtocolVersion) {
        reader.refuse("version", "This gateway speaks version " + std::to_string(kProtocolVersion) + '.');
    }
    hello.token = reader.text("token", kMaxToken, Need::optional);
    hello.user = reader.text("user", kMaxName, Need::optional);
    hello.password = reader.text("password", kMaxName, Need::optional);
    hello.page = reader.text("page", kMaxPage, Need::optional);
    hello.capability = reader.text("capability", kMaxCapability, Need::optional);
    if (reader.has("resume")) hello.resume = reader.text("resume", kMaxResume);
    if (!hello.token.empty() && !hello.user.empty()) {
        reader.refuse("user", "Give a token, or a user and a password, not both.");
    }
    if (!hello.capability.empty() && !(hello.token.empty() && hello.user.empty())) {
        reader.refuse("capability", "Give a login or a permission to call, not both.");
    }
    if (hello.user.empty() != hello.password.empty()) {
        reader.refuse(hello.user.empty() ? "user" : "password", "A user and a password go together.");
    }
    return reader.finish(std::move(hello));
}

// Members are read in the order of the braces.
Parsed read_place_call(MemberReader& reader) {
    return reader.finish(PlaceCall{reader.call(), reader.nonempty_text("to", kMaxName), reader.sdp(),
                                   reader.number("number"), reader.boolean("privacy", false),
                                   reader.text("capability", kMaxCapability, Need::optional)});
}
Parsed read_accept(MemberReader& reader) {
    return reader.finish(AcceptCall{reader.call(), reader.sdp()});
}
Parsed read_decline(MemberReader& reader) {
    return reader.finish(DeclineCall{reader.call()});
}
Parsed read_hang_up(MemberReader& reader) {
    return reader.finish(HangUp{reader.call()});
}
Parsed read_reoffer(MemberReader& reader) {
    return reader.finish(Reoffer{reader.call(), reader.sdp()});
}
Parsed read_candidate(MemberReader& reader) {
    return reader.finish(Candidate{reader.call(), reader.text("candidate", kMaxCandidate)});
}
Parsed read_digit(MemberReader& reader) {
    return reader.finish(
        SendDigit{reader.call(), reader.digit(), reader.integer("duration", kMinDigitMs, kMaxDigitMs, 100)});
}
Parsed read_watch(MemberReader& reader) {
    return reader.finish(WatchStatistics{reader.call(), reader.boolean("on")});
}

Parsed read_ask_ice_servers(MemberReader& reader) {
    return reader.finish(AskIceServers{});
}
Parsed read_transfer(MemberReader& reader) {
    TransferCall transfer{reader.call(), reader.text("to", kMaxName, Need::optional),
                          reader.call_or_none("with")};
    if (transfer.to.empty() == transfer.with.empty()) {
        reader.refuse("to", "Give a number (to) or another call (with), one of them.");
    }
    if (transfer.with == transfer.call) reader.refuse("with", "This is the same call.");
    return reader.finish(std::move(transfer));
}
Parsed read_message(MemberReader& reader) {
    SendMessage message;
    message.id = reader.call_or_none("id");
    if (message.id.empty()) reader.refuse("id", "This must not be empty.");
    message.to = reader.text("to", kMaxName, Need::optional);
    message.call = reader.call_or_none("call");
    if (message.to.empty() == message.call.empty()) {
        reader.refuse("to", "Give a number (to) or a call (call), one of them.");
    }
    message.text = reader.lines("text", kMaxMessageText);
    message.number = reader.number("number");
    message.privacy = reader.boolean("privacy", false);
    return reader.finish(std::move(message));
}

struct TypeRow {
    std::string_view type;
    Parsed (*read)(MemberReader&);
};
constexpr TypeRow kTypes[] = {
    {"hello", read_hello},       {"call", read_place_call},
    {"accept", read_accept},     {"decline", read_decline},
    {"hangup", read_hang_up},    {"candidate", read_candidate},
    {"dtmf", read_digit},        {"statistics", read_watch},
    {"offer", read_reoffer},     {"ice-servers", read_ask_ice_servers},
    {"transfer", read_transfer}, {"message", read_message},
};

}  // namespace

std::variant<ClientMessage, ProtocolError> parse_client_message(std::string_view json) {
    auto parsed = parse_flat_object(json);
    if (auto* fault = std::get_if<JsonFault>(&parsed)) {
        const std::string_view field = std::string_view(fault->member).substr(0, kMaxEchoedName);
        return ProtocolError{field.empty() ? "bad-json" : "bad-field", repaired_utf8(field), fault->text, {}};
    }
    MemberReader reader(std::move(std::get<std::vector<JsonMember>>(parsed)));
    const std::string type = reader.nonempty_text("type", kMaxName);
    for (const TypeRow& row : kTypes) {
        if (row.type == type) return row.read(reader);
    }
    reader.refuse("type", "There is no such type of message.", "unknown-type");
    return reader.finish(HangUp{});
}

}  // namespace causeway::http
