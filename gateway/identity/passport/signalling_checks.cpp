#include "gateway/identity/passport/signalling_checks.hpp"

#include <algorithm>
#include <cstdlib>

#include "gateway/identity/passport/identity_header.hpp"
#include "gateway/identity/passport/sip_date.hpp"
#include "gateway/identity/passport/telephone_number.hpp"

namespace causeway::identity {
namespace {

bool is_among(const Party& party, const std::vector<Party>& parties) {
    return std::find(parties.begin(), parties.end(), party) != parties.end();
}

/// RFC 8224 §8: P-Asserted-Identity takes From's place by local policy; RFC 3325 §9.1 allows it two values.
std::vector<Address> originators(const PassportRequest& request, const PassportPolicy& policy) {
    if (policy.origin != OriginSource::pai || !request.pai) return {Address(request.from)};
    const std::vector<std::string> values{*request.pai};
    std::vector<Address> addresses;
    for (const std::string_view value : split_rows(values)) addresses.emplace_back(value);
    return addresses;
}

/// RFC 8224 §6.2 step 2.
Checked check_origin(const Passport& passport, const std::vector<Address>& callers) {
    const bool named = std::any_of(callers.begin(), callers.end(),
                                   [&](const Address& caller) { return caller.is(passport.origin); });
    if (!named) return invalid("orig: is not who the signalling says");
    return {};
}

/// RFC 8946 §4.2: what was diverted, and for the same caller.
Checked check_diverted(const std::vector<Candidate>& all, const Candidate& one) {
    bool found = false;
    for (const Candidate& other : all) {
        if (&other == &one || other.fault) continue;
        if (follows(one.passport, other.passport)) return {};
        found = found || is_among(*one.passport.diverted, other.passport.destinations);
    }
    if (found) return invalid("orig: changed by the diversion");
    return invalid("div: no PASSporT is for the diverted destination");
}

/// RFC 8224 §4.1: `dest` is To; RFC 8946 §4.2: of the last diversion it is the Request-URI, and what was
/// diverted may have any destination that a diversion names.
Checked check_destination(const std::vector<Candidate>& all, const Candidate& one) {
    if (one.is_div ? one.for_target : one.for_to) return {};
    for (const Candidate& other : all) {
        if (&other != &one && follows(other.passport, one.passport)) return {};
    }
    return invalid(one.is_div ? "dest: does not hold the Request-URI" : "dest: does not hold To");
}

bool is_fresh(std::int64_t time, std::int64_t now, std::int64_t freshness) {
    return time <= now + freshness && time >= now - freshness;
}

/// RFC 8224 §6.2 step 4. `iat` and Date need not be equal: each has to be fresh, and the full form is
/// verified with its own `iat`. Without Date (§4.1) `iat` alone counts.
Checked check_times(const Passport& passport, const PassportRequest& request, const PassportPolicy& policy) {
    if (!is_fresh(passport.issued_at, request.now, policy.freshness)) {
        return Fault{kStaleDate, passport.issued_at < request.now ? "iat: Stale Date, it is too old"
                                                                  : "iat: Stale Date, it is in the future"};
    }
    if (!request.date) return {};
    const auto date = parse_sip_date(*request.date);
    if (!date) return Fault{kStaleDate, "Date: Stale Date, no date can be read"};
    if (!is_fresh(*date, request.now, policy.freshness)) {
        return Fault{kStaleDate, "Date: Stale Date, it is not now"};
    }
    return {};
}

/// RFC 8224 §4.1 has `mky` appear in every base PASSporT that goes with fingerprints in SDP. SHAKEN defines
/// its claims without it (RFC 8588 §6, ATIS-1000074), `div` is about the target only (RFC 8946 §3): there it
/// binds the media when present, and its absence binds nothing.
Checked check_media_keys(const Passport& passport, const PassportRequest& request) {
    if (!passport.media_keys) {
        const bool demanded = passport.kind == PassportKind::base && !request.sdp_fingerprints.empty();
        if (demanded) return invalid("mky: missing");
        return {};
    }
    if (*passport.media_keys != as_media_keys(request.sdp_fingerprints)) {
        return invalid("mky: differs from the fingerprints of the SDP");
    }
    return {};
}

std::vector<Candidate> read_candidates(const std::vector<std::string_view>& rows) {
    std::vector<Candidate> candidates;
    for (const std::string_view row : rows) {
        ReadPassport read = read_passport(row);
        if (read.ignored) continue;
        Candidate candidate;
        candidate.is_div = read.is_div;
        candidate.fault = std::move(read.fault);
        candidate.passport = std::move(read.passport);
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

}  // namespace

Address::Address(std::string_view header_value) {
    const std::string uri = uri_of(header_value);
    number_ = number_of_uri(uri);
    // RFC 8224 §8.1: what is a number is compared as one; else somebody's number would pass as verified for
    // the owner of the domain beside it.
    if (!is_explicit_number(uri)) uri_ = canonical_uri(uri);
}

bool Address::is(const Party& party) const {
    return party.is_number ? number_ == party.value : uri_ == party.value;
}

bool Address::is_in(const std::vector<Party>& parties) const {
    return std::any_of(parties.begin(), parties.end(), [this](const Party& party) { return is(party); });
}

bool follows(const Passport& diversion, const Passport& earlier) {
    return diversion.diverted && diversion.origin == earlier.origin &&
           is_among(*diversion.diverted, earlier.destinations);
}

Examined examine(const PassportRequest& request, const PassportPolicy& policy) {
    Examined examined;
    const auto rows = split_rows(request.identity);
    if (rows.size() > kMostRows) {
        examined.fault = invalid("too long: more than 8 Identity header fields");
        return examined;
    }
    auto& candidates = examined.candidates;
    candidates = read_candidates(rows);
    const auto callers = originators(request, policy);
    const Address to(request.to);
    const Address target(request.request_uri);
    for (Candidate& one : candidates) {
        if (!one.fault) one.fault = check_origin(one.passport, callers);
        one.for_to = to.is_in(one.passport.destinations);
        one.for_target = target.is_in(one.passport.destinations);
    }
    // Judged first and noted after: a row's own fault must not depend on the order of the rows.
    std::vector<Checked> faults;
    for (const Candidate& one : candidates) {
        faults.push_back(one.fault);
        if (!faults.back() && one.is_div) faults.back() = check_diverted(candidates, one);
        if (!faults.back()) faults.back() = check_destination(candidates, one);
        if (!faults.back()) faults.back() = check_times(one.passport, request, policy);
        if (!faults.back()) faults.back() = check_media_keys(one.passport, request);
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].fault = std::move(faults[i]);
    return examined;
}

}  // namespace causeway::identity
