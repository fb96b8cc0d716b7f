// What trunks are believed and told, and the certificates and keys for it. RFC 3325, RFC 8224.
#include "config/checks.hpp"
#include "config/identity_kinds.hpp"

namespace causeway::config {
namespace {

void check_in(const Trunk& trunk, const Config& config, const std::string& path, Findings& findings) {
    const TrunkIn& in = trunk.in;
    const bool accepts = in.pai == PaiIn::accept;
    // RFC 3325 §8: what a node outside the trust domain asserts is not used.
    if (accepts && !trunk.trusted)
        findings.fault(path + ".pai", "accept from an untrusted trunk", "trust: trusted");
    if (in.orig_from == OrigFrom::pai && !accepts) {
        findings.fault(path + ".orig_from", "\"pai\", which this trunk is not believed",
                       "pai: accept beside it");
    }
    if (in.min_attest_for_name == AttestLevel::network && !(trunk.trusted && accepts)) {
        findings.fault(path + ".min_attest_for_name",
                       "\"network\" for a trunk whose P-Asserted-Identity is ignored",
                       "trust: trusted and pai: accept, or a letter");
    }
    if (findings.faulty("stir.roots")) return;
    if (in.stir == StirIn::require && config.stir.roots.empty()) {
        findings.fault(path + ".stir", "\"require\" without roots",
                       "stir.roots: without them no signature can pass");
    } else if (in.stir == StirIn::verify && config.stir.roots.empty()) {
        findings.note("trunk " + printable(trunk.name) +
                      " verifies signatures, but there are no stir.roots: none can pass");
    }
    if (in.on_fail == OnFail::reject && in.stir == StirIn::ignore) {
        findings.fault(path + ".on_fail", "\"reject\" where nothing is verified",
                       "stir: verify or require beside it, and stir.roots");
    }
}

/// Certificate, key and address of one signer, in `section`.
class SigningKeys {
  public:
    SigningKeys(std::string section, const std::string& certificate, const std::string& private_key,
                const std::string& x5u, const Findings& findings)
        : section_(std::move(section)) {
        for (const auto& [key, value] : {std::pair("certificate", &certificate),
                                         std::pair("private_key", &private_key), std::pair("x5u", &x5u)}) {
            // What is at fault is there, in some way.
            const bool there = !value->empty() || findings.faulty(section_ + "." + key);
            (there ? present_ : missing_).emplace_back(key);
        }
    }

    bool any() const { return !present_.empty(); }
    bool all() const { return missing_.empty(); }
    std::string first_missing() const { return section_ + "." + missing_.front(); }
    std::string missing() const {
        std::string text;
        for (const std::string& key : missing_) text += (text.empty() ? "" : ", ") + key;
        return text;
    }

  private:
    std::string section_;
    std::vector<std::string> present_;
    std::vector<std::string> missing_;
};

/// A chain, its key and its address belong together: a trunk has all three of its own, or those of `stir`.
void check_out(const Trunk& trunk, const Stir& stir, const std::string& path, Findings& findings) {
    const TrunkOut& out = trunk.out;
    const SigningKeys own(path, out.certificate, out.private_key, out.x5u, findings);
    const SigningKeys shared("stir", stir.certificate, stir.private_key, stir.x5u, findings);
    if (own.any() && !own.all()) {
        findings.fault(own.first_missing(), "no " + own.missing(),
                       "certificate, private_key and x5u together, or none of them");
    } else if (!own.any() && !shared.all() && out.stir != StirOut::none) {
        findings.fault(path + ".stir", "signing without " + shared.missing(),
                       "certificate, private_key and x5u, here or in the section stir");
    }
    if (!out.certificate.empty()) check_file(path + ".certificate", out.certificate, findings);
    if (!out.private_key.empty()) check_file(path + ".private_key", out.private_key, findings);
}

void check_out_trust(const Trunk& trunk, const std::string& path, Findings& findings) {
    // RFC 3325 §7: P-Asserted-Identity stays inside the trust domain, and so does the web identity.
    if (trunk.out.pai == PaiOut::send && !trunk.trusted) {
        findings.fault(path + ".pai", "send to an untrusted trunk", "trust: trusted");
    }
    if (!trunk.out.identity_header.empty() && !trunk.trusted) {
        findings.fault(path + ".identity_header", "a web identity for an untrusted trunk", "trust: trusted");
    }
}

void check_trunks(const Config& config, Findings& findings) {
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        const Trunk& trunk = config.trunks[i];
        const std::string path = item("trunks", i);
        check_out(trunk, config.stir, path + ".out", findings);
        if (findings.faulty(path + ".trust")) continue;
        check_in(trunk, config, path + ".in", findings);
        check_out_trust(trunk, path + ".out", findings);
    }
}

void check_stir(const Stir& stir, Findings& findings) {
    if (stir.certificate.empty() != stir.private_key.empty()) {
        const bool lacks_key = stir.private_key.empty();
        findings.fault(lacks_key ? "stir.certificate" : "stir.private_key",
                       lacks_key ? "a certificate without private_key" : "a private_key without certificate",
                       "both");
    }
    if (stir.serve && stir.certificate.empty()) {
        findings.fault("stir.serve", "serve without certificate", "certificate and private_key beside it");
    }
    for (const auto& [path, file] :
         {std::pair("stir.certificate", &stir.certificate), std::pair("stir.private_key", &stir.private_key),
          std::pair("stir.roots", &stir.roots), std::pair("stir.crls", &stir.crls)}) {
        if (!file->empty()) check_file(path, *file, findings);
    }
}

void check_gateway_identity(const Config& config, Findings& findings) {
    const GatewayIdentity& identity = config.identity;
    if (!identity.enabled) return;
    if (!findings.given("identity.domain") && public_domain_kind().rule(identity.domain)) {
        findings.fault("identity.domain", "sip.domain " + quoted(identity.domain) + " as name of the gateway",
                       "a line `domain: ...` with a lower-case host name");
    }
    if (!config.http.tls.enabled) {
        // RFC 8827 §7.5: the IdP proxy is fetched by https.
        findings.note(
            "identity is enabled without http.tls: browsers fetch the identity proxy over https only");
    }
}

void check_tokens(const std::vector<TokenIssuer>& tokens, Findings& findings) {
    // RFC 7518 §3.2: a key of at least the size of the hash.
    constexpr std::size_t kLeastSecret = 32;
    Unique names(findings), api_keys(findings);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const TokenIssuer& issuer = tokens[i];
        const std::string path = item("tokens", i);
        if (issuer.name.empty()) {
            findings.fault(path + ".name", "an application server without name", "a line `name: ...`");
        } else {
            names.claim(issuer.name, "an earlier one", path + ".name",
                        "application server " + quoted(issuer.name));
        }
        if (issuer.public_key.empty() && issuer.secret.empty() && issuer.api_key.empty()) {
            findings.fault(path + ".secret", "no secret, public_key or api_key",
                           "one of them, for it to make tokens or get them by");
        } else if (!issuer.public_key.empty() && !issuer.secret.empty()) {
            findings.fault(path + ".secret", "a secret beside public_key", "one of them");
        } else if (!issuer.secret.empty() && issuer.secret.size() < kLeastSecret) {
            findings.fault(path + ".secret", "a short secret", "at least 32 characters");
        }
        if (!issuer.public_key.empty()) check_file(path + ".public_key", issuer.public_key, findings);
        if (!issuer.api_key.empty()) {
            api_keys.claim(issuer.api_key, "an earlier one", path + ".api_key", "an api_key");
        }
    }
}

}  // namespace

void check_trust(const Config& config, Findings& findings) {
    check_trunks(config, findings);
    check_stir(config.stir, findings);
    check_gateway_identity(config, findings);
    check_tokens(config.tokens, findings);
    if (!config.fetch.ca_file.empty()) check_file("fetch.ca_file", config.fetch.ca_file, findings);
}

}  // namespace causeway::config
