#include "gateway/app/recent_calls.hpp"

#include "gateway/call/call_registry.hpp"

namespace causeway::app {

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
    for (const call::RunningCall& one : running)
        append(accounting::to_json(one.record, to_string(one.phase), now));
    for (const std::string& record : records_) append(record);
    return json + "]}";
}

}  // namespace causeway::app
