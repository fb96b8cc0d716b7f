#include "gateway/app/room_settings.hpp"

#include <gtest/gtest.h>

namespace causeway::app {
namespace {

using std::chrono::seconds;

SocketAddress address(const char* ip, std::uint16_t port) {
    return SocketAddress::parse(ip, port).value();
}

/// No two members alike, none at its default: a value that goes astray shows.
config::Config distinct() {
    config::Config config;
    config.sip.listen_udp = {address("192.0.2.1", 5061), address("192.0.2.2", 5062)};
    config.sip.listen_tcp = {address("192.0.2.3", 5063)};
    config.sip.domain = "sip.example";
    config.sip.external_address = "203.0.113.1";
    config.media.address = "192.0.2.4";
    config.media.external_address = "203.0.113.2";
    config.media.port_min = 21000;
    config.media.port_max = 21999;
    config.media.workers = 3;
    config.media.timeout = seconds(17);
    config.media.opus_complexity = 7;
    config.media.opus_bitrate = 24000;
    config.media.opus_complexity_min = 2;
    config.media.silence_suppression = true;
    config.limits.load = 70;
    config.media.jitter_buffer_max_ms = 333;
    config.webrtc.ice = config::IceMode::lite;
    config.webrtc.addresses = {"192.0.2.5"};
    config.webrtc.external_addresses = {"203.0.113.3"};
    config.webrtc.port_min = 31000;
    config.webrtc.port_max = 31999;
    config.webrtc.stun = "198.51.100.1:3478";
    config.webrtc.turn = "198.51.100.2:3479";
    config.webrtc.turn_username = "turner";
    config.webrtc.turn_password = "turn-secret";
    config.http.listen = address("192.0.2.6", 8443);
    config.http.tls = {true, false, "chain.pem", "key.pem"};
    config.http.allowed_origins = {"https://shop.example", "https://help.example"};
    config.http.messages_per_second = 51;
    config.http.max_connections = 52;
    return config;
}

config::Trunk trunk(const char* name) {
    config::Trunk trunk;
    trunk.name = name;
    trunk.address = "carrier.example:5070";
    trunk.username = "gw";
    trunk.password = "secret";
    trunk.realm = "carrier";
    trunk.expires = seconds(120);
    trunk.register_ = true;
    return trunk;
}

TEST(RoomSettings, the_sip_room_gets_what_stands_under_sip) {
    const sip::SipUaSettings settings = sip_settings(distinct());
    EXPECT_EQ(settings.listen_udp, (std::vector{address("192.0.2.1", 5061), address("192.0.2.2", 5062)}));
    EXPECT_EQ(settings.listen_tcp, std::vector{address("192.0.2.3", 5063)});
    EXPECT_EQ(settings.domain, "sip.example");
    EXPECT_EQ(settings.external_address, "203.0.113.1");
    EXPECT_EQ(settings.user_agent, product());
    EXPECT_EQ(settings.max_message, sip::SipUaSettings{}.max_message);
}

TEST(RoomSettings, the_media_room_gets_what_stands_under_media) {
    const media::MediaSettings settings = media_settings(distinct());
    EXPECT_EQ(settings.workers, 3);
    EXPECT_EQ(settings.sip_address, address("192.0.2.4", 0));
    EXPECT_EQ(settings.sip_port_min, 21000);
    EXPECT_EQ(settings.sip_port_max, 21999);
    EXPECT_EQ(settings.media_timeout, seconds(17));
    EXPECT_EQ(settings.opus.complexity, 7);
    EXPECT_EQ(settings.opus.bitrate, 24000);
    EXPECT_EQ(settings.jitter_max, std::chrono::milliseconds(333));
    EXPECT_EQ(settings.opus_complexity_min, 2);
    EXPECT_DOUBLE_EQ(settings.load_limit, 0.7);
    EXPECT_TRUE(settings.silence_suppression);
}

TEST(RoomSettings, the_browsers_leg_gets_what_stands_under_webrtc) {
    const webrtc::BrowserLegSettings settings = media_settings(distinct()).browser;
    EXPECT_TRUE(settings.ice_lite);
    EXPECT_EQ(settings.bind_addresses, std::vector<std::string>{"192.0.2.5"});
    EXPECT_EQ(settings.external_addresses, std::vector<std::string>{"203.0.113.3"});
    EXPECT_EQ(settings.port_min, 31000);
    EXPECT_EQ(settings.port_max, 31999);
    EXPECT_EQ(settings.stun_server, "198.51.100.1:3478");
    EXPECT_EQ(settings.turn_server, "198.51.100.2:3479");
    EXPECT_EQ(settings.turn_username, "turner");
    EXPECT_EQ(settings.turn_password, "turn-secret");
    EXPECT_FALSE(media_settings(config::Config{}).browser.ice_lite) << "full ICE unless asked otherwise";
}

TEST(RoomSettings, the_web_room_gets_what_stands_under_http) {
    const http::WebDoorSettings settings = web_settings(distinct());
    EXPECT_EQ(settings.listen, address("192.0.2.6", 8443));
    EXPECT_TRUE(settings.tls);
    EXPECT_EQ(settings.certificate_file, "chain.pem");
    EXPECT_EQ(settings.private_key_file, "key.pem");
    EXPECT_EQ(settings.allowed_origins,
              (std::vector<std::string>{"https://shop.example", "https://help.example"}));
    EXPECT_EQ(settings.messages_per_second, 51);
    EXPECT_EQ(settings.max_connections, 52);
    EXPECT_EQ(settings.product, product());
    EXPECT_FALSE(web_settings(config::Config{}).tls);
}

TEST(RoomSettings, only_trunks_that_ask_for_it_are_registered) {
    config::Config config;
    config.trunks = {trunk("first"), trunk("silent"), trunk("last")};
    config.trunks[1].register_ = false;
    const auto wanted = registrations(config);
    ASSERT_EQ(wanted.size(), 2u);
    EXPECT_EQ(wanted[0].trunk, "first");
    EXPECT_EQ(wanted[1].trunk, "last");
}

TEST(RoomSettings, a_trunk_registers_at_its_own_address) {
    config::Config config;
    config.trunks = {trunk("carrier")};
    const sip::Registration expected{"carrier",
                                     "sip:carrier.example:5070",
                                     "sip:gw@carrier.example:5070",
                                     {"gw", "secret", "carrier"},
                                     seconds(120)};
    EXPECT_EQ(registrations(config), std::vector{expected});
}

TEST(RoomSettings, a_trunk_over_tcp_registers_over_tcp_where_it_says) {
    config::Config config;
    config.trunks = {trunk("carrier")};
    config.trunks[0].transport = config::TrunkTransport::tcp;
    config.trunks[0].registrar = "registrar.example";
    const auto wanted = registrations(config);
    ASSERT_EQ(wanted.size(), 1u);
    EXPECT_EQ(wanted[0].registrar_uri, "sip:registrar.example;transport=tcp");
    EXPECT_EQ(wanted[0].address_of_record, "sip:gw@registrar.example");
}

TEST(RoomSettings, accounts_of_one_name_in_two_realms_register_under_two_labels) {
    config::Config config;
    config.trunks = {trunk("carrier")};
    config.trunks[0].register_ = false;
    config.trunks[0].accounts = {{"gw", "s1", "phones", "gw", {}, true},
                                 {"gw", "s2", "front", "gw", {}, true},
                                 {"other", "s3", "", "other", {}, true}};
    const auto wanted = registrations(config);
    ASSERT_EQ(wanted.size(), 3u);
    EXPECT_EQ(wanted[0].trunk, "carrier/gw@phones");
    EXPECT_EQ(wanted[1].trunk, "carrier/gw@front");
    EXPECT_EQ(wanted[2].trunk, "carrier/other");
}

TEST(RoomSettings, connections_are_kept_alive_where_a_trunk_that_registers_may_be_reached_by_tcp) {
    using config::TrunkTransport;
    config::Config config;
    config.sip.keep_alive = seconds(25);
    config.trunks = {trunk("carrier")};
    const auto sign = [&](TrunkTransport transport) {
        config.trunks[0].transport = transport;
        return sip_settings(config).tcp_keep_alive;
    };
    EXPECT_EQ(sign(TrunkTransport::tcp), seconds(25));
    EXPECT_EQ(sign(TrunkTransport::automatic), seconds(25)) << "DNS may choose it";
    EXPECT_EQ(sign(TrunkTransport::udp), seconds(0));
    EXPECT_EQ(sign(TrunkTransport::tls), seconds(0)) << "the edge's own";
    config.trunks[0].register_ = false;
    EXPECT_EQ(sign(TrunkTransport::automatic), seconds(0)) << "nobody waits for its calls";
}

TEST(RoomSettings, each_account_that_registers_has_its_mailbox_watched) {
    config::Config config;
    config.trunks = {trunk("carrier"), trunk("quiet")};
    config.trunks[0].mwi = true;
    config.trunks[0].accounts = {{"second", "s2", "", "4420", {}, true},
                                 {"third", "s3", "", "4430", {}, false}};
    const auto wanted = mailboxes(config);
    ASSERT_EQ(wanted.size(), 2u);
    EXPECT_EQ(wanted[0].address_of_record, "sip:gw@carrier.example:5070");
    EXPECT_EQ(wanted[1].address_of_record, "sip:4420@carrier.example:5070");
    EXPECT_EQ(wanted[1].username, "second");
    EXPECT_EQ(wanted[1].password, "s2");
    config.trunks[0].register_ = false;
    EXPECT_EQ(mailboxes(config).size(), 1u) << "accounts alone will do";
}

TEST(RoomSettings, the_demo_finds_a_gateway_that_listens_everywhere_on_loopback) {
    config::Config config = distinct();
    EXPECT_EQ(gateway_sip_address(config), address("192.0.2.1", 5061));
    config.sip.listen_udp = {address("0.0.0.0", 5064)};
    EXPECT_EQ(gateway_sip_address(config), address("127.0.0.1", 5064));
    config.sip.listen_udp = {address("::", 5065)};
    EXPECT_EQ(gateway_sip_address(config), address("::1", 5065));
    config.sip.listen_udp.clear();
    EXPECT_EQ(gateway_sip_address(config), address("192.0.2.3", 5063));
}

}  // namespace
}  // namespace causeway::app
