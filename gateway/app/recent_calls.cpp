#include "gateway/app/recent_calls.hpp"

#include <boost/json.hpp>

#include "gateway/call/call_registry.hpp"

namespace causeway::app {
namespace {

std::string json_of(call::RunningCall running, WallTime now) {
    // So that the time talked is that until now.
    running.record.ended = now;
    boost::json::object record = boost::json::parse(accounting::to_json(running.record)).as_object();
    record["ended"] = nullptr;
    record["end"] = nullptr;
    record["state"] = to_string(running.phase);
    return boost::json::serialize(record);
}

}  // namespace

void RecentCalls::add(const accounting::CallRecord& record) {
    records_.push_front(accounting::to_json(record));
    if (records_.size() > kMost) records_.pop_back();
}

std::string RecentCalls::to_json(const std::vector<call::RunningCall>& running, WallTime now) const {
    std::string json = R"({"calls":[)";
    const auto append = [&json](const std::string& record) {
        if (json.back() != '[') json += ',';
        json += record;
    };
    for (const call::RunningCall& one : running) append(json_of(one, now));
    for (const std::string& record : records_) append(record);
    return json + "]}";
}

}  // namespace causeway::app
