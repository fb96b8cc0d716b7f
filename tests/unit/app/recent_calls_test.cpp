// What the dashboard is told: running calls and those of the last while.
#include "gateway/app/recent_calls.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/call/call_registry.hpp"

namespace causeway::app {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

json::array calls_of(const RecentCalls& calls, const std::vector<call::RunningCall>& running, WallTime now) {
    return json::parse(calls.to_json(running, now)).as_object().at("calls").as_array();
}

accounting::CallRecord record(std::uint64_t id) {
    accounting::CallRecord record;
    record.call = CallId{id};
    record.from = "\"quoted\"";
    return record;
}

TEST(RecentCalls, there_are_none_at_first) {
    EXPECT_EQ(RecentCalls().to_json({}, {}), R"({"calls":[]})");
}

TEST(RecentCalls, the_newest_hundred_are_kept) {
    RecentCalls calls;
    for (std::uint64_t id = 1; id <= 101; ++id) calls.add(record(id));
    const json::array shown = calls_of(calls, {}, {});
    ASSERT_EQ(shown.size(), 100u);
    EXPECT_EQ(shown.front().at("call").as_string(), to_string(CallId{101}));
    EXPECT_EQ(shown.back().at("call").as_string(), to_string(CallId{2}));
    EXPECT_EQ(shown.front().at("from").as_string(), "\"quoted\"");
    EXPECT_FALSE(shown.front().at("end").is_null());
}

TEST(RecentCalls, running_ones_come_first_with_their_state_and_without_an_end) {
    RecentCalls calls;
    calls.add(record(1));
    call::RunningCall running{record(2), call::Phase::talking};
    running.record.identity.verdict = "valid";
    running.record.answered = WallTime{};
    const json::array shown = calls_of(calls, {running}, WallTime{} + seconds(5));
    ASSERT_EQ(shown.size(), 2u);
    const json::object& first = shown.front().as_object();
    EXPECT_EQ(first.at("call").as_string(), to_string(CallId{2}));
    EXPECT_TRUE(first.at("ended").is_null());
    EXPECT_TRUE(first.at("end").is_null());
    EXPECT_EQ(first.at("state").as_string(), "talking");
    EXPECT_EQ(first.at("talked_seconds").as_double(), 5.0);
    EXPECT_EQ(first.at("identity").at("verdict").as_string(), "valid");
    EXPECT_FALSE(shown.back().as_object().contains("state"));
}

}  // namespace
}  // namespace causeway::app
