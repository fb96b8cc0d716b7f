#include "gateway/identity/passport/identity_header.hpp"

#include <gmock/gmock.h>

namespace causeway::identity {
namespace {

using testing::ElementsAre;

TEST(IdentityRows, are_split_at_commas_outside_of_quotes_and_brackets) {
    EXPECT_THAT(split_rows({"a , b", "c"}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split_rows({R"(a;x="b,c", d)"}), ElementsAre(R"(a;x="b,c")", "d"));
    EXPECT_THAT(split_rows({R"(a;x="b\",c", d)"}), ElementsAre(R"(a;x="b\",c")", "d"));
    EXPECT_THAT(split_rows({R"(a;info=<b",c>, d)"}), ElementsAre(R"(a;info=<b",c>)", "d"));
    EXPECT_THAT(split_rows({R"(a;x="<", d)"}), ElementsAre(R"(a;x="<")", "d"));
    EXPECT_THAT(split_rows({"a;x=b\\,c"}), ElementsAre("a;x=b\\", "c"));
}

TEST(IdentityRows, of_blank_text_are_one_that_is_blank) {
    EXPECT_THAT(split_rows({""}), ElementsAre(""));
    EXPECT_THAT(split_rows({" \t"}), ElementsAre(""));
    EXPECT_THAT(split_rows({}), ElementsAre());
}

TEST(IdentityRows, end_with_the_one_that_is_too_many) {
    EXPECT_EQ(split_rows({std::string(1000, ',')}).size(), kMostRows + 1);
    EXPECT_EQ(split_rows(std::vector<std::string>(100, "a")).size(), kMostRows + 1);
    EXPECT_EQ(split_rows(std::vector<std::string>(kMostRows, "a")).size(), kMostRows);
}

TEST(IdentityRow, has_its_parameters_whatever_their_order_and_case) {
    const IdentityRow row = read_row("a.b.c ; PPT=\"shaken\";x;Info = <https://a/b;c>; alg=ES256");
    EXPECT_FALSE(row.fault);
    EXPECT_EQ(row.token, "a.b.c");
    EXPECT_EQ(row.ppt, "shaken");
    EXPECT_EQ(row.info, "https://a/b;c");
    EXPECT_EQ(row.algorithm, "ES256");
}

TEST(IdentityRow, tells_its_first_fault) {
    EXPECT_EQ(read_row("a;info=b;alg=").fault->why, "info: not a URI in angle brackets");
    EXPECT_EQ(read_row("a;alg=;info=b").fault->why, "alg: the parameter is no token");
    EXPECT_EQ(read_row("a;ppt=a b").fault->why, "ppt: the parameter is no token");
    EXPECT_EQ(read_row("a;ppt").fault->why, "ppt: the parameter is no token");
    EXPECT_EQ(read_row("a;info=<>").fault->why, "info: not a URI in angle brackets");
    EXPECT_EQ(read_row("a;info=<b<c>").fault->why, "info: not a URI in angle brackets");
    EXPECT_EQ(read_row("a;x;X").fault->why, "x: duplicate parameter");
    EXPECT_EQ(read_row("a;;b").fault->why, "malformed parameter");
}

}  // namespace
}  // namespace causeway::identity
