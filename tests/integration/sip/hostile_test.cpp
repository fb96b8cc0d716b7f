// What kills Debian's Sofia-SIP, sent by hand: the stack must outlive it and serve the next call.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

/// The stack's end of a connection, which is in this process too; -1 when it has none.
int descriptor_towards(const SocketAddress& peer) {
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_storage other{};
        socklen_t size = sizeof other;
        auto* address = reinterpret_cast<sockaddr*>(&other);
        if (::getpeername(fd, address, &size) == 0 && SocketAddress(address) == peer) return fd;
    }
    return -1;
}

class Hostile : public TwoAgents {
  protected:
    /// Refuses, answers or rings at once, on the SIP thread, as the gateway could.
    void there_refuses(EndCause cause) {
        there.when_invited = [this, cause](const InboundInvite& invite) {
            there_.end(invite.dialog, {.cause = cause, .by = Side::browser, .detail = {}, .sip_status = {}});
        };
    }
    void there_answers() {
        there.when_invited = [this](const InboundInvite& invite) {
            there_.accept(invite.dialog, sdp_named("answer"));
        };
    }
    void expect_alive() {
        RawPeer clean(there_.udp_port());
        const std::string options = with(kOptions, "$ID", "alive" + std::to_string(clock_++));
        std::string answer;
        // As an honest peer would, it sends again: a flood before it may have filled the socket.
        for (int i = 0; i < 10 && answer.empty(); ++i) {
            clean.send(options);
            answer = clean.receive(std::chrono::milliseconds(500));
        }
        EXPECT_EQ(answer.substr(0, 11), "SIP/2.0 200");
    }
    std::uint64_t counted(const std::string& name) { return counters_.snapshot()[name]; }

    void invite_and_ack_with_via(const std::string& via, RawPeer::Kind kind = RawPeer::Kind::udp) {
        RawPeer stranger(there_.udp_port(), kind);
        for (int i = 0; i < 20; ++i) {
            const std::string id = "via" + std::to_string(i) + via.substr(0, 4) + std::to_string(clock_++);
            stranger.send(with(with(kInvite, "$VIA", via), "$ID", id));
            stranger.send(with(with(kAck, "$VIA", via), "$ID", id));
        }
        expect_alive();
    }

    int clock_ = 0;
};

TEST_F(Hostile, an_invite_and_ack_with_via_port_zero_are_outlived_when_the_call_is_refused) {
    there_refuses(EndCause::forbidden);
    invite_and_ack_with_via("127.0.0.1:0");
    there_refuses(EndCause::busy);
    invite_and_ack_with_via("127.0.0.1:0");
    EXPECT_EQ(counted("sip_unanswerable_request"), 80U);
}

TEST_F(Hostile, an_invite_and_ack_with_via_port_zero_are_outlived_when_the_call_is_answered) {
    there_answers();
    invite_and_ack_with_via("127.0.0.1:0");
}

TEST_F(Hostile, an_invite_and_ack_with_via_port_zero_are_outlived_over_tcp) {
    there_refuses(EndCause::forbidden);
    invite_and_ack_with_via("127.0.0.1:0", RawPeer::Kind::tcp);
}

TEST_F(Hostile, vias_that_cannot_be_answered_are_outlived) {
    there_refuses(EndCause::forbidden);
    for (const char* via :
         {"127.0.0.1:00", "127.0.0.1:99999", "0.0.0.0:5060", "255.255.255.255:5060", "224.0.0.1:5060",
          "[::]:5060", "127.0.0.1:5999;maddr=0.0.0.0", "127.0.0.1;maddr=255.255.255.255",
          "127.0.0.1;maddr=[::1]", "127.0.0.1:0;received=127.0.0.1", "127.0.0.1:0;rport",
          "127.0.0.1:5999;comp=sigcomp", "127.0.0.1:1", "localhost:0", "-:0", "127.0.0.1;ttl=255"}) {
        SCOPED_TRACE(via);
        invite_and_ack_with_via(via);
    }
}

TEST_F(Hostile, an_invite_over_a_connection_that_closes_at_once_and_its_ack_over_udp_are_outlived) {
    there_refuses(EndCause::forbidden);
    for (const char* via : {"127.0.0.1:1", "127.0.0.1:0", "[::1]:5060", "[::1]", "nowhere.invalid:5060"}) {
        for (int i = 0; i < 20; ++i) {
            const std::string id = "closed" + std::to_string(clock_++);
            RawPeer second(there_.udp_port());
            const std::string ack = second.filled(with(with(kAck, "$VIA", via), "$ID", id));
            {
                RawPeer first(there_.udp_port(), RawPeer::Kind::tcp);
                first.send(with(with(kInvite, "$VIA", via), "$ID", id));
                if (i % 2 == 0) first.reset_connection();
            }
            second.send_bytes(ack);
            second.send_bytes(ack);
        }
        expect_alive();
    }
}

TEST_F(Hostile, strangers_whose_answers_fail_all_the_time_do_not_disturb_the_acks_of_others) {
    // A connection that is never read, until nothing more can be queued for it.
    RawPeer deaf(there_.udp_port(), RawPeer::Kind::tcp);
    deaf.send(with(kOptions, "$ID", "first"));
    ASSERT_NE(deaf.receive(), "");
    const int smallest = 1;
    ASSERT_EQ(
        ::setsockopt(descriptor_towards(deaf.address()), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest),
        0);
    for (int i = 0; i < 1200; ++i) deaf.send(with(kOptions, "$ID", "more" + std::to_string(i)));
    const auto fail_an_answer = [&] {
        const std::string invite = with(kInvite, "$VIA", deaf.address().to_string());
        deaf.send(with(invite, "$ID", "failing" + std::to_string(clock_++)));
        const auto invited = there.next(What::invite);
        ASSERT_TRUE(invited);
        there_.end(invited->dialog,
                   {.cause = EndCause::forbidden, .by = Side::browser, .detail = {}, .sip_status = {}});
    };
    RawPeer honest(there_.udp_port());
    for (int i = 0; i < 10; ++i) {
        SCOPED_TRACE(i);
        const auto accept = [&](const Seen& invited) {
            fail_an_answer();
            there_.accept(invited.dialog, sdp_named("answer"));
        };
        const RawCall call = call_by_hand(honest, there, "honest" + std::to_string(i), accept);
        EXPECT_TRUE(there.next(What::acknowledged, std::chrono::milliseconds(400)));
        honest.send(inside(call, honest, "INVITE", 2));
        ASSERT_TRUE(there.next(What::reoffer));
        fail_an_answer();
        there_.answer_reoffer(call.dialog, sdp_named("second"));
        ASSERT_NE(honest.receive_starting("SIP/2.0 200"), "");
        honest.send(without_body(inside(call, honest, "ACK", 2)));
        EXPECT_TRUE(there.next(What::acknowledged, std::chrono::milliseconds(400)));
    }
    EXPECT_EQ(counted("sip_unanswerable_request"), 0U);
    for (int i = 0; i < 5; ++i) {
        fail_an_answer();
        const std::string ack = with(kAck, "$VIA", deaf.address().to_string());
        const std::string bytes = deaf.filled(with(ack, "$ID", "failing" + std::to_string(clock_ - 1)));
        honest.send_bytes(replaced(bytes, "SIP/2.0/TCP", "SIP/2.0/UDP"));
        expect_alive();
    }
    EXPECT_EQ(counted("sip_unanswerable_request"), 5U);
}

TEST_F(Hostile, an_invite_whose_answer_is_too_long_to_send_and_its_ack_are_outlived) {
    there.when_invited = [this](const InboundInvite& invite) {
        there_.end(invite.dialog, {.cause = EndCause::forbidden,
                                   .by = Side::browser,
                                   .detail = std::string(200, 'y'),
                                   .sip_status = {}});
    };
    RawPeer stranger(there_.udp_port());
    const std::string me = stranger.address().to_string();
    // All short in the request; the answer repeats them in their long forms.
    const std::string text =
        "INVITE sip:a SIP/2.0\nv:SIP/2.0/UDP $VIA;branch=z9hG4bK$ID\nf:<sip:stranger@$ME>;tag=from$ID\n"
        "t:<sip:600@$YOU>\ni:$ID@raw.test\nCSeq:1 INVITE\nm:<sip:a@127.1.1.1>\nl:0\n\n";
    for (int i = 0; i < 20; ++i) {
        const std::string id = "long" + std::to_string(clock_++);
        std::string invite = stranger.filled(with(with(text, "$VIA", me), "$ID", id));
        constexpr std::size_t kLongestDatagram = 65507;
        const std::string name(kLongestDatagram - invite.size() - 2, 'x');
        invite = replaced(invite, "f:<", "f:\"" + name + "\"<");
        const std::string ack = stranger.filled(with(with(kAck, "$VIA", me), "$ID", id));
        stranger.send_bytes(invite);
        // One of them falls between the answer that could not be sent and the stack's next look at it.
        for (int more = 0; more < 30; ++more) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            stranger.send_bytes(ack);
        }
    }
    expect_alive();
    EXPECT_GE(counted("sip_unanswerable_request"), 20U);
}

TEST_F(Hostile, calls_over_a_connection_that_is_never_read_and_their_acks_over_udp_are_outlived) {
    there_refuses(EndCause::forbidden);
    RawPeer deaf(there_.udp_port(), RawPeer::Kind::tcp);
    RawPeer second(there_.udp_port());
    const std::string me = deaf.address().to_string();
    for (int i = 0; i < 2000; ++i) {
        const std::string id = "deaf" + std::to_string(i);
        deaf.send(with(with(kInvite, "$VIA", me), "$ID", id));
        second.send(with(with(kAck, "$VIA", me), "$ID", id));
        if (i >= 20) second.send(with(with(kAck, "$VIA", me), "$ID", "deaf" + std::to_string(i - 20)));
        if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    expect_alive();
}

TEST_F(Hostile, a_bad_request_with_via_port_zero_is_outlived) {
    RawPeer stranger(there_.udp_port());
    const std::string bad = replaced(kInvite, "Max-Forwards: 70", "Max-Forwards: many");
    for (int i = 0; i < 20; ++i) {
        const std::string id = "bad" + std::to_string(i);
        stranger.send(with(with(bad, "$VIA", "127.0.0.1:0"), "$ID", id));
        stranger.send(with(with(kAck, "$VIA", "127.0.0.1:0"), "$ID", id));
    }
    expect_alive();
}

TEST_F(Hostile, a_message_that_ends_before_its_empty_line_does_not_pass_the_filter) {
    there_refuses(EndCause::forbidden);
    RawPeer stranger(there_.udp_port());
    for (int i = 0; i < 20; ++i) {
        const std::string id = "cut" + std::to_string(i);
        std::string invite = stranger.filled(with(with(kInvite, "$VIA", "127.0.0.1:0"), "$ID", id));
        invite = invite.substr(0, invite.find("\r\nContent-Type") + 2);
        stranger.send_bytes(invite);
        stranger.send(with(with(kAck, "$VIA", "127.0.0.1:0"), "$ID", id));
        stranger.send_bytes(invite.substr(0, invite.find("\r\nContact") + 2));
    }
    expect_alive();
    EXPECT_EQ(there.count(What::invite), 0U);
}

/// URIs that a dialog must not have as its target.
const std::vector<std::string> kBadTargets{"<http://127.0.0.1/>",
                                           "<sip:>",
                                           "<sip:x@>",
                                           "<sip:x@:5060>",
                                           "<sip:x@127.0.0.1:0>",
                                           "<sip:x@0.0.0.0>",
                                           "<tel:+123>",
                                           "<mailto:x@example.com>",
                                           "<foo:bar>",
                                           "<sip:x@127.0.0.1;maddr=>",
                                           "<sip:x@255.255.255.255>",
                                           "<sip:x@127.0.0.1:70000>",
                                           "<sip:@>",
                                           "*",
                                           "<>",
                                           "<sip:x@[]>",
                                           "<urn:service:sos>"};

TEST_F(Hostile, an_invite_with_a_contact_or_route_that_cannot_be_sent_to_is_refused_with_400) {
    there_answers();
    RawPeer stranger(there_.udp_port());
    const std::string me = stranger.address().to_string();
    int number = 0;
    for (const auto& target : kBadTargets) {
        for (const std::string header : {"Contact", "Record-Route", "Route"}) {
            SCOPED_TRACE(header + ": " + target);
            std::string text = with(kInvite, "$VIA", me);
            text = header == "Contact" ? replaced(text, "Contact: <sip:stranger@$ME>", "Contact: " + target)
                                       : with_line(text, header + ": " + target);
            stranger.send(with(text, "$ID", "target" + std::to_string(number++)));
            EXPECT_EQ(stranger.receive().substr(0, 11), "SIP/2.0 400");
        }
    }
    EXPECT_EQ(there.count(What::invite), 0U);
    expect_alive();
}

TEST_F(Hostile, an_invite_without_contact_is_refused_with_400) {
    there_answers();
    RawPeer stranger(there_.udp_port());
    std::string text = replaced(kInvite, "Contact: <sip:stranger@$ME>\n", "");
    text = replaced(text, "From: <sip:stranger@$ME>", "From: <foo:bar>");
    stranger.send(with(with(text, "$VIA", stranger.address().to_string()), "$ID", "nocontact"));
    EXPECT_EQ(stranger.receive().substr(0, 11), "SIP/2.0 400");
    expect_alive();
}

TEST_F(Hostile, a_reinvite_or_update_with_a_target_that_cannot_be_sent_to_leaves_call_and_stack_alive) {
    RawPeer stranger(there_.udp_port());
    const RawCall call = call_by_hand(stranger, there, "indialog", [this](const Seen& invited) {
        there_.accept(invited.dialog, sdp_named("answer"));
    });
    int number = 2;
    for (const auto& target : kBadTargets) {
        for (const std::string method : {"INVITE", "UPDATE"}) {
            SCOPED_TRACE(method + " " + target);
            const std::string text = inside(call, stranger, method, number++);
            stranger.send(replaced(text, "Contact: <sip:stranger@$ME>", "Contact: " + target));
            EXPECT_EQ(stranger.receive().substr(0, 11), "SIP/2.0 400");
            stranger.send(with_line(inside(call, stranger, method, number++), "Record-Route: " + target));
            EXPECT_EQ(stranger.receive().substr(0, 11), "SIP/2.0 400");
        }
    }
    EXPECT_EQ(there.count(What::reoffer), 0U);
    there_.end(call.dialog, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    EXPECT_NE(stranger.receive_starting("BYE"), "");
    expect_alive();
}

TEST_F(Hostile, a_called_party_whose_answer_names_a_target_that_cannot_be_sent_to_is_outlived) {
    for (const auto& target : kBadTargets) {
        for (const std::string header : {"Contact", "Record-Route"}) {
            for (const std::string status : {"183 Early", "200 OK"}) {
                SCOPED_TRACE(status + " " + header + ": " + target);
                RawPeer called(here_.udp_port());
                const DialogId dialog = here_.invite(invite_to(called.address().port(), "victim"));
                const std::string invite = called.receive_starting("INVITE");
                ASSERT_NE(invite, "");
                called.send(response_to(invite, "180 Ringing", ""));
                ASSERT_TRUE(here.next(What::progress));
                const std::string contact = header == "Contact" ? "" : "Contact: <sip:x@$ME>\n";
                called.send(response_to(invite, status, contact + header + ": " + target + "\n"));
                // One socket, one order: when this is answered, the one before has been seen.
                called.send(with(kOptions, "$ID", "order" + std::to_string(clock_++)));
                EXPECT_NE(called.receive_starting("SIP/2.0 200"), "");
                here_.end(dialog,
                          {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
                std::string end = called.receive();
                while (end.starts_with("ACK")) end = called.receive();
                EXPECT_TRUE(end.starts_with("CANCEL") || end.starts_with("BYE")) << end;
                here.next(What::progress, std::chrono::milliseconds(0));
            }
        }
    }
    EXPECT_GE(counted("sip_response_header_stripped"), kBadTargets.size());
}

TEST_F(Hostile, a_called_party_that_answers_a_cancel_before_it_is_sent_is_outlived) {
    for (const std::string status : {"200 OK", "481 No", "180 Ringing", "302 Moved"}) {
        RawPeer called(here_.udp_port());
        const DialogId dialog = here_.invite(invite_to(called.address().port(), "victim"));
        const std::string invite = called.receive_starting("INVITE");
        here_.end(dialog,
                  {.cause = EndCause::cancelled, .by = Side::browser, .detail = {}, .sip_status = {}});
        for (int i = 0; i < 3; ++i) {
            called.send(response_to(replaced(invite, " INVITE\r\n", " CANCEL\r\n"), status, ""));
            called.send(with(kOptions, "$ID", "cancel" + std::to_string(clock_++)));
            EXPECT_NE(called.receive_starting("SIP/2.0 200"), "");
        }
        called.send(response_to(invite, "100 Trying", ""));
        EXPECT_NE(called.receive_starting("CANCEL"), "");
    }
}

TEST_F(Hostile, a_connection_costs_nothing_until_it_says_something) {
    RawPeer silent(there_.udp_port(), RawPeer::Kind::tcp);
    RawPeer speaking(there_.udp_port(), RawPeer::Kind::tcp);
    speaking.send(with(kOptions, "$ID", "speaking"));
    EXPECT_NE(speaking.receive_starting("SIP/2.0 200"), "");
    EXPECT_NE(descriptor_towards(speaking.address()), -1);
    EXPECT_EQ(descriptor_towards(silent.address()), -1);
    silent.send(with(kOptions, "$ID", "late"));
    EXPECT_NE(silent.receive_starting("SIP/2.0 200"), "");
}

TEST_F(Hostile, garbage_is_outlived) {
    for (const auto kind : {RawPeer::Kind::udp, RawPeer::Kind::tcp}) {
        RawPeer stranger(there_.udp_port(), kind);
        stranger.send_bytes(std::string(1, '\0'));
        stranger.send_bytes(std::string(20, '\1'));
        stranger.send_bytes(std::string(2000, '\xf8'));
        stranger.send_bytes("\r\n\r\n");
        stranger.send_bytes("INVITE\r\n\r\n");
        stranger.send_bytes("INVITE sip:a SIP/2.0\r\n\r\n");
        stranger.send_bytes("SIP/2.0 200 OK\r\n\r\n");
        stranger.send_bytes(std::string(60000, 'A'));
        expect_alive();
    }
}

TEST_F(Hostile, a_flood_of_calls_from_one_source_is_held_back_and_other_calls_go_on) {
    there_refuses(EndCause::busy);
    RawPeer stranger(there_.udp_port(), RawPeer::Kind::tcp);
    const std::string me = stranger.address().to_string();
    for (int i = 0; i < 1000; ++i) {
        stranger.send(with(with(kInvite, "$VIA", me), "$ID", "flood" + std::to_string(i)));
        if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    expect_alive();
    EXPECT_GT(counted("sip_over_rate"), 0U);
    std::string answers;
    std::string more = stranger.receive();
    for (; !more.empty(); more = stranger.receive(std::chrono::milliseconds(200))) answers += more;
    EXPECT_NE(answers.find("Reason: Q.850;cause=42;text=\"Too many calls at the moment.\""),
              std::string::npos);
    EXPECT_GT(counted("sip_flooded_request"), 0U);
}

TEST_F(Hostile, hidden_line_breaks_in_a_called_number_are_refused) {
    RawPeer stranger(there_.udp_port());
    const std::string text = replaced(kInvite, "INVITE sip:600@", "INVITE sip:600%0d%0aEvil:%20x@");
    stranger.send(with(with(text, "$VIA", stranger.address().to_string()), "$ID", "escape"));
    EXPECT_NE(stranger.receive_starting("SIP/2.0 400"), "");
    EXPECT_EQ(there.count(What::invite), 0U);
    EXPECT_EQ(counted("sip_bad_invite"), 1U);
}

}  // namespace
}  // namespace causeway::sip::test
