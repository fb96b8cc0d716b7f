// Replaces the global operators. In a file of its own: inlined, the compiler takes new and free for a
// mismatch.
#include "tests/unit/media/counting_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};

void* counted(void* place) {
    count.fetch_add(1, std::memory_order_relaxed);
    if (place == nullptr) throw std::bad_alloc();
    return place;
}

}  // namespace

std::uint64_t causeway::test::allocations() {
    return count.load(std::memory_order_relaxed);
}

void* operator new(std::size_t size) {
    return counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* place) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
    std::free(place);
}
void operator delete(void* place, std::align_val_t) noexcept {
    std::free(place);
}
void operator delete(void* place, std::size_t, std::align_val_t) noexcept {
    std::free(place);
}
