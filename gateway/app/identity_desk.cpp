#include "gateway/app/identity_desk.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "gateway/app/identity_settings.hpp"
#include "gateway/identity/assertion/provider_documents.hpp"
#include "gateway/identity/capability/capability_token.hpp"

namespace causeway::app {
namespace {

constexpr std::size_t kMostChains = 256;

std::int64_t now_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

fetch::CacheSettings certificate_cache() {
    fetch::CacheSettings settings;
    // A certificate that its owner has taken away is not to be believed for a day more.
    settings.stale_if_error = std::chrono::seconds(0);
    return settings;
}

std::string percent_encoded(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            encoded.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += {'%', kHex[byte >> 4], kHex[byte & 0xf]};
        }
    }
    return encoded;
}

const config::IdentityProvider& configured(const config::Config& config,
                                           const identity::IdentityProvider* provider,
                                           const std::vector<identity::IdentityProvider>& providers) {
    return config.identity_providers[static_cast<std::size_t>(provider - providers.data())];
}

}  // namespace

struct IdentityDesk::CallerCheck {
    CallId call{};
    call::CheckCaller asked;
    identity::AssertionClaim claim;
    const identity::IdentityProvider* provider = nullptr;
    call::CallerChecked answer;
    bool renewed = false;
};

struct IdentityDesk::PassportCheck {
    CallId call{};
    call::CheckPassports asked;
    std::map<std::string, Result<jose::CertificateChain>> chains;
    std::size_t missing = 0;
};

IdentityDesk::IdentityDesk(boost::asio::io_context& io, config::Snapshot config,
                           const jose::SigningKey& token_key, Counters& counters, Answer answer)
    : io_(io),
      config_(std::move(config)),
      counters_(counters),
      answer_(std::move(answer)),
      providers_(identity_providers(*config_)),
      issuers_(capability_issuers(*config_, token_key)),
      roots_(trust_store(*config_)),
      fetch_(io, fetch_settings(*config_), counters),
      provider_documents_(fetch_, {}, [] { return std::chrono::steady_clock::now(); }),
      certificates_(fetch_, certificate_cache(), [] { return std::chrono::steady_clock::now(); }) {}

IdentityDesk::~IdentityDesk() = default;

identity::ReadCapability IdentityDesk::read_capability(const std::string& token) const {
    return identity::read_token(token, issuers_, now_seconds());
}

void IdentityDesk::release_capability(const std::string& id) {
    ledger_.end(id);
}

void IdentityDesk::check_caller(CallId call, call::CheckCaller asked) {
    auto check = std::make_shared<CallerCheck>();
    check->call = call;
    check->asked = std::move(asked);
    if (!check->asked.capability.empty()) {
        auto read = read_capability(check->asked.capability);
        if (!read.capability) {
            check->answer.capability_refusal = std::move(read.refusal);
        } else if (auto refusal = refusal_of(*read.capability, check->asked.to, check->asked.page)) {
            check->answer.capability_refusal = std::move(*refusal);
        } else {
            check->answer.capability = std::move(*read.capability);
        }
        if (check->answer.capability_refusal) return finish(check);
    }
    check->claim = identity::claim_of(check->asked.sdp);
    check->provider = identity::provider_of(check->claim, providers_);
    // Without a provider to ask, the verifier says what is wrong; it needs no keys for that.
    if (check->provider == nullptr) return verify(check, {}, {});
    if (check->provider->binding == identity::Binding::introspection) return introspect(check);
    find_keys(check, false);
}

void IdentityDesk::find_keys(const std::shared_ptr<CallerCheck>& check, bool anew) {
    const config::IdentityProvider& known = configured(*config_, check->provider, providers_);
    if (!known.discovery) return find_key_set(check, known.jwks_uri, anew);
    const std::string url =
        known.issuer + (known.issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
    provider_documents_.get(url, [this, check, anew](const Result<std::string>& text) {
        if (!text) return unavailable(check, text.error().detail);
        const auto keys_at = identity::jwks_uri_of(*text, check->provider->issuer);
        if (!keys_at) return unavailable(check, keys_at.error().detail);
        find_key_set(check, *keys_at, anew);
    });
}

void IdentityDesk::find_key_set(const std::shared_ptr<CallerCheck>& check, const std::string& url,
                                bool anew) {
    const auto take = [this, check](const Result<std::string>& text) {
        if (!text) return unavailable(check, text.error().detail);
        const auto keys = identity::KeySet::from_jwks(*text);
        if (!keys) return unavailable(check, "JWKS: " + keys.error().detail);
        verify(check, *keys, {});
    };
    anew ? provider_documents_.renew(url, take) : provider_documents_.get(url, take);
}

void IdentityDesk::introspect(const std::shared_ptr<CallerCheck>& check) {
    const config::IdentityProvider& known = configured(*config_, check->provider, providers_);
    const auto token = identity::token_of(check->claim.assertion);
    if (!token) return verify(check, {}, {});
    // RFC 7662 §2.1.
    fetch_.post_form(known.introspection_endpoint, "token=" + percent_encoded(*token), known.client_id,
                     known.client_secret, [this, check](const Result<fetch::Document>& answer) {
                         if (!answer) return unavailable(check, answer.error().detail);
                         verify(check, {}, answer->body);
                     });
}

void IdentityDesk::verify(const std::shared_ptr<CallerCheck>& check, const identity::KeySet& keys,
                          const std::string& introspection) {
    identity::AssertionRequest request;
    request.sdp = check->asked.sdp;
    request.now = now_seconds();
    request.session = check->asked.session;
    request.replay_window = config_->assertion.replay_window.count();
    check->answer.assertion =
        identity::verify_assertion(request, providers_, keys, introspection, &assertions_);
    const bool unknown_key = check->answer.assertion.fault == identity::AssertionFault::unknown_key;
    if (unknown_key && !check->renewed) {
        // The provider may have changed its keys.
        check->renewed = true;
        return find_keys(check, true);
    }
    finish(check);
}

void IdentityDesk::unavailable(const std::shared_ptr<CallerCheck>& check, const std::string& why) {
    log::warning(check->call, "the identity provider {} cannot be asked: {}", check->claim.domain, why);
    counters_.counter("identity_provider_unavailable").add();
    check->answer.provider_unavailable = true;
    check->answer.assertion.provider = check->claim.domain;
    check->answer.assertion.why = why;
    finish(check);
}

void IdentityDesk::finish(const std::shared_ptr<CallerCheck>& check) {
    call::CallerChecked& answer = check->answer;
    if (answer.capability) {
        if (auto refusal = ledger_.begin(*answer.capability, now_seconds())) {
            answer.capability_refusal = std::move(*refusal);
            answer.capability.reset();
        }
    }
    const identity::AssertionVerdict& verdict = answer.assertion;
    if (answer.capability_refusal) {
        counters_.counter("identity_permission_refused").add();
        log::info(check->call, "the permission to call is refused: {}", answer.capability_refusal->why);
    } else if (verdict.result == identity::AssertionVerdict::Result::valid) {
        counters_.counter("identity_assertion_valid").add();
        log::info(check->call, "the page's user is {}, says {}", verdict.identity, verdict.provider);
    } else if (verdict.result != identity::AssertionVerdict::Result::none) {
        counters_.counter("identity_assertion_refused").add();
        log::warning(check->call, "the page's identity is not believed: {}{}{}", verdict.why,
                     verdict.detail.empty() ? "" : ": ", verdict.detail);
    }
    answer_later(check->call, check->answer);
}

void IdentityDesk::answer_later(CallId call, call::Event answer) {
    boost::asio::post(io_, [this, open = std::weak_ptr<const bool>(open_), call, said = std::move(answer)] {
        if (!open.expired()) answer_(call, said);
    });
}

void IdentityDesk::check_passports(CallId call, call::CheckPassports asked) {
    auto check = std::make_shared<PassportCheck>();
    check->call = call;
    check->asked = std::move(asked);
    // Without roots nobody's certificate would be believed: none is fetched.
    const auto urls = roots_ ? identity::wanted_certificates(check->asked.request, check->asked.policy)
                             : std::vector<std::string>{};
    check->missing = urls.size();
    if (urls.empty()) return finish(check);
    for (const std::string& url : urls) {
        certificates_.get(url, [this, check, url](const Result<std::string>& text) {
            if (!text) log::info(check->call, "certificate {}: {}", url, text.error().detail);
            check->chains.insert_or_assign(url, chain_of(url, text));
            if (--check->missing == 0) finish(check);
        });
    }
}

Result<jose::CertificateChain> IdentityDesk::chain_of(const std::string& url,
                                                      const Result<std::string>& text) {
    if (!text) return text.error();
    const auto kept = chains_.find(url);
    if (kept != chains_.end() && kept->second.text == *text) return *kept->second.chain;
    // What was fetched and is no chain is another fault (437) than what could not be fetched (436).
    auto chain = identity::read_certificate(*text);
    if (!chain) return chain.error();
    if (chains_.size() >= kMostChains) chains_.erase(chains_.begin());
    chains_.insert_or_assign(url, KeptChain{*text, *chain});
    return chain;
}

void IdentityDesk::finish(const std::shared_ptr<PassportCheck>& check) {
    static const Error kNoRoots{"no roots are configured"};
    call::PassportsChecked answer;
    if (roots_) {
        const auto lookup = [&](const std::string& url) -> Result<jose::CertificateChain> {
            const auto found = check->chains.find(url);
            return found == check->chains.end() ? Result<jose::CertificateChain>(Error{"not fetched"})
                                                : found->second;
        };
        answer.verdict = identity::verify_passports(check->asked.request, check->asked.policy, *roots_,
                                                    lookup, &passports_);
    } else {
        answer.verdict.why = kNoRoots.detail;
    }
    using Result = identity::PassportVerdict::Result;
    if (answer.verdict.result == Result::valid) {
        counters_.counter("identity_passport_valid").add();
        log::info(check->call, "signed caller {}, attestation {}, by {}", answer.verdict.origin,
                  letter(answer.verdict.attestation), answer.verdict.signer);
    } else if (answer.verdict.result == Result::invalid) {
        counters_.counter("identity_passport_refused").add();
        log::warning(check->call, "the caller's PASSporT is not good: {} ({})", answer.verdict.why,
                     answer.verdict.code);
    }
    answer_later(check->call, std::move(answer));
}

}  // namespace causeway::app
