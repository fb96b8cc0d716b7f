#include "transcode/sparse_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace causeway::transcode {

namespace {

std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

bool is_zero(const std::byte* page) {
    // Each byte equals the next one: many times as fast as a loop of our own.
    return *page == std::byte{} && std::memcmp(page, page + 1, page_size() - 1) == 0;
}

}  // namespace

SparseMemory::SparseMemory(std::size_t size) : size_((size + page_size() - 1) / page_size() * page_size()) {
    void* pages = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages != MAP_FAILED) data_ = pages;
}

SparseMemory::~SparseMemory() {
    if (data_ != nullptr) ::munmap(data_, size_);
}

void SparseMemory::forget_zeroes() {
    auto* const begin = static_cast<std::byte*>(data_);
    if (begin == nullptr) return;
    for (std::size_t at = 0; at < size_;) {
        std::size_t end = at;
        while (end < size_ && is_zero(begin + end)) end += page_size();
        if (end > at) ::madvise(begin + at, end - at, MADV_DONTNEED);
        at = std::max(end, at + page_size());
    }
}

}  // namespace causeway::transcode
