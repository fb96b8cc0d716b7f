#include "tests/load/rivals/bencode.hpp"

#include <gtest/gtest.h>

namespace causeway::load {
namespace {

TEST(Bencode, a_dictionary_is_written_with_sorted_keys_and_nested_values) {
    Bencode command;
    command.text("sdp", "v=0").text("command", "offer").list("rtcp-mux", {"demux", "accept"});
    command.dictionary("codec", Bencode().list("mask", {"opus"}));
    EXPECT_EQ(command.to_string(),
              "d5:codecd4:maskl4:opusee7:command5:offer8:rtcp-muxl5:demux6:accepte3:sdp3:v=0e");
}

TEST(Bencode, texts_are_read_past_numbers_lists_and_dictionaries) {
    const auto texts = read_bencoded_texts("d1:ai-7e1:bl1:xi2ee1:cd1:yl0:ee6:result2:ok3:sdp0:e");
    ASSERT_TRUE(texts);
    EXPECT_EQ(*texts, (std::map<std::string, std::string>{{"result", "ok"}, {"sdp", ""}}));
}

TEST(Bencode, what_was_written_is_read) {
    const std::string sdp("v=0\r\n\0e1:", 9);
    const auto texts = read_bencoded_texts(Bencode().text("sdp", sdp).text("", "x").to_string());
    ASSERT_TRUE(texts);
    EXPECT_EQ(texts->at("sdp"), sdp);
    EXPECT_EQ(texts->at(""), "x");
}

TEST(Bencode, nothing_is_read_beyond_the_end_of_broken_input) {
    const std::string whole = "d1:ai-7e1:bl1:xi2ee1:cd1:yl0:ee6:result2:oke";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(read_bencoded_texts(whole.substr(0, length))) << length;
    }
    EXPECT_FALSE(read_bencoded_texts("l1:ae"));
    EXPECT_FALSE(read_bencoded_texts("d1:a99999999999999999999:xe"));
    EXPECT_FALSE(read_bencoded_texts("d1:a18446744073709551615:xe"));
    EXPECT_FALSE(read_bencoded_texts("d1:a" + std::string(100000, 'l')));
}

}  // namespace
}  // namespace causeway::load
