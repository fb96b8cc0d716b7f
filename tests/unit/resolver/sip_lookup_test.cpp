#include "gateway/resolver/sip_lookup.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace causeway::resolver {
namespace {

using config::TrunkTransport;
using namespace std::chrono_literals;

/// A zone that answers at once and remembers what it was asked.
class SipLookup : public testing::Test {
  protected:
    Ask ask() {
        return [this](const std::string& name, RecordType type, auto done) {
            asked.push_back(name);
            const auto found = zone.find({name, type});
            if (broken) return done(Error{"no answer"});
            done(found == zone.end() ? DnsAnswer{} : found->second);
        };
    }
    void address(const std::string& name, const std::string& ip, std::chrono::seconds ttl = 60s) {
        DnsAnswer& answer = zone[{name, RecordType::a}];
        answer.addresses.push_back(SocketAddress::parse(ip, 0).value());
        answer.ttl = ttl;
    }
    void srv(const std::string& name, SrvRecord record, std::chrono::seconds ttl = 60s) {
        DnsAnswer& answer = zone[{name, RecordType::srv}];
        answer.srv.push_back(std::move(record));
        answer.ttl = ttl;
    }
    trunks::Destination found(LookupRequest request) {
        std::optional<trunks::Destination> result;
        look_up(ask(), request, [&](trunks::Destination destination) {
            EXPECT_FALSE(result) << "told twice";
            result = std::move(destination);
        });
        EXPECT_TRUE(result);
        return result.value_or(trunks::Destination{});
    }
    static std::vector<std::string> names(const trunks::Destination& destination) {
        std::vector<std::string> all;
        for (const auto& endpoint : trunks::in_order(destination, 1)) all.push_back(name_of(endpoint));
        return all;
    }

    std::map<std::pair<std::string, RecordType>, DnsAnswer> zone;
    std::vector<std::string> asked;
    bool broken = false;
};

TEST_F(SipLookup, srv_records_lead_to_servers_by_priority) {
    srv("_sip._udp.carrier.example", {20, 0, 5080, "b.carrier.example"});
    srv("_sip._udp.carrier.example", {10, 0, 5070, "a.carrier.example"}, 45s);
    address("a.carrier.example", "192.0.2.1");
    address("b.carrier.example", "192.0.2.2", 30s);
    const auto destination = found({"carrier.example", 0, TrunkTransport::udp, true, false});
    EXPECT_EQ(names(destination), (std::vector<std::string>{"udp:192.0.2.1:5070", "udp:192.0.2.2:5080"}));
    EXPECT_EQ(destination.ttl, 30s) << "the shortest life of all";
    EXPECT_EQ(destination.fault, "");
}

TEST_F(SipLookup, a_port_asks_for_addresses_only) {
    address("carrier.example", "192.0.2.1");
    const auto destination = found({"carrier.example", 5080, TrunkTransport::tcp, true, false});
    EXPECT_EQ(names(destination), std::vector<std::string>{"tcp:192.0.2.1:5080"});
    EXPECT_EQ(asked, std::vector<std::string>{"carrier.example"});
}

TEST_F(SipLookup, without_srv_the_name_itself_is_the_server) {
    address("carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::udp, true, false})),
              std::vector<std::string>{"udp:192.0.2.1:5060"});
}

TEST_F(SipLookup, naptr_records_of_the_transport_name_the_srv_records) {
    DnsAnswer& naptr = zone[{"carrier.example", RecordType::naptr}];
    naptr.naptr = {{20, 1, "s", "SIP+D2U", "_sip._udp.late.example"},
                   {10, 2, "S", "sip+d2u", "_sip._udp.main.example"},
                   {5, 0, "s", "SIP+D2T", "_sip._tcp.other.example"},
                   {1, 0, "u", "E2U+sip", ""}};
    naptr.ttl = 60s;
    srv("_sip._udp.main.example", {1, 1, 5060, "a.main.example"});
    address("a.main.example", "192.0.2.7");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::udp, true, false})),
              std::vector<std::string>{"udp:192.0.2.7:5060"});
}

const std::vector kAll{TrunkTransport::tls, TrunkTransport::tcp, TrunkTransport::udp};

TEST_F(SipLookup, without_a_transport_the_domains_records_choose_it) {
    DnsAnswer& naptr = zone[{"carrier.example", RecordType::naptr}];
    naptr.naptr = {{50, 20, "s", "SIP+D2U", "_sip._udp.carrier.example"},
                   {50, 10, "S", "sip+d2t", "_sip._tcp.carrier.example"},
                   {90, 10, "s", "SIPS+D2T", "_sips._tcp.carrier.example"}};
    naptr.ttl = 60s;
    srv("_sip._udp.carrier.example", {1, 1, 5060, "a.carrier.example"});
    srv("_sip._tcp.carrier.example", {7, 1, 5060, "a.carrier.example"});
    srv("_sips._tcp.carrier.example", {0, 1, 5061, "a.carrier.example"});
    address("a.carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::automatic, true, false, kAll})),
              (std::vector<std::string>{"tcp:192.0.2.1:5060", "udp:192.0.2.1:5060", "tls:192.0.2.1:5061"}));
}

TEST_F(SipLookup, what_we_cannot_do_is_not_chosen) {
    DnsAnswer& naptr = zone[{"carrier.example", RecordType::naptr}];
    naptr.naptr = {{10, 10, "s", "SIPS+D2T", "_sips._tcp.carrier.example"},
                   {20, 10, "s", "SIP+D2S", "_sip._sctp.carrier.example"},
                   {30, 10, "s", "SIP+D2U", "_sip._udp.carrier.example"}};
    naptr.ttl = 60s;
    srv("_sips._tcp.carrier.example", {0, 1, 5061, "a.carrier.example"});
    srv("_sip._udp.carrier.example", {0, 1, 5060, "a.carrier.example"});
    address("a.carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example",
                           0,
                           TrunkTransport::automatic,
                           true,
                           false,
                           {TrunkTransport::tcp, TrunkTransport::udp}})),
              std::vector<std::string>{"udp:192.0.2.1:5060"});
}

TEST_F(SipLookup, without_naptr_the_services_are_taken_in_our_order) {
    srv("_sip._udp.carrier.example", {1, 1, 5060, "a.carrier.example"});
    srv("_sips._tcp.carrier.example", {9, 1, 5061, "a.carrier.example"});
    address("a.carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::automatic, true, false, kAll})),
              (std::vector<std::string>{"tls:192.0.2.1:5061", "udp:192.0.2.1:5060"}));
}

TEST_F(SipLookup, a_name_without_any_service_is_called_by_udp) {
    address("carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::automatic, true, false, kAll})),
              std::vector<std::string>{"udp:192.0.2.1:5060"});
    EXPECT_EQ(
        names(found({"carrier.example", 0, TrunkTransport::automatic, true, false, {TrunkTransport::tcp}})),
        std::vector<std::string>{"tcp:192.0.2.1:5060"});
}

TEST_F(SipLookup, a_service_that_is_not_offered_leaves_the_others) {
    srv("_sips._tcp.carrier.example", {0, 0, 0, ""});
    srv("_sip._udp.carrier.example", {1, 1, 5060, "a.carrier.example"});
    address("a.carrier.example", "192.0.2.1");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::automatic, true, false, kAll})),
              std::vector<std::string>{"udp:192.0.2.1:5060"});
}

TEST_F(SipLookup, both_families_are_asked_for_when_both_can_be_used) {
    address("carrier.example", "192.0.2.1");
    DnsAnswer& six = zone[{"carrier.example", RecordType::aaaa}];
    six.addresses = {SocketAddress::parse("2001:db8::1", 0).value()};
    six.ttl = 60s;
    EXPECT_EQ(names(found({"carrier.example", 5060, TrunkTransport::udp, true, true})),
              (std::vector<std::string>{"udp:[2001:db8::1]:5060", "udp:192.0.2.1:5060"}));
    EXPECT_EQ(names(found({"carrier.example", 5060, TrunkTransport::udp, false, true})),
              std::vector<std::string>{"udp:[2001:db8::1]:5060"});
}

TEST_F(SipLookup, a_name_that_leads_nowhere_says_so) {
    const auto nowhere = found({"carrier.example", 0, TrunkTransport::udp, true, false});
    EXPECT_TRUE(nowhere.servers.empty());
    EXPECT_EQ(nowhere.fault, "carrier.example has no address");
    EXPECT_GT(nowhere.ttl, 0s);

    srv("_sip._udp.closed.example", {0, 0, 0, ""});
    EXPECT_NE(found({"closed.example", 0, TrunkTransport::udp, true, false}).fault, "");

    broken = true;
    EXPECT_EQ(found({"carrier.example", 0, TrunkTransport::udp, true, false}).fault, "no answer");
}

TEST_F(SipLookup, servers_without_address_are_left_out) {
    srv("_sip._udp.carrier.example", {10, 0, 5060, "gone.carrier.example"});
    srv("_sip._udp.carrier.example", {20, 0, 5060, "b.carrier.example"});
    address("b.carrier.example", "192.0.2.2");
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::udp, true, false})),
              std::vector<std::string>{"udp:192.0.2.2:5060"});
}

TEST_F(SipLookup, a_zone_cannot_name_servers_without_end) {
    for (int i = 0; i < 32; ++i) {
        const std::string host = "h" + std::to_string(i);
        srv("_sip._udp.carrier.example", {i, 0, 5060, host});
        for (int n = 1; n < 10; ++n) address(host, "10.0." + std::to_string(i) + "." + std::to_string(n));
    }
    EXPECT_EQ(names(found({"carrier.example", 0, TrunkTransport::udp, true, false})).size(), 8u);
    EXPECT_LE(asked.size(), 10u);
}

}  // namespace
}  // namespace causeway::resolver
