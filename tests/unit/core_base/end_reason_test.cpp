#include "core/base/end_reason.hpp"

#include <gmock/gmock.h>

#include <set>

namespace causeway {
namespace {

std::vector<EndCause> all_causes() {
    std::vector<EndCause> causes;
    for (int i = 0; i <= static_cast<int>(EndCause::internal_error); ++i) {
        causes.push_back(static_cast<EndCause>(i));
    }
    return causes;
}

TEST(EndReason, every_cause_has_a_code_of_its_own) {
    std::set<std::string_view> codes;
    for (const EndCause cause : all_causes()) {
        EXPECT_THAT(std::string(code(cause)), testing::MatchesRegex("[a-z]+(-[a-z]+)*"));
        EXPECT_TRUE(codes.insert(code(cause)).second) << code(cause);
    }
}

TEST(EndReason, every_cause_has_words_and_a_status_in_range) {
    for (const EndCause cause : all_causes()) {
        const EndReason reason{cause, Side::gateway, "", std::nullopt};
        EXPECT_FALSE(text(reason).empty());
        EXPECT_GE(sip_status(reason), 400);
        EXPECT_LE(sip_status(reason), 699);
        EXPECT_GE(q850_cause(reason), 1);
        EXPECT_LE(q850_cause(reason), 127);
    }
}

TEST(EndReason, the_detail_and_the_real_status_win) {
    const EndReason reason{EndCause::busy, Side::sip, "On the other line", 600};
    EXPECT_EQ(text(reason), "On the other line");
    EXPECT_EQ(sip_status(reason), 600);
    EXPECT_EQ(q850_cause(reason), 17);
}

TEST(EndReason, a_peers_status_becomes_the_fitting_cause) {
    const std::pair<int, EndCause> expected[] = {
        {403, EndCause::forbidden},     {404, EndCause::not_found},
        {408, EndCause::trunk_timeout}, {480, EndCause::unavailable},
        {484, EndCause::not_found},     {486, EndCause::busy},
        {487, EndCause::cancelled},     {488, EndCause::no_common_codec},
        {500, EndCause::trunk_refused}, {503, EndCause::trunk_refused},
        {600, EndCause::busy},          {603, EndCause::declined},
        {604, EndCause::not_found},     {699, EndCause::trunk_refused}};
    for (const auto& [status, cause] : expected) {
        const EndReason reason = from_sip_status(status, "Words");
        EXPECT_EQ(reason.cause, cause) << status;
        EXPECT_EQ(reason.by, Side::sip);
        EXPECT_EQ(sip_status(reason), status);
    }
}

TEST(EndReason, a_peers_words_are_kept) {
    EXPECT_THAT(text(from_sip_status(486, "Busy Here")), testing::EndsWith("(486 Busy Here)"));
    EXPECT_THAT(text(from_sip_status(486, "")), testing::EndsWith("(486)"));
}

TEST(EndReason, sides_have_names) {
    EXPECT_EQ(to_string(Side::none), "none");
    EXPECT_EQ(to_string(Side::browser), "browser");
    EXPECT_EQ(to_string(Side::sip), "sip");
    EXPECT_EQ(to_string(Side::gateway), "gateway");
}

}  // namespace
}  // namespace causeway
