#include "gateway/accounting/call_record.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "gateway/accounting/utf8.hpp"

namespace causeway::accounting {
namespace {

namespace json = boost::json;

/// RFC 3339 §5.6, UTC, milliseconds.
std::string timestamp(WallTime time) {
    using std::chrono::milliseconds;
    const auto since_epoch = std::chrono::floor<milliseconds>(time.time_since_epoch());
    const auto whole = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const std::time_t seconds = whole.count();
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[64];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + length, sizeof text - length, ".%03dZ",
                  static_cast<int>((since_epoch - whole).count()));
    return text;
}

json::value optional_timestamp(const std::optional<WallTime>& time) {
    return time ? json::value(timestamp(*time)) : json::value(nullptr);
}

double seconds_between(WallTime start, WallTime end) {
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(end - start);
    return static_cast<double>(length.count()) / 1000.0;
}

/// To a hundredth: what is beyond it was not measured. JSON has no NaN (RFC 8259 §6).
double rounded(double value) {
    return std::isfinite(value) ? std::round(value * 100) / 100 : 0;
}

json::value rounded(const std::optional<double>& value) {
    return value ? json::value(rounded(*value)) : json::value(nullptr);
}

json::object direction(const DirectionFigures& figures) {
    return {{"lost", figures.lost},
            {"late", figures.late},
            {"concealed_ms", figures.concealed_ms},
            {"jitter_ms", rounded(figures.jitter_ms)},
            {"jitter_max_ms", rounded(figures.jitter_max_ms)},
            {"mos_min", rounded(figures.mos_min)},
            {"mos_avg", rounded(figures.mos_avg)}};
}

json::object leg(const LegFigures& figures) {
    return {{"codec", clean_utf8(figures.codec)},
            {"packets_received", figures.packets_received},
            {"packets_sent", figures.packets_sent},
            {"packets_lost", figures.packets_lost},
            {"jitter_ms", figures.jitter_ms},
            {"round_trip_ms", rounded(figures.round_trip_ms)},
            {"round_trip_max_ms", rounded(figures.round_trip_max_ms)},
            {"received", direction(figures.received)},
            {"sent", direction(figures.sent)}};
}

json::object identity(const IdentityFigures& figures) {
    return {{"source", clean_utf8(figures.source)},      {"rule", clean_utf8(figures.rule)},
            {"verdict", clean_utf8(figures.verdict)},    {"attest", clean_utf8(figures.attest)},
            {"signer", clean_utf8(figures.signer)},      {"provider", clean_utf8(figures.provider)},
            {"binding", clean_utf8(figures.binding)},    {"identity", clean_utf8(figures.identity)},
            {"reason", clean_utf8(figures.reason)},      {"token", clean_utf8(figures.token)},
            {"presented", clean_utf8(figures.presented)}};
}

json::object reason(const EndReason& reason) {
    return {{"code", code(reason.cause)},
            {"by", to_string(reason.by)},
            {"text", clean_utf8(text(reason))},
            {"sip_status", sip_status(reason)},
            {"q850", q850_cause(reason)}};
}

json::array attempts(const std::vector<AttemptFigures>& all) {
    json::array out;
    for (const AttemptFigures& each : all) {
        out.push_back(
            json::object{{"trunk", clean_utf8(each.trunk)},
                         {"server", clean_utf8(each.server)},
                         {"outcome", clean_utf8(each.outcome)},
                         {"status", each.status ? json::value(*each.status) : json::value(nullptr)}});
    }
    return out;
}

json::value bridged(const std::optional<BridgedFigures>& second) {
    if (!second) return nullptr;
    return json::object{{"trunk", clean_utf8(second->trunk)},
                        {"sip_call_id", clean_utf8(second->sip_call_id)},
                        {"since", timestamp(second->since)},
                        {"sip", leg(second->leg)},
                        {"sip_srtp", clean_utf8(second->srtp)}};
}

json::object line_of(const CallRecord& record, WallTime until) {
    const double talked = record.answered ? seconds_between(*record.answered, until) : 0.0;
    return {
        {"call", to_string(record.call)},
        {"direction", record.from_browser ? "browser-to-sip" : "sip-to-browser"},
        {"user", clean_utf8(record.user)},
        {"from", clean_utf8(record.from)},
        {"to", clean_utf8(record.to)},
        {"page", clean_utf8(record.page)},
        {"trunk", clean_utf8(record.trunk)},
        {"sip_call_id", clean_utf8(record.sip_call_id)},
        {"diverted_from", clean_utf8(record.diverted_from)},
        {"redirected_to", clean_utf8(record.redirected_to)},
        {"transferred_to", clean_utf8(record.transferred_to)},
        {"started", timestamp(record.started)},
        {"ringing", optional_timestamp(record.ringing)},
        {"answered", optional_timestamp(record.answered)},
        {"ended", timestamp(record.ended)},
        {"talked_seconds", talked},
        {"end", reason(record.reason)},
        {"browser", leg(record.browser)},
        {"sip", leg(record.sip)},
        {"srtp", clean_utf8(record.srtp)},
        {"sip_srtp", clean_utf8(record.sip_srtp)},
        {"identity", identity(record.identity)},
        {"bridged", bridged(record.bridged)},
        {"resumed", record.resumed},
        {"attempts", attempts(record.attempts)},
    };
}

}  // namespace

std::string to_json(const CallRecord& record) {
    return json::serialize(line_of(record, record.ended));
}

std::string to_json(const CallRecord& record, std::string_view state, WallTime now) {
    json::object line = line_of(record, now);
    line["ended"] = nullptr;
    line["end"] = nullptr;
    line["state"] = state;
    return json::serialize(line);
}

}  // namespace causeway::accounting
