#include "config/checks.hpp"
#include "config/kinds.hpp"
#include "config/nearest.hpp"
#include "config/pattern.hpp"

namespace causeway::config {
namespace {

template <class Party>
std::vector<std::string> names_of(const std::vector<Party>& parties) {
    std::vector<std::string> names;
    for (const Party& party : parties) names.push_back(party.name);
    return names;
}

class RouteCheck {
  public:
    RouteCheck(const Config& config, Findings& findings)
        : config_(config),
          findings_(findings),
          trunks_(names_of(config.trunks)),
          users_(names_of(config.users)),
          lines_(trunks_) {
        for (const TrunkGroup& group : config.trunk_groups) lines_.push_back(group.name);
    }

    void check(const Route& route, const std::string& path) {
        check_target(route, path + ".target");
        if (!findings_.given(path + ".target")) {
            findings_.fault(path, "a route without target", "a line `target: " + Target{}.expected() + "`");
        }
        if (!route.trunk_in.empty() && !(route.trunk_in == "demo" && config_.demo.enabled)) {
            check_name(path + ".trunk_in", "trunk", route.trunk_in, trunks_, "trunks");
        }
        if (!route.trunk_in.empty() && !route.page.empty()) {
            findings_.fault(path + ".page", "page beside trunk_in",
                            "one of them: a call comes from a page or from a trunk");
        }
        if (!route.page.empty() && route.target == RouteTarget::user) {
            findings_.fault(
                path + ".target", "a user for calls from pages",
                "a trunk, demo or refuse: a page calls telephones, and \"user\" is for calls from "
                "trunks");
        }
        check_rewrite(path, "to", route.rewrite_to, route.to);
        check_rewrite(path, "from", route.rewrite_from, route.from);
        if (!route.refuse_text.empty() && route.target != RouteTarget::refuse) {
            findings_.fault(path + ".refuse_text", "refuse_text on a route that does not refuse",
                            "`target: refuse REASON`");
        }
        if (after_catch_all_ > 0) {
            findings_.note("the route on line " + std::to_string(route.line) +
                           " is never reached: the one on line " + std::to_string(after_catch_all_) +
                           " takes every call");
        } else if (route.to.empty() && route.from.empty() && route.page.empty() && route.trunk_in.empty()) {
            after_catch_all_ = route.line;
        }
    }

  private:
    void check_target(const Route& route, const std::string& path) {
        if (route.target == RouteTarget::trunk) {
            if (findings_.faulty("trunk_groups")) return;
            check_name(path, "trunk", route.target_name, lines_, "trunks");
        } else if (route.target == RouteTarget::user) {
            check_name(path, "user", route.target_name, users_, "users");
        } else if (route.target == RouteTarget::demo && !config_.demo.enabled) {
            findings_.fault(path, "\"demo\"", "demo.enabled to be true when a route leads there");
        }
    }

    void check_name(const std::string& path, const std::string& what, const std::string& name,
                    const std::vector<std::string>& known, const std::string& section) {
        if (std::find(known.begin(), known.end(), name) != known.end()) return;
        // An entry whose name is missing or at fault may be the one that is meant.
        if (findings_.faulty(section) || std::find(known.begin(), known.end(), "") != known.end()) return;
        findings_.fault(path, "unknown " + what + " " + quoted(name), "the name of one of the " + section,
                        suggestion(name, known));
    }

    void check_rewrite(const std::string& path, const std::string& side, const std::string& text,
                       const std::string& pattern_text) {
        const auto pattern = Pattern::compile(pattern_text);
        if (!pattern || findings_.faulty(path + "." + side)) return;
        const std::string expected = rewrite_fault(text, pattern->group_count());
        if (!expected.empty()) findings_.fault(path + ".rewrite_" + side, quoted(text), expected);
    }

    const Config& config_;
    Findings& findings_;
    std::vector<std::string> trunks_;
    std::vector<std::string> users_;
    std::vector<std::string> lines_;  ///< trunks and groups of them
    int after_catch_all_ = 0;
};

}  // namespace

void check_routes(const Config& config, Findings& findings) {
    // Every call walks the list.
    constexpr std::size_t kMostRoutes = 1000;
    if (config.routes.size() > kMostRoutes) {
        findings.fault("routes", std::to_string(config.routes.size()) + " routes", "at most 1000");
        return;
    }
    RouteCheck check(config, findings);
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        check.check(config.routes[i], "routes[" + std::to_string(i) + "]");
    }
}

}  // namespace causeway::config
