// No memory is asked for per packet on the whole path: loop, sockets, SRTP, lanes, codecs and reports of a
// real media thread; a program of its own, for it counts malloc.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "tests/integration/media/corridor.hpp"
#include "tests/integration/media/counting_malloc.hpp"

namespace causeway::test {
namespace {

/// Has the media thread counted. Keeps nothing of what is told every second, which may allocate.
class CountingWitness : public Witness {
  public:
    void on_opened(media::MediaOpened opened) override {
        Witness::on_opened(std::move(opened));
        count_this_thread();
    }
    void on_statistics(media::MediaStatistics statistics) override {
        encrypts = statistics.sip_srtp_profile == "SRTP_AES128_CM_SHA1_80";
        ++seconds_told;
    }

    std::atomic<int> seconds_told{0};
    std::atomic<bool> encrypts{false};  ///< towards SIP, by a key of its SDP
};

struct Window {
    std::uint64_t allocations = 0;
    std::uint64_t packets = 0;
    int seconds_told = 0;
};

/// Keys for both directions of a phone that encrypts.
void encrypt(Phone& phone, sdp::AudioMedia& media, Counters& counters) {
    constexpr auto kSuite = sdp::CryptoSuite::aes_cm_128_sha1_80;
    const std::vector<std::uint8_t> ours(sdp::key_and_salt_length(kSuite), 1);
    const std::vector<std::uint8_t> theirs(sdp::key_and_salt_length(kSuite), 2);
    media.agreed.protection = sdp::Protection::sdes;
    media.agreed.suite = kSuite;
    media.agreed.send_key = sdp::SecretKey(ours);
    media.agreed.receive_key = sdp::SecretKey(theirs);
    phone.encrypts.emplace(rtp::SrtpSession::make(rtp::SrtpProfile::aes128_cm_sha1_80, theirs,
                                                  rtp::SrtpDirection::outbound, counters)
                               .value());
}

Window talk_and_count(sdp::Codec phone_codec, bool encrypted = false) {
    Counters counters;
    CountingWitness witness;
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    EXPECT_TRUE(call.bring_up());
    sdp::AudioMedia media = call.phone.media(phone_codec);
    if (encrypted) encrypt(call.phone, media, counters);
    call.connect(media);
    // Codecs, connected sockets and first reports are made, libnice has come to rest.
    call.talk(seconds(7), true, phone_codec == sdp::Codec::pcmu);
    const std::uint64_t allocations = counted_allocations();
    const std::size_t heard = call.phone.heard.size();
    const int told = witness.seconds_told;
    call.talk(seconds(6), true, phone_codec == sdp::Codec::pcmu);
    EXPECT_EQ(counters.snapshot()["srtp_auth_failure"], 0U);
    EXPECT_EQ(witness.encrypts, encrypted);
    return {.allocations = counted_allocations() - allocations,
            .packets = call.phone.heard.size() - heard,
            .seconds_told = witness.seconds_told - told};
}

/// Once a second figures are told: a few for each, whatever the number of packets. One allocation per packet
/// would be three hundred.
constexpr std::uint64_t kPerSecondTold = 16;

TEST(AllocationsOfAMediaThread, the_count_sees_an_allocation) {
    // In a thread of its own: the others of this program stay uncounted.
    std::thread([] {
        count_this_thread();
        const std::uint64_t before = counted_allocations();
        const auto one = std::make_unique<int>(1);
        EXPECT_EQ(counted_allocations(), before + 1);
    }).join();
}

TEST(AllocationsOfAMediaThread, relaying_asks_for_no_memory_per_packet) {
    const Window window = talk_and_count(sdp::Codec::opus);
    EXPECT_GT(window.packets, 290u);
    EXPECT_LE(window.allocations, kPerSecondTold * static_cast<std::uint64_t>(window.seconds_told));
    RecordProperty("allocations", static_cast<int>(window.allocations));
}

TEST(AllocationsOfAMediaThread, transcoding_asks_for_no_memory_per_packet) {
    const Window window = talk_and_count(sdp::Codec::pcmu);
    EXPECT_GT(window.packets, 290u);
    EXPECT_LE(window.allocations, kPerSecondTold * static_cast<std::uint64_t>(window.seconds_told));
    RecordProperty("allocations", static_cast<int>(window.allocations));
}

TEST(AllocationsOfAMediaThread, encrypting_towards_sip_asks_for_no_memory_per_packet) {
    const Window window = talk_and_count(sdp::Codec::pcmu, true);
    EXPECT_GT(window.packets, 290u);
    EXPECT_LE(window.allocations, kPerSecondTold * static_cast<std::uint64_t>(window.seconds_told));
    RecordProperty("allocations", static_cast<int>(window.allocations));
}

}  // namespace
}  // namespace causeway::test
