// Patterns of the dial plan: literals with `*` and `?`, or `/regex/`; and rewriting with their groups. In
// this room since the loader must refuse exactly those that the dial plan could not compile.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::config {

/// The whole matched value, then the regex's groups.
using Groups = std::vector<std::string>;

/// One compiled pattern. Matching takes time bounded by pattern length times value length: no backtracking.
class Pattern {
  public:
    /// "" matches every value.
    static Result<Pattern> compile(std::string_view text);

    /// Matches the whole of `value`, case-sensitively.
    std::optional<Groups> match(std::string_view value) const;
    bool matches(std::string_view value) const { return match(value).has_value(); }
    /// Groups of a /regex/; 0 for others.
    std::size_t group_count() const;

  private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

/// What is wrong with a rewriting text for a pattern with so many groups, or "": `$0` is the whole,
/// `$1`..`$9` the groups, `$$` a dollar sign.
std::string rewrite_fault(std::string_view text, std::size_t group_count);
std::string rewrite(std::string_view text, const Groups& groups);

}  // namespace causeway::config
