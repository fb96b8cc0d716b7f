#include "core/base/descriptor_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace causeway {
namespace {

/// Places in the kernel's table of this process' descriptors (proc(5)).
rlim_t table_size() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("FDSize:", 0) == 0) return std::stoul(line.substr(7));
    }
    return 0;
}

TEST(DescriptorLimit, room_for_many_descriptors_is_there_from_the_start) {
    raise_descriptor_limit();
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
    EXPECT_GE(table_size(), std::min<rlim_t>(limit.rlim_max, 65536));
    EXPECT_TRUE(descriptors_left(10));
}

}  // namespace
}  // namespace causeway
