// Many listening addresses: each one answers for itself, shows itself and is called by.
#include <utility>
#include <vector>

#include "raw_peer.hpp"
#include "two_agents.hpp"

namespace causeway::sip::test {
namespace {

/// With a port that is free for UDP and TCP alike.
SocketAddress free_address(const std::string& ip) {
    const SocketAddress any = *SocketAddress::parse(ip, 0);
    const int family = any.is_ipv6() ? AF_INET6 : AF_INET;
    for (int tries = 0; tries < 100; ++tries) {
        const UniqueFd udp(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const UniqueFd tcp(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::bind(udp.get(), any.data(), any.size()) != 0) continue;
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(udp.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        const SocketAddress chosen(reinterpret_cast<sockaddr*>(&bound));
        if (::bind(tcp.get(), chosen.data(), chosen.size()) == 0) return chosen;
    }
    ADD_FAILURE() << "no port is free";
    return any;
}

std::string in_uri(const SocketAddress& address) {
    return address.to_string();
}

const char kInvite[] =
    "INVITE sip:100@$YOU SIP/2.0\nVia: SIP/2.0/$T $ME;branch=z9hG4bK-listen;rport\nFrom: "
    "<sip:200@peer.test>;tag=1\n"
    "To: <sip:100@gateway.test>\nCall-ID: listen-$ME\nCSeq: 1 INVITE\nContact: <sip:200@$ME;transport=$T>\n"
    "Max-Forwards: 70\n$LENGTH\n\n";

std::string ack_of(const std::string& ok) {
    return "ACK sip:100@$YOU SIP/2.0\nVia: SIP/2.0/$T $ME;branch=z9hG4bK-ack;rport\n"
           "From: <sip:200@peer.test>;tag=1\nTo: " +
           header_of(ok, "To") + "\nCall-ID: listen-$ME\nCSeq: 1 ACK\nMax-Forwards: 70\n$LENGTH\n\n";
}

class Listeners : public testing::Test {
  protected:
    SipUaSettings settings = [] {
        SipUaSettings made = loopback_settings();
        made.listen_udp.clear();
        made.listen_tcp.clear();
        return made;
    }();
    Counters counters;
    SipRecorder heard;

    /// A call that comes to `listen`: what it is shown of us, in the 200 and in our BYE.
    void call_in(SipUa& agent, const SocketAddress& listen, RawPeer::Kind kind, const std::string& shown) {
        SCOPED_TRACE(listen.to_string() + (kind == RawPeer::Kind::tcp ? " tcp" : " udp"));
        RawPeer peer(listen, kind);
        peer.send(kInvite);
        const auto invited = heard.next(What::invite);
        ASSERT_TRUE(invited);
        agent.accept(invited->dialog, sdp_named("answer"));
        const std::string ok = peer.receive_starting("SIP/2.0 200");
        EXPECT_NE(header_of(ok, "Contact").find(shown), std::string::npos) << ok;
        if (kind == RawPeer::Kind::udp) {
            EXPECT_EQ(peer.from(), listen);
        }
        peer.send(ack_of(ok));
        ASSERT_TRUE(heard.next(What::acknowledged));
        agent.end(invited->dialog,
                  {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
        const std::string bye = peer.receive_starting("BYE");
        EXPECT_NE(header_of(bye, "Via").find(shown), std::string::npos) << bye;
        if (kind == RawPeer::Kind::udp) {
            EXPECT_EQ(peer.from(), listen);
        }
        peer.send("SIP/2.0 200 OK\nVia: " + header_of(bye, "Via") + "\nFrom: " + header_of(bye, "From") +
                  "\nTo: " + header_of(bye, "To") + "\nCall-ID: " + header_of(bye, "Call-ID") +
                  "\nCSeq: " + header_of(bye, "CSeq") + "\n$LENGTH\n\n");
    }

    /// The INVITE that a trunk at `peer` gets.
    std::string call_out(SipUa& agent, RawPeer& peer, const std::string& trunk) {
        OutboundInvite invite = invite_to(1, "600");
        invite.trunk = trunk;
        invite.request_uri = "sip:600@" + in_uri(peer.address()) + ";transport=udp";
        const DialogId dialog = agent.invite(invite);
        const std::string text = peer.receive_starting("INVITE");
        agent.end(dialog, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
        return text;
    }
};

TEST_F(Listeners, each_of_many_addresses_answers_for_itself_by_udp_and_tcp) {
    std::vector<std::pair<SocketAddress, std::string>> shown;
    for (const char* ip : {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"}) {
        const SocketAddress own = free_address(ip);
        settings.listen_udp.push_back(own);
        settings.listen_tcp.push_back(own);
        shown.emplace_back(own, in_uri(own));
    }
    // Two of one family behind two different translations.
    for (const std::size_t i : {1U, 2U}) {
        const std::string outside = "203.0.113." + std::to_string(i);
        settings.external_addresses.emplace_back(shown[i].first, outside);
        shown[i].second = outside + ':' + std::to_string(shown[i].first.port());
    }
    SipUa agent(settings, counters, heard);
    for (const auto& [own, words] : shown) {
        call_in(agent, own, RawPeer::Kind::udp, words);
        call_in(agent, own, RawPeer::Kind::tcp, words);
    }
}

TEST_F(Listeners, two_ports_of_one_address_are_two_listeners) {
    settings.listen_udp = {free_address("127.0.0.1"), free_address("127.0.0.1"), free_address("127.0.0.1")};
    SipUa agent(settings, counters, heard);
    for (const SocketAddress& own : settings.listen_udp) {
        call_in(agent, own, RawPeer::Kind::udp, in_uri(own));
    }
}

TEST_F(Listeners, udp_and_tcp_at_different_addresses_show_their_own) {
    settings.listen_udp = {free_address("127.0.0.1")};
    settings.listen_tcp = {free_address("127.0.0.3")};
    settings.external_addresses = {{settings.listen_tcp[0], "203.0.113.3"}};
    SipUa agent(settings, counters, heard);
    call_in(agent, settings.listen_udp[0], RawPeer::Kind::udp, in_uri(settings.listen_udp[0]));
    const std::string outside = "203.0.113.3:" + std::to_string(settings.listen_tcp[0].port());
    call_in(agent, settings.listen_tcp[0], RawPeer::Kind::tcp, outside);
}

TEST_F(Listeners, a_trunk_is_called_by_the_address_that_it_names) {
    for (const char* ip : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
        settings.listen_udp.push_back(free_address(ip));
    }
    settings.external_addresses = {{settings.listen_udp[2], "203.0.113.3"}};
    settings.trunk_listeners = {{"two", settings.listen_udp[1]}, {"three", settings.listen_udp[2]}};
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_udp[0]);
    const std::string by_two = call_out(agent, peer, "two");
    EXPECT_EQ(peer.from(), settings.listen_udp[1]);
    EXPECT_NE(header_of(by_two, "Via").find(in_uri(settings.listen_udp[1])), std::string::npos) << by_two;
    EXPECT_NE(header_of(by_two, "Contact").find(in_uri(settings.listen_udp[1])), std::string::npos) << by_two;
    RawPeer other(settings.listen_udp[0]);
    const std::string by_three = call_out(agent, other, "three");
    const std::string outside = "203.0.113.3:" + std::to_string(settings.listen_udp[2].port());
    EXPECT_EQ(other.from(), settings.listen_udp[2]);
    EXPECT_NE(header_of(by_three, "Via").find(outside), std::string::npos) << by_three;
    EXPECT_NE(header_of(by_three, "Contact").find(outside), std::string::npos) << by_three;
}

TEST_F(Listeners, other_calls_leave_by_the_family_of_their_peer) {
    settings.listen_udp = {free_address("127.0.0.1"), free_address("127.0.0.2"), free_address("::1")};
    SipUa agent(settings, counters, heard);
    RawPeer six(settings.listen_udp[2]);
    EXPECT_NE(header_of(call_out(agent, six, ""), "Contact").find("[::1]"), std::string::npos);
    EXPECT_EQ(six.from(), settings.listen_udp[2]);
    RawPeer four(settings.listen_udp[0]);
    call_out(agent, four, "");
    EXPECT_EQ(four.from(), settings.listen_udp[0]);
}

TEST_F(Listeners, a_registration_and_a_probe_go_by_the_named_address_too) {
    settings.listen_udp = {free_address("127.0.0.1"), free_address("127.0.0.2"), free_address("127.0.0.3")};
    settings.trunk_listeners = {{"two", settings.listen_udp[1]}};
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_udp[0]);
    const std::string place = in_uri(peer.address());
    agent.register_trunks({{"two/me", "sip:" + place, "sip:me@" + place, {"me", "secret", ""}}});
    const std::string request = peer.receive_starting("REGISTER");
    EXPECT_EQ(peer.from(), settings.listen_udp[1]);
    EXPECT_NE(header_of(request, "Contact").find(in_uri(settings.listen_udp[1])), std::string::npos)
        << request;
    RawPeer asked(settings.listen_udp[0]);
    agent.probe({"p", "sip:" + in_uri(asked.address()), "", "two"});
    EXPECT_NE(asked.receive_starting("OPTIONS"), "");
    EXPECT_EQ(asked.from(), settings.listen_udp[1]);
}

TEST_F(Listeners, the_way_to_a_registrar_by_udp_is_kept_open_from_the_registered_address) {
    settings.listen_udp = {free_address("127.0.0.1"), free_address("127.0.0.2")};
    settings.trunk_listeners = {{"two", settings.listen_udp[1]}};
    settings.keep_alive = std::chrono::seconds(1);
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_udp[0]);
    const std::string place = in_uri(peer.address());
    agent.register_trunks({{"two", "sip:" + place, "sip:me@" + place, {"me", "secret", ""}}});
    const std::string request = peer.receive_starting("REGISTER");
    const std::string ok = "SIP/2.0 200 OK\nVia: " + header_of(request, "Via") +
                           "\nFrom: " + header_of(request, "From") + "\nTo: " + header_of(request, "To") +
                           ";tag=1\nCall-ID: " + header_of(request, "Call-ID") +
                           "\nCSeq: " + header_of(request, "CSeq") +
                           "\nContact: " + header_of(request, "Contact") + ";expires=300\n$LENGTH\n\n";
    peer.send_to(peer.filled(ok), settings.listen_udp[1]);
    for (int signs = 0; signs < 2; ++signs) {
        EXPECT_EQ(peer.receive(), "\r\n\r\n");
        EXPECT_EQ(peer.from(), settings.listen_udp[1]);
    }
}

TEST_F(Listeners, a_trunk_that_does_not_have_us_is_sent_no_sign_of_life) {
    settings.listen_udp = {free_address("127.0.0.1")};
    settings.keep_alive = std::chrono::seconds(1);
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_udp[0]);
    const std::string place = in_uri(peer.address());
    agent.register_trunks({{"one", "sip:" + place, "sip:me@" + place, {"me", "secret", ""}}});
    ASSERT_NE(peer.receive_starting("REGISTER"), "");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
    while (std::chrono::steady_clock::now() < deadline) {
        EXPECT_NE(peer.receive(std::chrono::milliseconds(200)), "\r\n\r\n");
    }
}

TEST_F(Listeners, stun_keep_alives_are_told_where_they_come_from) {
    settings.listen_udp = {free_address("127.0.0.1"), free_address("::1")};
    SipUa agent(settings, counters, heard);
    for (const SocketAddress& own : settings.listen_udp) {
        RawPeer peer(own);
        // RFC 8489 §5: a Binding request without attributes.
        const std::string request(
            "\x00\x01\x00\x00\x21\x12\xa4\x42"
            "abcdefghijkl",
            20);
        peer.send_bytes(request);
        const std::string answer = peer.receive();
        ASSERT_GE(answer.size(), 32U);
        EXPECT_EQ(answer.substr(0, 2), "\x01\x01");
        EXPECT_EQ(answer.substr(4, 16), request.substr(4));
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(answer[at]); };
        // RFC 8489 §14.2: XOR-MAPPED-ADDRESS.
        EXPECT_EQ(byte(20) << 8 | byte(21), 0x0020);
        EXPECT_EQ((byte(26) << 8 | byte(27)) ^ 0x2112, peer.address().port());
    }
}

TEST_F(Listeners, stun_that_cannot_be_read_is_not_answered_and_calls_go_on) {
    settings.listen_udp = {free_address("127.0.0.1")};
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_udp[0]);
    const std::string head(
        "\x00\x01\x00\x04\x21\x12\xa4\x42"
        "abcdefghijkl",
        20);
    for (const std::string& bytes :
         {head, head.substr(0, 7), std::string(20, '\0'), std::string(2, '\0'),
          head + std::string("\x80\x22\xff\xff", 4), std::string("\x01\x01\x00\x00", 4)}) {
        peer.send_bytes(bytes);
    }
    peer.send_bytes("\r\n\r\n");
    EXPECT_EQ(peer.receive(std::chrono::milliseconds(200)), "");
    call_in(agent, settings.listen_udp[0], RawPeer::Kind::udp, in_uri(settings.listen_udp[0]));
}

TEST_F(Listeners, keep_alives_of_peers_by_tcp_are_answered) {
    settings.listen_tcp = {free_address("127.0.0.2")};
    settings.listen_udp = {free_address("127.0.0.1")};
    SipUa agent(settings, counters, heard);
    RawPeer peer(settings.listen_tcp[0], RawPeer::Kind::tcp);
    peer.send_bytes("\r\n\r\n");
    EXPECT_EQ(peer.receive(), "\r\n");
}

}  // namespace
}  // namespace causeway::sip::test
