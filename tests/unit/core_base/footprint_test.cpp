#include "core/base/footprint.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace causeway {
namespace {

constexpr std::size_t kLine = 64;

struct alignas(kLine) Object {
    std::array<char, 10 * kLine> bytes{};
    char& at(std::size_t line, std::size_t offset = 0) { return bytes[line * kLine + offset]; }
};

TEST(Footprint, counts_the_lines_that_an_object_lies_on) {
    Object object;
    Footprint footprint;
    EXPECT_EQ(footprint.lines(), 0u);
    footprint.add(object);
    EXPECT_EQ(footprint.lines(), 10u);
}

TEST(Footprint, fields_on_one_line_are_one_line) {
    Object object;
    Footprint footprint;
    footprint.add(object.at(3), object.at(3, 17), object.at(3, 63));
    EXPECT_EQ(footprint.lines(), 1u);
    footprint.add(object.at(4), object.at(3));
    EXPECT_EQ(footprint.lines(), 2u);
}

TEST(Footprint, a_field_across_a_border_is_two_lines) {
    Object object;
    Footprint footprint;
    footprint.add_bytes(&object.at(1, 60), 8);
    EXPECT_EQ(footprint.lines(), 2u);
    footprint.add_bytes(&object.at(2, 60), 2 * kLine);
    EXPECT_EQ(footprint.lines(), 4u);
}

TEST(Footprint, objects_far_apart_are_lines_of_their_own) {
    Object object;
    Footprint footprint;
    footprint.add(object.at(7), object.at(1), object.at(4));
    EXPECT_EQ(footprint.lines(), 3u);
}

TEST(Footprint, a_large_object_is_whole) {
    struct alignas(kLine) Large {
        std::array<char, 200 * kLine> bytes{};
    };
    const auto large = std::make_unique<Large>();
    Footprint footprint;
    footprint.add(large->bytes[0]);
    footprint.add(*large);
    EXPECT_EQ(footprint.lines(), 200u);
}

TEST(Footprint, forgets_what_it_has_no_room_for) {
    const auto objects = std::make_unique<std::array<Object, Footprint::kMostRuns + 5>>();
    Footprint footprint;
    for (Object& object : *objects) footprint.add(object.at(5));
    EXPECT_EQ(footprint.lines(), Footprint::kMostRuns);
    footprint.fetch();
}

TEST(Footprint, nothing_adds_nothing) {
    Footprint footprint;
    footprint.add_bytes(nullptr, 100);
    int one = 0;
    footprint.add_bytes(&one, 0);
    EXPECT_EQ(footprint.lines(), 0u);
}

TEST(Footprint, memory_that_is_gone_does_no_harm) {
    auto object = std::make_unique<Object>();
    Footprint footprint;
    footprint.add(*object);
    object.reset();
    footprint.fetch();
    Footprint::fetch(footprint);
}

}  // namespace
}  // namespace causeway
