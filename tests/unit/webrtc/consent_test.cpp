#include "webrtc/ice/consent.hpp"

#include <glib.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace causeway::webrtc {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const std::string kPassword = "the browser's password";

/// The browser's answer to a request, with a MESSAGE-INTEGRITY made by GLib's HMAC.
Bytes answer_to(std::span<const std::uint8_t> request, const std::string& password = kPassword) {
    Bytes message(request.begin(), request.begin() + stun::kHeaderSize);
    message[0] = 0x01;
    message[1] = 0x01;
    message[2] = 0;
    message[3] = 24;
    GHmac* const hmac =
        g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(password.data()), password.size());
    g_hmac_update(hmac, message.data(), static_cast<gssize>(message.size()));
    Bytes digest(20);
    gsize size = digest.size();
    g_hmac_get_digest(hmac, digest.data(), &size);
    g_hmac_unref(hmac);
    for (const int byte : {0x00, 0x08, 0x00, 0x14}) message.push_back(static_cast<std::uint8_t>(byte));
    message.insert(message.end(), digest.begin(), digest.end());
    return message;
}

class ConsentTest : public ::testing::Test {
  protected:
    ConsentTest() { consent.start(begin); }

    const Instant begin = Instant{} + 1h;
    std::uint8_t seed = 0;
    Consent consent{{.local_ufrag = "gate", .remote_ufrag = "brow", .remote_password = kPassword},
                    [this](std::span<std::uint8_t> out) {
                        for (auto& byte : out) byte = static_cast<std::uint8_t>(seed++ * 37);
                    }};
};

TEST_F(ConsentTest, the_first_check_goes_out_at_once_and_the_next_after_four_to_six_seconds) {
    EXPECT_EQ(consent.deadline(), begin);
    EXPECT_FALSE(consent.request(begin, false).empty());
    for (Instant now = begin; now < begin + 25s;) {
        const Instant next = consent.deadline();
        EXPECT_GE(next - now, 4s);
        EXPECT_LE(next - now, 6001ms);
        EXPECT_TRUE(consent.request(next - 1ms, false).empty());
        EXPECT_FALSE(consent.request(next, false).empty());
        now = next;
    }
}

TEST_F(ConsentTest, the_request_names_the_browser_first_and_is_made_with_its_password) {
    const auto request = consent.request(begin, false);
    EXPECT_TRUE(stun::has_integrity(request, kPassword));
    const std::string name(request.begin() + 24, request.begin() + 33);
    EXPECT_EQ(name, "brow:gate");
}

TEST_F(ConsentTest, without_an_answer_consent_ends_after_thirty_seconds) {
    EXPECT_FALSE(consent.expired(begin + 29'999ms));
    EXPECT_TRUE(consent.expired(begin + 30s));
}

TEST_F(ConsentTest, five_lost_checks_in_a_row_do_not_end_a_call) {
    Instant now = begin;
    for (int round = 0; round < 1000; ++round) {
        for (int lost = 0; lost < 4; ++lost) {
            ASSERT_FALSE(consent.expired(now));
            consent.request(now, false);
            now = consent.deadline();
        }
        ASSERT_FALSE(consent.expired(now));
        const Bytes answer = answer_to(consent.request(now, false));
        ASSERT_TRUE(consent.is_answer(answer));
        ASSERT_TRUE(consent.answered(answer, now + 20ms));
        now = consent.deadline();
    }
}

TEST_F(ConsentTest, an_answer_made_with_another_password_does_not_count) {
    const Bytes forged = answer_to(consent.request(begin, false), "guessed");
    EXPECT_TRUE(consent.is_answer(forged));
    EXPECT_FALSE(consent.answered(forged, begin + 10s));
    EXPECT_TRUE(consent.expired(begin + 30s));
}

TEST_F(ConsentTest, answers_to_somebody_elses_requests_are_left_alone) {
    Bytes other = answer_to(consent.request(begin, false));
    other[10] ^= 1;
    EXPECT_FALSE(consent.is_answer(other));
    EXPECT_FALSE(consent.is_answer(Bytes{}));
    EXPECT_FALSE(consent.is_answer(std::span(other).first(10)));
}

TEST_F(ConsentTest, before_the_first_request_nothing_is_an_answer) {
    // Transaction ids start as zeros.
    Bytes zeros(20, 0);
    zeros[0] = zeros[1] = 0x01;
    zeros[4] = 0x21;
    zeros[5] = 0x12;
    zeros[6] = 0xA4;
    zeros[7] = 0x42;
    EXPECT_FALSE(consent.is_answer(zeros));
}

TEST_F(ConsentTest, a_newly_selected_pair_starts_with_fresh_consent) {
    consent.start(begin + 25s);
    EXPECT_FALSE(consent.expired(begin + 40s));
    EXPECT_FALSE(consent.request(begin + 25s, false).empty());
}

}  // namespace
}  // namespace causeway::webrtc
