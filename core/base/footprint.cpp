#include "core/base/footprint.hpp"

#include <algorithm>

namespace causeway {

void Footprint::add_bytes(const void* first, std::size_t size) {
    if (first == nullptr || size == 0) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(first);
    std::uintptr_t line = begin & ~(kLine - 1);
    const std::uintptr_t end = begin + size;
    // Fields side by side share lines: the newest run grows.
    if (count_ > 0) {
        Run& newest = runs_[count_ - 1];
        const std::uintptr_t its_end = first_of(newest) + lines_of(newest) * kLine;
        if (line >= first_of(newest) && line <= its_end) {
            const std::uintptr_t most = first_of(newest) + (kLine - 1) * kLine;
            const std::uintptr_t wanted = std::min((end + kLine - 1) & ~(kLine - 1), most);
            newest += (std::max(wanted, its_end) - its_end) / kLine;
            line = std::max(line, std::max(wanted, its_end));
        }
    }
    while (line < end && count_ < kMostRuns) {
        const std::uintptr_t lines = std::min((end - line + kLine - 1) / kLine, kLine - 1);
        runs_[count_++] = line | lines;
        line += lines * kLine;
    }
}

void Footprint::fetch() const {
    for (std::size_t i = 0; i < count_; ++i) {
        const std::uintptr_t end = first_of(runs_[i]) + lines_of(runs_[i]) * kLine;
        for (std::uintptr_t line = first_of(runs_[i]); line < end; line += kLine) {
            __builtin_prefetch(reinterpret_cast<const void*>(line));
        }
    }
}

void Footprint::fetch(const Footprint& footprint) {
    for (std::size_t i = 0; i < kMostRuns; i += kLine / sizeof(Run)) __builtin_prefetch(&footprint.runs_[i]);
    __builtin_prefetch(&footprint.count_);
}

std::size_t Footprint::lines() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += lines_of(runs_[i]);
    return sum;
}

}  // namespace causeway
