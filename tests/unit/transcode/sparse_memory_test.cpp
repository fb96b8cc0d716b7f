#include "transcode/sparse_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace causeway::transcode {
namespace {

/// How many of its pages take memory.
std::ptrdiff_t pages_in_use(const SparseMemory& memory) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident(memory.size() / page);
    EXPECT_EQ(::mincore(memory.data(), memory.size(), resident.data()), 0);
    return std::count_if(resident.begin(), resident.end(), [](unsigned char one) { return (one & 1) != 0; });
}

TEST(SparseMemory, pages_of_zeroes_are_given_back_and_read_as_before) {
    SparseMemory memory(40'000);
    ASSERT_NE(memory.data(), nullptr);
    ASSERT_GE(memory.size(), 40'000u);
    auto* const bytes = static_cast<char*>(memory.data());
    std::fill_n(bytes, memory.size(), char{});
    bytes[0] = 'a';
    bytes[20'000] = 'b';
    bytes[memory.size() - 1] = 'c';
    const auto before = pages_in_use(memory);
    memory.forget_zeroes();
    EXPECT_EQ(before, 10);
    EXPECT_EQ(pages_in_use(memory), 3);
    EXPECT_EQ(bytes[0], 'a');
    EXPECT_EQ(bytes[20'000], 'b');
    EXPECT_EQ(bytes[memory.size() - 1], 'c');
    EXPECT_EQ(std::count(bytes, bytes + memory.size(), char{}),
              static_cast<std::ptrdiff_t>(memory.size()) - 3);
}

TEST(SparseMemory, what_is_given_back_may_be_written_again) {
    SparseMemory memory(8192);
    memory.forget_zeroes();
    auto* const bytes = static_cast<char*>(memory.data());
    std::fill_n(bytes, memory.size(), 'x');
    memory.forget_zeroes();
    EXPECT_EQ(std::count(bytes, bytes + memory.size(), 'x'), static_cast<std::ptrdiff_t>(memory.size()));
}

TEST(SparseMemory, it_can_be_handed_over) {
    SparseMemory first(100);
    static_cast<char*>(first.data())[7] = 'y';
    const SparseMemory second(std::move(first));
    EXPECT_EQ(first.data(), nullptr);
    EXPECT_EQ(static_cast<char*>(second.data())[7], 'y');
}

}  // namespace
}  // namespace causeway::transcode
