// How often and how many at once a capability is in use.
#include "gateway/identity/capability/capability_ledger.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

constexpr std::int64_t kNow = 1000;

Capability token(std::string id, std::int64_t expires_at = 2000) {
    return {.id = std::move(id), .issuer = "shop", .expires_at = expires_at};
}

CapabilityFault fault(const std::optional<CapabilityRefusal>& refusal) {
    EXPECT_TRUE(refusal);
    return refusal.value_or(CapabilityRefusal{}).fault;
}

TEST(CapabilityLedger, lets_a_token_without_limits_through_again_and_again) {
    CapabilityLedger ledger;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(ledger.begin(token("a"), kNow));
    EXPECT_EQ(ledger.size(), 1U);
}

TEST(CapabilityLedger, counts_uses_also_when_the_calls_are_over) {
    CapabilityLedger ledger;
    Capability twice = token("a");
    twice.max_uses = 2;
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(ledger.begin(twice, kNow));
        ledger.end("a");
    }
    EXPECT_EQ(fault(ledger.begin(twice, kNow)), CapabilityFault::used_up);
    EXPECT_FALSE(ledger.begin(token("b"), kNow));
}

TEST(CapabilityLedger, counts_running_calls) {
    CapabilityLedger ledger;
    Capability two = token("a");
    two.max_concurrent = 2;
    EXPECT_FALSE(ledger.begin(two, kNow));
    EXPECT_FALSE(ledger.begin(two, kNow));
    EXPECT_EQ(fault(ledger.begin(two, kNow)), CapabilityFault::too_many_calls);
    ledger.end("a");
    EXPECT_FALSE(ledger.begin(two, kNow));
}

TEST(CapabilityLedger, a_refusal_counts_for_nothing) {
    CapabilityLedger ledger;
    Capability one = token("a");
    one.max_concurrent = 1;
    one.max_uses = 2;
    EXPECT_FALSE(ledger.begin(one, kNow));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fault(ledger.begin(one, kNow)), CapabilityFault::too_many_calls);
    ledger.end("a");
    EXPECT_FALSE(ledger.begin(one, kNow));
    ledger.end("a");
    EXPECT_EQ(fault(ledger.begin(one, kNow)), CapabilityFault::used_up);
}

TEST(CapabilityLedger, an_id_belongs_to_the_issuer_that_used_it_first) {
    CapabilityLedger ledger;
    EXPECT_FALSE(ledger.begin(token("a"), kNow));
    Capability other = token("a");
    other.issuer = "bank";
    EXPECT_EQ(fault(ledger.begin(other, kNow)), CapabilityFault::invalid);
}

TEST(CapabilityLedger, forgets_a_token_when_it_can_no_longer_be_used) {
    CapabilityLedger ledger;
    Capability once = token("a", 2000);
    once.max_uses = 1;
    EXPECT_FALSE(ledger.begin(once, kNow));
    ledger.end("a");
    // Within the skew a token is still good: its use must be remembered.
    EXPECT_EQ(fault(ledger.begin(once, 2000 + kCapabilitySkew)), CapabilityFault::used_up);
    EXPECT_FALSE(ledger.begin(token("b", 9000), 2000 + kCapabilitySkew + 1));
    EXPECT_EQ(ledger.size(), 1U);
}

TEST(CapabilityLedger, a_call_outlives_its_token) {
    CapabilityLedger ledger;
    EXPECT_FALSE(ledger.begin(token("a", 2000), kNow));
    EXPECT_FALSE(ledger.begin(token("a", 2000), kNow));
    EXPECT_FALSE(ledger.begin(token("b", 9000), 5000));
    EXPECT_EQ(ledger.size(), 2U);
    ledger.end("a");
    EXPECT_EQ(ledger.size(), 2U);
    ledger.end("a");
    EXPECT_EQ(ledger.size(), 1U);
}

TEST(CapabilityLedger, the_same_id_with_a_later_end_is_remembered_longer) {
    CapabilityLedger ledger;
    Capability late = token("a", 4000);
    late.max_uses = 2;
    EXPECT_FALSE(ledger.begin(token("a", 2000), kNow));
    EXPECT_FALSE(ledger.begin(late, kNow));
    ledger.end("a");
    ledger.end("a");
    EXPECT_EQ(fault(ledger.begin(late, 3000)), CapabilityFault::used_up);
}

TEST(CapabilityLedger, an_end_of_what_is_not_running_is_harmless) {
    CapabilityLedger ledger;
    ledger.end("a");
    Capability one = token("a");
    one.max_concurrent = 1;
    EXPECT_FALSE(ledger.begin(one, kNow));
    ledger.end("a");
    ledger.end("a");
    EXPECT_FALSE(ledger.begin(one, kNow));
    EXPECT_EQ(fault(ledger.begin(one, kNow)), CapabilityFault::too_many_calls);
}

TEST(CapabilityLedger, is_bounded) {
    CapabilityLedger ledger;
    for (int i = 0; i < 65536; ++i) EXPECT_FALSE(ledger.begin(token(std::to_string(i)), kNow));
    EXPECT_EQ(fault(ledger.begin(token("one more"), kNow)), CapabilityFault::too_many_calls);
    EXPECT_FALSE(ledger.begin(token("7"), kNow));
}

}  // namespace
}  // namespace causeway::identity
