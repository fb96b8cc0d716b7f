#include "gateway/trunks/account_choice.hpp"

#include <algorithm>

#include "config/pattern.hpp"

namespace causeway::trunks {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool holds(const std::vector<std::string>& names, std::string_view wanted) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(),
                          [](char a, char b) { return lower(a) == lower(b); });
    });
}

bool is_for(const config::TrunkAccount& account, std::string_view caller) {
    return std::any_of(account.numbers.begin(), account.numbers.end(), [&](const std::string& number) {
        const auto pattern = config::Pattern::compile(number);
        return pattern && pattern->matches(caller);
    });
}

}  // namespace

const config::TrunkAccount* account_for(const config::Trunk& trunk, std::string_view caller) {
    const config::TrunkAccount* rest = nullptr;
    for (const config::TrunkAccount& account : trunk.accounts) {
        if (account.numbers.empty()) {
            if (rest == nullptr) rest = &account;
        } else if (is_for(account, caller)) {
            return &account;
        }
    }
    return rest;
}

bool is_removed(const config::TrunkHeaders& headers, std::string_view name) {
    return holds(headers.remove, name);
}

bool is_allowed_in(const config::TrunkHeaders& headers, std::string_view name) {
    return holds(headers.allow_in, name);
}

}  // namespace causeway::trunks
