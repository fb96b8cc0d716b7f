#include "gateway/fetch/freshness.hpp"

#include <gtest/gtest.h>

namespace causeway::fetch {
namespace {

using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
const WallTime kReceived{seconds{784111777}};

long fresh(std::string_view cache_control, std::string_view age = "") {
    return fresh_for({.cache_control = cache_control, .age = age, .expires = "", .date = ""}, kReceived)
        .count();
}

TEST(Freshness, max_age_says_how_long) {
    EXPECT_EQ(fresh("max-age=300"), 300);
    EXPECT_EQ(fresh("public, Max-Age=300 , must-revalidate"), 300);
    EXPECT_EQ(fresh("max-age=\"300\""), 300);
    EXPECT_EQ(fresh("private=\"a, max-age=7\", max-age=300"), 300);
    EXPECT_EQ(fresh("x=\"a\\\", max-age=7\",max-age=300"), 300);
    EXPECT_EQ(fresh("s-maxage=20, max-age=300"), 300);
}

TEST(Freshness, the_age_that_a_cache_on_the_way_tells_is_taken_off) {
    EXPECT_EQ(fresh("max-age=300", "100"), 200);
    EXPECT_EQ(fresh("max-age=300", "300"), 0);
    EXPECT_EQ(fresh("max-age=300", "99999999999999999999"), 0);
    EXPECT_EQ(fresh("max-age=300", "100, 5"), 200);
    EXPECT_EQ(fresh("max-age=300", "soon"), 300);
    EXPECT_EQ(fresh("max-age=300", "-5"), 300);
}

TEST(Freshness, no_store_and_no_cache_are_never_fresh) {
    EXPECT_EQ(fresh("no-store, max-age=300"), 0);
    EXPECT_EQ(fresh("max-age=300, NO-CACHE"), 0);
    EXPECT_EQ(fresh("no-cache=\"set-cookie\", max-age=300"), 0);
}

TEST(Freshness, what_cannot_be_read_is_not_fresh) {
    EXPECT_EQ(fresh(""), 0);
    EXPECT_EQ(fresh("max-age"), 0);
    EXPECT_EQ(fresh("max-age="), 0);
    EXPECT_EQ(fresh("max-age=-1"), 0);
    EXPECT_EQ(fresh("max-age=3e2"), 0);
    EXPECT_EQ(fresh("max-age=\""), 0);
    EXPECT_EQ(fresh("max-age=\"300"), 0);
    EXPECT_EQ(fresh(",,;=,"), 0);
}

TEST(Freshness, of_several_max_ages_the_shortest_counts) {
    EXPECT_EQ(fresh("max-age=300, max-age=20"), 20);
    EXPECT_EQ(fresh("max-age=20, max-age=300"), 20);
}

TEST(Freshness, nothing_is_fresh_for_more_than_a_day) {
    EXPECT_EQ(fresh("max-age=86401"), 86400);
    EXPECT_EQ(fresh("max-age=99999999999999999999999"), 86400);
}

TEST(Freshness, expires_counts_when_there_is_no_max_age) {
    const auto by_expires = [](std::string_view expires, std::string_view date,
                               std::string_view control = "") {
        return fresh_for({.cache_control = control, .age = "", .expires = expires, .date = date}, kReceived)
            .count();
    };
    EXPECT_EQ(by_expires("Sun, 06 Nov 1994 08:59:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"), 600);
    EXPECT_EQ(by_expires("Sun, 06 Nov 1994 08:59:37 GMT", ""), 600);
    EXPECT_EQ(by_expires("Sun, 06 Nov 1994 08:59:37 GMT", "Sun, 06 Nov 1994 08:58:37 GMT"), 60);
    EXPECT_EQ(by_expires("Sun, 06 Nov 1994 08:59:37 GMT", "", "max-age=5"), 5);
    EXPECT_EQ(by_expires("Sun, 06 Nov 1994 08:39:37 GMT", ""), 0);
    EXPECT_EQ(by_expires("Mon, 07 Nov 9999 08:49:37 GMT", ""), 86400);
    for (const char* bad : {"0", "-1", "Sun, 06 Nov 1994 08:59:37 UTC", "Sun, 31 Feb 1995 08:59:37 GMT",
                            "Sun, 06 Nov 1994 24:59:37 GMT", "Sun, 06 Foo 1994 08:59:37 GMT",
                            "Sunday, 06-Nov-94 08:59:37 GMT"}) {
        EXPECT_EQ(by_expires(bad, ""), 0) << bad;
    }
}

}  // namespace
}  // namespace causeway::fetch
