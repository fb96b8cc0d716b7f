// `causeway token mint` and `show`.
#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "gateway/tools/commands.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;

/// A file for as long as a test runs.
class TemporaryFile {
  public:
    TemporaryFile(const std::string& name, const std::string& text)
        : path_(testing::TempDir() + "token_command_" + std::to_string(::getpid()) + "_" + name) {
        std::ofstream(path_) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

// A pair made for this test only.
constexpr const char* kPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMzU0alelrYnNS9tA\n"
    "OPBf8NvMBobgjq4vdiYGg+lDOkuhRANCAATfVZCpVH4QGkIYl2BpzK6tchHzeRx3\n"
    "zvu7oHG6SAvHvjUjJSCraRnu/XppzgBVh1F+Ajjq9SQfNcI7Lnvgtayq\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE31WQqVR+EBpCGJdgacyurXIR83kc\n"
    "d877u6BxukgLx741IyUgq2kZ7v16ac4AVYdRfgI46vUkHzXCOy574LWsqg==\n"
    "-----END PUBLIC KEY-----\n";

struct Outcome {
    int status = -1;
    std::string out;
    std::string errors;
};

struct TokenCommand : testing::Test {
    Outcome run(std::vector<std::string> arguments, const std::string& input = {}) {
        std::istringstream in(input);
        std::ostringstream out, errors;
        arguments.insert(arguments.begin(), "token");
        const int status = tools::run(arguments, in, out, errors);
        return {status, out.str(), errors.str()};
    }
    Outcome mint(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"mint",     "--secret", secret.path(), "--issuer",  "shop",
                                           "--callee", "+1215*",   "--now",       "1800000000"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    std::string minted(std::vector<std::string> more = {}) {
        const Outcome made = mint(std::move(more));
        EXPECT_EQ(made.status, kValid) << made.errors;
        return made.out.substr(0, made.out.find('\n'));
    }
    Outcome show(const std::string& token, const std::string& now, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"show", token, "--now", now};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }

    TemporaryFile secret{"secret", "0123456789abcdef0123456789abcdef\n"};
    TemporaryFile other{"other", "fedcba9876543210fedcba9876543210"};
    TemporaryFile key{"key", kPrivateKey};
    TemporaryFile public_key{"public_key", kPublicKey};
};

TEST_F(TokenCommand, mints_what_show_finds_valid) {
    const std::string token = minted({"--number",
                                      "+12155553000",
                                      "--identity",
                                      "a@b.example",
                                      "--display",
                                      "Shop",
                                      "--header",
                                      "X-Order: 7",
                                      "--header",
                                      "X-Empty:",
                                      "--max-duration",
                                      "60",
                                      "--max-concurrent",
                                      "2",
                                      "--max-uses",
                                      "3",
                                      "--ttl",
                                      "100",
                                      "--page",
                                      "https://shop.example/*",
                                      "--recording",
                                      "--id",
                                      "t1",
                                      "--callee",
                                      "100"});
    const Outcome shown = show(token, "1800000010", {"--secret", secret.path(), "--json"});
    EXPECT_EQ(shown.status, kValid) << shown.out;
    EXPECT_EQ(json::parse(shown.out),
              json::parse(R"({"result":"valid","why":"","signature_checked":true,"claims":{
        "jti":"t1","iss":"shop","iat":1800000000,"exp":1800000100,"callees":["+1215*","100"],
        "number":"+12155553000","identity":"a@b.example","display":"Shop","headers":{"X-Order":"7","X-Empty":""},
        "max_duration":60,"max_concurrent":2,"max_uses":3,"recording":true,"page":"https://shop.example/*"}})"));
}

TEST_F(TokenCommand, answers_mint_in_json_with_the_id_that_it_made) {
    const Outcome made = mint({"--json"});
    ASSERT_EQ(made.status, kValid);
    const auto answer = json::parse(made.out).as_object();
    EXPECT_EQ(answer.at("jti").as_string().size(), 22U);
    EXPECT_EQ(answer.at("exp"), 1800000300);
    const std::string token(answer.at("token").as_string().c_str());
    EXPECT_EQ(show(token, "1800000000", {"--secret", secret.path()}).status, kValid);
}

TEST_F(TokenCommand, shows_a_token_for_people) {
    const Outcome shown = show(minted({"--id", "t1"}), "1800000000", {"--secret", secret.path()});
    EXPECT_EQ(shown.out,
              "result: valid\njti: t1\niss: shop\niat: 1800000000\nexp: 1800000300\n"
              "callees: [\"+1215*\"]\nrecording: false\n");
}

TEST_F(TokenCommand, tells_why_a_token_is_not_valid) {
    const std::string token = minted();
    const std::string use = secret.path();
    EXPECT_NE(show(token, "1800000000", {"--secret", other.path()}).out.find("why: signature"),
              std::string::npos);
    EXPECT_EQ(show(token, "1800000000", {"--secret", other.path()}).status, kInvalid);
    EXPECT_NE(show(token, "1800000330", {"--secret", use}).out.find("why: exp: expired"), std::string::npos);
    EXPECT_EQ(show(token, "1800000330", {"--secret", use}).status, kInvalid);
    EXPECT_EQ(show("a.b.c", "1800000000", {"--secret", use}).status, kInvalid);
    EXPECT_EQ(show("nonsense", "1800000000").out, "result: invalid\nwhy: parts: not three of them\n");
    const Outcome in_json = show("nonsense", "1800000000", {"--json"});
    EXPECT_EQ(json::parse(in_json.out).at("result"), "invalid");
}

TEST_F(TokenCommand, says_when_the_signature_was_not_checked) {
    const std::string token = minted();
    const Outcome shown = show(token, "1800000000");
    EXPECT_EQ(shown.status, kValid);
    EXPECT_EQ(shown.out.substr(0, 30), "result: signature not checked\n");
    EXPECT_EQ(show(token, "1800000330").status, kInvalid);
    EXPECT_EQ(show(token, "1799999970").status, kValid);
    EXPECT_EQ(show(token, "1799999969").out.substr(0, 39), "result: invalid\nwhy: iat: in the future");
    EXPECT_EQ(show(token, "1799999969").status, kInvalid);
}

TEST_F(TokenCommand, mints_with_a_private_key) {
    const Outcome made =
        run({"mint", "--key", key.path(), "--issuer", "shop", "--callee", "*", "--now", "1800000000"});
    ASSERT_EQ(made.status, kValid) << made.errors;
    const std::string token = made.out.substr(0, made.out.find('\n'));
    EXPECT_EQ(show(token, "1800000000", {"--key", public_key.path()}).out.substr(0, 14), "result: valid\n");
    EXPECT_EQ(show(token, "1800000000", {"--key", key.path()}).out.substr(0, 14), "result: valid\n")
        << "with the key that minted it";
    EXPECT_NE(show(token, "1800000000", {"--secret", secret.path()}).out.find("why: alg"), std::string::npos);
}

TEST_F(TokenCommand, reads_a_token_from_standard_input) {
    const Outcome shown =
        run({"show", "-", "--now", "1800000000", "--secret", secret.path()}, minted() + "\n");
    EXPECT_EQ(shown.status, kValid) << shown.out;
}

TEST_F(TokenCommand, wrong_use_has_a_status_and_words_of_its_own) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"steal"},
        {"show"},
        {"show", "t", "--no-such-option"},
        {"show", "t", "--key", "a", "--secret", "b"},
        {"show", "t", "more"},
        {"mint"},
        {"mint", "--issuer", "a", "--callee", "*"},
        {"mint", "--key", "/nonexistent", "--issuer", "a", "--callee", "*"},
        {"mint", "--key", key.path(), "--secret", secret.path(), "--issuer", "a", "--callee", "*"},
        {"mint", "--secret", key.path(), "--callee", "*"},
        {"mint", "--secret", secret.path(), "--issuer", "a"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "/(/"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--header", "X-A"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--header", "From: b"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--ttl", "0"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--ttl", "9223372036854775807"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--header", "X-A: 1",
         "--header", "X-A: 2"},
        {"mint", "--secret", secret.path(), "--issuer", "a", "--callee", "*", "--max-uses", "many"}};
    for (const auto& arguments : wrong) {
        const Outcome made = run(arguments);
        EXPECT_EQ(made.status, kUsage) << testing::PrintToString(arguments);
        EXPECT_NE(made.errors, "") << testing::PrintToString(arguments);
        EXPECT_EQ(made.out, "");
    }
}

TEST_F(TokenCommand, helps) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"--help"}, {"mint", "--help"}, {"show", "--help"}}) {
        const Outcome helped = run(arguments);
        EXPECT_EQ(helped.status, kValid);
        EXPECT_EQ(helped.out.substr(0, 5), "Usage");
    }
}

}  // namespace
}  // namespace causeway::tools
