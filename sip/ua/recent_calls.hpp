// Which calls came in lately, by Call-ID, in bounded memory. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <unordered_set>

namespace causeway::sip {

/// Remembers between `kGeneration` and twice as many of the last Call-IDs. Two with one hash are one.
class RecentCalls {
  public:
    static constexpr std::size_t kGeneration = 10'000;

    void add(std::string_view call_id) {
        if (young_.size() >= kGeneration) {
            old_.swap(young_);
            young_.clear();
        }
        young_.insert(std::hash<std::string_view>{}(call_id));
    }
    bool contains(std::string_view call_id) const {
        const std::size_t hash = std::hash<std::string_view>{}(call_id);
        return young_.contains(hash) || old_.contains(hash);
    }

  private:
    std::unordered_set<std::size_t> young_;
    std::unordered_set<std::size_t> old_;
};

}  // namespace causeway::sip
