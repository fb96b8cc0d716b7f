#include "gateway/http/origin.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

TEST(Origin, is_scheme_host_and_port_in_one_form) {
    EXPECT_EQ(origin_of("https://Shop.Example/contact?x=1#y"), "https://shop.example");
    EXPECT_EQ(origin_of("HTTPS://shop.example:443"), "https://shop.example");
    EXPECT_EQ(origin_of("http://shop.example:8080/"), "http://shop.example:8080");
    EXPECT_EQ(origin_of("http://[::1]:8088/"), "http://[::1]:8088");
}

TEST(Origin, other_things_have_none) {
    for (const char* url : {"", "null", "shop.example", "file:///etc/passwd", "javascript:alert(1)",
                            "https://", "https:///x", "https://shop.example@evil.example/",
                            "wss://shop.example", "https://shop.example\r\nX: y", "https://a b/"}) {
        EXPECT_EQ(origin_of(url), std::nullopt) << url;
    }
}

TEST(Origin, a_name_that_begins_like_an_address_is_not_that_address) {
    EXPECT_NE(origin_of("https://192.0.2.5x.evil.org"), "https://192.0.2.5");
    EXPECT_FALSE(origin_allowed("https://192.0.2.5x.evil.org", "192.0.2.5", true, {}));
}

TEST(Origin, only_listed_origins_may_connect) {
    const std::vector<std::string> list{"https://shop.example", "nonsense"};
    EXPECT_TRUE(origin_allowed("https://shop.example", "gw.example", true, list));
    EXPECT_TRUE(origin_allowed("https://SHOP.example:443", "gw.example", true, list));
    for (const char* origin : {"http://shop.example", "https://shop.example:444", "https://shop.example.evil",
                               "https://evilshop.example", "null", "", "nonsense"}) {
        EXPECT_FALSE(origin_allowed(origin, "gw.example", true, list)) << origin;
    }
}

TEST(Origin, the_doors_own_pages_may_always_connect) {
    EXPECT_TRUE(origin_allowed("http://localhost:8088", "localhost:8088", false, {}));
    EXPECT_TRUE(origin_allowed("https://gw.example", "gw.example", true, {}));
    EXPECT_TRUE(origin_allowed("https://gw.example", "gw.example:443", true, {}));
    EXPECT_FALSE(origin_allowed("http://localhost:8089", "localhost:8088", false, {}));
    EXPECT_FALSE(origin_allowed("https://gw.example", "", true, {}));
}

TEST(Origin, a_tls_proxy_in_front_makes_the_doors_page_https) {
    EXPECT_TRUE(origin_allowed("https://gw.example", "gw.example", false, {}));
    EXPECT_FALSE(origin_allowed("http://gw.example", "gw.example", true, {}));
}

TEST(Origin, a_star_allows_all) {
    EXPECT_TRUE(origin_allowed("null", "gw.example", true, {"*"}));
}

}  // namespace
}  // namespace causeway::http
