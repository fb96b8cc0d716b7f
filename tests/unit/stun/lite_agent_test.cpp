#include "core/stun/lite_agent.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string>
#include <vector>

namespace causeway::stun {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kFingerprintSize = 8;
constexpr std::size_t kIntegritySize = 24;

SocketAddress address(const char* text) {
    return SocketAddress::parse(text).value();
}
const SocketAddress kPeer = address("198.51.100.2:6000");
const SocketAddress kOther = address("198.51.100.2:6002");

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

class LiteAgentTest : public testing::Test {
  protected:
    static BindingRequest request(std::uint32_t priority = 100) {
        return {.transaction = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                .username = "ours:theirs",
                .key = "our-password-of-24-chars",
                .priority = priority,
                .controlling = true,
                .tie_breaker = 5};
    }
    static Bytes written(const BindingRequest& wanted) {
        std::array<std::uint8_t, kMaxRequest> out;
        const std::size_t size = write(wanted, out);
        return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
    }
    /// The request with one more attribute before its integrity, sealed anew.
    static Bytes with_attribute(const BindingRequest& wanted, const Bytes& attribute) {
        Bytes message = written(wanted);
        const auto at = message.end() - static_cast<std::ptrdiff_t>(kIntegritySize + kFingerprintSize);
        message.erase(at, message.end());
        message.insert(message.end(), attribute.begin(), attribute.end());
        return sealed(message, wanted.key);
    }
    static Bytes sealed(Bytes message, const std::string& key) {
        const auto set_length = [&](std::size_t size) {
            message[2] = static_cast<std::uint8_t>((size - 20) >> 8);
            message[3] = static_cast<std::uint8_t>(size - 20);
        };
        message.insert(message.end(), {0x00, 0x08, 0x00, 0x14});
        message.resize(message.size() + 20);
        set_length(message.size());
        const Bytes digest = hmac_of(message, key);
        std::copy(digest.begin(), digest.end(), message.end() - 20);
        message.insert(message.end(), {0x80, 0x28, 0x00, 0x04});
        set_length(message.size() + 4);
        const std::uint32_t crc = crc32(std::span(message).first(message.size() - 4)) ^ 0x5354554E;
        for (int shift = 24; shift >= 0; shift -= 8)
            message.push_back(static_cast<std::uint8_t>(crc >> shift));
        return message;
    }
    static Bytes hmac_of(const Bytes& message, const std::string& key);

    std::size_t answer(const Bytes& message, const SocketAddress& from = kPeer) {
        return agent.answer(message, from, out);
    }
    std::span<const std::uint8_t> response(std::size_t size) { return std::span(out).first(size); }
    /// 0 for anything but an error response.
    int error_of(std::size_t size) {
        if (size < 28 || out[0] != 1 || out[1] != 0x11 || out[21] != 9) return 0;
        return out[26] * 100 + out[27];
    }

    LiteAgent agent{"ours", "our-password-of-24-chars", "theirs"};
    std::array<std::uint8_t, kMaxRequest> out{};
};

Bytes LiteAgentTest::hmac_of(const Bytes& message, const std::string& key) {
    Bytes digest(20);
    unsigned size = 20;
    ::HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(), message.size() - 24,
           digest.data(), &size);
    return digest;
}

const Bytes kUseCandidate{0x00, 0x25, 0x00, 0x00};

TEST_F(LiteAgentTest, a_good_check_is_answered_and_its_source_believed) {
    const std::size_t size = answer(written(request()));
    EXPECT_EQ(success_response(response(size)), request().transaction);
    EXPECT_TRUE(has_integrity(response(size), "our-password-of-24-chars"));
    EXPECT_TRUE(agent.is_checked(kPeer));
    EXPECT_FALSE(agent.is_checked(kOther));
    EXPECT_FALSE(agent.selected());
}

TEST_F(LiteAgentTest, the_peers_nomination_is_where_packets_go) {
    answer(with_attribute(request(100), kUseCandidate));
    EXPECT_EQ(agent.selected(), kPeer);
    answer(with_attribute(request(50), kUseCandidate), kOther);
    EXPECT_EQ(agent.selected(), kPeer);
    answer(with_attribute(request(200), kUseCandidate), kOther);
    EXPECT_EQ(agent.selected(), kOther);
    EXPECT_TRUE(agent.is_checked(kPeer));
}

TEST_F(LiteAgentTest, who_does_not_know_the_password_is_told_so_and_not_believed) {
    BindingRequest forged = request();
    forged.key = "guessed";
    EXPECT_EQ(error_of(answer(written(forged))), 401);
    forged = request();
    forged.username = "ours:others";
    EXPECT_EQ(error_of(answer(written(forged))), 401);
    EXPECT_FALSE(agent.is_checked(kPeer));
    EXPECT_EQ(error_of(answer(with_attribute(forged, kUseCandidate))), 401);
    EXPECT_FALSE(agent.selected());
}

TEST_F(LiteAgentTest, an_attribute_that_must_be_understood_and_is_not_is_named) {
    const std::size_t size = answer(with_attribute(request(), {0x7F, 0x01, 0x00, 0x00}));
    EXPECT_EQ(error_of(size), 420);
    EXPECT_EQ(out[29], 0x0A);
    EXPECT_EQ(out[32] * 256 + out[33], 0x7F01);
    EXPECT_FALSE(agent.is_checked(kPeer));
    EXPECT_TRUE(success_response(response(answer(with_attribute(request(), {0xC0, 0x01, 0x00, 0x00})))));
}

TEST_F(LiteAgentTest, a_peer_that_takes_itself_for_the_controlled_one_is_corrected) {
    BindingRequest wrong = request();
    wrong.controlling = false;
    EXPECT_EQ(error_of(answer(written(wrong))), 487);
    EXPECT_FALSE(agent.is_checked(kPeer));
}

TEST_F(LiteAgentTest, messages_cut_or_changed_anywhere_change_nothing) {
    const Bytes good = with_attribute(request(), kUseCandidate);
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_EQ(answer({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}), 0U) << size;
    }
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes changed = good;
        changed[i] ^= 0x10;
        EXPECT_EQ(answer(changed), 0U) << i;  // its fingerprint is wrong
    }
    EXPECT_FALSE(agent.is_checked(kPeer));
}

TEST_F(LiteAgentTest, what_stands_behind_the_integrity_does_not_count) {
    Bytes message = written(request());
    message.resize(message.size() - kFingerprintSize);
    message.insert(message.end(), kUseCandidate.begin(), kUseCandidate.end());
    const std::size_t size = message.size() + kFingerprintSize;
    message[2] = static_cast<std::uint8_t>((size - 20) >> 8);
    message[3] = static_cast<std::uint8_t>(size - 20);
    message.insert(message.end(), {0x80, 0x28, 0x00, 0x04});
    const std::uint32_t crc = crc32(std::span(message).first(message.size() - 4)) ^ 0x5354554E;
    for (int shift = 24; shift >= 0; shift -= 8) message.push_back(static_cast<std::uint8_t>(crc >> shift));
    answer(message);
    EXPECT_FALSE(agent.selected());
}

TEST_F(LiteAgentTest, many_sources_push_out_the_oldest_only) {
    for (int i = 0; i < 40; ++i) {
        answer(written(request()), kPeer.with_port(static_cast<std::uint16_t>(7000 + i)));
    }
    EXPECT_TRUE(agent.is_checked(kPeer.with_port(7039)));
    EXPECT_FALSE(agent.is_checked(kPeer.with_port(7000)));
}

}  // namespace
}  // namespace causeway::stun
