#include "gateway/identity/assertion/assertion_maker.hpp"

#include <boost/json.hpp>
#include <utility>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/covered_fingerprints.hpp"
#include "gateway/identity/assertion/identity_name.hpp"
#include "gateway/identity/assertion/signed_claims.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLifetime = 60;
constexpr const char* kType = "webrtc-identity+jwt";

}  // namespace

AssertionMaker::AssertionMaker(GatewayIdentitySettings settings, jose::SigningKey key)
    : settings_(std::move(settings)), key_(std::move(key)) {}

std::string AssertionMaker::make(std::string_view name, const std::vector<Fingerprint>& fingerprints,
                                 std::int64_t now, std::string_view jti) const {
    const json::object header{{"alg", "ES256"}, {"kid", key_.verify_key().thumbprint()}, {"typ", kType}};
    const json::object claims{{"iss", "https://" + settings_.domain},
                              {"sub", escaped_user(name) + "@" + host_of(settings_.domain)},
                              {"contents", contents_for(fingerprints)},
                              {"iat", now},
                              {"exp", now + kLifetime},
                              {"jti", jti}};
    const std::string token =
        jose::sign(key_, jose::Algorithm::es256, json::serialize(header), json::serialize(claims));
    const json::object value{{"idp", {{"domain", settings_.domain}, {"protocol", settings_.protocol}}},
                             {"assertion", token}};
    return jose::encode_base64(json::serialize(value));
}

Result<std::string> AssertionMaker::validate(std::string_view assertion, std::int64_t now) const {
    const auto token = open_token(assertion, {kType}, {jose::Algorithm::es256});
    if (!token) return token.error();
    if (token->kid != key_.verify_key().thumbprint()) return Error{"kid"};
    const auto claims = claims_of(*token, {key_.verify_key()});
    if (!claims) return claims.error();
    if (jose::string_member(*claims, "iss") != "https://" + settings_.domain) return Error{"iss"};
    // The same clock made it.
    if (const auto current = check_times(*claims, {now, 0, kLifetime}); !current) return current.error();
    const auto identity = jose::string_member(*claims, "sub");
    const auto contents = jose::string_member(*claims, "contents");
    if (!identity || !contents) return Error{"malformed JSON: no strings sub and contents"};
    return {boost::system::in_place_value,
            json::serialize(json::object{{"identity", *identity}, {"contents", *contents}})};
}

std::string AssertionMaker::jwks() const {
    json::object key = json::parse(key_.verify_key().jwk()).as_object();
    key["kid"] = key_.verify_key().thumbprint();
    key["use"] = "sig";
    key["alg"] = "ES256";
    return json::serialize(json::object{{"keys", {std::move(key)}}});
}

std::string AssertionMaker::proxy_script() const {
    const std::string url = json::serialize(json::value("https://" + settings_.domain + "/identity/verify"));
    return R"("use strict";
rtcIdentityProvider.register({
  generateAssertion: function () {
    return Promise.reject(new Error("This gateway speaks for its own callers only."));
  },
  validateAssertion: function (assertion) {
    return fetch()" +
           url + R"(, { method: "POST", body: assertion, cache: "no-store" }).then(function (answer) {
      if (!answer.ok) throw new Error("The gateway did not say this.");
      return answer.json();
    });
  }
});
)";
}

}  // namespace causeway::identity
