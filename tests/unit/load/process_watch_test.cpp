#include "tests/load/process_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace causeway::load {
namespace {

TEST(ProcessWatch, reads_user_and_system_time_behind_any_name) {
    const std::string fields = " S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0";
    EXPECT_DOUBLE_EQ(cpu_seconds_of_stat("17 (name)" + fields, 100), 3);
    EXPECT_DOUBLE_EQ(cpu_seconds_of_stat("17 (a) b (c d)" + fields, 100), 3);
    EXPECT_DOUBLE_EQ(cpu_seconds_of_stat("", 100), 0);
}

TEST(ProcessWatch, sees_this_very_process) {
    const ProcessSample sample = sample_processes({::getpid()});
    EXPECT_GT(sample.memory, 1'000'000);
    EXPECT_GE(sample.descriptors, 3);
    ASSERT_FALSE(sample.threads.empty());
}

TEST(ProcessWatch, a_process_that_is_gone_costs_nothing) {
    const ProcessSample sample = sample_processes({0x3fffffff});
    EXPECT_EQ(sample.memory, 0);
    EXPECT_TRUE(sample.threads.empty());
}

}  // namespace
}  // namespace causeway::load
