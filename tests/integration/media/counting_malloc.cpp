// Takes the place of malloc and its kin, which glibc allows a program; `new` comes here, too.
#include "tests/integration/media/counting_malloc.hpp"

#include <atomic>
#include <cstddef>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* place, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* place);
}

namespace {

std::atomic<std::uint64_t> count{0};
thread_local bool counted = false;

void note() {
    if (counted) count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void causeway::test::count_this_thread() {
    counted = true;
}

std::uint64_t causeway::test::counted_allocations() {
    return count.load(std::memory_order_relaxed);
}

extern "C" {

void* malloc(std::size_t size) {
    note();
    return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
    note();
    return __libc_calloc(number, size);
}
void* realloc(void* place, std::size_t size) {
    note();
    return __libc_realloc(place, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    note();
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    note();
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** place, std::size_t alignment, std::size_t size) {
    note();
    *place = __libc_memalign(alignment, size);
    return *place == nullptr ? 12 : 0;  // ENOMEM
}
void free(void* place) {
    __libc_free(place);
}
}
