#include "gateway/edge/via.hpp"

#include <gtest/gtest.h>

namespace causeway::edge {
namespace {

const ViaWords kWords{"WSS", "gw.test", *SocketAddress::parse("192.0.2.7", 41000)};

std::string with_via(const std::string& via, const std::string& first = "OPTIONS sip:gw.test SIP/2.0") {
    return first + "\r\nTo: <sip:a>\r\n" + via + "\r\nVia: SIP/2.0/UDP further.test\r\n\r\nbody";
}

TEST(ToStack, a_websocket_request_becomes_one_of_tcp_and_asks_for_its_port) {
    EXPECT_EQ(to_stack(with_via("Via: SIP/2.0/WSS abc.invalid;branch=z9hG4bKx"), kWords).value(),
              with_via("Via: SIP/2.0/TCP abc.invalid;branch=z9hG4bKx;cw-transport=WSS;rport;cw-rport"));
}

TEST(ToStack, only_the_first_value_of_a_list_is_changed) {
    EXPECT_EQ(
        to_stack(with_via("v : SIP / 2.0 / TLS a.test:5061 ;branch=z9,SIP/2.0/TLS b.test"), kWords).value(),
        with_via("v : SIP/2.0/TCP a.test:5061;branch=z9;cw-transport=TLS;rport;cw-rport,SIP/2.0/TLS b.test"));
}

TEST(ToStack, a_folded_via_is_one_line_afterwards) {
    EXPECT_EQ(to_stack(with_via("Via: SIP/2.0/WS\r\n abc.invalid\r\n\t;branch=z9;rport"), kWords).value(),
              with_via("Via: SIP/2.0/TCP abc.invalid;branch=z9;rport;cw-transport=WS"));
}

TEST(ToStack, an_answer_to_us_only_changes_its_transport) {
    EXPECT_EQ(
        to_stack(with_via("Via: SIP/2.0/WSS gw.test;branch=z9;received=10.0.0.1", "SIP/2.0 200 OK"), kWords)
            .value(),
        with_via("Via: SIP/2.0/TCP gw.test;branch=z9;received=10.0.0.1", "SIP/2.0 200 OK"));
}

TEST(ToStack, what_has_no_readable_via_is_refused) {
    for (const char* via : {"Contact: <sip:a>", "Via: SIP/2.0/WSS", "Via: HTTP/1.1/TCP a",
                            "Via: SIP/3.0/TCP a", "Via: SIP/2.0/a\"b c", "Via:", "Via: SIP/2.0/ a"}) {
        EXPECT_FALSE(to_stack(std::string("OPTIONS sip:a SIP/2.0\r\n") + via + "\r\n\r\n", kWords)) << via;
    }
    EXPECT_FALSE(to_stack("", kWords));
    EXPECT_FALSE(to_stack("\r\n\r\n", kWords));
}

TEST(ToPeer, an_answer_is_as_the_request_was_with_the_peers_real_address) {
    const std::string answer = with_via(
        "Via: SIP/2.0/TCP abc.invalid;branch=z9;cw-transport=WSS;rport=33000;cw-rport;received=127.0.0.1",
        "SIP/2.0 200 OK");
    EXPECT_EQ(to_peer(answer, kWords).value(),
              with_via("Via: SIP/2.0/WSS abc.invalid;branch=z9;received=192.0.2.7", "SIP/2.0 200 OK"));
}

TEST(ToPeer, who_asked_for_its_port_is_told_the_real_one) {
    const std::string answer =
        with_via("Via: SIP/2.0/TCP abc.invalid;branch=z9;rport=33000;cw-transport=WS;received=127.0.0.1",
                 "SIP/2.0 200 OK");
    EXPECT_EQ(
        to_peer(answer, kWords).value(),
        with_via("Via: SIP/2.0/WS abc.invalid;branch=z9;received=192.0.2.7;rport=41000", "SIP/2.0 200 OK"));
}

TEST(ToPeer, a_request_of_ours_names_the_transport_and_where_we_are) {
    EXPECT_EQ(to_peer(with_via("Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9"), kWords).value(),
              with_via("Via: SIP/2.0/WSS gw.test;branch=z9"));
}

}  // namespace
}  // namespace causeway::edge
