// Identity providers and the table of numbers. RFC 8827 §7, §8.
#include <algorithm>
#include <set>

#include "config/checks.hpp"
#include "config/identity_kinds.hpp"
#include "config/nearest.hpp"

namespace causeway::config {
namespace {

class ProviderCheck {
  public:
    ProviderCheck(const Config& config, Findings& findings)
        : config_(config), findings_(findings), names_(findings) {}

    void check(const IdentityProvider& provider, const std::string& path) {
        need(provider.domain, path, "domain");
        if (provider.protocols.empty()) empty_list(path + ".protocols", "protocol");
        if (provider.algs.empty()) empty_list(path + ".algs", "algorithm");
        for (std::size_t i = 0; i < provider.protocols.size() && !provider.domain.empty(); ++i) {
            const std::string& protocol = provider.protocols[i];
            // RFC 8827 §7.5: domain and protocol together choose the provider.
            names_.claim(
                provider.domain + "/" + protocol, "an earlier provider",
                findings_.given(path + ".protocols") ? item(path + ".protocols", i) : path + ".domain",
                "provider " + quoted(provider.domain) + " with protocol " + quoted(protocol));
        }
        check_window(provider, path);
        if (findings_.faulty(path + ".binding")) return;
        if (provider.binding == IdpBinding::introspection) {
            check_introspection(provider, path);
        } else {
            check_keys(provider, path);
        }
    }

  private:
    void need(const std::string& value, const std::string& path, const std::string& key) {
        if (value.empty()) {
            findings_.fault(path + "." + key, "an identity provider without " + key,
                            "a line `" + key + ": ...`");
        }
    }
    void empty_list(const std::string& path, const std::string& what) {
        findings_.fault(path, "no " + what, "at least one");
    }
    void needless(const std::string& value, const std::string& path, const std::string& key) {
        if (value.empty()) return;
        findings_.fault(path + "." + key, key + " without binding: introspection", "that binding beside it");
    }

    void check_window(const IdentityProvider& provider, const std::string& path) {
        const auto least = provider.max_age + provider.skew;
        if (config_.assertion.replay_window >= least || findings_.faulty("assertion.replay_window")) return;
        if (findings_.faulty(path + ".max_age") || findings_.faulty(path + ".skew")) return;
        const Seconds times(std::chrono::seconds(0), least);
        findings_.fault("assertion.replay_window", times.write(config_.assertion.replay_window),
                        "at least " + times.write(least) + ", the max_age and skew of " +
                            quoted(provider.domain) + ": an assertion could be used again after that time");
    }

    /// RFC 7662 §2.1: the endpoint wants to know who asks.
    void check_introspection(const IdentityProvider& provider, const std::string& path) {
        need(provider.introspection_endpoint, path, "introspection_endpoint");
        need(provider.client_id, path, "client_id");
        if (provider.jwks_uri.empty() && !provider.discovery) return;
        findings_.fault(path + (provider.discovery ? ".discovery" : ".jwks_uri"),
                        "keys for binding: introspection",
                        "introspection_endpoint only: the provider itself judges its tokens");
    }

    void check_keys(const IdentityProvider& provider, const std::string& path) {
        need(provider.issuer, path, "issuer");
        if (provider.issuer.find('?') != std::string::npos) {
            // OpenID Connect Discovery 1.0 §3: an issuer has no query.
            findings_.fault(path + ".issuer", quoted(provider.issuer), "a URL without query");
        }
        if (provider.jwks_uri.empty() && !provider.discovery) {
            findings_.fault(path + ".jwks_uri", "an identity provider without keys",
                            "a line `jwks_uri: ...` or `discovery: true`");
        } else if (!provider.jwks_uri.empty() && provider.discovery) {
            findings_.fault(path + ".discovery", "discovery beside jwks_uri", "one of them");
        }
        // OpenID Connect Core §3.1.3.7: an id_token for another client says nothing to this one.
        if (provider.binding == IdpBinding::oidc_nonce && provider.audiences.empty()) {
            findings_.fault(path + ".audiences", "binding: oidc-nonce without audiences",
                            "the client_id of your pages at this provider");
        }
        needless(provider.introspection_endpoint, path, "introspection_endpoint");
        needless(provider.client_id, path, "client_id");
        needless(provider.client_secret, path, "client_secret");
    }

    const Config& config_;
    Findings& findings_;
    Unique names_;
};

class NumberCheck {
  public:
    NumberCheck(const Config& config, Findings& findings) : findings_(findings) {
        for (const IdentityProvider& provider : config.identity_providers) {
            domains_.insert(provider.domain);
            domains_.insert(provider.may_assert.begin(), provider.may_assert.end());
        }
        for (const User& user : config.users) accounts_.push_back(user.name);
        user_guest_ = std::find(accounts_.begin(), accounts_.end(), "guest") != accounts_.end();
        accounts_.emplace_back("guest");
        for (const TokenIssuer& issuer : config.tokens) accounts_.push_back("token:" + issuer.name);
        tokens_ = !config.tokens.empty();
    }

    void check(const NumberRow& row, const std::string& path) {
        if (row.identity.empty() == row.session_account.empty()) {
            const bool neither = row.identity.empty();
            findings_.fault(
                path + (neither ? ".identity" : ".session_account"),
                neither ? "a row without identity and session_account" : "session_account beside identity",
                "one of them");
        } else if (row.identity.empty()) {
            check_account(row.session_account, path + ".session_account");
        } else {
            check_identity(row.identity, path + ".identity");
        }
        if (row.numbers.empty())
            findings_.fault(path + ".numbers", "a row without numbers", "at least one number");
        check_default(row, path);
    }

  private:
    void check_account(const std::string& account, const std::string& path) {
        if (!seen_.insert(account).second) return never(path, account, account);
        if (account == "guest" && user_guest_) {
            findings_.fault(path, "\"guest\", which is a user's name too", "another name for that user");
        }
        if (std::find(accounts_.begin(), accounts_.end(), account) != accounts_.end()) return;
        // An entry whose name is missing or at fault may be the one that is meant.
        if (findings_.faulty("users") || findings_.faulty("tokens")) return;
        for (const std::string& name : accounts_) {
            if (name.empty() || name == "token:") return;
        }
        findings_.fault(path, "unknown account " + quoted(account),
                        "the name of one of the users, guest, or token:NAME of one of the tokens",
                        suggestion(account, accounts_));
    }

    void check_identity(const std::string& identity, const std::string& path) {
        const std::string domain = identity.substr(identity.find('@') + 1);
        const std::string everybody = "*@" + domain;
        if (seen_.contains(everybody)) return never(path, identity, everybody);
        if (!seen_.insert(identity).second) return never(path, identity, identity);
        // A token may name an identity that no provider vouches for.
        if (domains_.contains(domain) || tokens_) return;
        findings_.note("numbers name " + printable(identity) +
                       ", but none of the identity_providers speaks for that domain");
    }

    void never(const std::string& path, const std::string& caller, const std::string& earlier) {
        findings_.fault(path, quoted(caller) + (caller == earlier ? " again" : " after " + quoted(earlier)),
                        "a row that can match: the first about a caller counts");
    }

    void check_default(const NumberRow& row, const std::string& path) {
        if (row.default_.empty() || row.numbers.empty() || findings_.faulty(path + ".numbers")) return;
        const bool listed =
            std::any_of(row.numbers.begin(), row.numbers.end(),
                        [&row](const std::string& range) { return within(range, row.default_); });
        if (!listed) findings_.fault(path + ".default", quoted(row.default_), "one of the row's numbers");
    }

    Findings& findings_;
    std::set<std::string> seen_;
    std::set<std::string> domains_;
    std::vector<std::string> accounts_;
    bool user_guest_ = false;
    bool tokens_ = false;
};

}  // namespace

void check_identity(const Config& config, Findings& findings) {
    ProviderCheck providers(config, findings);
    for (std::size_t i = 0; i < config.identity_providers.size(); ++i) {
        providers.check(config.identity_providers[i], item("identity_providers", i));
    }
    NumberCheck numbers(config, findings);
    for (std::size_t i = 0; i < config.numbers.size(); ++i) {
        numbers.check(config.numbers[i], item("numbers", i));
    }
}

}  // namespace causeway::config
