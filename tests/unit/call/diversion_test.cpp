#include "gateway/call/diversion.hpp"

#include <gtest/gtest.h>

namespace causeway::call {
namespace {

TEST(DiversionHeaders, the_topmost_diversion_is_the_latest) {
    const auto latest = latest_diversion(
        {"<sip:200@x.test>;reason=user-busy;counter=1, <sip:100@x.test>;reason=no-answer", "<sip:50@x.test>"},
        {});
    EXPECT_EQ(latest, (Diversion{"200", "", "user-busy", 0}));
}

TEST(DiversionHeaders, names_in_quotes_may_hold_what_separates) {
    const auto latest =
        latest_diversion({"\"Miller, \\\"Ann\\\" <x>\" <tel:+4930111;isub=1>;reason=\"time-of-day\""}, {});
    EXPECT_EQ(latest, (Diversion{"+4930111", "Miller, \"Ann\" <x>", "time-of-day", 0}));
}

TEST(DiversionHeaders, history_tells_whom_the_call_was_for_before) {
    const auto latest = latest_diversion(
        {}, {"<sip:100@x.test?Reason=SIP%3Bcause%3D486>;index=1, <sip:200@x.test>;index=1.1;mp=1,"
             "<sip:200@proxy.test>;index=1.1.1;rc=1.1"});
    EXPECT_EQ(latest, (Diversion{"100", "", "user-busy", 486}));
}

TEST(DiversionHeaders, what_cannot_be_read_is_no_diversion) {
    for (const std::string text : {"", ",,,", "<", "<sip:100@x.test", "<http://x.test>", "<sip:x.test>",
                                   "<sip:%0d%0a@x.test>", "<sip:%zz@x.test>", "\"open <sip:100@x.test>"}) {
        EXPECT_EQ(latest_diversion({text}, {text}).number, "") << text;
    }
    EXPECT_EQ(latest_diversion({"<sip:100@x.test>;reason=b\"x"}, {}).reason, "");
    EXPECT_EQ(latest_diversion({}, {"<sip:100@x.test>;index=1"}).number, "") << "nobody before";
    EXPECT_EQ(latest_diversion({std::string(100'000, ',')}, {std::string(100'000, '<')}).number, "");
}

TEST(DiversionHeaders, steps_are_written_newest_first_and_as_a_tree) {
    const auto headers =
        diversion_headers({{"100", "", "unconditional", 302}, {"2#", "", "", 0}}, "300", "gw.test");
    ASSERT_EQ(headers.size(), 3U);
    EXPECT_EQ(headers[0].second, "<sip:2%23@gw.test>;reason=unknown;counter=1");
    EXPECT_EQ(headers[1].second, "<sip:100@gw.test>;reason=unconditional;counter=1");
    EXPECT_EQ(headers[2].first, "History-Info");
    EXPECT_EQ(headers[2].second,
              "<sip:100@gw.test?Reason=SIP%3Bcause%3D302>;index=1, <sip:2%23@gw.test>;index=1.1;mp=1, "
              "<sip:300@gw.test>;index=1.1.1;mp=1.1");
    EXPECT_TRUE(diversion_headers({}, "300", "gw.test").empty());
}

}  // namespace
}  // namespace causeway::call
