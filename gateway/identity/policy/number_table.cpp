#include "gateway/identity/policy/number_table.hpp"

#include <algorithm>
#include <utility>

#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::identity {
namespace {

constexpr std::string_view kGuest = "guest";

struct NumberRange {
    std::string_view first;  ///< as written
    std::string low;         ///< canonical
    std::string high;
};

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "+12125551000-+12125551999" or "7000-7999". Anything else with a hyphen is a number with a separator.
std::optional<NumberRange> range_of(std::string_view entry) {
    const auto hyphen = entry.find('-');
    if (hyphen == std::string_view::npos || entry.find('-', hyphen + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    NumberRange range{entry.substr(0, hyphen), canonical_number(entry.substr(0, hyphen)),
                      canonical_number(entry.substr(hyphen + 1))};
    const bool ordered = range.low.size() == range.high.size() && range.low <= range.high;
    if (!is_digits(range.low) || !is_digits(range.high) || !ordered) return std::nullopt;
    return range;
}

bool is_same_number(std::string_view a, std::string_view b) {
    const std::string canonical = canonical_number(a);
    return canonical.empty() ? a == b : canonical == canonical_number(b);
}

/// `number` as the row's entry writes it; "" when it is not in the entry.
std::string number_in(std::string_view entry, std::string_view number) {
    const auto range = range_of(entry);
    if (!range) return is_same_number(entry, number) ? std::string(entry) : std::string();
    const std::string digits = canonical_number(number);
    if (!is_digits(digits) || digits.size() != range->low.size()) return {};
    if (digits < range->low || digits > range->high) return {};
    return (range->first.front() == '+' ? "+" : "") + digits;
}

std::string number_in(const NumberRow& row, std::string_view number) {
    if (!row.default_number.empty() && is_same_number(row.default_number, number)) return row.default_number;
    for (const auto& entry : row.numbers) {
        if (auto found = number_in(entry, number); !found.empty()) return found;
    }
    return {};
}

std::string default_number(const NumberRow& row) {
    if (!row.default_number.empty()) return row.default_number;
    if (row.numbers.empty()) return {};
    const auto range = range_of(row.numbers.front());
    return range ? std::string(range->first) : row.numbers.front();
}

/// Domains are compared as DNS names, user parts exactly (RFC 8827 §8.1).
bool is_about_identity(std::string_view pattern, std::string_view identity) {
    const auto at = identity.rfind('@');
    const auto pattern_at = pattern.rfind('@');
    if (at == std::string_view::npos || pattern_at == std::string_view::npos) return false;
    if (lower_case(pattern.substr(pattern_at)) != lower_case(identity.substr(at))) return false;
    const std::string_view user = pattern.substr(0, pattern_at);
    return user == "*" || user == identity.substr(0, at);
}

bool is_about_session(std::string_view account, const Presenter& presenter) {
    // "guest" is no user's name: a user of that name gets nothing by it.
    if (account == kGuest) return presenter.guest;
    return !presenter.guest && account == presenter.account;
}

bool is_about(const NumberRow& row, const Presenter& presenter) {
    if (!row.identity.empty()) return is_about_identity(row.identity, presenter.identity);
    return !row.session_account.empty() && is_about_session(row.session_account, presenter);
}

}  // namespace

NumberTable::NumberTable(std::vector<NumberRow> rows) : rows_(std::move(rows)) {}

const NumberRow* NumberTable::row_of(const Presenter& presenter) const {
    const auto row = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const NumberRow& candidate) { return is_about(candidate, presenter); });
    return row == rows_.end() ? nullptr : &*row;
}

NumberRight NumberTable::right(const Presenter& presenter, std::string_view requested) const {
    const NumberRow* row = row_of(presenter);
    if (row == nullptr) return {};
    std::string number = requested.empty() ? default_number(*row) : number_in(*row, requested);
    const bool listed = !number.empty();
    return {row, std::move(number), listed};
}

std::vector<const NumberRow*> NumberTable::owners(std::string_view number) const {
    std::vector<const NumberRow*> owners;
    for (const auto& row : rows_) {
        if (!number_in(row, number).empty()) owners.push_back(&row);
    }
    return owners;
}

}  // namespace causeway::identity
