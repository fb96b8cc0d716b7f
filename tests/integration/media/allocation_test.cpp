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
    void on_statistics(media::MediaStatistics) override { ++seconds_told; }

    std::atomic<int> seconds_told{0};
};

struct Window {
    std::uint64_t allocations = 0;
    std::uint64_t packets = 0;
    int seconds_told = 0;
};

Window talk_and_count(sdp::Codec phone_codec) {
    Counters counters;
    CountingWitness witness;
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    EXPECT_TRUE(call.bring_up());
    call.connect(call.phone.media(phone_codec));
    // Codecs, connected sockets and first reports are made, libnice has come to rest.
    call.talk(seconds(7), true, phone_codec == sdp::Codec::pcmu);
    const std::uint64_t allocations = counted_allocations();
    const std::size_t heard = call.phone.heard.size();
    const int told = witness.seconds_told;
    call.talk(seconds(6), true, phone_codec == sdp::Codec::pcmu);
    return {.allocations = counted_allocations() - allocations,
            .packets = call.phone.heard.size() - heard,
            .seconds_told = witness.seconds_told - told};
}

/// Once a second figures are told, once in five consent is asked for by GLib's HMAC: a few for each, whatever
/// the number of packets. One allocation per packet would be three hundred.
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

}  // namespace
}  // namespace causeway::test
