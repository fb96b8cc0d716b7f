#include "config/loader.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace causeway::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string lines_of(const std::vector<Fault>& faults) {
    std::string text;
    for (const Fault& fault : faults) text += to_string(fault) + "\n";
    return text;
}

Config load_good(std::string_view yaml) {
    const Loaded loaded = load_text(yaml, "test.yaml");
    EXPECT_EQ(lines_of(loaded.faults), "");
    return loaded.config;
}

class BrokenFile : public testing::TestWithParam<std::string> {};

TEST_P(BrokenFile, is_answered_with_every_fault_and_its_place) {
    const std::filesystem::path file = "tests/data/config/" + GetParam() + ".yaml";
    const Loaded loaded = load_text(content_of(file), file.filename());
    EXPECT_FALSE(loaded.faults.empty());
    EXPECT_EQ(lines_of(loaded.faults), content_of("tests/data/config/" + GetParam() + ".expected"));
}

std::vector<std::string> broken_files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(CAUSEWAY_SOURCE_DIR "/tests/data/config")) {
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Loader, BrokenFile, testing::ValuesIn(broken_files()),
                         [](const auto& param_info) { return param_info.param; });

TEST(Loader, the_annotated_example_loads) {
    const Loaded loaded = load_file("config/causeway.yaml");
    EXPECT_EQ(lines_of(loaded.faults), "");
    EXPECT_THAT(loaded.notes, IsEmpty());
    ASSERT_EQ(loaded.config.routes.size(), 5u);
    EXPECT_EQ(loaded.config.routes[0].target, RouteTarget::refuse);
    EXPECT_EQ(loaded.config.routes[0].refuse_reason, "forbidden");
    EXPECT_EQ(loaded.config.routes[3].target_name, "carrier");
}

TEST(Loader, the_annotated_example_names_every_option) {
    const std::string example = content_of("config/causeway.yaml");
    std::istringstream printed(print(load_file("config/causeway.yaml").config));
    for (std::string line; std::getline(printed, line);) {
        const auto start = line.find_first_not_of(" -");
        const std::string key = line.substr(start, line.find(':') - start);
        EXPECT_THAT(example, HasSubstr(key)) << "not explained";
    }
}

TEST(Loader, an_empty_file_gives_the_defaults) {
    const Config config = load_good("");
    EXPECT_EQ(config.http.listen.to_string(), "127.0.0.1:8088");
    ASSERT_EQ(config.sip.listen_udp.size(), 1u);
    EXPECT_EQ(config.sip.listen_udp[0].to_string(), "127.0.0.1:5060");
    EXPECT_THAT(config.sip.listen_tcp, IsEmpty());
    EXPECT_EQ(config.log.records, "causeway-data/calls.jsonl");
}

TEST(Loader, sections_and_lists_without_content_are_empty) {
    const Config config = load_good("http:\ntrunks:\nsip:\n  listen_tcp:\n");
    EXPECT_EQ(config.http.max_connections, 2000);
    EXPECT_THAT(config.trunks, IsEmpty());
}

TEST(Loader, a_port_without_address_means_all_interfaces) {
    const Config config = load_good("http: {listen: \":80\"}\nsip: {listen_udp: [5060, \"[::1]:5062\"]}\n");
    EXPECT_EQ(config.http.listen.to_string(), "0.0.0.0:80");
    EXPECT_EQ(config.sip.listen_udp[0].to_string(), "0.0.0.0:5060");
    EXPECT_EQ(config.sip.listen_udp[1].to_string(), "[::1]:5062");
}

TEST(Loader, times_have_units) {
    const Config config = load_good(
        "sip: {ring_timeout: 90}\nmedia: {timeout: 10s}\nlimits: {call_duration: 1d}\n"
        "trunks: [{name: a, address: 192.0.2.1, expires: 2h}]\n");
    EXPECT_EQ(config.sip.ring_timeout, 90s);
    EXPECT_EQ(config.media.timeout, 10s);
    EXPECT_EQ(config.limits.call_duration, 24h);
    EXPECT_EQ(config.trunks[0].expires, 2h);
}

TEST(Loader, a_single_value_stands_for_a_list_of_one) {
    const Config config = load_good("media: {browser_codecs: pcma}\n");
    EXPECT_THAT(config.media.browser_codecs, ElementsAre(sdp::Codec::pcma));
}

TEST(Loader, a_trunk_fills_in_what_follows_from_its_address) {
    const Config config = load_good("trunks: [{name: a, address: \"192.0.2.1:5070\"}]\n");
    EXPECT_THAT(config.trunks[0].codecs, ElementsAre(sdp::Codec::pcmu, sdp::Codec::pcma));
    EXPECT_THAT(config.trunks[0].sources, ElementsAre("192.0.2.1"));
    EXPECT_EQ(config.trunks[0].registrar, "192.0.2.1:5070");
}

TEST(Loader, a_trunk_has_levels_of_its_own_in_each_direction) {
    const Config config = load_good(
        "trunks: [{name: a, address: sip.example, sound: {from_trunk: {gain_db: -6, agc: true},"
        " to_trunk: {gain_db: 3, high_pass: true}}}]\n");
    const TrunkSound& sound = config.trunks[0].sound;
    EXPECT_EQ(sound.from_trunk.gain_db, -6);
    EXPECT_TRUE(sound.from_trunk.agc);
    EXPECT_FALSE(sound.from_trunk.high_pass);
    EXPECT_EQ(sound.to_trunk.gain_db, 3);
    EXPECT_TRUE(sound.to_trunk.high_pass);
    EXPECT_FALSE(sound.to_trunk.agc);
}

TEST(Loader, a_trunk_says_how_its_sound_travels_and_how_its_keys_are_pressed) {
    const Config plain = load_good("trunks: [{name: a, address: sip.example}]\n");
    EXPECT_EQ(plain.trunks[0].srtp, sdp::SrtpPolicy::off);
    EXPECT_EQ(plain.trunks[0].rtp_source, rtp::SourceRule::learn);
    EXPECT_EQ(plain.trunks[0].dtmf, TrunkDtmf::rfc4733);
    const Config config = load_good(
        "trunks: [{name: a, address: sip.example, srtp: dtls, rtp_source: strict, dtmf: auto-info}]\n");
    EXPECT_EQ(config.trunks[0].srtp, sdp::SrtpPolicy::dtls);
    EXPECT_EQ(config.trunks[0].rtp_source, rtp::SourceRule::strict);
    EXPECT_EQ(config.trunks[0].dtmf, TrunkDtmf::automatic_info);
    EXPECT_EQ(load_good("trunks: [{name: a, address: sip.example, srtp: off}]\n").trunks[0].srtp,
              sdp::SrtpPolicy::off);
}

TEST(Loader, keys_that_travel_in_clear_are_noted_and_no_fault) {
    const auto notes = [](const std::string& srtp) {
        return load_text("trunks: [{name: a, address: sip.example, srtp: " + srtp + "}]\n", "c.yaml").notes;
    };
    for (const char* srtp : {"optional", "required"}) {
        EXPECT_THAT(notes(srtp), ElementsAre(HasSubstr("SRTP keys travel in clear"))) << srtp;
    }
    EXPECT_THAT(notes("dtls"), IsEmpty());
}

TEST(Loader, each_realm_of_a_trunk_has_accounts_of_its_own) {
    const auto faults = [](const std::string& accounts) {
        return lines_of(
            load_text("trunks: [{name: a, address: sip.example, accounts: [" + accounts + "]}]\n", "c.yaml")
                .faults);
    };
    EXPECT_THAT(
        faults("{username: gw, password: x, realm: phones}, {username: gw, password: y, realm: front}"),
        testing::Eq(""));
    EXPECT_THAT(faults("{username: gw, password: x}, {username: front, password: y, realm: front}"),
                testing::Eq(""));
    EXPECT_THAT(faults("{username: a, password: x, realm: r}, {username: b, password: y, realm: r}"),
                HasSubstr("a second account for the rest of the numbers"));
    EXPECT_THAT(faults("{username: a, password: x}, {username: b, password: y}"),
                HasSubstr("a second account for the rest of the numbers"));
    EXPECT_THAT(
        faults("{username: a, password: x, realm: r}, {username: a, password: y, realm: r, numbers: ['1']}"),
        HasSubstr("account \"a\" of realm \"r\" again"));
}

TEST(Loader, a_trunk_with_a_name_for_address_has_no_sources_of_its_own) {
    const Config config = load_good("trunks: [{name: a, address: sip.example}]\n");
    EXPECT_THAT(config.trunks[0].sources, IsEmpty());
}

TEST(Loader, records_lie_in_the_state_directory_unless_told_otherwise) {
    EXPECT_EQ(load_good("state_directory: /var/lib/x\n").log.records, "/var/lib/x/calls.jsonl");
    EXPECT_EQ(load_good("state_directory: /var/lib/x\nlog: {records: \"\"}\n").log.records, "");
}

TEST(Loader, routes_know_their_line) {
    const Config config = load_good("demo: {enabled: true}\nroutes:\n  - to: a\n    target: demo\n");
    EXPECT_EQ(config.routes[0].line, 3);
}

TEST(Loader, certificates_are_named_relative_to_the_file) {
    const Loaded loaded = load_text("http: {tls: {certificate: a/cert.pem, private_key: /key.pem}}\n",
                                    "/etc/causeway/causeway.yaml");
    EXPECT_EQ(loaded.config.http.tls.certificate, "/etc/causeway/a/cert.pem");
    EXPECT_EQ(loaded.config.http.tls.private_key, "/key.pem");
}

TEST(Loader, aliases_are_copied_out) {
    const Config config = load_good(
        "users:\n  - &a {name: alice, token: t}\nlimits:\n  calls: &n 7\n  calls_per_session: *n\n");
    EXPECT_EQ(config.limits.calls_per_session, 7);
}

TEST(Loader, http_without_tls_for_everybody_is_noted_but_no_fault) {
    const Loaded loaded = load_text("http: {listen: \":8088\"}\n", "test.yaml");
    EXPECT_THAT(loaded.faults, IsEmpty());
    EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("without TLS")));
}

TEST(Loader, a_route_behind_a_catch_all_is_noted) {
    const Loaded loaded =
        load_text("routes:\n  - target: refuse busy\n  - {to: a, target: refuse}\n", "test.yaml");
    EXPECT_THAT(loaded.faults, IsEmpty());
    EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("line 3 is never reached")));
}

TEST(Loader, the_same_address_of_udp_and_tcp_counts_once) {
    load_good(
        "sip: {listen_udp: [127.0.0.1:5060, \"[::1]:5060\"], listen_tcp: [127.0.0.1:5060, "
        "\"[::1]:5060\"]}\n");
    load_good("sip: {listen_udp: [127.0.0.1:0, \"[::1]:0\"], listen_tcp: [127.0.0.1:0, \"[::1]:0\"]}\n");
}

TEST(Loader, a_trunk_over_tcp_is_good_with_a_tcp_address) {
    load_good("sip: {listen_tcp: 5060}\ntrunks: [{name: a, address: 192.0.2.1, transport: tcp}]\n");
}

TEST(Loader, dns_chooses_the_transport_of_a_bare_name_without_one) {
    const auto transport_of = [](const std::string& rest) {
        return load_good("trunks: [{name: a, " + rest + "}]\n").trunks[0].transport;
    };
    EXPECT_EQ(transport_of("address: sip.example"), TrunkTransport::automatic);
    EXPECT_EQ(transport_of("address: sip.example, transport: udp"), TrunkTransport::udp);
    EXPECT_EQ(transport_of("address: \"sip.example:5070\""), TrunkTransport::udp);
    EXPECT_EQ(transport_of("address: 192.0.2.1, transport: auto"), TrunkTransport::udp);
    EXPECT_EQ(transport_of("address: \"2001:db8::1\""), TrunkTransport::udp);
}

TEST(Loader, a_later_fault_stands_where_its_value_stands) {
    const Loaded loaded = load_text("http:\n  tls: {certificate: a.pem, private_key: b.pem}\n", "test.yaml");
    EXPECT_EQ(to_string(loaded.fault("http.tls.private_key", "this", "that")),
              "test.yaml:2:42: found this, expected that");
    EXPECT_EQ(to_string(loaded.fault("sip.domain", "this", "that")), "test.yaml: found this, expected that");
}

TEST(Loader, the_same_port_of_tcp_and_udp_is_no_collision) {
    load_good("http: {listen: 127.0.0.1:25000}\nsip: {listen_udp: 127.0.0.1:8088}\n");
}

TEST(Loader, port_zero_collides_with_nothing) {
    load_good("sip: {listen_udp: [127.0.0.1:0, 127.0.0.1:0]}\n");
}

TEST(Loader, a_missing_file_is_one_fault_without_place) {
    const Loaded loaded = load_file("/nonexistent/causeway.yaml");
    ASSERT_EQ(loaded.faults.size(), 1u);
    EXPECT_EQ(loaded.faults[0].line, 0);
    EXPECT_THAT(to_string(loaded.faults[0]), testing::StartsWith("/nonexistent/causeway.yaml: found no"));
}

TEST(Loader, a_file_beyond_a_mebibyte_is_refused) {
    const Loaded loaded = load_text(std::string(1024 * 1024 + 1, '#'), "test.yaml");
    EXPECT_EQ(lines_of(loaded.faults), "test.yaml: found more than 1 MiB, expected a smaller file\n");
    EXPECT_THAT(load_text(std::string(1024 * 1024, '#'), "test.yaml").faults, IsEmpty());
}

TEST(Loader, only_the_first_hundred_faults_are_told) {
    std::string yaml;
    for (int i = 0; i < 5000; ++i) yaml += "key" + std::to_string(i) + ": 1\n";
    const Loaded loaded = load_text(yaml, "test.yaml");
    ASSERT_EQ(loaded.faults.size(), 101u);
    EXPECT_EQ(loaded.faults[99].line, 100);
    EXPECT_EQ(loaded.faults[100].found, "more faults");
}

TEST(Loader, a_secret_is_never_shown_in_a_fault) {
    const Loaded loaded = load_text(
        "users: [{name: a, password_hash: hunter2}, {name: b, token: \"hunter2\\n\"}]\n", "test.yaml");
    EXPECT_EQ(loaded.faults.size(), 2u);
    EXPECT_THAT(lines_of(loaded.faults), Not(HasSubstr("hunter2")));
}

TEST(Print, loads_again_to_the_same_text) {
    for (const Config& config : {demo_config(), load_good("")}) {
        const std::string printed = print(config);
        EXPECT_EQ(print(load_good(printed)), printed);
    }
}

TEST(Print, quotes_what_yaml_would_misread) {
    Config config = load_good("users: [{name: a, token: t, display: \"\\\"x\\\\ # y: [\"}]\n");
    config.users[0].token.clear();
    config.users[0].password_hash.clear();
    EXPECT_EQ(load_text(print(config), "test.yaml").config.users[0].display, "\"x\\ # y: [");
}

TEST(Print, masks_secrets) {
    const std::string printed = print(
        load_good("trunks: [{name: a, address: 192.0.2.1, username: u, password: hunter2}]\n"
                  "users: [{name: b, token: hunter2, password_hash: scrypt$16384$8$1$hunter2$hunter2}]\n"
                  "webrtc: {turn: 192.0.2.1:3478, turn_username: u, turn_password: hunter2}\n"
                  "http: {operator_token: hunter2}\n"));
    EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
    EXPECT_THAT(printed, HasSubstr("password: \"********\""));
    EXPECT_THAT(printed, HasSubstr("password_hash: \"********\""));
    EXPECT_THAT(printed, HasSubstr("turn_password: \"********\""));
    EXPECT_THAT(printed, HasSubstr("operator_token: \"********\""));
}

TEST(DemoConfig, stays_on_loopback_and_lets_guests_call_the_demo_only) {
    const Config config = demo_config();
    EXPECT_TRUE(config.http.listen.is_loopback());
    EXPECT_TRUE(config.sip.listen_udp.at(0).is_loopback());
    EXPECT_TRUE(config.sip.listen_tcp.at(0).is_loopback());
    EXPECT_TRUE(config.demo.enabled && config.demo.listen.is_loopback());
    EXPECT_EQ(config.media.address, "127.0.0.1");
    EXPECT_TRUE(config.guests.enabled);
    EXPECT_THAT(config.users, IsEmpty());
    EXPECT_THAT(config.trunks, IsEmpty());
}

}  // namespace
}  // namespace causeway::config
