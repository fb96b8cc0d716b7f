// Trunks beside one another: groups and their members, accounts, number formats.
#include <algorithm>
#include <set>

#include "config/checks.hpp"
#include "config/kinds.hpp"
#include "config/nearest.hpp"

namespace causeway::config {
namespace {

std::vector<std::string> names_of(const std::vector<Trunk>& trunks) {
    std::vector<std::string> names;
    for (const Trunk& trunk : trunks) names.push_back(trunk.name);
    return names;
}

void check_numbers(const Trunk& trunk, const std::string& path, Findings& findings) {
    if (!trunk.numbers.country.empty() || findings.faulty(path + ".country")) return;
    const bool in = trunk.numbers.in && *trunk.numbers.in == NumberForm::national;
    if (trunk.numbers.out == NumberForm::national || in) {
        findings.fault(path + (in ? ".in" : ".out"), "national numbers of no country",
                       "a line `country: \"49\"` beside it");
    }
}

void check_accounts(const Trunk& trunk, const std::string& path, Findings& findings) {
    if (trunk.accounts.empty()) return;
    if (!trunk.username.empty()) {
        findings.fault(path + ".accounts", "accounts beside username and password",
                       "all of them in the list: an account without numbers is for the rest");
    }
    Unique names(findings);
    // RFC 3261 §22.3: who asks names a realm, so each realm has accounts of its own.
    std::set<std::string> rest;
    for (std::size_t i = 0; i < trunk.accounts.size(); ++i) {
        const TrunkAccount& account = trunk.accounts[i];
        const std::string at = item(path + ".accounts", i);
        if ((account.username.empty() || account.password.empty()) && !findings.faulty(at + ".username") &&
            !findings.faulty(at + ".password")) {
            findings.fault(at, "an account without credentials", "username and password");
        }
        if (!account.username.empty()) {
            const std::string of = account.realm.empty() ? "" : " of realm " + quoted(account.realm);
            names.claim(account.username + '\n' + account.realm, "an earlier account", at + ".username",
                        "account " + quoted(account.username) + of);
        }
        if (!account.numbers.empty() || findings.faulty(at + ".numbers")) continue;
        if (!rest.insert(account.realm).second)
            findings.fault(at, "a second account for the rest of the numbers",
                           "numbers: [...], or a realm of its own");
    }
}

class GroupCheck {
  public:
    GroupCheck(const Config& config, Findings& findings)
        : findings_(findings), trunks_(names_of(config.trunks)), names_(findings) {
        for (const std::string& name : trunks_) {
            if (!name.empty() && owned_.insert(name).second) names_.claim(name, "a trunk", "", "");
        }
    }

    void check(const TrunkGroup& group, const std::string& path) {
        if (group.name.empty()) {
            if (!findings_.faulty(path + ".name")) {
                findings_.fault(path, "a group without name", "a line `name: ...`");
            }
        } else if (group.name == "demo") {
            findings_.fault(path + ".name", "\"demo\"", "another name: this one is the demo exchange's");
        } else {
            names_.claim(group.name, "an earlier group", path + ".name", "group " + quoted(group.name));
        }
        if (group.trunks.empty() && !findings_.faulty(path + ".trunks")) {
            findings_.fault(path, "group " + quoted(group.name) + " without trunks",
                            "a line `trunks: [{trunk: ...}]`");
        }
        std::set<std::string> seen;
        for (std::size_t i = 0; i < group.trunks.size(); ++i) {
            check_member(group.trunks[i], item(path + ".trunks", i), seen);
        }
    }

  private:
    void check_member(const GroupMember& member, const std::string& path, std::set<std::string>& seen) {
        if (findings_.faulty(path + ".trunk")) return;
        if (!seen.insert(member.trunk).second) {
            findings_.fault(path, "trunk " + quoted(member.trunk) + " again", "each trunk once");
        }
        if (std::find(trunks_.begin(), trunks_.end(), member.trunk) != trunks_.end()) return;
        if (findings_.faulty("trunks")) return;
        findings_.fault(path, "unknown trunk " + quoted(member.trunk), "the name of one of the trunks",
                        suggestion(member.trunk, trunks_));
    }

    Findings& findings_;
    std::vector<std::string> trunks_;
    std::set<std::string> owned_;
    Unique names_;
};

}  // namespace

void check_groups(const Config& config, Findings& findings) {
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        const std::string path = item("trunks", i);
        check_numbers(config.trunks[i], path + ".numbers", findings);
        check_accounts(config.trunks[i], path, findings);
    }
    GroupCheck groups(config, findings);
    for (std::size_t i = 0; i < config.trunk_groups.size(); ++i) {
        groups.check(config.trunk_groups[i], item("trunk_groups", i));
    }
}

}  // namespace causeway::config
