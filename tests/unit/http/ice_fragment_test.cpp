#include "gateway/http/ice_fragment.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

const std::string kFragment =
    "a=ice-ufrag:EsAw\r\n"
    "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
    "a=mid:0\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n"
    "a=candidate:3471623853 1 udp 2122194687 198.51.100.1 61765 typ host generation 0 ufrag EsAw\r\n"
    "a=end-of-candidates\r\n";
const std::string kOffer =
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:old1\r\na=ice-pwd:oldoldoldoldoldoldoldold\r\n"
    "a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\na=end-of-candidates\r\na=mid:0\r\n";

std::string why(const std::string& text) {
    const auto parsed = parse_ice_fragment(text);
    return parsed ? "" : parsed.error().detail;
}

TEST(IceFragment, the_example_of_the_specification_is_read) {
    const auto fragment = parse_ice_fragment(kFragment);
    ASSERT_TRUE(fragment);
    EXPECT_EQ(fragment->ufrag, "EsAw");
    EXPECT_EQ(fragment->password, "P2uYro0UCOQ4zxjKXaWCBui1");
    ASSERT_EQ(fragment->candidates.size(), 2U);
    EXPECT_TRUE(fragment->candidates[0].starts_with("candidate:1387637174 1 udp"));
    EXPECT_TRUE(fragment->end_of_candidates);
}

TEST(IceFragment, lines_may_end_in_line_feeds_alone_and_the_last_one_not_at_all) {
    const auto fragment = parse_ice_fragment("a=ice-ufrag:EsAw\na=candidate:1 1 udp 1 192.0.2.1 9 typ host");
    ASSERT_TRUE(fragment);
    EXPECT_EQ(fragment->candidates, std::vector<std::string>{"candidate:1 1 udp 1 192.0.2.1 9 typ host"});
    EXPECT_EQ(fragment->password, "");
}

TEST(IceFragment, what_is_not_known_is_passed_over) {
    EXPECT_EQ(why("a=ice-options:trickle ice2\r\na=group:BUNDLE 0\r\na=ice-ufrag:EsAw\r\nx\r\n\r\n"), "");
}

TEST(IceFragment, what_is_wrong_is_named) {
    EXPECT_NE(why("").find("no a=ice-ufrag"), std::string::npos);
    EXPECT_NE(why("a=ice-ufrag:E\r\n").find("a=ice-ufrag:"), std::string::npos);
    EXPECT_NE(why("a=ice-ufrag:EsAw\r\na=ice-ufrag:Esaw\r\n").find("two values"), std::string::npos);
    EXPECT_NE(why("a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n").find("a=ice-pwd:"), std::string::npos);
    EXPECT_NE(why("a=ice-ufrag:EsAw\r\na=mid:\x01\r\n").find("control"), std::string::npos);
    EXPECT_NE(why("a=ice-ufrag:EsAw\r\na=candidate:" + std::string(1100, '1')).find("1024"),
              std::string::npos);
    EXPECT_NE(why(std::string(20'000, 'a')).find("16384"), std::string::npos);
    std::string many = "a=ice-ufrag:EsAw\r\n";
    for (int i = 0; i < 101; ++i) many += "a=candidate:1\r\n";
    EXPECT_NE(why(many).find("too many"), std::string::npos);
}

TEST(IceFragment, put_into_an_offer_it_takes_the_place_of_what_was_there) {
    const std::string offer = with_ice(kOffer, *parse_ice_fragment(kFragment));
    EXPECT_EQ(line_value(offer, "a=ice-ufrag:"), "EsAw");
    EXPECT_EQ(line_value(offer, "a=ice-pwd:"), "P2uYro0UCOQ4zxjKXaWCBui1");
    EXPECT_EQ(offer.find("192.0.2.9"), std::string::npos);
    EXPECT_NE(offer.find("192.0.2.1 61764"), std::string::npos);
    EXPECT_TRUE(offer.ends_with("a=end-of-candidates\r\n"));
    EXPECT_EQ(line_value(offer, "a=mid:"), "0");
}

TEST(IceFragment, of_a_description_it_can_be_read_again) {
    const auto fragment = parse_ice_fragment(ice_fragment_of(kOffer));
    ASSERT_TRUE(fragment);
    EXPECT_EQ(fragment->ufrag, "old1");
    EXPECT_EQ(fragment->candidates.size(), 1U);
    EXPECT_TRUE(fragment->end_of_candidates);
}

}  // namespace
}  // namespace causeway::http
