// What the door answers to plain HTTP: the page and its files, health, metrics, refusals with a reason.
// Pure. RFC 9110, RFC 9111.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::http {

struct DoorState;

/// The parts of a request that decide its answer.
struct HttpQuestion {
    std::string method;
    std::string target;
    std::string host;           ///< Host header
    std::string if_none_match;  ///< If-None-Match header
    std::string authorization = {};
    std::string body = {};
    std::string content_type = {};
    std::string if_match = {};
    std::string origin = {};
    bool origin_allowed = false;
};

struct HttpAnswer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  ///< already left out for HEAD's length: the writer drops it
};

struct WebRequest;
struct WebAnswer;
WebRequest request_of(const HttpQuestion& question);
/// With the door's own headers.
HttpAnswer to_answer(WebAnswer given);

HttpAnswer answer(const HttpQuestion& question, const DoorState& door);
/// text/plain with the reason as its one line.
HttpAnswer refusal(int status, std::string_view reason);

/// Prometheus text format 0.0.4.
std::string metrics_text(const std::map<std::string, std::uint64_t>& counters,
                         const std::map<std::string, double>& gauges);

}  // namespace causeway::http
