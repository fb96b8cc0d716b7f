#include "tests/support/page_protocol.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <stdexcept>

namespace causeway::testing {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, const char* name) {
    return json::value_to<std::string>(object.at(name));
}

template <class Number>
Number number(const json::object& object, const char* name) {
    return object.at(name).to_number<Number>();
}

struct ToObject {
    json::object operator()(const http::Hello& m) const {
        json::object out{{"type", "hello"}, {"version", m.version}};
        if (!m.token.empty()) out["token"] = m.token;
        if (!m.user.empty()) out["user"] = m.user;
        if (!m.password.empty()) out["password"] = m.password;
        if (!m.page.empty()) out["page"] = m.page;
        if (!m.capability.empty()) out["capability"] = m.capability;
        if (m.resume) out["resume"] = *m.resume;
        return out;
    }
    json::object operator()(const http::AskIceServers&) const { return {{"type", "ice-servers"}}; }
    json::object operator()(const http::PlaceCall& m) const {
        json::object out{{"type", "call"}, {"call", m.call}, {"to", m.to}, {"sdp", m.sdp}};
        if (!m.number.empty()) out["number"] = m.number;
        if (m.privacy) out["privacy"] = true;
        if (!m.capability.empty()) out["capability"] = m.capability;
        return out;
    }
    json::object operator()(const http::AcceptCall& m) const {
        return {{"type", "accept"}, {"call", m.call}, {"sdp", m.sdp}};
    }
    json::object operator()(const http::DeclineCall& m) const {
        return {{"type", "decline"}, {"call", m.call}};
    }
    json::object operator()(const http::Reoffer& m) const {
        return {{"type", "offer"}, {"call", m.call}, {"sdp", m.sdp}};
    }
    json::object operator()(const http::HangUp& m) const { return {{"type", "hangup"}, {"call", m.call}}; }
    json::object operator()(const http::Candidate& m) const {
        return {{"type", "candidate"}, {"call", m.call}, {"candidate", m.candidate}};
    }
    json::object operator()(const http::SendDigit& m) const {
        return {{"type", "dtmf"},
                {"call", m.call},
                {"digit", std::string(1, m.digit)},
                {"duration", m.duration_ms}};
    }
    json::object operator()(const http::WatchStatistics& m) const {
        return {{"type", "statistics"}, {"call", m.call}, {"on", m.on}};
    }
    json::object operator()(const http::TransferCall& m) const {
        json::object out{{"type", "transfer"}, {"call", m.call}};
        if (!m.to.empty()) out["to"] = m.to;
        if (!m.with.empty()) out["with"] = m.with;
        return out;
    }
    json::object operator()(const http::SendMessage& m) const {
        json::object out{{"type", "message"}, {"id", m.id}, {"text", m.text}};
        if (!m.to.empty()) out["to"] = m.to;
        if (!m.call.empty()) out["call"] = m.call;
        if (!m.number.empty()) out["number"] = m.number;
        if (m.privacy) out["privacy"] = true;
        return out;
    }
};

http::LegStatistics leg(const json::object& o) {
    http::LegStatistics out{.codec = text(o, "codec"),
                            .round_trip_ms = std::nullopt,
                            .loss_percent = number<double>(o, "loss_percent"),
                            .jitter_ms = number<double>(o, "jitter_ms"),
                            .packets_received = number<std::uint64_t>(o, "packets_received"),
                            .packets_sent = number<std::uint64_t>(o, "packets_sent"),
                            .packets_lost = number<std::uint64_t>(o, "packets_lost"),
                            .loss_received_percent = number<double>(o, "loss_received_percent"),
                            .loss_sent_percent = number<double>(o, "loss_sent_percent")};
    const auto known = [&](const char* name) {
        return o.at(name).is_null() ? std::nullopt : std::optional(number<double>(o, name));
    };
    out.round_trip_ms = known("round_trip_ms");
    out.mos_received = known("mos_received");
    out.mos_sent = known("mos_sent");
    out.buffer_ms = known("buffer_ms");
    return out;
}

http::IceServers ice_servers(const json::object& o) {
    http::IceServers out{.servers = {}, .seconds = number<int>(o, "ice_seconds")};
    for (const json::value& value : o.at("ice_servers").as_array()) {
        const json::object& entry = value.as_object();
        http::IceServer server{.urls = {}, .username = "", .credential = ""};
        for (const json::value& url : entry.at("urls").as_array()) {
            server.urls.push_back(json::value_to<std::string>(url));
        }
        if (entry.contains("username")) server.username = text(entry, "username");
        if (entry.contains("credential")) server.credential = text(entry, "credential");
        out.servers.push_back(std::move(server));
    }
    return out;
}

http::Welcome welcome(const json::object& o) {
    http::Welcome out{.version = number<int>(o, "version"),
                      .gateway = text(o, "gateway"),
                      .user = text(o, "user"),
                      .number = text(o, "number"),
                      .numbers = {}};
    for (const json::value& entry : o.at("numbers").as_array()) {
        out.numbers.push_back({text(entry.as_object(), "number"), text(entry.as_object(), "description")});
    }
    if (o.contains("ice_servers")) out.ice = ice_servers(o);
    if (!o.contains("resume")) return out;
    out.resume = text(o, "resume");
    out.resume_seconds = number<int>(o, "resume_seconds");
    for (const json::value& value : o.at("calls").as_array()) {
        const json::object& call = value.as_object();
        out.calls.push_back({text(call, "call"), text(call, "id"), text(call, "state"),
                             call.at("incoming").as_bool(), text(call, "from"), text(call, "to")});
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> headers(const json::object& all) {
    std::vector<std::pair<std::string, std::string>> read;
    for (const auto& [name, value] : all)
        read.emplace_back(std::string(name), std::string(value.as_string()));
    return read;
}

http::CallerInfo caller(const json::object& o) {
    return {.number = text(o, "number"),
            .display = text(o, "display"),
            .verstat = text(o, "verstat"),
            .attest = text(o, "attest"),
            .method = text(o, "method"),
            .signer = text(o, "signer"),
            .media_bound = o.at("media_bound").as_bool(),
            .privacy = o.at("privacy").as_bool(),
            .reason = text(o, "reason")};
}

http::DivertedFrom diverted(const json::object& incoming) {
    const json::value* value = incoming.if_contains("diverted");
    if (value == nullptr) return {};
    const json::object& o = value->as_object();
    return {text(o, "number"), text(o, "display"), text(o, "reason")};
}

}  // namespace

std::string to_json(const http::ClientMessage& message) {
    return json::serialize(std::visit(ToObject{}, message));
}

http::ServerMessage parse_server_message(std::string_view given) {
    const json::value value = json::parse(json::string_view(given.data(), given.size()));
    const json::object& o = value.as_object();
    const std::string type = text(o, "type");
    if (type == "welcome") return welcome(o);
    if (type == "error") {
        return http::ProtocolError{text(o, "code"), text(o, "field"), text(o, "text"), text(o, "call")};
    }
    if (type == "ice-servers") return ice_servers(o);
    if (type == "message_sent") {
        return http::MessageSent{text(o, "id"), o.at("delivered").as_bool(), text(o, "reason"),
                                 text(o, "text"), number<int>(o, "sip_status")};
    }
    if (type == "messages_waiting") {
        return http::MessagesWaiting{text(o, "account"), o.at("waiting").as_bool(),
                                     number<int>(o, "new_messages"), number<int>(o, "old_messages"),
                                     number<int>(o, "urgent_messages")};
    }
    const std::string call = text(o, "call");
    if (type == "transfer") {
        return http::TransferNews{call,          text(o, "state"), text(o, "by"),
                                  text(o, "to"), text(o, "text"),  number<int>(o, "sip_status")};
    }
    if (type == "message") {
        return http::ReceivedMessage{call,          text(o, "from"), text(o, "from_display"),
                                     text(o, "to"), text(o, "text"), caller(o.at("caller").as_object())};
    }
    if (type == "answer") return http::Answer{call, text(o, "id"), text(o, "sdp")};
    if (type == "checking") return http::Checking{call};
    if (type == "presented") {
        return http::Presented{
            call,           text(o, "number"), text(o, "identity"), text(o, "source"), text(o, "attest"),
            text(o, "note")};
    }
    if (type == "ringing") return http::Ringing{call};
    if (type == "early") return http::Early{call};
    if (type == "answered") return http::Answered{call};
    if (type == "incoming") {
        return http::Incoming{call,
                              text(o, "id"),
                              text(o, "from"),
                              text(o, "from_display"),
                              text(o, "to"),
                              caller(o.at("caller").as_object()),
                              headers(o.at("headers").as_object()),
                              diverted(o)};
    }
    if (type == "ended") {
        return http::Ended{call,
                           text(o, "id"),
                           text(o, "reason"),
                           text(o, "by"),
                           text(o, "text"),
                           number<int>(o, "sip_status"),
                           number<int>(o, "q850")};
    }
    if (type == "held") return http::Held{call, o.at("on").as_bool()};
    if (type == "candidate") return http::Candidate{call, text(o, "candidate")};
    if (type == "dtmf") {
        return http::DigitReceived{call, text(o, "digit").at(0), number<int>(o, "duration")};
    }
    if (type == "statistics") {
        return http::Statistics{call, leg(o.at("browser").as_object()), leg(o.at("sip").as_object()),
                                text(o, "srtp")};
    }
    throw std::runtime_error("an unknown type: " + type);
}

}  // namespace causeway::testing
