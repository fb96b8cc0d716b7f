#include "sip/ua/flow_table.hpp"

#include <gtest/gtest.h>

#include "sip/ua/listen.hpp"

namespace causeway::sip {
namespace {

SocketAddress inner(std::uint16_t port) {
    return *SocketAddress::parse("127.0.0.1", port);
}

Flow flow_of(FlowId id, std::uint16_t port) {
    Flow flow;
    flow.id = id;
    flow.inner = inner(port);
    flow.peer = *SocketAddress::parse("192.0.2.1", 5061);
    return flow;
}

TEST(FlowTable, a_flow_is_found_by_its_id_and_by_its_port) {
    FlowTable table;
    const FlowId id = table.make_id();
    EXPECT_NE(id, FlowId{});
    EXPECT_EQ(table.proxy(id), "");
    table.enter(flow_of(id, 40001));
    EXPECT_EQ(table.find_inner(inner(40001))->id, id);
    EXPECT_EQ(table.find(id)->peer.to_string(), "192.0.2.1:5061");
    EXPECT_EQ(table.proxy(id), "sip:127.0.0.1:40001;transport=tcp");
    table.remove(id);
    EXPECT_FALSE(table.find(id));
    EXPECT_FALSE(table.find_inner(inner(40001)));
}

TEST(FlowTable, a_connection_made_anew_keeps_its_id_and_forgets_its_fault) {
    FlowTable table;
    const FlowId id = table.make_id();
    table.enter(flow_of(id, 40001));
    table.remove(id);
    table.set_fault(id, "no answer");
    EXPECT_EQ(table.fault(id), "no answer");
    table.enter(flow_of(id, 40002));
    EXPECT_EQ(table.fault(id), "");
    EXPECT_FALSE(table.find_inner(inner(40001)));
    EXPECT_EQ(table.find_inner(inner(40002))->id, id);
}

TEST(FlowTable, a_port_that_another_flow_has_got_meanwhile_stays_the_others) {
    FlowTable table;
    const FlowId old = table.make_id();
    const FlowId fresh = table.make_id();
    table.enter(flow_of(old, 40001));
    table.enter(flow_of(fresh, 40001));
    table.remove(old);
    EXPECT_EQ(table.find_inner(inner(40001))->id, fresh);
    EXPECT_EQ(table.size(), 1U);
}

TEST(FlowTable, an_owner_is_remembered_for_a_flow_that_is_there) {
    FlowTable table;
    const FlowId id = table.make_id();
    table.set_owner(id, "alice");
    EXPECT_EQ(table.size(), 0U);
    table.enter(flow_of(id, 40001));
    table.set_owner(id, "alice");
    EXPECT_EQ(table.find(id)->owner, "alice");
}

TEST(ExternalOf, a_single_addresss_own_comes_first_and_families_do_not_mix) {
    const std::vector<std::pair<SocketAddress, std::string>> single{
        {*SocketAddress::parse("10.0.0.5", 0), "203.0.113.5"}};
    EXPECT_EQ(external_of(*SocketAddress::parse("10.0.0.5", 5060), "203.0.113.1", single), "203.0.113.5");
    EXPECT_EQ(external_of(*SocketAddress::parse("10.0.0.6", 5060), "203.0.113.1", single), "203.0.113.1");
    EXPECT_EQ(external_of(*SocketAddress::parse("2001:db8::5", 5060), "203.0.113.1", single), "");
    EXPECT_EQ(external_of(*SocketAddress::parse("10.0.0.6", 5060), "", single), "");
}

}  // namespace
}  // namespace causeway::sip
