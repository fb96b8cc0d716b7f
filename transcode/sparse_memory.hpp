// Memory for a codec's state of which only the pages that are written cost anything: libopus clears the state
// of all its parts when it begins, and a narrow-band call never comes back to half of them. One owner.
#pragma once

#include <cstddef>
#include <utility>

namespace causeway::transcode {

class SparseMemory {
  public:
    /// Zeroed, aligned to a page. `data` is null when the system has no more.
    explicit SparseMemory(std::size_t size);
    ~SparseMemory();
    SparseMemory(SparseMemory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    SparseMemory(const SparseMemory&) = delete;
    SparseMemory& operator=(const SparseMemory&) = delete;
    SparseMemory& operator=(SparseMemory&&) = delete;

    void* data() const { return data_; }
    std::size_t size() const { return size_; }
    /// Gives back pages that hold nothing but zeroes; they read the same as before.
    void forget_zeroes();

  private:
    void* data_ = nullptr;
    std::size_t size_ = 0;  ///< whole pages
};

}  // namespace causeway::transcode
