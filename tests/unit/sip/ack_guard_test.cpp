#include "sip/ua/ack_guard.hpp"

#include <gtest/gtest.h>

#include "sip/ua/sofia_setup.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

class Guard : public testing::Test {
  protected:
    void ring(const InviteName& invite) {
        guard.invite_came(invite, kStart);
        guard.keep(invite);
    }
    void answer(const InviteName& invite) {
        guard.answering(invite);
        guard.answer_sent(invite, kStart);
    }
    AckGuard guard;
    InviteName honest{"1 tag id", "z9hG4bKx 192.0.2.1 5060"};
};

TEST_F(Guard, any_ack_passes_while_no_answer_has_failed) {
    EXPECT_TRUE(guard.admits("1 unknown call", kStart));
}

TEST_F(Guard, after_a_failure_unknown_acks_wait_until_the_stack_has_looked_at_it) {
    guard.answer_failed(true, kStart);
    EXPECT_FALSE(guard.admits("1 unknown call", kStart + 2s));
    EXPECT_TRUE(guard.admits("1 unknown call", kStart + 3s));
}

TEST_F(Guard, the_ack_to_an_answer_that_went_out_passes_while_others_fail) {
    ring(honest);
    guard.answer_failed(true, kStart);
    answer(honest);
    guard.answer_failed(true, kStart);
    EXPECT_TRUE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, the_ack_to_an_answer_that_itself_may_have_failed_does_not_pass) {
    ring(honest);
    guard.answering(honest);
    guard.answer_failed(true, kStart);
    guard.answer_sent(honest, kStart);
    EXPECT_FALSE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, a_refusal_that_failed_says_nothing_about_an_answer_on_its_way) {
    ring(honest);
    guard.answering(honest);
    guard.answer_failed(false, kStart);
    EXPECT_FALSE(guard.admits("1 unknown call", kStart));
    EXPECT_TRUE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, a_call_that_was_not_answered_has_no_ack_that_may_pass) {
    ring(honest);
    guard.answer_failed(true, kStart);
    EXPECT_FALSE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, one_ack_is_enough_so_that_the_name_cannot_be_used_again) {
    ring(honest);
    answer(honest);
    guard.answer_failed(true, kStart);
    EXPECT_TRUE(guard.admits(honest.call, kStart));
    EXPECT_FALSE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, a_second_invite_of_the_same_name_spoils_both_before_and_after_the_answer) {
    const InviteName twin{honest.call, "z9hG4bKother 192.0.2.1 5060"};
    ring(honest);
    guard.invite_came(twin, kStart);
    answer(honest);
    guard.answer_failed(true, kStart);
    EXPECT_FALSE(guard.admits(honest.call, kStart));
    guard.forget(honest);
    ring(honest);
    answer(honest);
    guard.invite_came({honest.call, ""}, kStart);
    EXPECT_FALSE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, an_invite_sent_again_spoils_nothing) {
    ring(honest);
    guard.invite_came(honest, kStart);
    answer(honest);
    guard.invite_came(honest, kStart);
    guard.answer_failed(true, kStart);
    EXPECT_TRUE(guard.admits(honest.call, kStart));
}

TEST_F(Guard, an_ack_that_comes_much_too_late_does_not_pass) {
    ring(honest);
    answer(honest);
    guard.answer_failed(true, kStart + 15s);
    EXPECT_FALSE(guard.admits(honest.call, kStart + 15s));
}

TEST_F(Guard, an_invite_without_a_usable_branch_is_never_trusted) {
    const InviteName old{"1 tag old", ""};
    ring(old);
    answer(old);
    guard.answer_failed(true, kStart);
    EXPECT_FALSE(guard.admits(old.call, kStart));
}

TEST_F(Guard, a_flood_of_invites_is_bounded_and_soon_forgotten) {
    ring(honest);
    for (std::size_t i = 0; i < 2 * AckGuard::kMost; ++i) {
        guard.invite_came({std::to_string(i), "branch"}, kStart);
    }
    EXPECT_EQ(guard.size(), AckGuard::kMost);
    const InviteName next{"1 tag next", "branch"};
    guard.invite_came(next, kStart + 3s);
    guard.keep(next);
    EXPECT_EQ(guard.size(), 2U);
    guard.forget(honest);
    guard.forget(next);
    EXPECT_EQ(guard.size(), 0U);
}

std::string failed_line(std::string_view end) {
    return "incoming_reply: tport_tsend: error (Network is unreachable) while sending " + std::string(end);
}

TEST(SofiaLog, only_final_answers_to_invites_count_as_failed) {
    EXPECT_EQ(failed_answer_in(failed_line("403 Forbidden for INVITE (1)")), FailedAnswer::refusal);
    EXPECT_EQ(failed_answer_in(failed_line("200 OK for INVITE (17)")), FailedAnswer::any);
    EXPECT_EQ(failed_answer_in(failed_line("180 Ringing for INVITE (1)")), FailedAnswer::none);
    EXPECT_EQ(failed_answer_in(failed_line("200 OK for OPTIONS (1)")), FailedAnswer::none);
    EXPECT_EQ(failed_answer_in("outgoing_send: no tport"), FailedAnswer::none);
}

TEST(SofiaLog, what_cannot_be_read_may_be_any_failure) {
    EXPECT_EQ(failed_answer_in("incoming_reply: no tport"), FailedAnswer::any);
    EXPECT_EQ(failed_answer_in(failed_line("403 Forbidden for IN")), FailedAnswer::any);
    EXPECT_EQ(failed_answer_in(failed_line("")), FailedAnswer::any);
}

}  // namespace
}  // namespace causeway::sip
