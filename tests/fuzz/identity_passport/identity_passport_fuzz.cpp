// Any bytes as Identity header fields, as the URIs and dates of a request, and as the extensions of a
// certificate: no fault, nothing valid without a certificate, and canonical forms stay as they are.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/jose/base64.hpp"
#include "gateway/identity/passport/claim_constraints.hpp"
#include "gateway/identity/passport/identity_header.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"
#include "gateway/identity/passport/sip_date.hpp"
#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/passport/tn_auth_list.hpp"

namespace {

using namespace causeway;
using namespace causeway::identity;

void check(bool holds) {
    if (!holds) std::abort();
}

/// The first row of `text` as a compact token with the rest as its header and payload: past the base64 of it
/// all.
std::string encoded(std::string_view text) {
    const std::size_t middle = text.find('\n');
    const std::string_view header = text.substr(0, middle);
    const std::string_view payload = middle == std::string_view::npos ? "" : text.substr(middle + 1);
    return jose::encode_base64url(header) + "." + jose::encode_base64url(payload) + ".AA" +
           ";info=<https://a.example/b>;ppt=shaken";
}

void verify(const std::vector<std::string>& identity, const std::string& uri) {
    PassportRequest request;
    request.from = uri;
    request.pai = uri;
    request.to = uri;
    request.request_uri = uri;
    request.date = uri;
    request.now = 1790000000;
    request.identity = identity;
    PassportPolicy policy;
    policy.origin = OriginSource::pai;
    const auto wanted = wanted_certificates(request, policy);
    check(wanted.size() <= kMostRows);
    for (const std::string& url : wanted) check(url.starts_with("https://"));
    const auto nothing = [](const std::string&) -> Result<jose::CertificateChain> { return Error{"none"}; };
    const auto verdict = verify_passports(request, policy, nullptr, nothing, nullptr);
    check(verdict.result != PassportVerdict::Result::valid);
    check(verdict.result == PassportVerdict::Result::none || (verdict.code != 0 && !verdict.why.empty()));
}

void canonical_forms(std::string_view text) {
    const std::string number = canonical_number(text);
    check(canonical_number(number) == number);
    const std::string uri = canonical_uri(uri_of(text));
    check(canonical_uri(uri) == uri || uri.find('%') != std::string::npos);
    if (const auto time = parse_sip_date(text)) check(parse_sip_date(sip_date(*time)) == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string uri = text.substr(0, text.find('\n'));
    verify({text}, uri);
    verify({encoded(text), text}, "sip:+12155551212@a.example");
    canonical_forms(text);
    if (const auto list = TnAuthList::from_der(text)) list->covers("12155551212");
    for (const bool enhanced : {false, true}) {
        if (const auto constraints = ClaimConstraints::from_der(text, enhanced)) {
            constraints->broken_by({{"iat", "1"}, {"orig", "x"}});
        }
    }
    return 0;
}
