#include "config/pattern.hpp"

#include <algorithm>
#include <charconv>
#include <regex>

namespace causeway::config {
namespace {

constexpr std::size_t kMaxPattern = 256;
// An automaton's states bound both the time per character and the matcher's recursion.
constexpr std::size_t kMaxStates = 1000;

bool is_regex(std::string_view text) {
    return text.size() >= 2 && text.front() == '/' && text.back() == '/';
}

/// Remembers the last star only: quadratic at worst, never exponential.
bool glob_matches(std::string_view pattern, std::string_view value) {
    std::size_t p = 0, v = 0;
    std::size_t star = std::string_view::npos, resume = 0;
    while (v < value.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = v;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == value[v])) {
            ++p;
            ++v;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            v = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

/// What a regular expression lacks, in our own words: the library's differ between its versions.
std::string remedy(std::regex_constants::error_type fault) {
    using namespace std::regex_constants;
    // libstdc++ reports a leading repeat as a lone bracket.
    if (fault == error_paren || fault == error_badrepeat) {
        return "( and ) in pairs and something before each * + ? {";
    }
    if (fault == error_brack) return "[ and ] in pairs";
    if (fault == error_brace || fault == error_badbrace) return "counts such as {2,5} in braces";
    if (fault == error_range) return "ranges such as [a-z], low to high";
    if (fault == error_escape) return "escapes that exist";
    return "ECMAScript's syntax";
}

/// Rough size of a regex once counted repeats are multiplied out.
class StateEstimate {
  public:
    explicit StateEstimate(std::string_view pattern) {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            switch (pattern[i]) {
                case '\\':
                    atom(1);
                    ++i;
                    break;
                case '[':
                    i = end_of_class(pattern, i);
                    atom(1);
                    break;
                case '(':
                    open_.push_back(0);
                    break;
                case ')':
                    close();
                    break;
                case '{':
                    i = repeat(pattern, i);
                    break;
                default:
                    atom(1);
            }
        }
        while (open_.size() > 1) close();
    }
    std::size_t states() const { return open_.front(); }

  private:
    void atom(std::size_t states) {
        last_ = states;
        open_.back() = std::min(open_.back() + states, kFar);
    }
    void close() {
        if (open_.size() < 2) return;
        const std::size_t inner = open_.back() + 2;
        open_.pop_back();
        atom(inner);
    }
    static std::size_t end_of_class(std::string_view pattern, std::size_t i) {
        for (++i; i < pattern.size() && pattern[i] != ']'; ++i) {
            if (pattern[i] == '\\') ++i;
        }
        return i;
    }
    std::size_t repeat(std::string_view pattern, std::size_t i) {
        const std::size_t end = std::min(pattern.find('}', i), pattern.size() - 1);
        std::size_t count = 1;
        for (std::size_t at = i + 1; at < end; ++at) {
            std::size_t number = 0;
            const auto [next, fault] = std::from_chars(&pattern[at], &pattern[0] + end, number);
            if (fault == std::errc::result_out_of_range) number = kFar;
            if (fault != std::errc::invalid_argument) at = static_cast<std::size_t>(next - &pattern[0]);
            count = std::max(count, std::min(number, kFar));
        }
        atom(last_ * (count - 1));
        return end;
    }

    static constexpr std::size_t kFar = 1'000'000;
    std::vector<std::size_t> open_{0};
    std::size_t last_ = 0;
};

}  // namespace

struct Pattern::Compiled {
    std::string glob;
    std::optional<std::regex> regex;
};

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > kMaxPattern) return Error{"a pattern of at most 256 characters"};
    auto compiled = std::make_shared<Compiled>();
    if (is_regex(text)) {
        const std::string inner(text.substr(1, text.size() - 2));
        if (StateEstimate(inner).states() > kMaxStates) {
            return Error{"a regular expression with smaller repeat counts"};
        }
        try {
            // libstdc++'s matcher without backtracking: a caller's number cannot make it slow. It refuses
            // back references.
            compiled->regex.emplace(inner,
                                    std::regex_constants::ECMAScript | std::regex_constants::__polynomial);
        } catch (const std::regex_error& fault) {
            if (fault.code() == std::regex_constants::error_complexity) {
                return Error{"a regular expression without back references"};
            }
            return Error{"a regular expression with " + remedy(fault.code())};
        }
    } else if (!text.empty() && text.front() == '/') {
        return Error{"a closing / at the end of the regular expression"};
    } else {
        compiled->glob = text.empty() ? "*" : std::string(text);
    }
    Pattern pattern;
    pattern.compiled_ = std::move(compiled);
    return pattern;
}

std::optional<Groups> Pattern::match(std::string_view value) const {
    if (!compiled_->regex) {
        if (!glob_matches(compiled_->glob, value)) return std::nullopt;
        return Groups{std::string(value)};
    }
    std::match_results<std::string_view::const_iterator> found;
    if (!std::regex_match(value.begin(), value.end(), found, *compiled_->regex)) return std::nullopt;
    Groups groups;
    for (const auto& group : found) groups.push_back(group.str());
    return groups;
}

std::size_t Pattern::group_count() const {
    return compiled_->regex ? compiled_->regex->mark_count() : 0;
}

std::string rewrite_fault(std::string_view text, std::size_t group_count) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$') continue;
        const char next = ++i < text.size() ? text[i] : '\0';
        if (next == '$') continue;
        if (next < '0' || next > '9') return "a digit or another $ after $";
        if (static_cast<std::size_t>(next - '0') > group_count) {
            return std::string("$") + next + " to be a group of the pattern, which has " +
                   std::to_string(group_count);
        }
    }
    return "";
}

std::string rewrite(std::string_view text, const Groups& groups) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        const char next = text[++i];
        const auto index = static_cast<std::size_t>(next - '0');
        if (next == '$') {
            result += '$';
        } else if (next >= '0' && next <= '9' && index < groups.size()) {
            result += groups[index];
        }
    }
    return result;
}

}  // namespace causeway::config
