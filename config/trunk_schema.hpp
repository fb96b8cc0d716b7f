// The keys of a trunk that are about many calls and several trunks: health, limits, numbers, headers,
// accounts, groups. Part of config/schema.hpp.
#pragma once

#include "config/trunk_kinds.hpp"

namespace causeway::config {

template <class Visitor>
void describe(Visitor& v, TrunkHealth& health) {
    v.value("options", health.options, Seconds(std::chrono::seconds(0), std::chrono::seconds(3600)));
    v.value("down_after", health.down_after, Whole(1, 100));
    v.value("up_after", health.up_after, Whole(1, 100));
}

template <class Visitor>
void describe(Visitor& v, TrunkLimits& limits) {
    v.value("calls", limits.calls, Whole(0, 100'000));
    v.value("calls_per_second", limits.calls_per_second, Whole(0, 10'000));
}

template <class Visitor>
void describe(Visitor& v, TrunkNumbers& numbers) {
    v.value("out", numbers.out, number_form_kind());
    v.value("in", numbers.in, optional_number_form_kind());
    v.value("country", numbers.country, dialling_prefix_kind());
    v.value("national_prefix", numbers.national_prefix, dialling_prefix_kind());
    v.value("international_prefix", numbers.international_prefix, dialling_prefix_kind());
    v.value("prefix", numbers.prefix, dialling_prefix_kind());
}

template <class Visitor>
void describe(Visitor& v, TrunkHeaders& headers) {
    v.scalars("add", headers.add, AddedHeaders{});
    v.list("remove", headers.remove, removable_header_kind());
    v.list("allow_in", headers.allow_in, own_header_kind());
}

template <class Visitor>
void describe(Visitor& v, TrunkAccount& account) {
    v.value("username", account.username, free_text());
    v.value("password", account.password, secret_kind());
    v.value("realm", account.realm, free_text());
    v.value("user", account.user, optional_account_user_kind());
    v.list("numbers", account.numbers, pattern_kind());
    v.value("register", account.register_, Boolean{});
}

template <class Visitor>
void describe(Visitor& v, GroupMember& member) {
    v.value("trunk", member.trunk, name_kind());
    v.value("priority", member.priority, Whole(0, 65535));
    v.value("weight", member.weight, Whole(0, 65535));
}

template <class Visitor>
void describe(Visitor& v, TrunkGroup& group) {
    v.value("name", group.name, name_kind());
    v.sections("trunks", group.trunks);
}

}  // namespace causeway::config
