#include "gateway/app/recent_calls.hpp"

namespace causeway::app {

void RecentCalls::add(const accounting::CallRecord& record) {
    records_.push_front(accounting::to_json(record));
    if (records_.size() > kMost) records_.pop_back();
}

std::string RecentCalls::to_json() const {
    std::string json = R"({"calls":[)";
    for (const std::string& record : records_) {
        if (json.back() != '[') json += ',';
        json += record;
    }
    return json + "]}";
}

}  // namespace causeway::app
