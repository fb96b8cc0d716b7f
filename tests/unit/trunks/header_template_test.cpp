#include "gateway/trunks/header_template.hpp"

#include <gtest/gtest.h>

namespace causeway::trunks {
namespace {

const TemplateValues kValues{.user = "alice",
                             .from = "+4930123456",
                             .to = "+12155551212",
                             .call = "00c0ffee00c0ffee",
                             .trunk = "carrier",
                             .account = "4711",
                             .page = "https://shop.example/?a=1&b=\"2\""};

TEST(HeaderTemplate, fills_in_what_stands_in_braces) {
    EXPECT_EQ(fill("{user};to={to};via={trunk}/{account}", kValues),
              "alice;to=+12155551212;via=carrier/4711");
    EXPECT_EQ(fill("plain", kValues), "plain");
    EXPECT_EQ(fill("{{user}", kValues), "{user}");
    EXPECT_EQ(fill("", kValues), "");
}

TEST(HeaderTemplate, escapes_all_that_could_end_a_value) {
    TemplateValues values;
    values.user = "a\r\nVia: evil\"<>;,=\x01\x7f\xff{to}";
    EXPECT_EQ(fill("{user}", values), "a%0D%0AVia:%20evil%22%3C%3E%3B%2C%3D%01%7F%FF%7Bto%7D");
    EXPECT_EQ(fill("{page}", kValues), "https://shop.example/%3Fa%3D1%26b%3D%222%22");
}

TEST(HeaderTemplate, is_bounded) {
    TemplateValues values;
    values.user = std::string(100'000, '"');
    std::string text;
    for (int i = 0; i < 40; ++i) text += "{user}";
    EXPECT_LE(fill(text, values).size(), 1024u);
}

TEST(HeaderTemplate, ends_at_what_the_loader_would_not_have_taken) {
    EXPECT_EQ(fill("a{nobody}b", kValues), "a");
    EXPECT_EQ(fill("a{user", kValues), "a");
}

}  // namespace
}  // namespace causeway::trunks
