// Permissions to call: minted, read, and refused for every fault with its reason.
#include "gateway/identity/capability/capability_token.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "gateway/identity/capability/capability_claims.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;
using jose::Algorithm;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
constexpr const char* kHeader = R"({"alg":"HS256","typ":"causeway-call+jwt"})";

jose::SigningKey secret() {
    return *jose::SigningKey::from_secret(kSecret);
}

std::vector<CapabilityIssuer> issuers() {
    return {{"shop", secret().verify_key(), Algorithm::hs256, 3600}};
}

Capability full() {
    return {.id = "t-1",
            .issuer = "shop",
            .issued_at = kNow,
            .expires_at = kNow + 600,
            .callees = {"+1215*", "/\\+1[0-9]{10}/"},
            .number = "+12155553000",
            .identity = "shop@corp.example",
            .display = "The J\xc3\xb6rg shop",
            .headers = {{"X-Order", "7; a=\"b\""}, {"X-Page", ""}},
            .max_duration_seconds = 60,
            .max_concurrent = 2,
            .max_uses = 3,
            .recording_allowed = true,
            .page = "https://shop.example/*"};
}

/// The claims of the smallest good token, with one member changed; `null` takes it away.
std::string claims(const std::string& member = {}, json::value value = nullptr) {
    json::object object = json::parse(R"({"jti":"t","iss":"shop","callees":["*"]})").as_object();
    object["iat"] = kNow;
    object["exp"] = kNow + 600;
    if (!member.empty() && value.is_null()) object.erase(member);
    if (!member.empty() && !value.is_null()) object[member] = std::move(value);
    return json::serialize(object);
}

std::string signed_token(const std::string& payload, const std::string& header = kHeader) {
    return jose::sign(secret(), Algorithm::hs256, header, payload);
}

void expect_refused(const ReadCapability& read, CapabilityFault fault, const std::string& why) {
    EXPECT_FALSE(read.capability) << why;
    EXPECT_EQ(static_cast<int>(read.refusal.fault), static_cast<int>(fault)) << read.refusal.why;
    EXPECT_EQ(read.refusal.why.substr(0, why.size()), why);
}

TEST(CapabilityToken, comes_back_as_it_was_minted) {
    const auto read = read_token(mint(full(), secret(), Algorithm::hs256), issuers(), kNow);
    ASSERT_TRUE(read.capability) << read.refusal.why;
    EXPECT_EQ(*read.capability, full());
    EXPECT_EQ(peek_token(mint(full(), secret(), Algorithm::hs256)).value(), full());
}

TEST(CapabilityToken, the_smallest_allows_nothing_beyond_its_callees) {
    const auto read = read_token(signed_token(claims()), issuers(), kNow);
    ASSERT_TRUE(read.capability) << read.refusal.why;
    const Capability expected{
        .id = "t", .issuer = "shop", .issued_at = kNow, .expires_at = kNow + 600, .callees = {"*"}};
    EXPECT_EQ(*read.capability, expected);
}

TEST(CapabilityToken, is_signed_with_es256_too) {
    const auto key = jose::SigningKey::generate();
    const std::vector<CapabilityIssuer> keyed{{"shop", key.verify_key(), Algorithm::es256, 3600}};
    EXPECT_TRUE(read_token(mint(full(), key, Algorithm::es256), keyed, kNow).capability);
    expect_refused(read_token(mint(full(), jose::SigningKey::generate(), Algorithm::es256), keyed, kNow),
                   CapabilityFault::invalid, "signature");
    EXPECT_EQ(mint(full(), key, Algorithm::hs256), "");
}

TEST(CapabilityToken, gets_an_id_of_its_own_when_it_has_none) {
    Capability nameless = full();
    nameless.id = "";
    const auto first = peek_token(mint(nameless, secret(), Algorithm::hs256)).value().id;
    const auto second = peek_token(mint(nameless, secret(), Algorithm::hs256)).value().id;
    EXPECT_EQ(first.size(), 22U);
    EXPECT_NE(first, second);
}

TEST(CapabilityToken, takes_the_issuer_that_it_names) {
    const auto key = jose::SigningKey::generate();
    std::vector<CapabilityIssuer> two{{"bank", key.verify_key(), Algorithm::es256, 3600}};
    expect_refused(read_token(signed_token(claims()), two, kNow), CapabilityFault::invalid, "iss");
    two.push_back(issuers().front());
    EXPECT_TRUE(read_token(signed_token(claims()), two, kNow).capability);
    expect_refused(read_token(signed_token(claims("iss", "bank")), two, kNow), CapabilityFault::invalid,
                   "alg");
    expect_refused(read_token(signed_token(claims()), {}, kNow), CapabilityFault::invalid, "iss");
}

TEST(CapabilityToken, may_be_signed_by_any_key_of_its_issuer) {
    const auto own = jose::SigningKey::generate();
    const auto gateways = jose::SigningKey::generate();
    const auto strangers = jose::SigningKey::generate();
    const std::vector<CapabilityIssuer> keys{{"bank", gateways.verify_key(), Algorithm::es256, 3600},
                                             {"shop", gateways.verify_key(), Algorithm::es256, 3600},
                                             {"shop", own.verify_key(), Algorithm::es256, 60}};
    Capability capability = full();
    EXPECT_TRUE(read_token(mint(capability, gateways, Algorithm::es256), keys, kNow).capability);
    expect_refused(read_token(mint(capability, own, Algorithm::es256), keys, kNow), CapabilityFault::invalid,
                   "exp");
    capability.expires_at = kNow + 60;
    EXPECT_TRUE(read_token(mint(capability, own, Algorithm::es256), keys, kNow).capability);
    expect_refused(read_token(mint(capability, strangers, Algorithm::es256), keys, kNow),
                   CapabilityFault::invalid, "signature");
    capability.issuer = "bank";
    expect_refused(read_token(mint(capability, own, Algorithm::es256), keys, kNow), CapabilityFault::invalid,
                   "signature");
}

TEST(CapabilityToken, names_its_issuer) {
    EXPECT_FALSE(peek_token(signed_token(claims("iss"))));
    EXPECT_FALSE(peek_token(signed_token(claims("iss", ""))));
    EXPECT_TRUE(peek_token(signed_token(claims("iss", json::value(std::string(256, 'a'))))));
    EXPECT_FALSE(peek_token(signed_token(claims("iss", json::value(std::string(257, 'a'))))));
}

TEST(CapabilityToken, has_times_with_half_a_minute_of_skew) {
    const std::string token = signed_token(claims());
    EXPECT_TRUE(read_token(token, issuers(), kNow - 30).capability);
    expect_refused(read_token(token, issuers(), kNow - 31), CapabilityFault::invalid, "iat");
    EXPECT_TRUE(read_token(token, issuers(), kNow + 629).capability);
    expect_refused(read_token(token, issuers(), kNow + 630), CapabilityFault::expired, "exp: expired");
}

TEST(CapabilityToken, lives_no_longer_than_its_issuer_may_give) {
    EXPECT_TRUE(read_token(signed_token(claims("exp", kNow + 3600)), issuers(), kNow).capability);
    expect_refused(read_token(signed_token(claims("exp", kNow + 3601)), issuers(), kNow),
                   CapabilityFault::invalid, "exp: longer");
}

TEST(CapabilityToken, with_a_changed_byte_has_no_signature) {
    std::string token = signed_token(claims());
    const auto dot = token.find('.');
    const std::string other = jose::encode_base64url(claims("number", "+1900"));
    token.replace(dot + 1, token.rfind('.') - dot - 1, other);
    expect_refused(read_token(token, issuers(), kNow), CapabilityFault::invalid, "signature");
}

struct HeaderCase {
    std::string header;
    std::string why;
};
class CapabilityHeader : public testing::TestWithParam<HeaderCase> {};

TEST_P(CapabilityHeader, that_is_not_ours_is_refused) {
    const HeaderCase& c = GetParam();
    const std::string token = signed_token(claims(), c.header);
    expect_refused(read_token(token, issuers(), kNow), CapabilityFault::invalid, c.why);
    // Who issued it matters to a reader only.
    EXPECT_EQ(peek_token(token).has_value(), c.why == "alg: not the issuer's") << c.header;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CapabilityHeader,
    testing::Values(
        HeaderCase{R"({"alg":"HS256"})", "typ"}, HeaderCase{R"({"alg":"HS256","typ":"JWT"})", "typ"},
        HeaderCase{R"({"alg":"HS256","typ":"dpop+jwt"})", "typ"},
        HeaderCase{R"({"alg":"HS256","typ":7})", "typ"},
        HeaderCase{R"({"alg":"none","typ":"causeway-call+jwt"})", "alg"},
        HeaderCase{R"({"typ":"causeway-call+jwt"})", "alg"},
        HeaderCase{R"({"alg":"ES256","typ":"causeway-call+jwt"})", "alg: not the issuer's"},
        HeaderCase{R"({"alg":"HS256","typ":"causeway-call+jwt","crit":["x"]})", "crit"},
        HeaderCase{R"({"alg":"none","alg":"HS256","typ":"causeway-call+jwt"})", "header: duplicate member"},
        HeaderCase{R"([])", "header: not an object"}, HeaderCase{R"({)", "header: malformed JSON"}));

TEST(CapabilityToken, that_is_no_jws_is_refused) {
    expect_refused(read_token("", issuers(), kNow), CapabilityFault::invalid, "parts");
    expect_refused(read_token("a.b", issuers(), kNow), CapabilityFault::invalid, "parts");
    expect_refused(read_token("a=.b.c", issuers(), kNow), CapabilityFault::invalid, "base64");
    expect_refused(read_token(std::string(8193, 'a'), issuers(), kNow), CapabilityFault::invalid, "too long");
    expect_refused(read_token(signed_token("[]"), issuers(), kNow), CapabilityFault::invalid,
                   "payload: not an object");
    expect_refused(read_token(signed_token(R"({"jti":"a","jti":"b"})"), issuers(), kNow),
                   CapabilityFault::invalid, "payload: duplicate member");
    for (const auto* token : {"", "a.b.c", "...."}) EXPECT_FALSE(peek_token(token));
    EXPECT_FALSE(peek_token(signed_token("[]")));
}

struct ClaimCase {
    std::string member;
    std::string json;  ///< of its value; "" takes the member away
    std::string why;   ///< "" when it is good
};
class CapabilityClaim : public testing::TestWithParam<ClaimCase> {};

TEST_P(CapabilityClaim, is_read_strictly) {
    const ClaimCase& c = GetParam();
    const json::value value = c.json.empty() ? json::value(nullptr) : json::parse(c.json);
    const auto read = read_token(signed_token(claims(c.member, value)), issuers(), kNow);
    if (!c.why.empty()) return expect_refused(read, CapabilityFault::invalid, c.why);
    EXPECT_TRUE(read.capability) << c.member << " " << c.json << ": " << read.refusal.why;
}

std::string quoted(const std::string& text) {
    return json::serialize(json::value(text));
}
std::string list(std::size_t size) {
    json::array array;
    for (std::size_t i = 0; i < size; ++i) array.emplace_back("*");
    return json::serialize(array);
}
std::string headers(std::size_t size) {
    json::object object;
    for (std::size_t i = 0; i < size; ++i) object["X-" + std::to_string(i)] = "v";
    return json::serialize(object);
}

INSTANTIATE_TEST_SUITE_P(Names, CapabilityClaim,
                         testing::Values(ClaimCase{"jti", "", "jti: missing"},
                                         ClaimCase{"jti", R"("")", "jti: missing"},
                                         ClaimCase{"jti", R"("a b")", "jti: not a name"},
                                         ClaimCase{"jti", R"("a\nb")", "jti: not a name"},
                                         ClaimCase{"jti", "7", "jti: not a text"},
                                         ClaimCase{"jti", quoted(std::string(64, 'a')), ""},
                                         ClaimCase{"jti", quoted(std::string(65, 'a')), "jti: not a name"},
                                         ClaimCase{"iss", "", "iss"}, ClaimCase{"nbf", "7", "nbf: not known"},
                                         ClaimCase{"ttl", "7", "ttl: not known"},
                                         ClaimCase{"max_calls", "7", "max_calls: not known"},
                                         ClaimCase{"a\nb", "7", "?: not known"}));
INSTANTIATE_TEST_SUITE_P(
    Times, CapabilityClaim,
    testing::Values(ClaimCase{"iat", "", "iat: not a time"}, ClaimCase{"iat", R"("1")", "iat: not a time"},
                    ClaimCase{"iat", "0", "iat: not a time"}, ClaimCase{"iat", "-5", "iat: not a time"},
                    ClaimCase{"exp", "", "exp: not a time"}, ClaimCase{"exp", "true", "exp: not a time"},
                    ClaimCase{"exp", "2199023255552", "exp: not a time"},
                    ClaimCase{"exp", "9e99", "exp: not a time"},
                    ClaimCase{"exp", std::to_string(kNow), "exp: not after iat"},
                    ClaimCase{"exp", std::to_string(kNow + 1), ""}));
INSTANTIATE_TEST_SUITE_P(
    Callees, CapabilityClaim,
    testing::Values(ClaimCase{"callees", "", "callees: not a list"},
                    ClaimCase{"callees", R"("*")", "callees: not a list"},
                    ClaimCase{"callees", "[]", "callees: empty"},
                    ClaimCase{"callees", "[7]", "callees: not a text"},
                    ClaimCase{"callees", R"([""])", "callees: not a pattern"},
                    ClaimCase{"callees", R"(["/(/"])", "callees: not a pattern"},
                    ClaimCase{"callees", R"(["1\n"])", "callees: not a pattern"},
                    ClaimCase{"callees", R"(["1\u007f"])", "callees: not a pattern"},
                    ClaimCase{"callees", "[" + quoted(std::string(257, '1')) + "]", "callees: not a pattern"},
                    ClaimCase{"callees", list(32), ""}, ClaimCase{"callees", list(33), "callees: too many"}));
INSTANTIATE_TEST_SUITE_P(
    Presented, CapabilityClaim,
    testing::Values(
        ClaimCase{"number", R"("+1215")", ""}, ClaimCase{"number", R"("+1 215")", "number: not a number"},
        ClaimCase{"number", R"("1@x")", "number: not a number"},
        ClaimCase{"number", R"("1[")", "number: not a number"},
        ClaimCase{"number", R"("1{")", "number: not a number"},
        ClaimCase{"number", quoted(std::string(65, '1')), "number: not a number"},
        ClaimCase{"number", "1215", "number: not a text"}, ClaimCase{"identity", R"("a@b.example")", ""},
        ClaimCase{"identity", R"("a")", "identity"}, ClaimCase{"identity", R"("@b")", "identity"},
        ClaimCase{"identity", R"("a@")", "identity"}, ClaimCase{"identity", R"("a@b@c")", "identity"},
        ClaimCase{"identity", R"("a b@c")", "identity"}, ClaimCase{"identity", R"("a\r@c")", "identity"},
        ClaimCase{"identity", R"("a@c;x")", "identity"},
        ClaimCase{"identity", quoted(std::string(255, 'a') + "@b"), "identity"},
        ClaimCase{"display", R"("A\r\nB")", "display: not printable"},
        ClaimCase{"display", quoted(std::string(128, 'a')), ""},
        ClaimCase{"display", quoted(std::string(129, 'a')), "display: too long"}));
INSTANTIATE_TEST_SUITE_P(
    Headers, CapabilityClaim,
    testing::Values(
        ClaimCase{"headers", "[]", "headers: not an object"}, ClaimCase{"headers", "{}", ""},
        ClaimCase{"headers", headers(16), ""}, ClaimCase{"headers", headers(17), "headers: too many"},
        ClaimCase{"headers", R"({"From":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"P-Asserted-Identity":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"XA":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"XAB":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"Y-A":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"X-":"a"})", "headers: not a name"},
        ClaimCase{"headers", R"({"x-a":"a"})", ""},
        ClaimCase{"headers", R"({"X-A: b\r\nFrom":"a"})", "headers: not a name"},
        ClaimCase{"headers", "{" + quoted("X-" + std::string(63, 'a')) + R"(:""})", "headers: not a name"},
        ClaimCase{"headers", R"({"X-A":7})", "headers: not a text"},
        ClaimCase{"headers", R"({"X-A":"a\r\nb"})", "headers: not printable"},
        ClaimCase{"headers", R"({"X-A":"\u00e9"})", "headers: not printable"},
        ClaimCase{"headers", R"({"X-A":"a\u007f"})", "headers: not printable"},
        ClaimCase{"headers", R"({"X-A":)" + quoted(std::string(256, 'a')) + "}", ""},
        ClaimCase{"headers", R"({"X-A":)" + quoted(std::string(257, 'a')) + "}", "headers: too long"},
        ClaimCase{"headers", R"({"X-A":"1","x-a":"2"})", "headers: a name twice"}));
INSTANTIATE_TEST_SUITE_P(
    Limits, CapabilityClaim,
    testing::Values(
        ClaimCase{"max_duration", "604800", ""}, ClaimCase{"max_duration", "604801", "max_duration"},
        ClaimCase{"max_duration", "0", "max_duration"}, ClaimCase{"max_duration", R"("5")", "max_duration"},
        ClaimCase{"max_concurrent", "1000000", ""}, ClaimCase{"max_concurrent", "1000001", "max_concurrent"},
        ClaimCase{"max_concurrent", "-1", "max_concurrent"}, ClaimCase{"max_uses", "1", ""},
        ClaimCase{"max_uses", "0", "max_uses"}, ClaimCase{"max_uses", "1.5", "max_uses"},
        ClaimCase{"recording", "1", "recording: neither"},
        ClaimCase{"page", R"("/(/")", "page: not a pattern"}, ClaimCase{"page", "7", "page: not a text"}));

TEST(CapabilityRequest, has_a_time_to_live_instead_of_times) {
    const auto capability = capability_of_request(R"({"callees":["1"],"ttl":300,"max_uses":1})");
    ASSERT_TRUE(capability) << capability.error().detail;
    const Capability expected{.expires_at = 300, .callees = {"1"}, .max_uses = 1};
    EXPECT_EQ(*capability, expected);
}

TEST(CapabilityRequest, names_the_member_at_fault) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"callees":["1"]})", "ttl: missing"},
        {R"({"callees":["1"],"ttl":0})", "ttl: not a number"},
        {R"({"ttl":1})", "callees: not a list"},
        {R"({"callees":["1"],"ttl":1,"iss":"x"})", "iss: not known"},
        {R"({"callees":["1"],"ttl":1,"exp":5})", "exp: not known"},
        {R"([])", "not an object"},
        {R"({"ttl":1,"ttl":1})", "duplicate member"},
        {R"({"callees":["1"],"ttl":1,"jti":"a b"})", "jti"}};
    for (const auto& [text, why] : cases) {
        const auto capability = capability_of_request(text);
        ASSERT_FALSE(capability) << text;
        EXPECT_EQ(capability.error().detail.substr(0, std::string(why).size()), why);
    }
    EXPECT_FALSE(
        capability_of_request(R"({"callees":["1"],"ttl":1,"display":")" + std::string(8192, 'a') + "\"}"));
}

TEST(CapabilityRefusal, tells_callee_from_page) {
    const Capability capability = full();
    EXPECT_FALSE(refusal_of(capability, "+12155551212", "https://shop.example/a"));
    EXPECT_FALSE(refusal_of(capability, "+19995551212", "https://shop.example/a"));
    const auto fault = [&](const std::string& callee, const std::string& page) {
        const auto refusal = refusal_of(capability, callee, page);
        EXPECT_TRUE(refusal) << callee << " " << page;
        return refusal.value_or(CapabilityRefusal{}).fault;
    };
    EXPECT_EQ(fault("+4420", "https://shop.example/a"), CapabilityFault::callee);
    EXPECT_EQ(fault("", "https://shop.example/a"), CapabilityFault::callee);
    EXPECT_EQ(fault("+1215" + std::string(252, '5'), "https://shop.example/a"), CapabilityFault::callee);
    EXPECT_EQ(fault("+12155551212", "https://evil.example/a"), CapabilityFault::page);
    EXPECT_EQ(fault("+12155551212", ""), CapabilityFault::page);
    EXPECT_EQ(fault("+12155551212", "https://shop.example/" + std::string(1024, 'a')), CapabilityFault::page);
    Capability anywhere = full();
    anywhere.page = "";
    EXPECT_FALSE(refusal_of(anywhere, "+12155551212", ""));
}

TEST(CapabilityRefusal, comes_of_a_pattern_that_is_none) {
    Capability broken = full();
    broken.callees = {"/(/"};
    EXPECT_TRUE(refusal_of(broken, "+12155551212", "https://shop.example/a"));
}

TEST(TokenId, is_of_letters_digits_and_three_marks) {
    EXPECT_TRUE(is_token_id("aZ09._-"));
    for (const auto* text : {"", "a b", "a+b", "\n"}) EXPECT_FALSE(is_token_id(text)) << text;
}

TEST(CapabilityJson, shows_all_members) {
    EXPECT_EQ(json::parse(to_json(full())),
              json::parse(R"({"jti":"t-1","iss":"shop","iat":1800000000,"exp":1800000600,
                  "callees":["+1215*","/\\+1[0-9]{10}/"],"number":"+12155553000","identity":"shop@corp.example",
                  "display":"The Jörg shop","headers":{"X-Order":"7; a=\"b\"","X-Page":""},"max_duration":60,
                  "max_concurrent":2,"max_uses":3,"recording":true,"page":"https://shop.example/*"})"));
}

}  // namespace
}  // namespace causeway::identity
