// Signed identities on their way through the stack: byte for byte out and in, however long; what is said of
// them in responses. RFC 8224 §4, §6, RFC 9410, RFC 3261 §18.1.1, §22.
#include <sys/socket.h>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

using namespace std::chrono_literals;

/// As long as a SHAKEN PASSporT, and another one.
std::string token(char filler) {
    return "eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiJ9." + std::string(500, filler) + "." +
           std::string(86, '_');
}

const std::string kShaken =
    token('a') + ";info=<https://certs.example/a%20b.pem?x=1,2&y=\"q\">;alg=ES256;ppt=shaken";
const std::string kQuoted = token('b') + ";info=<https://certs.example/b.pem>;alg=\"ES256\";ppt=\"div\"";
/// Sun, 22 Nov 2026 13:01:48 GMT
constexpr std::int64_t kDate = 1795352508;

class Identities : public TwoAgents {
  protected:
    static OutboundInvite signed_invite(std::uint16_t port) {
        OutboundInvite invite = invite_to(port, "600");
        invite.headers = {{"P-Asserted-Identity", "<sip:+4930@gateway.test;user=phone>, <tel:+4930>"},
                          {"Date", "Sun, 22 Nov 2026 13:01:48 GMT"},
                          {"Identity", kShaken},
                          {"Identity", kQuoted}};
        return invite;
    }

    /// An INVITE with that line, as the other side reads it.
    InboundInvite received(const std::string& lines, const std::string& id) {
        RawPeer peer(there_.udp_port());
        const std::string text = with_line(with(kInvite, "$VIA", peer.address().to_string()), lines);
        peer.send(with(text, "$ID", id));
        const auto invited = there.next(What::invite);
        EXPECT_TRUE(invited) << lines;
        return invited ? invited->invite : InboundInvite{};
    }
};

TEST_F(Identities, rows_date_and_assertion_cross_from_one_stack_to_the_other_unchanged) {
    here_.invite(signed_invite(there_.udp_port()));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.identity, (std::vector<std::string>{kShaken, kQuoted}));
    EXPECT_EQ(invited->invite.date, kDate);
    EXPECT_EQ(invited->invite.asserted_identity, "<sip:+4930@gateway.test;user=phone>, <tel:+4930>");
    EXPECT_EQ(invited->invite.to_uri, "sip:600@gateway.test");
    EXPECT_EQ(invited->invite.from_uri, "sip:caller@gateway.test");
}

TEST_F(Identities, they_leave_as_they_were_written) {
    RawPeer trunk(here_.udp_port());
    here_.invite(signed_invite(trunk.address().port()));
    const std::string invite = trunk.receive_starting("INVITE");
    EXPECT_NE(invite.find("\r\nIdentity: " + kShaken + "\r\n"), std::string::npos) << invite;
    EXPECT_NE(invite.find("\r\nIdentity: " + kQuoted + "\r\n"), std::string::npos) << invite;
    EXPECT_EQ(header_of(invite, "Date"), "Sun, 22 Nov 2026 13:01:48 GMT");
}

TEST_F(Identities, compact_rows_mixed_rows_and_lists_are_read) {
    EXPECT_EQ(received("y: " + kShaken, "compact").identity, std::vector<std::string>{kShaken});
    EXPECT_EQ(received("Y: " + kShaken + "\nidentity: " + kQuoted + "\nIDENTITY: third", "mixed").identity,
              (std::vector<std::string>{kShaken, kQuoted, "third"}));
    EXPECT_EQ(received("Identity: " + kShaken + ", " + kQuoted, "list").identity,
              std::vector<std::string>{kShaken + ", " + kQuoted})
        << "a list is taken apart by whoever knows its grammar";
    EXPECT_TRUE(received("X-Identity: " + kShaken, "other").identity.empty());
}

TEST_F(Identities, a_date_is_read_or_there_is_none) {
    EXPECT_EQ(received("Date: Sun, 22 Nov 2026 13:01:48 GMT", "date").date, kDate);
    EXPECT_FALSE(received("X-None: 1", "nodate").date);
    EXPECT_FALSE(received("Date: yesterday", "baddate").date);
}

TEST_F(Identities, more_rows_than_anybody_needs_are_cut_off) {
    std::string lines = "Identity: row0";
    for (int i = 1; i < 20; ++i) lines += "\nIdentity: row" + std::to_string(i);
    const auto rows = received(lines, "many").identity;
    EXPECT_EQ(rows.size(), 9U) << "one more than are looked at, so that it shows";
    EXPECT_EQ(rows.front(), "row0");
}

TEST_F(Identities, a_long_invite_leaves_by_udp_for_a_udp_trunk) {
    RawPeer trunk(here_.udp_port());
    for (const std::string transport : {";transport=udp", ""}) {
        OutboundInvite invite = signed_invite(trunk.address().port());
        invite.request_uri = "sip:600@" + trunk.address().to_string() + transport;
        const DialogId dialog = here_.invite(invite);
        const std::string arrived = trunk.receive_starting("INVITE");
        EXPECT_GT(arrived.size(), 1500U) << "longer than RFC 3261 §18.1.1 likes";
        EXPECT_NE(arrived.find("Via: SIP/2.0/UDP"), std::string::npos);
        EXPECT_NE(arrived.find(kQuoted), std::string::npos);
        trunk.send(response_to(arrived, "486 Busy Here", ""));
        EXPECT_TRUE(here.next(What::ended)) << dialog.value;
        EXPECT_TRUE(becomes_empty(here_));
    }
}

TEST_F(Identities, a_long_invite_is_not_sent_to_whoever_listens_on_tcp_beside_the_trunk) {
    RawPeer trunk(here_.udp_port());
    // Takes connections and never answers, as a firewall's proxy may.
    const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(silent.get(), trunk.address().data(), trunk.address().size()), 0);
    ASSERT_EQ(::listen(silent.get(), 8), 0);
    OutboundInvite invite = signed_invite(trunk.address().port());
    here_.invite(invite);
    const std::string arrived = trunk.receive_starting("INVITE");
    EXPECT_NE(arrived.find("Via: SIP/2.0/UDP"), std::string::npos)
        << "a trunk's transport is its operator's word";
}

TEST_F(Identities, a_digest_challenge_is_answered_within_the_same_call_and_signature) {
    RawPeer trunk(here_.udp_port());
    OutboundInvite invite = signed_invite(trunk.address().port());
    invite.credentials = DigestCredentials{"gw", "secret", ""};
    here_.invite(invite);
    const std::string first = trunk.receive_starting("INVITE");
    trunk.send(response_to(first, "407 Proxy Authentication Required",
                           "Proxy-Authenticate: Digest realm=\"trunk\", nonce=\"n\", algorithm=MD5\n"));
    const std::string second = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(second, "Proxy-Authorization"), "");
    EXPECT_EQ(header_of(second, "Call-ID"), header_of(first, "Call-ID"));
    EXPECT_EQ(header_of(second, "Date"), header_of(first, "Date"));
    EXPECT_NE(second.find("\r\nIdentity: " + kShaken + "\r\n"), std::string::npos);
    EXPECT_NE(second.find("\r\nIdentity: " + kQuoted + "\r\n"), std::string::npos);
}

TEST_F(Identities, a_tag_stands_in_every_response_beside_the_calls_own_reason) {
    RawPeer caller(there_.udp_port());
    const std::string tag = "STIR;cause=438;text=\"Invalid Identity Header\"";
    const auto place = [&](const std::string& id) {
        caller.send(with(with(kInvite, "$VIA", caller.address().to_string()), "$ID", id));
        const auto invited = there.next(What::invite);
        EXPECT_TRUE(invited);
        there_.add_response_header(invited->dialog, {"Reason", tag});
        there_.progress(invited->dialog, 180, "");
        EXPECT_NE(caller.receive_starting("SIP/2.0 180").find(tag), std::string::npos);
        return invited->dialog;
    };
    there_.accept(place("taken"), sdp_named("answer"));
    EXPECT_NE(caller.receive_starting("SIP/2.0 200").find(tag), std::string::npos);

    there_.end(place("busy"), {EndCause::busy, Side::browser, {}, {}});
    const std::string refusal = caller.receive_starting("SIP/2.0 486");
    EXPECT_NE(refusal.find(tag), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("Q.850;cause=17"), std::string::npos) << refusal;
}

TEST_F(Identities, an_unverified_caller_is_refused_in_the_words_of_the_specification) {
    struct Case {
        int status;
        const char* line;
    };
    for (const Case& one :
         {Case{428, "SIP/2.0 428 Use Identity Header\r\n"}, Case{436, "SIP/2.0 436 Bad Identity Info\r\n"},
          Case{437, "SIP/2.0 437 Unsupported Credential\r\n"},
          Case{438, "SIP/2.0 438 Invalid Identity Header\r\n"}, Case{403, "SIP/2.0 403 Stale Date\r\n"}}) {
        RawPeer caller(there_.udp_port());
        caller.send(with(with(kInvite, "$VIA", caller.address().to_string()), "$ID",
                         "refused" + std::to_string(one.status)));
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited);
        there_.end(invited->dialog, {EndCause::caller_unverified, Side::sip, "because", one.status});
        EXPECT_NE(caller.receive_starting(one.line), "") << one.line;
    }
}

}  // namespace
}  // namespace causeway::sip::test
