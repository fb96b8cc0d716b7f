#include "gateway/identity/passport/tn_auth_list.hpp"

#include <algorithm>

#include "gateway/identity/passport/der_reader.hpp"

namespace causeway::identity {
namespace {

/// RFC 8226 §9: TelephoneNumber ::= IA5String (SIZE (1..15)) (FROM ("0123456789#*")).
bool is_telephone_number(std::string_view text) {
    return !text.empty() && text.size() <= 15 &&
           text.find_first_not_of("0123456789#*") == std::string_view::npos;
}

bool is_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// At most 15 digits: always fits.
std::uint64_t value_of(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return value;
}

/// RFC 8226 §9: the count never makes the number longer.
bool is_in_range(std::string_view number, std::string_view start, std::uint64_t count) {
    if (number.size() != start.size() || !is_digits(number)) return false;
    const std::uint64_t value = value_of(number);
    const std::uint64_t first = value_of(start);
    return value >= first && value - first < count;
}

}  // namespace

std::optional<TnAuthList> TnAuthList::from_der(std::string_view der) {
    DerReader outer(der);
    const auto content = outer.take_last(kDerSequence);
    if (!content || content->empty()) return std::nullopt;
    TnAuthList list;
    DerReader entries(*content);
    while (!entries.at_end()) {
        // TNEntry ::= CHOICE { spc [0], range [1], one [2] }, explicitly tagged.
        if (const auto spc = entries.take(der_context(0))) {
            DerReader inner(*spc);
            const auto code = inner.take_last(kDerIa5String);
            if (!code || code->empty()) return std::nullopt;
            list.providers_.emplace_back(*code);
        } else if (const auto range = entries.take(der_context(1))) {
            if (!list.append(*range, true)) return std::nullopt;
        } else if (const auto one = entries.take(der_context(2))) {
            if (!list.append(*one, false)) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return list;
}

bool TnAuthList::append(std::string_view der, bool range) {
    DerReader inner(der);
    if (!range) {
        const auto number = inner.take_last(kDerIa5String);
        if (!number || !is_telephone_number(*number)) return false;
        numbers_.emplace_back(*number);
        return true;
    }
    DerReader members(inner.take_last(kDerSequence).value_or(""));
    const auto start = members.take(kDerIa5String);
    const auto count = members.take_positive();
    // count INTEGER (2..MAX), for starts without * and # only.
    if (!start || !is_telephone_number(*start) || !is_digits(*start)) return false;
    if (!count || *count < 2 || !members.at_end()) return false;
    ranges_.push_back({std::string(*start), *count});
    return true;
}

bool TnAuthList::covers(std::string_view number) const {
    if (!providers_.empty()) return true;
    const bool listed = std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end();
    return listed || std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
               return is_in_range(number, range.start, range.count);
           });
}

}  // namespace causeway::identity
