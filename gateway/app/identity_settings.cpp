#include "gateway/app/identity_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/base/random.hpp"
#include "gateway/app/kept_secrets.hpp"

namespace causeway::app {
namespace {

using identity::Attestation;

std::string text_of(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Attestation attestation(config::AttestLevel level) {
    switch (level) {
        case config::AttestLevel::network:
            return Attestation::none;
        case config::AttestLevel::c:
            return Attestation::c;
        case config::AttestLevel::b:
            return Attestation::b;
        case config::AttestLevel::a:
            return Attestation::a;
    }
    return Attestation::none;
}

identity::Binding binding(config::IdpBinding binding) {
    switch (binding) {
        case config::IdpBinding::contents:
            return identity::Binding::contents;
        case config::IdpBinding::oidc_nonce:
            return identity::Binding::oidc_nonce;
        case config::IdpBinding::dpop:
            return identity::Binding::dpop;
        case config::IdpBinding::introspection:
            return identity::Binding::introspection;
    }
    return identity::Binding::contents;
}

identity::InboundStir inbound_stir(config::StirIn stir) {
    switch (stir) {
        case config::StirIn::ignore:
            return identity::InboundStir::ignore;
        case config::StirIn::verify:
            return identity::InboundStir::verify;
        case config::StirIn::require:
            return identity::InboundStir::require;
    }
    return identity::InboundStir::verify;
}

identity::OutboundStir outbound_stir(config::StirOut stir) {
    switch (stir) {
        case config::StirOut::none:
            return identity::OutboundStir::none;
        case config::StirOut::base:
            return identity::OutboundStir::base;
        case config::StirOut::shaken:
            return identity::OutboundStir::shaken;
    }
    return identity::OutboundStir::none;
}

identity::UnlistedNumber unlisted(config::UnlistedNumber rule) {
    switch (rule) {
        case config::UnlistedNumber::reject:
            return identity::UnlistedNumber::reject;
        case config::UnlistedNumber::default_number:
            return identity::UnlistedNumber::default_number;
        case config::UnlistedNumber::attest_b:
            return identity::UnlistedNumber::attest_b;
    }
    return identity::UnlistedNumber::reject;
}

identity::OnMissing on_missing(config::OnMissing rule) {
    return rule == config::OnMissing::reject ? identity::OnMissing::reject : identity::OnMissing::session;
}

std::vector<identity::NumberRow> number_rows(const config::Config& config) {
    std::vector<identity::NumberRow> rows;
    for (const config::NumberRow& row : config.numbers) {
        rows.push_back({row.identity, row.session_account, row.numbers, row.default_,
                        attestation(row.max_attest), row.display, row.require_assertion});
    }
    return rows;
}

identity::TrunkTrust trunk_trust(const config::Trunk& trunk) {
    identity::TrunkTrust trust;
    trust.trusted = trunk.trusted;
    trust.pai_accepted = trunk.in.pai ? *trunk.in.pai == config::PaiIn::accept : trunk.trusted;
    trust.stir_in = inbound_stir(trunk.in.stir);
    const auto by_default = trust.pai_accepted ? config::OrigFrom::pai : config::OrigFrom::from;
    trust.origin_from = trunk.in.orig_from.value_or(by_default) == config::OrigFrom::pai
                            ? identity::OriginSource::pai
                            : identity::OriginSource::from;
    trust.on_fail =
        trunk.in.on_fail == config::OnFail::reject ? identity::OnFail::reject : identity::OnFail::tag;
    trust.min_attest_for_name = attestation(trunk.in.min_attest_for_name);
    const bool pai = trunk.out.pai ? *trunk.out.pai == config::PaiOut::send : trunk.trusted;
    trust.pai_out = pai ? identity::OutboundPai::send : identity::OutboundPai::never;
    trust.stir_out = outbound_stir(trunk.out.stir);
    trust.attest_max = attestation(trunk.out.attest_max);
    trust.mky =
        trunk.out.mky == config::Mky::never ? identity::MediaKeys::never : identity::MediaKeys::automatic;
    trust.anonymous_uri = trunk.out.anonymous_uri;
    trust.identity_header = trunk.out.identity_header;
    return trust;
}

struct SigningFiles {
    std::string certificate;
    std::string private_key;
    std::string x5u;
};

SigningFiles signing_files(const config::Trunk& trunk, const config::Stir& stir) {
    if (trunk.out.certificate.empty()) return {stir.certificate, stir.private_key, stir.x5u};
    return {trunk.out.certificate, trunk.out.private_key, trunk.out.x5u.empty() ? stir.x5u : trunk.out.x5u};
}

/// A signer, or which of the two files is at fault and how.
struct MadeSigner {
    std::shared_ptr<const identity::PassportSigner> signer;
    enum class Part { certificate, private_key } part = Part::certificate;
    std::string found;
    std::string expected;
};

MadeSigner make_signer(const SigningFiles& files, std::int64_t now) {
    using Part = MadeSigner::Part;
    auto chain = jose::CertificateChain::from_pem(text_of(files.certificate));
    if (!chain)
        return {nullptr, Part::certificate, chain.error().detail, "a PEM certificate chain, leaf first"};
    auto key = jose::SigningKey::from_pem(text_of(files.private_key));
    if (!key) return {nullptr, Part::private_key, key.error().detail, "a PEM private key without passphrase"};
    if (!key->verify_key().fits(jose::Algorithm::es256))
        return {nullptr, Part::private_key, "a key that is not on P-256", "a P-256 key (ES256, RFC 8225 §8)"};
    if (!(key->verify_key() == chain->key())) {
        return {nullptr, Part::private_key, "a key that is not the certificate's",
                "the private key of " + files.certificate};
    }
    auto signer = identity::PassportSigner::make(std::move(*key), std::move(*chain), files.x5u, now);
    if (!signer)
        return {nullptr, Part::certificate, signer.error().detail, "a certificate that can sign PASSporTs"};
    return {std::make_shared<const identity::PassportSigner>(std::move(*signer)), Part::certificate, {}, {}};
}

/// "+12125551000-+12125551999": all of them, or both ends when they are very many.
std::vector<std::string> numbers_of(const std::string& entry) {
    constexpr std::uint64_t kMost = 10000;
    const auto dash = entry.find('-', 1);
    if (dash == std::string::npos) return {entry};
    const std::string first = entry.substr(0, dash);
    const std::string last = entry.substr(dash + 1);
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::from_chars(first.data() + 1, first.data() + first.size(), low);
    std::from_chars(last.data() + 1, last.data() + last.size(), high);
    if (high < low || high - low >= kMost) return {first, last};
    std::vector<std::string> numbers;
    for (std::uint64_t number = low; number <= high; ++number)
        numbers.push_back('+' + std::to_string(number));
    return numbers;
}

void check_coverage(const config::Loaded& loaded, const identity::PassportSigner& signer,
                    const std::string& trunk, std::vector<config::Fault>& faults) {
    const auto check = [&](const std::string& entry, const std::string& path) {
        // Local numbers are never signed.
        if (entry.empty() || entry.front() != '+') return;
        const std::vector<std::string> numbers = numbers_of(entry);
        const auto missing = std::find_if_not(
            numbers.begin(), numbers.end(), [&](const std::string& number) { return signer.covers(number); });
        if (missing == numbers.end()) return;
        faults.push_back(loaded.fault(
            path, *missing + ", for which the certificate of trunk '" + trunk + "' does not speak",
            "numbers of the certificate's TNAuthList (RFC 8226 §9)"));
    };
    for (std::size_t i = 0; i < loaded.config.numbers.size(); ++i) {
        const config::NumberRow& row = loaded.config.numbers[i];
        const std::string path = "numbers[" + std::to_string(i) + "]";
        for (const std::string& entry : row.numbers) check(entry, path + ".numbers");
        if (row.numbers.empty()) check(row.default_, path + ".default");
    }
}

void check_trunk(const config::Loaded& loaded, std::size_t index, std::int64_t now,
                 std::vector<config::Fault>& faults) {
    const config::Trunk& trunk = loaded.config.trunks[index];
    if (trunk.out.stir == config::StirOut::none) return;
    const MadeSigner made = make_signer(signing_files(trunk, loaded.config.stir), now);
    if (made.signer) return check_coverage(loaded, *made.signer, trunk.name, faults);
    const std::string section =
        trunk.out.certificate.empty() ? "stir." : "trunks[" + std::to_string(index) + "].out.";
    const bool in_key = made.part == MadeSigner::Part::private_key;
    config::Fault fault =
        loaded.fault(section + (in_key ? "private_key" : "certificate"), made.found, made.expected);
    // Several trunks may share one certificate.
    if (std::find(faults.begin(), faults.end(), fault) == faults.end()) faults.push_back(std::move(fault));
}

}  // namespace

std::vector<config::Fault> identity_faults(const config::Loaded& loaded, std::int64_t now) {
    std::vector<config::Fault> faults;
    for (std::size_t i = 0; i < loaded.config.trunks.size(); ++i) check_trunk(loaded, i, now, faults);
    const config::Stir& stir = loaded.config.stir;
    if (!stir.roots.empty()) {
        const std::string roots = text_of(stir.roots);
        if (const auto store = jose::TrustStore::from_pem(roots); !store) {
            faults.push_back(loaded.fault("stir.roots", store.error().detail, "PEM certificates of STI-CAs"));
        } else if (!stir.crls.empty()) {
            const std::string lists = text_of(stir.crls);
            const auto with_lists = jose::TrustStore::from_pem(roots, lists);
            if (lists.empty()) {
                // A list that was cut off to nothing must not switch revocation off.
                faults.push_back(
                    loaded.fault("stir.crls", "an empty file", "PEM revocation lists of STI-CAs"));
            } else if (!with_lists) {
                faults.push_back(
                    loaded.fault("stir.crls", with_lists.error().detail, "PEM revocation lists of STI-CAs"));
            }
        }
    }
    if (stir.serve && !stir.x5u.ends_with("/stir/certificate.pem")) {
        faults.push_back(loaded.fault(
            "stir.x5u", stir.x5u, "an address that ends in /stir/certificate.pem, where `serve` serves it"));
    }
    for (std::size_t i = 0; i < loaded.config.tokens.size(); ++i) {
        const config::TokenIssuer& issuer = loaded.config.tokens[i];
        if (issuer.public_key.empty()) continue;
        const auto key = jose::VerifyKey::from_pem(text_of(issuer.public_key));
        if (key && key->fits(jose::Algorithm::es256)) continue;
        faults.push_back(loaded.fault("tokens[" + std::to_string(i) + "].public_key",
                                      key ? "a key of another kind" : key.error().detail,
                                      "a P-256 public key in PEM"));
    }
    return faults;
}

std::shared_ptr<const call::IdentityBook> identity_book(const config::Config& config, std::int64_t now) {
    auto book = std::make_shared<call::IdentityBook>();
    book->numbers = identity::NumberTable(number_rows(config));
    identity::OutboundPolicy& policy = book->policy;
    policy.assertion = {on_missing(config.assertion.on_none), on_missing(config.assertion.on_unknown_idp),
                        on_missing(config.assertion.on_unavailable), config.assertion.dtls_before_invite,
                        config.assertion.replay_window.count()};
    policy.unlisted = unlisted(config.unlisted_number);
    policy.sip_domain = config.sip.domain;
    policy.guest_calls = config.guests.enabled;
    policy.guest_number = config.guests.number;
    book->freshness = config.stir.freshness.count();
    for (const config::Trunk& trunk : config.trunks) {
        call::TrunkIdentity& known = book->trunks[trunk.name];
        known.trust = trunk_trust(trunk);
        if (trunk.out.stir == config::StirOut::none) continue;
        MadeSigner made = make_signer(signing_files(trunk, config.stir), now);
        if (!made.signer) throw std::runtime_error("trunk '" + trunk.name + "': " + made.found);
        known.signer = std::move(made.signer);
    }
    constexpr std::size_t kSecretLength = 43;  // 256 bits
    book->origid_secret = random_token(kSecretLength);
    if (config.identity.enabled) {
        const std::string& domain = config.identity.domain;
        book->assertions = std::make_shared<const identity::AssertionMaker>(
            identity::GatewayIdentitySettings{domain.empty() ? config.sip.domain : domain,
                                              config.identity.protocol},
            kept_key(config.state_directory, "identity-key.pem"));
    }
    return book;
}

std::vector<identity::IdentityProvider> identity_providers(const config::Config& config) {
    std::vector<identity::IdentityProvider> providers;
    for (const config::IdentityProvider& from : config.identity_providers) {
        identity::IdentityProvider& to = providers.emplace_back();
        to.domain = from.domain;
        to.protocols = from.protocols;
        to.issuer = from.issuer;
        to.binding = binding(from.binding);
        to.type = from.typ;
        to.algorithms.clear();
        for (const std::string& name : from.algs) {
            if (const auto algorithm = jose::algorithm_of(name)) to.algorithms.push_back(*algorithm);
        }
        to.audiences = from.audiences;
        to.name_claim = from.name_claim;
        to.required_claims = from.require_claims;
        to.may_assert = from.may_assert;
        to.max_age = from.max_age.count();
        to.skew = from.skew.count();
        to.cap = attestation(from.attest_cap);
    }
    return providers;
}

std::optional<jose::TrustStore> trust_store(const config::Config& config) {
    if (config.stir.roots.empty()) return std::nullopt;
    const std::string crls = config.stir.crls.empty() ? "" : text_of(config.stir.crls);
    if (!config.stir.crls.empty() && crls.empty()) {
        throw std::runtime_error(config.stir.crls + " holds no revocation list");
    }
    auto store = jose::TrustStore::from_pem(text_of(config.stir.roots), crls);
    if (!store) throw std::runtime_error(config.stir.roots + ": " + store.error().detail);
    return *store;
}

fetch::FetchSettings fetch_settings(const config::Config& config) {
    fetch::FetchSettings settings;
    settings.ca_file = config.fetch.ca_file;
    settings.private_hosts = config.fetch.private_hosts;
    return settings;
}

std::vector<identity::CapabilityIssuer> capability_issuers(const config::Config& config,
                                                           const jose::SigningKey& own) {
    std::vector<identity::CapabilityIssuer> issuers;
    for (const config::TokenIssuer& from : config.tokens) {
        if (!from.api_key.empty()) {
            issuers.push_back(
                {from.name, own.verify_key(), jose::Algorithm::es256, from.longest_life.count()});
        }
        if (from.public_key.empty() && from.secret.empty()) continue;
        const bool shared = from.public_key.empty();
        auto key = shared ? jose::VerifyKey::from_secret(from.secret)
                          : jose::VerifyKey::from_pem(text_of(from.public_key));
        if (!key) throw std::runtime_error("tokens '" + from.name + "': " + key.error().detail);
        issuers.push_back({from.name, *key, shared ? jose::Algorithm::hs256 : jose::Algorithm::es256,
                           from.longest_life.count()});
    }
    return issuers;
}

}  // namespace causeway::app
