// Values of the gateway as JSON text (to_json of json_protocol.hpp). Pure.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "gateway/http/json_protocol.hpp"
#include "gateway/http/utf8.hpp"

namespace causeway::http {
namespace {

namespace json = boost::json;

json::string utf8(std::string_view text) {
    const std::string repaired = repaired_utf8(text);
    return json::string(repaired.data(), repaired.size());
}

/// JSON has no infinity and no NaN (RFC 8259 §6).
double finite(double value) {
    return std::isfinite(value) ? value : 0;
}

json::value finite(const std::optional<double>& value) {
    return value ? json::value(finite(*value)) : json::value(nullptr);
}

json::object headers(const std::vector<std::pair<std::string, std::string>>& all) {
    json::object out;
    for (const auto& [name, value] : all) out[utf8(name)] = utf8(value);
    return out;
}

json::object leg(const LegStatistics& statistics) {
    json::object out{{"codec", utf8(statistics.codec)}};
    out["round_trip_ms"] = finite(statistics.round_trip_ms);
    out["loss_percent"] = finite(statistics.loss_percent);
    out["jitter_ms"] = finite(statistics.jitter_ms);
    out["packets_received"] = statistics.packets_received;
    out["packets_sent"] = statistics.packets_sent;
    out["packets_lost"] = statistics.packets_lost;
    out["mos_received"] = finite(statistics.mos_received);
    out["mos_sent"] = finite(statistics.mos_sent);
    out["loss_received_percent"] = finite(statistics.loss_received_percent);
    out["loss_sent_percent"] = finite(statistics.loss_sent_percent);
    out["buffer_ms"] = finite(statistics.buffer_ms);
    return out;
}

json::object caller(const CallerInfo& caller) {
    return {{"number", utf8(caller.number)},     {"display", utf8(caller.display)},
            {"verstat", utf8(caller.verstat)},   {"attest", utf8(caller.attest)},
            {"method", utf8(caller.method)},     {"signer", utf8(caller.signer)},
            {"media_bound", caller.media_bound}, {"privacy", caller.privacy},
            {"reason", utf8(caller.reason)}};
}

void add_ice_servers(json::object& out, const IceServers& ice) {
    json::array servers;
    for (const IceServer& server : ice.servers) {
        json::array urls;
        for (const std::string& url : server.urls) urls.push_back(json::value(utf8(url)));
        json::object entry{{"urls", std::move(urls)}};
        if (!server.username.empty()) {
            entry["username"] = utf8(server.username);
            entry["credential"] = utf8(server.credential);
        }
        servers.push_back(std::move(entry));
    }
    out["ice_servers"] = std::move(servers);
    out["ice_seconds"] = ice.seconds;
}

json::array resumed(const std::vector<ResumedCall>& calls) {
    json::array out;
    for (const ResumedCall& call : calls) {
        out.push_back(json::object{{"call", utf8(call.call)},
                                   {"id", utf8(call.id)},
                                   {"state", utf8(call.state)},
                                   {"incoming", call.incoming},
                                   {"from", utf8(call.from)},
                                   {"to", utf8(call.to)}});
    }
    return out;
}

json::object diverted(const DivertedFrom& from) {
    return {{"number", utf8(from.number)}, {"display", utf8(from.display)}, {"reason", utf8(from.reason)}};
}

struct ToObject {
    json::object operator()(const Welcome& m) const {
        json::array numbers;
        for (const DialableNumber& entry : m.numbers) {
            numbers.push_back(
                json::object{{"number", utf8(entry.number)}, {"description", utf8(entry.description)}});
        }
        json::object out{{"type", "welcome"},    {"version", m.version},     {"gateway", utf8(m.gateway)},
                         {"user", utf8(m.user)}, {"number", utf8(m.number)}, {"numbers", std::move(numbers)}};
        if (!m.ice.servers.empty()) add_ice_servers(out, m.ice);
        if (m.resume.empty()) return out;
        out["resume"] = utf8(m.resume);
        out["resume_seconds"] = m.resume_seconds;
        out["calls"] = resumed(m.calls);
        return out;
    }
    json::object operator()(const IceServers& m) const {
        json::object out{{"type", "ice-servers"}};
        add_ice_servers(out, m);
        return out;
    }
    json::object operator()(const Answer& m) const {
        return {{"type", "answer"}, {"call", utf8(m.call)}, {"id", utf8(m.id)}, {"sdp", utf8(m.sdp)}};
    }
    json::object operator()(const Checking& m) const {
        return {{"type", "checking"}, {"call", utf8(m.call)}};
    }
    json::object operator()(const Presented& m) const {
        return {{"type", "presented"},          {"call", utf8(m.call)},     {"number", utf8(m.number)},
                {"identity", utf8(m.identity)}, {"source", utf8(m.source)}, {"attest", utf8(m.attest)},
                {"note", utf8(m.note)}};
    }
    json::object operator()(const Ringing& m) const { return {{"type", "ringing"}, {"call", utf8(m.call)}}; }
    json::object operator()(const Early& m) const { return {{"type", "early"}, {"call", utf8(m.call)}}; }
    json::object operator()(const Answered& m) const {
        return {{"type", "answered"}, {"call", utf8(m.call)}};
    }
    json::object operator()(const Held& m) const {
        return {{"type", "held"}, {"call", utf8(m.call)}, {"on", m.on}};
    }
    json::object operator()(const Incoming& m) const {
        json::object out{{"type", "incoming"},
                         {"call", utf8(m.call)},
                         {"id", utf8(m.id)},
                         {"from", utf8(m.from)},
                         {"from_display", utf8(m.from_display)},
                         {"to", utf8(m.to)},
                         {"caller", caller(m.caller)},
                         {"headers", headers(m.headers)}};
        if (!m.diverted.number.empty()) out["diverted"] = diverted(m.diverted);
        return out;
    }
    json::object operator()(const Ended& m) const {
        return {{"type", "ended"},
                {"call", utf8(m.call)},
                {"id", utf8(m.id)},
                {"reason", utf8(m.reason)},
                {"by", utf8(m.by)},
                {"text", utf8(m.text)},
                {"sip_status", m.sip_status},
                {"q850", m.q850}};
    }
    json::object operator()(const Candidate& m) const {
        return {{"type", "candidate"}, {"call", utf8(m.call)}, {"candidate", utf8(m.candidate)}};
    }
    json::object operator()(const DigitReceived& m) const {
        return {{"type", "dtmf"},
                {"call", utf8(m.call)},
                {"digit", utf8(std::string_view(&m.digit, 1))},
                {"duration", m.duration_ms}};
    }
    json::object operator()(const Statistics& m) const {
        return {{"type", "statistics"},
                {"call", utf8(m.call)},
                {"browser", leg(m.browser)},
                {"sip", leg(m.sip)},
                {"srtp", utf8(m.srtp)}};
    }
    json::object operator()(const TransferNews& m) const {
        return {{"type", "transfer"}, {"call", utf8(m.call)}, {"state", utf8(m.state)},    {"by", utf8(m.by)},
                {"to", utf8(m.to)},   {"text", utf8(m.text)}, {"sip_status", m.sip_status}};
    }
    json::object operator()(const ReceivedMessage& m) const {
        return {{"type", "message"},         {"call", utf8(m.call)},
                {"from", utf8(m.from)},      {"from_display", utf8(m.from_display)},
                {"to", utf8(m.to)},          {"text", utf8(m.text)},
                {"caller", caller(m.caller)}};
    }
    json::object operator()(const MessageSent& m) const {
        return {{"type", "message_sent"},   {"id", utf8(m.id)},     {"delivered", m.delivered},
                {"reason", utf8(m.reason)}, {"text", utf8(m.text)}, {"sip_status", m.sip_status}};
    }
    json::object operator()(const MessagesWaiting& m) const {
        return {{"type", "messages_waiting"},     {"account", utf8(m.account)},
                {"waiting", m.waiting},           {"new_messages", m.new_messages},
                {"old_messages", m.old_messages}, {"urgent_messages", m.urgent_messages}};
    }
    json::object operator()(const ProtocolError& m) const {
        return {{"type", "error"},
                {"code", utf8(m.code)},
                {"field", utf8(m.field)},
                {"text", utf8(m.text)},
                {"call", utf8(m.call)}};
    }
};

}  // namespace

std::string to_json(const ServerMessage& message) {
    return json::serialize(std::visit(ToObject{}, message));
}

std::string problem_json(int status, std::string_view reason, std::string_view detail) {
    return json::serialize(json::object{
        {"type", "about:blank"}, {"status", status}, {"reason", utf8(reason)}, {"detail", utf8(detail)}});
}

std::string state_json(std::string_view id, std::string_view state) {
    return json::serialize(json::object{{"id", utf8(id)}, {"state", utf8(state)}});
}

}  // namespace causeway::http
