#include "gateway/http/http_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <cctype>
#include <optional>
#include <utility>

#include "gateway/http/door_state.hpp"
#include "gateway/web/web_files.hpp"

namespace causeway::http {
namespace {

namespace beast = boost::beast;
using Headers = std::vector<std::pair<std::string, std::string>>;

bool is_plain_host(std::string_view host) {
    return !host.empty() && host.size() < 300 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
    });
}

/// Own files only; the WebSocket by its full address, since not every browser counts it under 'self'.
std::string content_security_policy(std::string_view host) {
    std::string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' "
        "blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";
    if (is_plain_host(host)) policy += fmt::format(" ws://{0} wss://{0}", host);
    return policy;
}

void add_common(Headers& headers) {
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Referrer-Policy", "no-referrer");
}

HttpAnswer plain(int status, std::string body, std::string type = "text/plain; charset=utf-8") {
    HttpAnswer out{.status = status, .headers = {}, .body = std::move(body)};
    out.headers.emplace_back("Content-Type", std::move(type));
    out.headers.emplace_back("Cache-Control", "no-store");
    out.headers.emplace_back("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    add_common(out.headers);
    return out;
}

/// A given Cache-Control takes the place of ours.
void set_header(Headers& headers, const std::string& name, std::string value) {
    const auto same = [&name](const auto& header) { return beast::iequals(header.first, name); };
    headers.erase(std::remove_if(headers.begin(), headers.end(), same), headers.end());
    headers.emplace_back(name, std::move(value));
}

HttpAnswer file_answer(const web::WebFile& file, const HttpQuestion& question) {
    HttpAnswer out;
    const std::string tag = fmt::format("\"{}\"", file.version);
    out.headers.emplace_back("ETag", tag);
    out.headers.emplace_back("Cache-Control", "no-cache");
    // Any page may import causeway.js; whether it may call is decided at the WebSocket.
    out.headers.emplace_back("Access-Control-Allow-Origin", "*");
    out.headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
    out.headers.emplace_back("Content-Security-Policy", content_security_policy(question.host));
    out.headers.emplace_back("Permissions-Policy", "microphone=(self), camera=()");
    add_common(out.headers);
    if (question.if_none_match == tag) {
        out.status = 304;
        return out;
    }
    out.headers.emplace_back("Content-Type", file.content_type);
    out.body = file.content;
    return out;
}

/// What other rooms answer: identity, certificates, tokens, calls.
std::optional<HttpAnswer> served_elsewhere(const HttpQuestion& question, const WebDoorSettings& settings) {
    if (!settings.serve) return std::nullopt;
    std::optional<WebAnswer> given = settings.serve(request_of(question));
    if (!given) return std::nullopt;
    return to_answer(std::move(*given));
}

std::string file_of(const std::string& path) {
    if (path == "/") return "/index.html";
    return path == "/dashboard" ? "/dashboard.html" : path;
}

/// Of a gauge's labels, "{worker=\"0\"}", nothing is part of its name.
std::string metric_name(std::string_view name) {
    std::string out = "causeway_" + std::string(name.substr(0, name.find('{')));
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; }, '_');
    return out;
}

}  // namespace

WebRequest request_of(const HttpQuestion& question) {
    const auto mark = std::min(question.target.find('?'), question.target.size());
    // RFC 9110 §9.3.2: HEAD is GET without the content; the writer leaves that out.
    return {.method = question.method == "HEAD" ? "GET" : question.method,
            .path = question.target.substr(0, mark),
            .body = question.body,
            .authorization = question.authorization,
            .query = question.target.substr(std::min(mark + 1, question.target.size())),
            .content_type = question.content_type,
            .if_match = question.if_match,
            .origin = question.origin,
            .origin_allowed = question.origin_allowed};
}

HttpAnswer to_answer(WebAnswer given) {
    HttpAnswer out = plain(given.status, std::move(given.body), std::move(given.content_type));
    for (auto& [name, value] : given.headers) set_header(out.headers, name, std::move(value));
    return out;
}

HttpAnswer refusal(int status, std::string_view reason) {
    return plain(status, std::string(reason) + '\n');
}

std::string metrics_text(const std::map<std::string, std::uint64_t>& counters,
                         const std::map<std::string, double>& gauges) {
    std::string out;
    for (const auto& [name, value] : counters) {
        out += fmt::format("# TYPE {0}_total counter\n{0}_total {1}\n", metric_name(name), value);
    }
    std::string typed;
    for (const auto& [name, value] : gauges) {
        const std::string metric = metric_name(name);
        if (std::exchange(typed, metric) != metric) out += fmt::format("# TYPE {} gauge\n", metric);
        const auto labels = std::min(name.find('{'), name.size());
        out += fmt::format("{}{} {}\n", metric, name.substr(labels), value);
    }
    return out;
}

HttpAnswer answer(const HttpQuestion& question, const DoorState& door) {
    const std::string path = question.target.substr(0, question.target.find('?'));
    if (auto served = served_elsewhere(question, door.settings)) return std::move(*served);
    if (question.method != "GET" && question.method != "HEAD") {
        HttpAnswer out = refusal(405, "Only GET and HEAD are answered here.");
        out.headers.emplace_back("Allow", "GET, HEAD");
        return out;
    }
    if (path == "/healthz") return plain(door.closing ? 503 : 200, door.closing ? "closing\n" : "ok\n");
    if (path == "/metrics") {
        const auto gauges = door.settings.gauges ? door.settings.gauges() : std::map<std::string, double>{};
        const std::string more = door.settings.more_metrics ? door.settings.more_metrics() : "";
        return plain(200, metrics_text(door.counters.snapshot(), gauges) + more,
                     "text/plain; version=0.0.4; charset=utf-8");
    }
    if (path == "/v1/ws") return refusal(400, "This address speaks WebSocket (RFC 6455) only.");
    if (const web::WebFile* file = web::find(file_of(path))) {
        return file_answer(*file, question);
    }
    return refusal(404, "There is nothing at this address.");
}

}  // namespace causeway::http
