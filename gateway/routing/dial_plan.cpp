#include "gateway/routing/dial_plan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "config/kinds.hpp"
#include "config/pattern.hpp"
#include "gateway/routing/called_number.hpp"

namespace causeway::routing {
namespace {

using config::Pattern;

// Longer values are refused as a whole: were they merely not matched, length alone could slip past a rule.
constexpr std::size_t kLongestNumber = 256;
constexpr std::size_t kLongestPage = 2048;  // as long as the page protocol lets one be

Pattern compiled(const std::string& text) {
    auto pattern = Pattern::compile(text);
    if (!pattern) throw std::invalid_argument(text + ": expected " + pattern.error().detail);
    return *std::move(pattern);
}

struct Rule {
    explicit Rule(const config::Route& route)
        : given(route), to(compiled(route.to)), from(compiled(route.from)), page(compiled(route.page)) {}

    config::Route given;
    Pattern to;
    Pattern from;
    Pattern page;
};

struct Network {
    SocketAddress address;
    int prefix = 0;
    std::size_t trunk = 0;
};

const std::uint8_t* bytes_of(const SocketAddress& address) {
    if (address.is_ipv6()) {
        return reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr.s6_addr;
    }
    return reinterpret_cast<const std::uint8_t*>(
        &reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr);
}

bool contains(const Network& network, const SocketAddress& source) {
    if (network.address.is_ipv6() != source.is_ipv6()) return false;
    const std::uint8_t* const a = bytes_of(network.address);
    const std::uint8_t* const b = bytes_of(source);
    const auto whole = static_cast<std::size_t>(network.prefix / 8);
    const int rest = network.prefix % 8;
    if (std::memcmp(a, b, whole) != 0) return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

Route refused(EndCause cause, std::string detail, int line) {
    Route route;
    route.refusal = EndReason{cause, Side::gateway, std::move(detail), std::nullopt};
    route.rule_line = line;
    return route;
}

}  // namespace

struct DialPlan::Compiled {
    std::vector<Rule> rules;
    std::unordered_map<std::string, std::string> user_of_number;
    std::vector<config::Trunk> trunks;
    std::vector<Network> networks;  // longest prefix first
    bool guests_enabled = false;
    std::vector<Pattern> guest_may_call;
};

DialPlan::DialPlan(const config::Config& config) {
    auto compiled_plan = std::make_unique<Compiled>();
    Compiled& plan = *compiled_plan;
    for (const config::Route& route : config.routes) plan.rules.emplace_back(route);
    for (const config::User& user : config.users) {
        for (const std::string& number : user.numbers) {
            plan.user_of_number.emplace(called_number(number), user.name);
        }
    }
    plan.trunks = config.trunks;
    for (std::size_t i = 0; i < plan.trunks.size(); ++i) {
        for (const std::string& source : plan.trunks[i].sources) {
            const auto network = config::parse_network(source);
            if (!network) throw std::invalid_argument(source + ": expected an IP address or network");
            plan.networks.push_back({network->first, network->second, i});
        }
    }
    std::stable_sort(plan.networks.begin(), plan.networks.end(),
                     [](const Network& a, const Network& b) { return a.prefix > b.prefix; });
    plan.guests_enabled = config.guests.enabled;
    for (const std::string& pattern : config.guests.may_call) {
        plan.guest_may_call.push_back(compiled(pattern));
    }
    compiled_ = std::move(compiled_plan);
}

DialPlan::~DialPlan() = default;
DialPlan::DialPlan(DialPlan&&) noexcept = default;

Route DialPlan::route(const RouteQuery& query) const {
    if (query.to.size() > kLongestNumber || query.from.size() > kLongestNumber ||
        query.page.size() > kLongestPage) {
        return refused(EndCause::bad_request, "The called number, the caller or the page's URL is too long.",
                       0);
    }
    const std::string to = called_number(query.to);
    for (const Rule& rule : compiled_->rules) {
        const config::Route& given = rule.given;
        if (!given.trunk_in.empty() && given.trunk_in != query.trunk_in) continue;
        if (!given.page.empty() && (query.page.empty() || !rule.page.matches(query.page))) continue;
        const auto to_groups = rule.to.match(to);
        if (!to_groups) continue;
        const auto from_groups = rule.from.match(query.from);
        if (!from_groups) continue;

        if (given.target == config::RouteTarget::refuse) {
            const auto cause = config::refusal_cause(given.refuse_reason);
            return refused(cause.value_or(EndCause::not_found), given.refuse_text, given.line);
        }
        Route route;
        route.target = given.target;
        route.target_name = given.target_name;
        route.to = given.rewrite_to.empty() ? to : config::rewrite(given.rewrite_to, *to_groups);
        route.from =
            given.rewrite_from.empty() ? query.from : config::rewrite(given.rewrite_from, *from_groups);
        route.rule_line = given.line;
        return route;
    }
    const auto user = compiled_->user_of_number.find(to);
    if (!query.trunk_in.empty() && user != compiled_->user_of_number.end()) {
        Route route;
        route.target = config::RouteTarget::user;
        route.target_name = user->second;
        route.to = to;
        route.from = query.from;
        return route;
    }
    return refused(EndCause::not_found, "No route leads to this number.", 0);
}

const config::Trunk* DialPlan::trunk_of_source(const SocketAddress& source) const {
    for (const Network& network : compiled_->networks) {
        if (contains(network, source)) return &compiled_->trunks[network.trunk];
    }
    return nullptr;
}

const config::Trunk* DialPlan::trunk_of_caller(const Caller& caller) const {
    for (const config::Trunk& trunk : compiled_->trunks) {
        if (!caller.connected_trunk.empty() && trunk.name == caller.connected_trunk) return &trunk;
    }
    for (const config::Trunk& trunk : compiled_->trunks) {
        const auto& known = trunk.tls.client_names;
        const bool shown = std::any_of(known.begin(), known.end(), [&](const std::string& name) {
            return std::find(caller.certificate_names.begin(), caller.certificate_names.end(), name) !=
                   caller.certificate_names.end();
        });
        if (shown) return &trunk;
    }
    return trunk_of_source(caller.source);
}

bool DialPlan::guest_may_call(std::string_view to) const {
    if (!compiled_->guests_enabled || to.size() > kLongestNumber) return false;
    const std::string number = called_number(to);
    return std::any_of(compiled_->guest_may_call.begin(), compiled_->guest_may_call.end(),
                       [&number](const Pattern& pattern) { return pattern.matches(number); });
}

}  // namespace causeway::routing
