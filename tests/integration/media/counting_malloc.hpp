// Counts what a thread asks of the allocator, whoever asks: our code, libsrtp2, OpenSSL, GLib.
#pragma once

#include <cstdint>

namespace causeway::test {

/// From now on the calling thread's allocations are counted.
void count_this_thread();
/// Of all counted threads.
std::uint64_t counted_allocations();

}  // namespace causeway::test
