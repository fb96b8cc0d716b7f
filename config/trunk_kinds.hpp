// What the values of trunks may look like: forms of numbers, headers and their templates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/kinds.hpp"

namespace causeway::config {

Choice<NumberForm> number_form_kind();
Optional<NumberForm> optional_number_form_kind();
/// At most 8 digits; or "".
Text dialling_prefix_kind();
/// A header that no rule of SIP has: X-Something or P-Something.
Text own_header_kind();
/// One that the gateway writes by itself and that a call can do without.
Text removable_header_kind();
/// The user part of an address of record; or "".
Text optional_account_user_kind();

/// The variables of header templates.
const std::vector<std::string>& template_variables();
/// What is wrong with a template, or "": text with {variable}, {{ for a brace.
std::string template_fault(std::string_view text);

struct HeaderTemplate : Kind {
    std::string expected() const;
    Fit parse(std::string_view text, std::string& out) const;
};
/// `X-Customer: "{user}"`
struct AddedHeaders {
    std::string expected_map() const { return "headers and their values such as {X-Customer: \"{user}\"}"; }
    Text name() const { return own_header_kind(); }
    HeaderTemplate value(bool) const { return {}; }
};

}  // namespace causeway::config
