// The order is that of RFC 8224 §6.2: first what costs nothing (signalling_checks), then credential,
// signature and authority, then the chain of diversions and replays.
#include "gateway/identity/passport/passport_verifier.hpp"

#include <algorithm>
#include <utility>

#include "core/jose/base64.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/passport/authority.hpp"
#include "gateway/identity/passport/identity_header.hpp"
#include "gateway/identity/passport/signalling_checks.hpp"

namespace causeway::identity {
namespace {

constexpr std::string_view kUnusable = "unusable: ";

struct Row {
    Candidate candidate;
    std::string signer;
    bool used_before = false;
    bool visited = false;  ///< by the search for a chain
};

/// Every reason that is the certificate's names it in front.
Fault certificate_fault(std::string_view words) {
    return unsupported((words.starts_with("certificate") ? "" : "certificate: ") + std::string(words));
}

/// RFC 8224 §6.2.2: 436 when nothing came, 437 when what came is no credential.
Fault fetch_fault(const Error& error) {
    const std::string_view words = error.detail;
    if (words.starts_with(kUnusable)) return certificate_fault(words.substr(kUnusable.size()));
    return {kBadIdentityInfo, "certificate could not be fetched: " + error.detail};
}

/// Trust is judged for the moment of `iat`: RFC 8224 §6.2 step 4 wants it within the credential's validity.
Checked check_trust(const jose::CertificateChain& chain, const jose::TrustStore* roots, std::int64_t at) {
    if (roots == nullptr) return certificate_fault("no root is trusted");
    if (const auto trusted = roots->verify(chain, at); !trusted) {
        return certificate_fault(trusted.error().detail);
    }
    return {};
}

Checked check_credential(Row& row, const jose::TrustStore* roots, const CertificateLookup& certificate_of) {
    const Passport& passport = row.candidate.passport;
    const auto chain = certificate_of(passport.x5u);
    if (!chain) return fetch_fault(chain.error());
    row.signer = chain->common_name();
    if (auto fault = check_trust(*chain, roots, passport.issued_at)) return fault;
    if (auto fault = check_key_usage(*chain)) return fault;
    const jose::VerifyKey key = chain->key();
    // RFC 8226 §4 rests on ES256 of RFC 8225 §4: a key on P-256.
    if (!key.fits(jose::Algorithm::es256)) return certificate_fault("its key does not fit alg ES256");
    if (!key.verify(jose::Algorithm::es256, passport.jws.signing_input, passport.jws.signature)) {
        return invalid("signature: does not verify");
    }
    // RFC 8946 §4.1: a diversion is signed for the diverted destination, everything else for the caller.
    const Party& signed_for = passport.diverted ? *passport.diverted : passport.origin;
    if (auto fault = check_authority(*chain, signed_for)) return fault;
    return check_constraints(*chain, passport.claims);
}

/// The first half of an ECDSA signature: of the second half there are two that verify, so that a hash over
/// all of it would let every PASSporT pass twice.
std::string replay_key(const Passport& passport) {
    return "passport " + jose::encode_hex(jose::sha256(passport.jws.signature.substr(0, 32)));
}

void note_use(std::vector<Row>& rows, ReplayCache& replays, std::int64_t freshness, std::int64_t now) {
    for (Row& row : rows) {
        if (row.candidate.fault) continue;
        row.used_before = !replays.take_once(replay_key(row.candidate.passport), now + 2 * freshness, now);
    }
}

/// Lengthens the chain from its last element back to an original PASSporT (RFC 8946 §4.2).
bool complete(std::vector<Row>& rows, std::vector<const Row*>& chain) {
    if (!chain.back()->candidate.is_div) return true;
    for (Row& row : rows) {
        if (row.visited || row.candidate.fault) continue;
        if (!follows(chain.back()->candidate.passport, row.candidate.passport)) continue;
        row.visited = true;
        chain.push_back(&row);
        if (complete(rows, chain)) return true;
        chain.pop_back();
    }
    return false;
}

/// The diversions that lead to the Request-URI, the last one first, and the PASSporT that was diverted. Empty
/// when there are none. Only the last must be new: forwarding a call sends what was signed before once more.
std::vector<const Row*> find_chain(std::vector<Row>& rows) {
    for (Row& row : rows) {
        if (!row.candidate.is_div || !row.candidate.for_target || row.candidate.fault || row.used_before)
            continue;
        for (Row& other : rows) other.visited = &other == &row;
        std::vector<const Row*> chain{&row};
        if (complete(rows, chain)) return chain;
    }
    return {};
}

/// RFC 8224 §6.2.1: one that is valid and trusted suffices, the first. When diversions are claimed that
/// cannot be followed (RFC 8946 §4.2), a PASSporT speaks for its own destination only.
const Row* find_undiverted(const std::vector<Row>& rows) {
    const bool diverted =
        std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.candidate.is_div; });
    for (const Row& row : rows) {
        const Candidate& one = row.candidate;
        if (one.fault || one.is_div || row.used_before || !one.for_to) continue;
        if (!diverted || one.for_target) return &row;
    }
    return nullptr;
}

/// The first row's; but 436 is said only when no certificate could be had for any (RFC 8224 §6.2.2).
Fault telling_fault(const std::vector<Row>& rows) {
    Checked first;
    for (const Row& row : rows) {
        Checked fault = row.candidate.fault;
        if (!fault && row.used_before) fault = invalid("replay: this PASSporT was used before");
        if (fault && fault->code != kBadIdentityInfo) return *fault;
        if (!first) first = std::move(fault);
    }
    return first ? *first : invalid("div: no chain of diversions leads to the Request-URI");
}

PassportVerdict refusal(Fault fault) {
    PassportVerdict verdict;
    verdict.result = PassportVerdict::Result::invalid;
    verdict.code = fault.code;
    verdict.why = std::move(fault.why);
    return verdict;
}

PassportVerdict nothing(const PassportRequest& request, const PassportPolicy& policy) {
    PassportVerdict verdict;
    verdict.why = request.identity.empty() ? "no Identity header field"
                                           : "ppt: no Identity header field of a supported kind";
    // RFC 8224 §6.2.
    if (policy.require) verdict.code = kUseIdentityHeader;
    return verdict;
}

PassportVerdict acceptance(const Row& row) {
    const Passport& passport = row.candidate.passport;
    PassportVerdict verdict;
    verdict.result = PassportVerdict::Result::valid;
    verdict.attestation = passport.attestation;
    verdict.origin = passport.origin.value;
    verdict.origid = passport.origid;
    verdict.mky = passport.media_keys.has_value();
    verdict.signer = row.signer;
    verdict.x5u = passport.x5u;
    return verdict;
}

/// Where that diversion sent the call: what the next one diverted, or the Request-URI for the last one.
std::string next_stop(const std::vector<const Row*>& chain, std::size_t index, const Address& target) {
    if (index > 0) return chain[index - 1]->candidate.passport.diverted->value;
    const auto& parties = chain[index]->candidate.passport.destinations;
    return std::find_if(parties.begin(), parties.end(), [&](const Party& party) { return target.is(party); })
        ->value;
}

PassportVerdict diverted_acceptance(const std::vector<const Row*>& chain, const PassportRequest& request) {
    PassportVerdict verdict = acceptance(*chain.back());
    const Address target(request.request_uri);
    for (std::size_t i = chain.size() - 1; i-- > 0;) {
        verdict.diversions.push_back(
            {chain[i]->candidate.passport.diverted->value, next_stop(chain, i, target)});
    }
    return verdict;
}

}  // namespace

Result<jose::CertificateChain> read_certificate(std::string_view pem) {
    auto chain = jose::CertificateChain::from_pem(pem);
    if (!chain) return Error{std::string(kUnusable) + chain.error().detail};
    return chain;
}

std::vector<std::string> wanted_certificates(const PassportRequest& request, const PassportPolicy& policy) {
    std::vector<std::string> urls;
    for (const Candidate& one : examine(request, policy).candidates) {
        if (one.fault) continue;
        if (std::find(urls.begin(), urls.end(), one.passport.x5u) == urls.end())
            urls.push_back(one.passport.x5u);
    }
    return urls;
}

PassportVerdict verify_passports(const PassportRequest& request, const PassportPolicy& policy,
                                 const jose::TrustStore* roots, const CertificateLookup& certificate_of,
                                 ReplayCache* replays) {
    Examined examined = examine(request, policy);
    if (examined.fault) return refusal(*examined.fault);
    if (examined.candidates.empty()) return nothing(request, policy);
    std::vector<Row> rows;
    for (Candidate& one : examined.candidates) {
        Row row;
        row.candidate = std::move(one);
        if (!row.candidate.fault) row.candidate.fault = check_credential(row, roots, certificate_of);
        rows.push_back(std::move(row));
    }
    if (replays != nullptr) note_use(rows, *replays, policy.freshness, request.now);
    if (const auto chain = find_chain(rows); !chain.empty()) return diverted_acceptance(chain, request);
    if (const Row* row = find_undiverted(rows)) return acceptance(*row);
    return refusal(telling_fault(rows));
}

PassportVerdict verify_passports(const PassportRequest& request, const PassportPolicy& policy,
                                 const jose::TrustStore& roots, const CertificateLookup& certificate_of,
                                 ReplayCache* replays) {
    return verify_passports(request, policy, &roots, certificate_of, replays);
}

}  // namespace causeway::identity
