#include "gateway/trunks/number_format.hpp"

namespace causeway::trunks {
namespace {

using config::NumberForm;

constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kLongestGlobal = 15;  // E.164 §6.2.1
/// Shorter ones are short codes, whatever they begin with.
constexpr std::size_t kShortestGlobal = 7;

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool could_be_global(std::string_view digits) {
    return is_digits(digits) && digits.size() >= kShortestGlobal && digits.size() <= kLongestGlobal &&
           digits.front() != '0';
}

template <class Rewrite>
std::string rewrite_uris(std::string_view header, Rewrite rewrite) {
    std::string made;
    constexpr std::string_view kScheme = "sip:";
    for (;;) {
        const auto scheme = header.find(kScheme);
        if (scheme == std::string_view::npos) break;
        const auto user = scheme + kScheme.size();
        const auto end = header.find_first_of("@;>, ?", user);
        made += header.substr(0, user);
        header.remove_prefix(user);
        if (end == std::string_view::npos) break;
        const std::string_view name = header.substr(0, end - user);
        // A URI without a user part names a host.
        if (header[end - user] == '@' || header[end - user] == ';') {
            made += rewrite(name);
        } else {
            made += name;
        }
        header.remove_prefix(end - user);
    }
    made += header;
    return made;
}

}  // namespace

std::string number_out(std::string_view number, const config::TrunkNumbers& form) {
    if (form.out == NumberForm::as_is || !number.starts_with('+') || !is_digits(number.substr(1))) {
        return std::string(number);
    }
    const std::string digits(number.substr(1));
    switch (form.out) {
        case NumberForm::digits:
            return digits;
        case NumberForm::international:
            return form.international_prefix + digits;
        case NumberForm::national:
            if (!form.country.empty() && digits.starts_with(form.country)) {
                return form.national_prefix + digits.substr(form.country.size());
            }
            return form.international_prefix + digits;
        case NumberForm::as_is:
        case NumberForm::e164:
            break;
    }
    return std::string(number);
}

std::string called_out(std::string_view number, const config::TrunkNumbers& form) {
    return form.prefix + number_out(number, form);
}

std::string number_in(std::string_view number, const config::TrunkNumbers& form) {
    const NumberForm in = form.in.value_or(form.out);
    std::string as_it_came(number);
    if (in == NumberForm::as_is || !is_digits(number)) return as_it_came;
    if (in == NumberForm::digits && could_be_global(number)) return '+' + as_it_came;
    if (in != NumberForm::international && in != NumberForm::national) return as_it_came;
    const auto after = [&](const std::string& prefix) {
        return !prefix.empty() && number.starts_with(prefix) ? number.substr(prefix.size())
                                                             : std::string_view();
    };
    if (const auto global = after(form.international_prefix); could_be_global(global)) {
        return '+' + std::string(global);
    }
    if (in == NumberForm::international || form.country.empty()) return as_it_came;
    // Without a national prefix (+1, for one) every long number is a national one.
    const auto national = form.national_prefix.empty() ? number : after(form.national_prefix);
    const std::string global = form.country + std::string(national);
    if (national.empty() || national.front() == '0' || !could_be_global(global)) return as_it_came;
    return '+' + global;
}

std::string uris_out(std::string_view header, const config::TrunkNumbers& form) {
    return rewrite_uris(header, [&](std::string_view user) { return number_out(user, form); });
}

std::string uris_in(std::string_view header, const config::TrunkNumbers& form) {
    return rewrite_uris(header, [&](std::string_view user) { return number_in(user, form); });
}

}  // namespace causeway::trunks
