// Counts what a program allocates with `new`: link counting_new.cpp and look before and after.
#pragma once

#include <cstdint>

namespace causeway::test {

std::uint64_t allocations();

}  // namespace causeway::test
