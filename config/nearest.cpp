#include "config/nearest.hpp"

#include <algorithm>

namespace causeway::config {
namespace {

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kShortestStem = 4;

char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Optimal string alignment; three rows of the table are enough.
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = folded(a[i - 1]) == folded(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                                 folded(a[i - 2]) == folded(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(above);
        above.swap(row);
    }
    return above[b.size()];
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    if (word.empty() || word.size() > kLongestWord) return "";
    const std::string* best = nullptr;
    std::size_t best_distance = 0;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        const std::size_t near_enough = std::max<std::size_t>(1, std::min(word.size(), candidate.size()) / 3);
        const bool stem = candidate.size() >= kShortestStem && word.starts_with(candidate);
        if ((distance <= near_enough || stem) && (best == nullptr || distance < best_distance)) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best == nullptr ? "" : "did you mean \"" + *best + "\"?";
}

}  // namespace causeway::config
