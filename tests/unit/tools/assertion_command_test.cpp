// `causeway assertion verify`, from files and from a table of cases.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/key.hpp"
#include "gateway/tools/commands.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kDigest =
    "DC:E9:95:3F:52:BA:DC:4F:E0:39:82:4D:2E:4E:F8:87:48:AB:3C:E2:6D:2C:19:F4:B3:C3:75:8E:00:CA:A5:6C";

struct Outcome {
    int status = 0;
    std::string out;
    std::string errors;
};

Outcome run_with(std::vector<std::string> arguments, const std::string& input = {}) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream errors;
    arguments.insert(arguments.begin(), "assertion");
    const int status = run(arguments, in, out, errors);
    return {status, out.str(), errors.str()};
}

class AssertionCommand : public testing::Test {
  protected:
    AssertionCommand() {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    ~AssertionCommand() override { std::filesystem::remove_all(folder); }

    std::string jwks() const {
        json::object own = json::parse(key.verify_key().jwk()).as_object();
        own["kid"] = "k1";
        return json::serialize(json::object{{"keys", json::array{json::value(own)}}});
    }
    std::string sdp_with(const json::object& idp, const std::string& assertion) const {
        const json::object value{{"idp", idp}, {"assertion", assertion}};
        return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 " + kDigest +
               "\r\na=identity:" + jose::encode_base64(json::serialize(value)) + "\r\n";
    }
    std::string token(const std::string& type, json::object claims) const {
        const json::object header{{"alg", "ES256"}, {"kid", "k1"}, {"typ", type}};
        claims["iat"] = kNow;
        claims["exp"] = kNow + 60;
        return jose::sign(key, jose::Algorithm::es256, json::serialize(header), json::serialize(claims));
    }
    std::string native_sdp() const {
        return sdp_with({{"domain", "idp.example.org"}, {"protocol", "es256"}},
                        token("webrtc-identity+jwt", {{"iss", "https://idp.example.org"},
                                                      {"sub", "alice@idp.example.org"},
                                                      {"staff", true},
                                                      {"contents", contents}}));
    }
    std::string oidc_sdp() const {
        const std::string nonce = jose::encode_base64url(jose::sha256(contents));
        const std::string id_token = token("JWT", {{"iss", "https://login.example.net"},
                                                   {"aud", "calls-web"},
                                                   {"email", "bob@corp.example"},
                                                   {"nonce", nonce}});
        return sdp_with({{"domain", "login.example.net"}, {"protocol", "oidc"}},
                        json::serialize(json::object{{"id_token", id_token}, {"contents", contents}}));
    }
    json::object native_case() const {
        return {{"sdp", native_sdp()},
                {"now", kNow},
                {"idps", json::array{native_idp}},
                {"jwks", json::parse(jwks())}};
    }
    /// The answers, one per line of input.
    std::vector<json::object> answers(const std::string& input) const {
        const Outcome outcome = run_with({"verify", "--json"}, input);
        EXPECT_EQ(outcome.status, kValid);
        EXPECT_EQ(outcome.errors, "");
        std::vector<json::object> all;
        std::istringstream lines(outcome.out);
        for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line).as_object());
        return all;
    }
    json::object answer(const json::object& one) const { return answers(json::serialize(one) + "\n").at(0); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(folder / name, std::ios::binary) << text;
        return folder / name;
    }
    std::vector<std::string> files() const {
        return {"verify",
                "--sdp",
                file("offer.sdp", native_sdp()),
                "--idp",
                file("idp.json", json::serialize(native_idp)),
                "--jwks",
                "idp.example.org=" + file("jwks.json", jwks()),
                "--now",
                std::to_string(kNow)};
    }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() /
        (std::string("causeway-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    const jose::SigningKey key = jose::SigningKey::generate();
    const std::string contents = R"({"fingerprint":[{"algorithm":"sha-256","digest":")" + kDigest + R"("}]})";
    const json::object native_idp{{"domain", "idp.example.org"},         {"protocols", json::array{"es256"}},
                                  {"issuer", "https://idp.example.org"}, {"binding", "contents"},
                                  {"typ", "webrtc-identity+jwt"},        {"name_claim", "sub"},
                                  {"audiences", json::array{}},          {"may_assert", json::array{}}};
    const json::object oidc_idp{{"domain", "login.example.net"},
                                {"protocols", json::array{"oidc"}},
                                {"issuer", "https://login.example.net"},
                                {"binding", "nonce"},
                                {"typ", "JWT"},
                                {"name_claim", "email"},
                                {"audiences", json::array{"calls-web"}},
                                {"may_assert", json::array{"corp.example"}}};
};

TEST_F(AssertionCommand, answers_a_valid_case_with_the_identity) {
    const Outcome outcome = run_with({"verify", "--json"}, json::serialize(native_case()) + "\n");
    EXPECT_EQ(outcome.out, R"({"result":"valid","why":"","identity":"alice@idp.example.org"})"
                           "\n");
    EXPECT_EQ(outcome.status, kValid);
}

TEST_F(AssertionCommand, knows_the_nonce_binding_by_both_of_its_names) {
    json::object one = native_case();
    one["sdp"] = oidc_sdp();
    for (const char* name : {"nonce", "oidc-nonce"}) {
        json::object idp = oidc_idp;
        idp["binding"] = name;
        one["idps"] = json::array{json::value(native_idp), json::value(idp)};
        EXPECT_EQ(answer(one).at("identity"), "bob@corp.example");
    }
}

TEST_F(AssertionCommand, answers_line_by_line_in_order_and_goes_on_after_a_broken_one) {
    json::object late = native_case();
    late["now"] = kNow + 100;
    json::object unknown = native_case();
    unknown["idps"] = json::array{};
    json::object nobody = native_case();
    nobody["sdp"] = "v=0\r\ns=-\r\n";
    const std::string input = json::serialize(native_case()) + "\n{\n\n" + json::serialize(late) + "\n" +
                              json::serialize(unknown) + "\n[]\n" + json::serialize(nobody);
    const auto all = answers(input);
    ASSERT_EQ(all.size(), 7U);
    EXPECT_EQ(all[0].at("result"), "valid");
    EXPECT_TRUE(all[1].contains("error"));
    EXPECT_TRUE(all[2].contains("error"));
    EXPECT_EQ(json::serialize(all[3]), R"({"result":"invalid","why":"expired: exp","identity":""})");
    EXPECT_EQ(all[4].at("result"), "unknown_idp");
    EXPECT_EQ(all[4].at("why"), "unknown idp: no provider has this domain and protocol");
    EXPECT_TRUE(all[5].contains("error"));
    for (const std::size_t broken : {1U, 2U, 5U}) {
        EXPECT_EQ(all[broken].at("result"), "invalid");
        EXPECT_EQ(all[broken].at("why"), all[broken].at("error"));
        EXPECT_EQ(all[broken].at("identity"), "");
    }
    EXPECT_EQ(json::serialize(all[6]), R"({"result":"none","why":"","identity":""})");
}

TEST_F(AssertionCommand, ignores_unknown_members_and_takes_null_as_missing) {
    json::object one = native_case();
    one["name"] = {{"of", {"the", "case"}}};
    one["dtls"] = nullptr;
    json::object idp = native_idp;
    idp["comment"] = 1;
    for (const char* name : {"typ", "name_claim", "audiences", "may_assert", "algs", "max_age", "skew",
                             "require_claims", "binding"})
        idp[name] = nullptr;
    one["idps"] = json::array{idp};
    EXPECT_EQ(answer(one).at("result"), "valid");
    one["idps"] = idp;
    EXPECT_EQ(answer(one).at("result"), "valid") << "one provider without an array";
}

TEST_F(AssertionCommand, obeys_every_member_of_a_provider) {
    const auto with = [&](const char* name, const json::value& value) {
        json::object one = native_case();
        one["now"] = kNow + 80;
        json::object idp = native_idp;
        idp[name] = value;
        one["idps"] = json::array{idp};
        const json::object read = answer(one);
        const std::string why(read.at("why").as_string());
        return why.substr(0, why.find(": "));
    };
    EXPECT_EQ(with("comment", 1), "");
    EXPECT_EQ(with("domain", "idp.example.com"), "unknown idp");
    EXPECT_EQ(with("protocols", {"a", "b"}), "unknown idp");
    EXPECT_EQ(with("protocols", nullptr), "unknown idp");
    EXPECT_EQ(with("issuer", "x"), "iss");
    EXPECT_EQ(with("binding", "nonce"), "malformed JSON");
    EXPECT_EQ(with("binding", "dpop"), "malformed JSON");
    EXPECT_EQ(with("binding", "introspection"), "malformed JSON");
    EXPECT_EQ(with("typ", "JWT"), "typ");
    EXPECT_EQ(with("name_claim", "email"), "identity form");
    EXPECT_EQ(with("name_claim", "iss"), "identity form");
    EXPECT_EQ(with("audiences", {"x", "y"}), "aud");
    EXPECT_EQ(with("algs", {"ES384", "RS256"}), "alg");
    EXPECT_EQ(with("max_age", 49), "expired");
    EXPECT_EQ(with("max_age", 50), "");
    EXPECT_EQ(with("skew", 20), "expired");
    EXPECT_EQ(with("require_claims", {{"staff", true}}), "");
    EXPECT_EQ(with("require_claims", {{"staff", false}}), "required claim");
}

TEST_F(AssertionCommand, tells_what_is_wrong_with_a_case) {
    const auto with = [&](const char* name, const json::value& value) {
        json::object one = native_case();
        one[name] = value;
        const json::object read = answer(one);
        return read.contains("error") ? std::string(read.at("error").as_string()) : "no error";
    };
    EXPECT_EQ(with("sdp", nullptr), "sdp: must be given");
    EXPECT_EQ(with("sdp", 1), "sdp: must be a string");
    EXPECT_EQ(with("now", nullptr), "now: must be seconds since 1970");
    EXPECT_EQ(with("dtls", "sha-256"), "dtls: must be an array of strings");
    EXPECT_EQ(with("dtls", {"sha-256", 1}), "dtls: must be an array of strings");
    EXPECT_EQ(with("dtls", {"a", "b", "c"}), "dtls: must be an algorithm and a digest");
    EXPECT_EQ(with("jwks", json::object()), "jwks: no array of keys");
    EXPECT_EQ(with("idps", "x"), "an identity provider must be an object");
    const auto with_idp = [&](const char* name, const json::value& value) {
        json::object idp = native_idp;
        idp[name] = value;
        return with("idps", json::array{idp});
    };
    EXPECT_EQ(with_idp("domain", nullptr), "domain: must be given");
    EXPECT_EQ(with_idp("issuer", 1), "issuer: must be a string");
    EXPECT_EQ(with_idp("protocols", "x"), "protocols: must be an array of strings");
    EXPECT_EQ(with_idp("binding", "magic"), "binding: must be contents, nonce, dpop or introspection");
    EXPECT_EQ(with_idp("algs", {"ES256", "none"}), "algs: must be asymmetric JWS algorithms");
    EXPECT_EQ(with_idp("algs", {"ES256", "HS256"}), "algs: must be asymmetric JWS algorithms");
    EXPECT_EQ(with_idp("max_age", "x"), "max_age: must be a number of seconds");
    EXPECT_EQ(with_idp("skew", -1), "skew: must be a number of seconds");
    EXPECT_EQ(with_idp("skew", 2e9), "skew: must be a number of seconds");
    EXPECT_EQ(with_idp("require_claims", {"x", "y"}), "require_claims: must be an object");
}

TEST_F(AssertionCommand, holds_the_certificate_in_use_against_the_assertion) {
    json::object one = native_case();
    one["dtls"] = {"sha-256", kDigest};
    EXPECT_EQ(answer(one).at("result"), "valid");
    one["dtls"] = {"sha-256", "AA:BB"};
    EXPECT_EQ(answer(one).at("why"), "fingerprint not covered: the DTLS certificate's");
}

TEST_F(AssertionCommand, takes_an_introspection_answer_as_object_or_text) {
    json::object one = native_case();
    json::object idp = native_idp;
    idp["binding"] = "introspection";
    idp["name_claim"] = "username";
    one["idps"] = json::array{idp};
    const json::object said{{"active", true}, {"username", "carol"}, {"contents", contents}};
    one["introspection"] = said;
    EXPECT_EQ(answer(one).at("identity"), "carol@idp.example.org");
    one["introspection"] = json::serialize(said);
    EXPECT_EQ(answer(one).at("identity"), "carol@idp.example.org");
}

TEST_F(AssertionCommand, answers_a_case_with_a_huge_identity) {
    json::object one = native_case();
    one["sdp"] = "v=0\r\na=identity:" + std::string(200000, 'A') + "\r\n";
    EXPECT_EQ(answer(one).at("why"), "too long: a=identity");
}

TEST_F(AssertionCommand, prints_the_identity_of_an_offer) {
    const Outcome outcome = run_with(files());
    EXPECT_EQ(outcome.out, "alice@idp.example.org\n");
    EXPECT_EQ(outcome.errors, "");
    EXPECT_EQ(outcome.status, kValid);
}

TEST_F(AssertionCommand, prints_the_reason) {
    auto arguments = files();
    arguments.back() = std::to_string(kNow + 100);
    const Outcome outcome = run_with(arguments);
    EXPECT_EQ(outcome.out, "invalid: expired: exp\n");
    EXPECT_EQ(outcome.status, kInvalid);
}

TEST_F(AssertionCommand, prints_json_on_request) {
    auto arguments = files();
    arguments.push_back("--json");
    EXPECT_EQ(run_with(arguments).out, R"({"result":"valid","why":"","identity":"alice@idp.example.org"})"
                                       "\n");
    arguments.insert(arguments.end(), {"--dtls", "sha-256 AA:BB"});
    const Outcome refused = run_with(arguments);
    EXPECT_EQ(refused.out,
              R"({"result":"invalid","why":"fingerprint not covered: the DTLS certificate's","identity":""})"
              "\n");
    EXPECT_EQ(refused.status, kInvalid);
}

TEST_F(AssertionCommand, takes_several_providers_and_key_sets) {
    auto arguments = files();
    arguments[2] = file("offer.sdp", oidc_sdp());
    arguments[4] =
        file("idp.json", json::serialize(json::array{json::value(native_idp), json::value(oidc_idp)}));
    arguments.insert(arguments.end(), {"--jwks", "login.example.net=" + file("login.json", jwks())});
    EXPECT_EQ(run_with(arguments).out, "bob@corp.example\n");
}

TEST_F(AssertionCommand, takes_an_introspection_answer_from_a_file) {
    json::object idp = native_idp;
    idp["binding"] = "introspection";
    auto arguments = files();
    arguments[4] = file("idp.json", json::serialize(idp));
    EXPECT_EQ(run_with(arguments).errors, "causeway assertion verify: --introspection is missing\n");
    const json::object said{{"active", true}, {"sub", "carol@idp.example.org"}, {"contents", contents}};
    arguments.insert(arguments.end(), {"--introspection", file("said.json", json::serialize(said))});
    EXPECT_EQ(run_with(arguments).out, "carol@idp.example.org\n");
}

TEST_F(AssertionCommand, says_when_there_is_no_identity_or_no_provider) {
    auto arguments = files();
    file("offer.sdp", "v=0\r\n");
    EXPECT_EQ(run_with(arguments).out, "none\n");
    EXPECT_EQ(run_with(arguments).status, kInvalid);
    arguments = files();
    file("idp.json", "[]");
    EXPECT_EQ(run_with(arguments).out,
              "unknown_idp: unknown idp: no provider has this domain and protocol\n");
    EXPECT_EQ(run_with(arguments).status, kInvalid);
}

TEST_F(AssertionCommand, wants_to_be_used_right) {
    const auto wrong = [](const std::vector<std::string>& arguments) {
        const Outcome outcome = run_with(arguments);
        EXPECT_EQ(outcome.status, kUsage) << outcome.out;
        EXPECT_EQ(outcome.out, "");
        return outcome.errors;
    };
    const auto without = [&](std::size_t at) {
        auto arguments = files();
        arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at),
                        arguments.begin() + static_cast<std::ptrdiff_t>(at) + 2);
        return arguments;
    };
    const auto with = [&](const std::vector<std::string>& more) {
        auto arguments = files();
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    };
    const std::string begin = "causeway assertion verify: ";
    EXPECT_EQ(wrong({}), "causeway assertion: the command is verify.\n");
    EXPECT_EQ(wrong({"sign"}), "causeway assertion: the command is verify.\n");
    EXPECT_EQ(wrong({"verify"}), begin + "--sdp is missing\n");
    EXPECT_EQ(wrong(without(3)), begin + "--idp is missing\n");
    EXPECT_EQ(wrong(without(5)), begin + "--jwks idp.example.org=FILE is missing\n");
    EXPECT_EQ(wrong(with({"--jwks", "x"})), begin + "--jwks wants DOMAIN=FILE\n");
    EXPECT_EQ(wrong(with({"--dtls", "x"})), begin + "--dtls wants \"ALGORITHM DIGEST\"\n");
    EXPECT_NE(wrong(with({"--jwks", "x=/does/not/exist"})), "");
    EXPECT_NE(wrong(with({"--jwks", "x=" + file("broken", "{")})), "");
    EXPECT_NE(wrong(with({"--frobnicate"})), "");
    EXPECT_NE(wrong(with({"--now", "1"})), "") << "twice";
    EXPECT_NE(wrong(with({"positional"})), "");
    EXPECT_NE(wrong({"verify", "--sdp", "x", "--now", "soon"}), "");
    auto arguments = files();
    file("idp.json", "{");
    EXPECT_NE(wrong(arguments), "");
    file("idp.json", R"([{"domain":1}])");
    EXPECT_EQ(wrong(arguments), begin + "--idp: domain: must be a string\n");
}

TEST_F(AssertionCommand, helps) {
    for (const auto& arguments :
         {std::vector<std::string>{"--help"}, std::vector<std::string>{"verify", "--help"}}) {
        const Outcome outcome = run_with(arguments);
        EXPECT_EQ(outcome.status, kValid);
        EXPECT_NE(outcome.out.find("--sdp"), std::string::npos);
        EXPECT_EQ(outcome.errors, "");
    }
}

}  // namespace
}  // namespace causeway::tools
