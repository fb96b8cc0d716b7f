// Remembers what was used, for as long as it could be used again. Control thread; time is given, in seconds
// since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace causeway::identity {

/// First use wins: a key may come again only with the same owner. Bounded: the oldest is forgotten first.
class ReplayCache {
  public:
    explicit ReplayCache(std::size_t most = 65536) : most_(most) {}

    /// Whether `owner` may use `key`: nobody else has within the time that was given then.
    bool take(const std::string& key, const std::string& owner, std::int64_t until, std::int64_t now) {
        forget(now);
        const auto [place, is_new] = uses_.try_emplace(key, Use{owner, until});
        if (!is_new) return place->second.owner == owner;
        order_.emplace_back(until, key);
        if (order_.size() > most_) drop_oldest();
        return true;
    }

    /// For what may be used once only, whoever comes again.
    bool take_once(const std::string& key, std::int64_t until, std::int64_t now) {
        forget(now);
        const bool is_new = uses_.find(key) == uses_.end();
        return is_new && take(key, {}, until, now);
    }

    std::size_t size() const { return uses_.size(); }

  private:
    struct Use {
        std::string owner;
        std::int64_t until = 0;
    };

    void forget(std::int64_t now) {
        while (!order_.empty() && order_.front().first < now) drop_oldest();
    }
    void drop_oldest() {
        uses_.erase(order_.front().second);
        order_.pop_front();
    }

    const std::size_t most_;
    std::unordered_map<std::string, Use> uses_;
    std::deque<std::pair<std::int64_t, std::string>> order_;  ///< by first use
};

}  // namespace causeway::identity
