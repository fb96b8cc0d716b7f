// REGISTER, word by word, by a WebSocket: who may, for how long, and how many. RFC 3261 §10, 5626, 7118,
// 8760, 8898.
#include "core/digest/digest.hpp"
#include "tests/integration/softphone/door_fixture.hpp"

namespace causeway::softphone {
namespace {

std::string parameter(const std::string& challenge, const std::string& name) {
    const auto at = challenge.find(name + "=\"");
    const auto begin = at + name.size() + 2;
    return challenge.substr(begin, challenge.find('"', begin) - begin);
}

/// The WWW-Authenticate line of that algorithm.
std::string challenge_of(const std::string& answer, const std::string& algorithm) {
    const auto at = answer.find("algorithm=" + algorithm);
    if (at == std::string::npos) return {};
    const auto begin = answer.rfind("\r\n", at) + 2;
    return answer.substr(begin, answer.find("\r\n", at) - begin);
}

std::string digest_line(const std::string& nonce, digest::Algorithm algorithm, const std::string& password,
                        const std::string& nc = "00000001") {
    digest::Exchange exchange{algorithm, "alice", "gw.example", nonce, "sip:gw.example", "auth", nc, "abc"};
    return "Authorization: Digest username=\"alice\", realm=\"gw.example\", nonce=\"" + nonce +
           "\", uri=\"sip:gw.example\", qop=auth, nc=" + nc +
           ", cnonce=\"abc\", algorithm=" + std::string(name(algorithm)) + ", response=\"" +
           digest::response(exchange, password, "REGISTER") + '"';
}

struct Registering : DoorTest {
    static int status(const std::string& answer) { return std::stoi(answer.substr(8, 3)); }
    std::string asks(Page& page, const std::vector<std::string>& lines, const std::string& user = "alice") {
        return page.ask({.method = "REGISTER", .user = user, .lines = lines});
    }
};

TEST_F(Registering, the_password_is_taken_with_both_digests) {
    for (const auto algorithm : {digest::Algorithm::md5, digest::Algorithm::sha256}) {
        Page page(door.port());
        const std::string challenged = asks(page, {page.contact()});
        ASSERT_EQ(status(challenged), 401) << challenged;
        const std::string nonce = parameter(challenge_of(challenged, std::string(name(algorithm))), "nonce");
        const std::string good = asks(page, {page.contact(), digest_line(nonce, algorithm, "alices-token")});
        EXPECT_EQ(status(good), 200) << good;
        EXPECT_THAT(header_of(good, "Contact"), HasSubstr(";expires=600"));
        EXPECT_EQ(status(asks(page, {page.contact(), digest_line(nonce, algorithm, "alices-token")})), 401)
            << "the same count again";
        EXPECT_EQ(
            status(asks(page, {page.contact(), digest_line(nonce, algorithm, "alices-token", "00000002")})),
            200);
        EXPECT_EQ(status(asks(page, {page.contact(), digest_line(nonce, algorithm, "guess", "00000003")})),
                  401);
    }
    EXPECT_EQ(door.count("softphone_wrong_password"), 4U);
}

TEST_F(Registering, an_old_nonce_is_stale_and_no_fault) {
    Page page(door.port());
    const std::string challenged = asks(page, {page.contact()});
    const std::string nonce = parameter(challenge_of(challenged, "MD5"), "nonce");
    door.wait(86'400s);
    const std::string stale =
        asks(page, {page.contact(), digest_line(nonce, digest::Algorithm::md5, "alices-token")});
    EXPECT_EQ(status(stale), 401);
    EXPECT_THAT(challenge_of(stale, "MD5"), HasSubstr("stale=true"));
    const std::string fresh = parameter(challenge_of(stale, "MD5"), "nonce");
    EXPECT_EQ(
        status(asks(page, {page.contact(), digest_line(fresh, digest::Algorithm::md5, "alices-token")})),
        200);
    EXPECT_EQ(door.count("softphone_wrong_password"), 0U);
}

TEST_F(Registering, a_bearer_token_may_have_every_character_that_tokens_have) {
    Page page(door.port());
    EXPECT_EQ(status(asks(page, {page.contact(), bearer("a/b+c~d.e_f-g==")}, "carol")), 200);
    EXPECT_EQ(status(asks(page, {page.contact(), bearer("a/b+c~d.e_f-g=")}, "carol")), 401);
    EXPECT_EQ(status(asks(page, {page.contact(), bearer("a/b+c~d.e_f-g==")}, "alice")), 403)
        << "of another address";
    EXPECT_EQ(door.registered(), 1U);
}

TEST_F(Registering, devices_are_listed_by_instance_taken_away_and_expire) {
    Page desk(door.port());
    Page mobile(door.port());
    const auto instance = [](const std::string& name) {
        return ";reg-id=1;+sip.instance=\"<urn:uuid:" + name + ">\"";
    };
    asks(desk, {desk.contact(instance("desk")), bearer("alices-token")});
    const std::string both = asks(mobile, {mobile.contact(instance("mobile")), "Expires: 90",
                                           "Supported: outbound, path", bearer("alices-token")});
    EXPECT_THAT(both, HasSubstr("+sip.instance=\"<urn:uuid:desk>\";reg-id=1"));
    EXPECT_THAT(both, HasSubstr(";expires=90;+sip.instance=\"<urn:uuid:mobile>\""));
    EXPECT_EQ(header_of(both, "Require"), "outbound");
    Page again(door.port());
    const std::string moved = asks(again, {again.contact(instance("desk")), bearer("alices-token")});
    EXPECT_EQ(status(moved), 200);
    EXPECT_EQ(door.registered(), 2U) << "the same device by another connection";
    const std::string ended =
        asks(again, {again.contact(instance("desk")), "Expires: 0", bearer("alices-token")});
    EXPECT_THAT(ended, Not(HasSubstr("desk")));
    EXPECT_EQ(door.registered(), 1U);
    door.wait(91s);
    EXPECT_EQ(door.registered(), 0U);
    asks(desk, {desk.contact(instance("desk")), bearer("alices-token")});
    const std::string all = asks(desk, {"Contact: *", "Expires: 0", bearer("alices-token")});
    EXPECT_EQ(status(all), 200);
    EXPECT_EQ(header_of(all, "Contact"), "");
    EXPECT_EQ(door.registered(), 0U);
}

TEST_F(Registering, nobody_registers_for_seconds_or_without_end_or_everything) {
    Page page(door.port());
    const std::string brief = asks(page, {page.contact(";expires=5"), bearer("alices-token")});
    EXPECT_EQ(status(brief), 423);
    EXPECT_EQ(header_of(brief, "Min-Expires"), "60");
    EXPECT_THAT(
        header_of(asks(page, {page.contact(";expires=4000000000"), bearer("alices-token")}), "Contact"),
        HasSubstr(";expires=3600"));
    for (int i = 1; i < 10; ++i) {
        const std::string more = ";reg-id=1;+sip.instance=\"<urn:uuid:" + std::to_string(i) + ">\"";
        EXPECT_EQ(status(asks(page, {page.contact(more), bearer("alices-token")})), 200);
    }
    const std::string full =
        asks(page, {page.contact(";reg-id=1;+sip.instance=\"<urn:uuid:more>\""), bearer("alices-token")});
    EXPECT_EQ(status(full), 403);
    EXPECT_THAT(header_of(full, "Reason"), HasSubstr("too many devices"));
    EXPECT_EQ(door.registered(), 10U);
}

TEST_F(Registering, a_connection_is_kept_by_line_ends_of_which_two_are_answered_by_one) {
    Page page(door.port());
    for (int i = 0; i < 3; ++i) {
        page.say("\r\n\r\n");
        EXPECT_EQ(page.hear(), "\r\n");
    }
    EXPECT_EQ(status(asks(page, {page.contact(), bearer("alices-token")})), 200);
}

}  // namespace
}  // namespace causeway::softphone
