// The memory that handling one packet touches. With some hundred calls it has left the caches when the next
// packet comes; fetched while the packets before are handled, nobody waits for it. The owner's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace causeway {

class Footprint {
  public:
    static constexpr std::size_t kMostRuns = 56;

    /// Objects, or fields of one: nearest together first. A member that is a reference stands for what it
    /// refers to. What there is no room for costs time only.
    template <class... Objects>
    void add(const Objects&... objects) {
        (add_bytes(&objects, sizeof objects), ...);
    }
    void add_bytes(const void* first, std::size_t size);

    /// Asks the processor for all of it and does not wait. Memory that is gone meanwhile does no harm.
    void fetch() const;
    /// Asks for the footprint itself.
    static void fetch(const Footprint& footprint);
    /// Cache lines in all.
    std::size_t lines() const;

  private:
    static constexpr std::uintptr_t kLine = 64;
    /// So many lines from an address on: lines begin at multiples of 64, which leaves room for the number.
    using Run = std::uintptr_t;
    static std::uintptr_t first_of(Run run) { return run & ~(kLine - 1); }
    static std::uintptr_t lines_of(Run run) { return run & (kLine - 1); }

    std::array<Run, kMostRuns> runs_{};
    std::size_t count_ = 0;
};

}  // namespace causeway
