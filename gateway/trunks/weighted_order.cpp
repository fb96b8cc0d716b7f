#include "gateway/trunks/weighted_order.hpp"

#include <algorithm>
#include <numeric>

namespace causeway::trunks {
namespace {

/// SplitMix64: one good number per step from whatever seed.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

}  // namespace

std::vector<std::size_t> weighted_order(const std::vector<Ranked>& all, std::uint64_t seed) {
    std::vector<std::size_t> left(all.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    // RFC 2782: by priority; among equals those of weight 0 first, so that they have a very small chance.
    std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
        if (all[a].priority != all[b].priority) return all[a].priority < all[b].priority;
        return all[a].weight == 0 && all[b].weight != 0;
    });
    std::vector<std::size_t> order;
    while (!left.empty()) {
        const int priority = all[left.front()].priority;
        std::uint64_t sum = 0;
        for (const std::size_t each : left) {
            if (all[each].priority == priority) sum += static_cast<std::uint64_t>(all[each].weight);
        }
        const std::uint64_t drawn = next_random(seed) % (sum + 1);
        std::uint64_t running = 0;
        const auto chosen = std::find_if(left.begin(), left.end(), [&](std::size_t each) {
            running += static_cast<std::uint64_t>(all[each].weight);
            return running >= drawn;
        });
        order.push_back(*chosen);
        left.erase(chosen);
    }
    return order;
}

}  // namespace causeway::trunks
