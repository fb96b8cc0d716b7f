#include "config/findings.hpp"

#include <algorithm>
#include <tuple>

namespace causeway::config {
namespace {

constexpr std::size_t kMostTold = 100;

}  // namespace

std::string parent_path(const std::string& path) {
    const auto cut = path.find_last_of(".[");
    return cut == std::string::npos ? "" : path.substr(0, cut);
}

bool Findings::faulty(std::string path) const {
    for (; !path.empty(); path = parent_path(path)) {
        if (faulty_.contains(path)) return true;
    }
    return false;
}

void Findings::fault_at(Place place, const std::string& path, std::string found, std::string expected,
                        std::string hint) {
    faulty_.insert(path);
    if (faults_.size() > 10 * kMostTold) return;
    faults_.push_back(
        {file_, place.line, place.column, std::move(found), std::move(expected), std::move(hint)});
}

void Findings::fault(const std::string& path, std::string found, std::string expected, std::string hint) {
    if (faulty(path)) return;
    std::string place = path;
    while (!place.empty() && !places_.contains(place)) place = parent_path(place);
    const auto at = places_.find(place);
    fault_at(at == places_.end() ? Place{} : at->second, path, std::move(found), std::move(expected),
             std::move(hint));
}

std::vector<Fault> Findings::take_faults() {
    std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    if (faults_.size() > kMostTold) {
        faults_.resize(kMostTold);
        faults_.push_back({file_, 0, 0, "more faults", "these to be mended first", ""});
    }
    return std::move(faults_);
}

}  // namespace causeway::config
