// Counters, random values, ids, results, descriptors and log lines.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/base/counters.hpp"
#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Counters, the_same_name_is_the_same_counter) {
    Counters counters;
    Counter& first = counters.counter("rtp_wrong_source");
    for (int i = 0; i < 1000; ++i) counters.counter("other_" + std::to_string(i));
    EXPECT_EQ(&counters.counter("rtp_wrong_source"), &first);
}

TEST(Counters, a_snapshot_is_sorted_by_name_and_stays_as_it_was) {
    Counters counters;
    counters.counter("b").add(2);
    counters.counter("a").add();
    const auto before = counters.snapshot();
    counters.counter("a").add();
    EXPECT_THAT(before, ElementsAre(Pair("a", 1u), Pair("b", 2u)));
    EXPECT_EQ(counters.snapshot().at("a"), 2u);
}

TEST(Counters, lose_nothing_between_threads) {
    Counters counters;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&counters] {
            Counter& counter = counters.counter("shared");
            for (int i = 0; i < 10'000; ++i) counter.add();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(counters.snapshot().at("shared"), 40'000u);
}

TEST(Random, a_token_has_the_asked_length_and_only_letters_and_digits) {
    EXPECT_EQ(random_token(0), "");
    const std::string token = random_token(1000);
    EXPECT_EQ(token.size(), 1000u);
    EXPECT_TRUE(
        std::all_of(token.begin(), token.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
}

TEST(Random, a_token_uses_the_whole_alphabet_evenly) {
    const std::string token = random_token(62'000);
    const std::set<char> letters(token.begin(), token.end());
    EXPECT_EQ(letters.size(), 62u);
    // 1000 expected of each; 8 standard deviations either way.
    for (const char letter : letters) {
        const auto count = std::count(token.begin(), token.end(), letter);
        EXPECT_GT(count, 750) << letter;
        EXPECT_LT(count, 1250) << letter;
    }
}

TEST(Random, values_do_not_repeat) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_u64()).second);
    EXPECT_NE(random_token(32), random_token(32));
}

TEST(Random, fills_to_the_last_byte_and_no_further) {
    std::vector<std::uint8_t> bytes(5000, 0);
    fill_random(std::span(bytes).first(4999));
    EXPECT_EQ(bytes.back(), 0);
    EXPECT_LT(std::count(bytes.begin(), bytes.end(), 0), 100);
}

TEST(CallId, is_written_as_sixteen_hex_digits) {
    EXPECT_EQ(to_string(CallId{0}), "0000000000000000");
    EXPECT_EQ(to_string(CallId{0x0123456789abcdef}), "0123456789abcdef");
    EXPECT_NE(make_call_id(), make_call_id());
}

TEST(Result, asking_a_failed_one_for_its_value_throws_with_the_words) {
    const Result<int> failed = Error{"no such thing"};
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().detail, "no such thing");
    EXPECT_THROW(failed.value(), std::logic_error);
}

TEST(UniqueFd, closes_once_and_moves) {
    int pipe_fds[2];
    ASSERT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
    const int raw = pipe_fds[0];
    const UniqueFd other(pipe_fds[1]);
    {
        UniqueFd first(raw);
        UniqueFd second(std::move(first));
        EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what a move leaves is promised
        EXPECT_EQ(second.get(), raw);
        EXPECT_NE(::fcntl(raw, F_GETFD), -1);
    }
    EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

TEST(Log, a_peer_cannot_forge_a_line) {
    char name[] = "/tmp/causeway-log-XXXXXX";
    const int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    ::close(fd);
    log::start({.level = log::Level::info, .file = name});
    log::info(CallId{0xab}, "from {}", "x\r\n2026-01-01 error forged\x1b[2J");
    log::debug("not written");
    log::stop();
    std::ifstream file(name);
    std::ostringstream text;
    text << file.rdbuf();
    std::filesystem::remove(name);
    EXPECT_THAT(text.str(),
                HasSubstr("[00000000000000ab] from x\\x0d\\x0a2026-01-01 error forged\\x1b[2J\n"));
    EXPECT_THAT(text.str(), Not(HasSubstr("not written")));
    const std::string written = text.str();
    EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
}

}  // namespace
}  // namespace causeway
