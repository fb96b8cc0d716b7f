// `causeway passport sign` and `verify`: options, files, JSON cases, exit status.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gateway/tools/commands.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;
using test::CertificateWish;
using test::TestCertificate;

constexpr const char* kX5u = "https://cert.example.org/sp.pem?a=b";
constexpr const char* kNow = "1790000000";
constexpr const char* kDate = "Mon, 21 Sep 2026 14:13:20 GMT";

struct Certificates {
    Certificates() : root(TestCertificate::root()), leaf(root.issue(wish())) {}

    static CertificateWish wish() {
        CertificateWish wish;
        wish.common_name = "SHAKEN 1234";
        wish.extensions = {test::tn_auth_list(test::tn_auth_list_spc("1234"))};
        return wish;
    }

    TestCertificate root;
    TestCertificate leaf;
};

const Certificates& certificates() {
    static const Certificates all;
    return all;
}

struct Outcome {
    int status = 0;
    std::string out;
    std::string errors;
};

class PassportCommand : public testing::Test {
  protected:
    PassportCommand() {
        std::filesystem::create_directories(folder_);
        write("root.pem", certificates().root.pem());
        write("leaf.pem", certificates().leaf.chain_pem());
        write("key.pem", certificates().leaf.key_pem());
        write("crl.pem", certificates().root.crl_pem({certificates().leaf}));
        write("offer.sdp",
              "v=0\r\na=fingerprint:sha-256 AA:BB\r\nm=audio 9 UDP/TLS/RTP/SAVP 0\r\na=fingerprint:sha-1 "
              "CC:DD\r\n");
    }
    ~PassportCommand() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    static Outcome run(std::vector<std::string> arguments, const std::string& input = {}) {
        arguments.insert(arguments.begin(), "passport");
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream errors;
        Outcome outcome;
        outcome.status = tools::run(arguments, in, out, errors);
        outcome.out = out.str();
        outcome.errors = errors.str();
        return outcome;
    }

    Outcome sign(const std::vector<std::string>& more = {"--attest", "A"}) const {
        std::vector<std::string> arguments{
            "sign",   "--key",           path("key.pem"), "--cert",       path("leaf.pem"), "--x5u", kX5u,
            "--orig", "+1-215-555-1212", "--dest",        "+12155551213", "--now",          kNow};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    /// The Identity value that `sign` prints in JSON.
    std::string signed_value(std::vector<std::string> more = {"--attest", "A"}) const {
        more.emplace_back("--json");
        const Outcome outcome = sign(more);
        EXPECT_EQ(outcome.status, kValid) << outcome.errors;
        return std::string(json::parse(outcome.out).at("identity").as_string());
    }

    Outcome verify(const std::string& value, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"verify",
                                           "--from",
                                           "sip:+12155551212@a.example",
                                           "--to",
                                           "<sip:+12155551213@b.example>",
                                           "--now",
                                           kNow,
                                           "--root",
                                           path("root.pem"),
                                           "--cert",
                                           std::string(kX5u) + "=" + path("leaf.pem"),
                                           "--identity",
                                           value};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    json::object good_case() const {
        return {{"from", "sip:+12155551212@a.example"},
                {"pai", nullptr},
                {"to", "sip:+12155551213@b.example"},
                {"ruri", "sip:+12155551213@b.example"},
                {"date", kDate},
                {"now", 1790000000},
                {"sdp_fingerprints", json::array{}},
                {"policy", {{"require", false}, {"orig_from", "from"}, {"unknown", 1}}},
                {"identity", json::array{signed_value()}},
                {"root", certificates().root.pem()},
                {"certs", {{kX5u, certificates().leaf.chain_pem()}}},
                {"unknown", 1}};
    }

    static json::object answer(const json::object& one) {
        const Outcome outcome = run({"verify", "--json"}, json::serialize(one) + "\n");
        EXPECT_EQ(outcome.status, kValid);
        return json::parse(outcome.out).as_object();
    }

  private:
    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) /
        (std::string("passport_command_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(PassportCommand, signs_identity_and_date) {
    const Outcome outcome = sign();
    EXPECT_EQ(outcome.status, kValid);
    EXPECT_EQ(outcome.out.substr(0, 12), "Identity: ey");
    EXPECT_NE(
        outcome.out.find(std::string(";info=<") + kX5u + ">;alg=ES256;ppt=shaken\nDate: " + kDate + "\n"),
        std::string::npos)
        << outcome.out;
}

TEST_F(PassportCommand, verifies_what_it_signed) {
    const Outcome outcome =
        verify(signed_value({"--attest", "B", "--origid", "123e4567-e89b-42d3-a456-426614174000"}));
    EXPECT_EQ(outcome.status, kValid);
    EXPECT_EQ(outcome.out, std::string("result: valid\nattest: B\norig: 12155551212\n"
                                       "origid: 123e4567-e89b-42d3-a456-426614174000\nmky: no\n"
                                       "signer: SHAKEN 1234\nx5u: ") +
                               kX5u + "\n");
}

TEST_F(PassportCommand, a_directory_in_the_place_of_a_file_is_wrong_use) {
    EXPECT_EQ(verify(signed_value(), {"--crl", path("")}).status, kUsage);
}

TEST_F(PassportCommand, tells_code_and_reason_of_what_is_invalid) {
    const Outcome outcome = verify(signed_value(), {"--date", "Mon, 21 Sep 2026 14:12:19 GMT"});
    EXPECT_EQ(outcome.status, kInvalid);
    EXPECT_EQ(outcome.out, "result: invalid\ncode: 403\nwhy: Date: Stale Date, it is not now\n");
}

TEST_F(PassportCommand, takes_origin_target_revocation_and_policy_from_its_options) {
    const std::string value = signed_value();
    EXPECT_EQ(verify(value, {"--pai", "<tel:+12155551299>"}).status, kValid);
    EXPECT_EQ(verify(value, {"--pai", "<tel:+12155551299>", "--policy", R"({"orig_from":"pai"})"}).status,
              kInvalid);
    EXPECT_NE(verify(value, {"--crl", path("crl.pem")}).out.find("certificate revoked"), std::string::npos);
    write("policy.json", R"({"freshness":5})");
    const std::string older = signed_value({"--attest", "A", "--iat", "1789999990"});
    EXPECT_EQ(verify(older).status, kValid);
    EXPECT_EQ(verify(older, {"--policy", path("policy.json")}).status, kInvalid);
}

TEST_F(PassportCommand, binds_the_fingerprints_of_all_levels_of_an_sdp) {
    const std::string value = signed_value({"--ppt", "base", "--mky", path("offer.sdp")});
    EXPECT_NE(verify(value, {"--sdp", path("offer.sdp")}).out.find("mky: yes"), std::string::npos);
    EXPECT_NE(verify(value).out.find("mky: differs"), std::string::npos);
}

TEST_F(PassportCommand, verifies_a_diversion) {
    const std::string div =
        signed_value({"--ppt", "div", "--div", "+12155551213", "--dest-uri", "sip:bob@b.example"});
    const Outcome outcome = verify(signed_value(), {"--identity", div, "--ruri", "sip:bob@b.example"});
    EXPECT_EQ(outcome.status, kValid);
    EXPECT_NE(outcome.out.find("div: 12155551213 to sip:bob@b.example\n"), std::string::npos) << outcome.out;
}

TEST_F(PassportCommand, has_none_for_a_request_without_identity) {
    const std::vector<std::string> arguments{"verify", "--from", "sip:a@b", "--to", "sip:c@d", "--now", kNow};
    EXPECT_EQ(run(arguments).out, "result: none\nwhy: no Identity header field\n");
    EXPECT_EQ(run(arguments).status, kInvalid);
    auto required = arguments;
    required.insert(required.end(), {"--policy", R"({"require":true})", "--json"});
    EXPECT_EQ(run(required).out,
              R"({"result":"invalid","code":428,"why":"no Identity header field","mky":false,"div":[]})"
              "\n");
}

TEST_F(PassportCommand, says_what_does_not_fit_when_it_cannot_sign) {
    write("key.pem", certificates().root.key_pem());
    const Outcome outcome = sign();
    EXPECT_EQ(outcome.status, kInvalid);
    EXPECT_EQ(outcome.errors, "causeway passport sign: the certificate is not the key's\n");
    write("key.pem", "no key");
    EXPECT_EQ(sign().status, kInvalid);
    EXPECT_EQ(sign({}).status, kInvalid) << "attest is missing";
}

TEST_F(PassportCommand, refuses_wrong_use) {
    for (const std::vector<std::string>& arguments : std::initializer_list<std::vector<std::string>>{
             {},
             {"show"},
             {"verify"},
             {"verify", "--from", "sip:a@b"},
             {"verify", "--fro", "sip:a@b"},
             {"verify", "word"},
             {"verify", "--from", "a", "--to", "b", "--now", "noon"},
             {"verify", "--from", "a", "--to", "b", "--root", "/nowhere"},
             {"verify", "--from", "a", "--to", "b", "--root", "/dev/null"},
             {"verify", "--from", "a", "--to", "b", "--cert", "https"},
             {"verify", "--from", "a", "--to", "b", "--sdp", "/dev/null"},
             {"verify", "--from", "a", "--to", "b", "--policy", "{"},
             {"verify", "--from", "a", "--to", "b", "--policy", R"({"require":1})"},
             {"verify", "--from", "a", "--to", "b", "--policy", R"({"orig_from":"to"})"},
             {"verify", "--from", "a", "--to", "b", "--policy", R"({"freshness":-1})"},
             {"sign"},
             {"sign", "--key", "/nowhere"}}) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.status, kUsage) << testing::PrintToString(arguments);
        EXPECT_NE(outcome.errors, "");
        EXPECT_EQ(outcome.out, "");
    }
    for (const std::vector<std::string>& more :
         std::initializer_list<std::vector<std::string>>{{"--attest", "D"},
                                                         {"--ppt", "rcd"},
                                                         {"--attest", "A", "--div", "1"},
                                                         {"--ppt", "base", "--attest", "A"},
                                                         {"--ppt", "div", "--origid", "1"},
                                                         {"--attest", "A", "--orig-uri", "sip:a@b"}}) {
        EXPECT_EQ(sign(more).status, kUsage) << testing::PrintToString(more);
    }
}

TEST_F(PassportCommand, helps) {
    for (const std::vector<std::string>& arguments : std::initializer_list<std::vector<std::string>>{
             {"--help"}, {"sign", "--help"}, {"verify", "--help"}}) {
        EXPECT_EQ(run(arguments).status, kValid);
        EXPECT_NE(run(arguments).out.find("Usage: causeway passport"), std::string::npos);
    }
}

TEST_F(PassportCommand, answers_a_good_case) {
    EXPECT_EQ(json::serialize(answer(good_case())),
              R"({"result":"valid","why":"","attest":"A","orig":"12155551212","mky":false,"div":[]})");
}

TEST_F(PassportCommand, answers_cases_in_order_and_broken_ones_with_an_error_in_their_line) {
    json::object bad = good_case();
    bad["to"] = "sip:+12155551299@b.example";
    const std::string good = json::serialize(good_case());
    const Outcome outcome =
        run({"verify", "--json"}, good + "\n{broken\n\n" + json::serialize(bad) + "\n[]\n" + good);
    EXPECT_EQ(outcome.status, kValid);
    std::istringstream lines(outcome.out);
    std::vector<json::object> answers;
    for (std::string line; std::getline(lines, line);) answers.push_back(json::parse(line).as_object());
    ASSERT_EQ(answers.size(), 6U);
    EXPECT_EQ(answers[0].at("result"), "valid");
    EXPECT_TRUE(answers[1].contains("error"));
    EXPECT_TRUE(answers[2].contains("error"));
    EXPECT_EQ(json::serialize(answers[3]),
              R"({"result":"invalid","code":438,"why":"dest: does not hold To","mky":false,"div":[]})");
    EXPECT_TRUE(answers[4].contains("error"));
    EXPECT_EQ(answers[5].at("result"), "valid");
}

TEST_F(PassportCommand, answers_an_error_for_members_of_a_wrong_type) {
    const std::pair<const char*, json::value> wrongs[] = {
        {"from", nullptr},
        {"from", 1},
        {"to", json::array{}},
        {"pai", 1},
        {"ruri", 1},
        {"date", 1790000000},
        {"now", "1790000000"},
        {"now", nullptr},
        {"sdp_fingerprints", "AA"},
        {"sdp_fingerprints", json::array{"AA"}},
        {"sdp_fingerprints", json::array{json::array{"sha-256"}}},
        {"sdp_fingerprints", json::array{json::array{"sha-256", 1}}},
        {"policy", "require"},
        {"policy", {{"require", "yes"}}},
        {"policy", {{"orig_from", "to"}}},
        {"policy", {{"orig_from", 1}}},
        {"policy", {{"freshness", "60"}}},
        {"identity", "value"},
        {"identity", json::array{1}},
        {"root", "no PEM"},
        {"root", 1},
        {"certs", json::array{}},
        {"certs", {{kX5u, 1}}},
    };
    for (const auto& [name, value] : wrongs) {
        json::object one = good_case();
        one[name] = value;
        const json::object read = answer(one);
        EXPECT_TRUE(read.contains("error")) << name << " " << json::serialize(value);
        EXPECT_EQ(read.at("result"), "invalid");
        EXPECT_EQ(read.at("why"), read.at("error"));
    }
}

TEST_F(PassportCommand, answers_with_defaults_for_members_that_are_missing) {
    json::object one = good_case();
    for (const char* name : {"pai", "ruri", "date", "sdp_fingerprints", "policy"}) one.erase(name);
    EXPECT_EQ(answer(one).at("result"), "valid");
    one["certs"] = {{kX5u, nullptr}};
    EXPECT_EQ(answer(one).at("code"), 436);
    one.erase("certs");
    EXPECT_EQ(answer(one).at("code"), 436);
    one = good_case();
    one["identity"] = nullptr;
    EXPECT_EQ(answer(one).at("result"), "none");
    one.erase("identity");
    EXPECT_EQ(answer(one).at("result"), "none");
    one = good_case();
    one.erase("root");
    EXPECT_EQ(answer(one).at("code"), 437);
}

TEST_F(PassportCommand, answers_none_and_428) {
    json::object one = good_case();
    one["identity"] = json::array{};
    EXPECT_EQ(json::serialize(answer(one)),
              R"({"result":"none","why":"no Identity header field","mky":false,"div":[]})");
    one["policy"] = {{"require", true}};
    EXPECT_EQ(answer(one).at("result"), "invalid");
    EXPECT_EQ(answer(one).at("code"), 428);
}

TEST_F(PassportCommand, takes_every_member_of_a_case_into_account) {
    const std::pair<const char*, json::value> others[] = {
        {"from", "sip:+12155551299@a.example"},
        {"to", "sip:+12155551299@b.example"},
        {"date", "Mon, 21 Sep 2026 14:12:19 GMT"},
        {"now", 1790000061},
        {"root", json::value(TestCertificate::root().pem())},
        {"crl", json::value(certificates().root.crl_pem({certificates().leaf}))},
        {"certs", {{kX5u, "no PEM"}}},
    };
    for (const auto& [name, value] : others) {
        json::object one = good_case();
        one[name] = value;
        EXPECT_EQ(answer(one).at("result"), "invalid") << name;
    }
    json::object one = good_case();
    one["pai"] = "<tel:+12155551299>";
    EXPECT_EQ(answer(one).at("result"), "valid");
    one["policy"] = {{"orig_from", "pai"}};
    EXPECT_EQ(answer(one).at("result"), "invalid");
    one = good_case();
    one["now"] = 1790000061;
    one["policy"] = {{"freshness", 61}};
    EXPECT_EQ(answer(one).at("result"), "valid");
}

TEST_F(PassportCommand, answers_with_the_numbers_that_diverted_and_bound_media) {
    json::object one = good_case();
    const std::string div =
        signed_value({"--ppt", "div", "--div", "+12155551213", "--dest-uri", "sip:bob@b.example"});
    one["identity"] = json::array{signed_value({"--attest", "C", "--mky", path("offer.sdp")}), div};
    one["ruri"] = "sip:bob@b.example";
    one["sdp_fingerprints"] = json::array{json::array{"sha-1", "CC:DD"}, json::array{"sha-256", "AA:BB"}};
    EXPECT_EQ(
        json::serialize(answer(one)),
        R"({"result":"valid","why":"","attest":"C","orig":"12155551212","mky":true,"div":["12155551213"]})");
}

}  // namespace
}  // namespace causeway::tools
