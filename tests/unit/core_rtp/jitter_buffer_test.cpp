// A simulated sender, path and player; what is heard is a string: a letter per frame, '-' lost, '_' empty.
#include "core/rtp/jitter_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;
using Kind = JitterFrame::Kind;

class Player {
  public:
    explicit Player(JitterBufferSettings settings = {}) : settings_(settings), buffer(settings) {}

    void push(int sequence, std::uint32_t timestamp, std::int64_t ms, int value, bool marker = false,
              Ssrc ssrc = kSsrc) {
        auto bytes = bytes_of(header(static_cast<std::uint16_t>(sequence), timestamp, marker, ssrc),
                              {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)});
        buffer.push(*RtpView::parse(bytes), at_ms(ms));
    }
    /// Packet n of a regular stream, sent at n * ptime, `delay` ms on the way.
    void regular(int n, std::int64_t delay, int ptime = 20) {
        arrivals_.emplace(n * ptime + delay, [this, n, ptime](std::int64_t ms) {
            push(first_sequence + n,
                 first_timestamp + static_cast<std::uint32_t>(n * ptime * (settings_.clock_rate / 1000)), ms,
                 n);
        });
    }
    void at(std::int64_t ms, std::function<void(std::int64_t)> what) { arrivals_.emplace(ms, what); }

    /// Runs the clock; the player takes a frame at 7 ms, 27 ms, ...
    void run(std::int64_t until_ms) {
        for (; now_ < until_ms; ++now_) {
            const auto [from, to] = arrivals_.equal_range(now_);
            for (auto it = from; it != to; ++it) it->second(now_);
            if (now_ % settings_.frame_ms == 7) play_frame();
        }
    }
    void play_frame() {
        const std::uint32_t wanted =
            static_cast<std::uint32_t>(settings_.frame_ms * settings_.clock_rate / 1000);
        int pops = 0;
        while (pcm_ < wanted) {
            ASSERT_LT(++pops, 50) << "the consumer must get its frame";
            const auto f = buffer.pop(at_ms(now_));
            ASSERT_GT(f.ticks, 0u);
            pcm_ += f.ticks;
            note(f);
        }
        pcm_ -= wanted;
    }
    void note(const JitterFrame& f) {
        if (f.kind == Kind::packet) {
            const int value = f.payload[0] | f.payload[1] << 8;
            played.push_back(value);
            heard += static_cast<char>('a' + value % 26);
            spurts += f.talk_spurt;
        } else if (f.kind == Kind::lost) {
            heard += '-';
            recoverable += !f.payload.empty();
        } else {
            heard += '_';
        }
    }
    int holes(std::size_t from = 0) const {
        return static_cast<int>(std::count_if(heard.begin() + static_cast<std::ptrdiff_t>(from), heard.end(),
                                              [](char c) { return c == '_' || c == '-'; }));
    }

  private:
    JitterBufferSettings settings_;
    std::multimap<std::int64_t, std::function<void(std::int64_t)>> arrivals_;
    std::int64_t now_ = 0;
    std::uint32_t pcm_ = 0;

  public:
    JitterBuffer buffer;
    int first_sequence = 65530;  ///< every test crosses both wraps
    std::uint32_t first_timestamp = 0xFFFFFB00;
    std::vector<int> played;
    std::string heard;
    int spurts = 0;
    int recoverable = 0;
};

std::vector<int> upto(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) all[static_cast<std::size_t>(i)] = i;
    return all;
}

TEST(JitterBuffer, a_regular_stream_is_played_whole_after_one_short_wait) {
    Player p;
    for (int n = 0; n < 100; ++n) p.regular(n, 30);
    p.run(2200);
    EXPECT_EQ(p.played, upto(100));
    const auto first = p.heard.find('a');
    EXPECT_LE(first, 4u);
    EXPECT_EQ(p.heard.substr(first, 100).find_first_of("_-"), std::string::npos);
    EXPECT_LE(p.buffer.target_ms(), 20);
    EXPECT_LE(p.buffer.delay_ms(), 40);
    EXPECT_EQ(p.buffer.stats().lost, 0u);
    EXPECT_EQ(p.buffer.stats().late, 0u);
}

TEST(JitterBuffer, packets_of_10_to_60_ms_are_played_whole) {
    for (const int ptime : {10, 20, 30, 40, 60}) {
        Player p;
        for (int n = 0; n < 100; ++n) p.regular(n, 25 + n % 3, ptime);
        p.run(ptime * 100 + 300);
        EXPECT_EQ(p.played, upto(100)) << ptime;
        const auto first = p.heard.find('a');
        const auto last = p.heard.find_last_not_of('_');
        const auto holes = std::count(p.heard.begin() + static_cast<std::ptrdiff_t>(first),
                                      p.heard.begin() + static_cast<std::ptrdiff_t>(last), '_');
        EXPECT_LE(holes, 4) << ptime << " " << p.heard;
    }
}

TEST(JitterBuffer, works_at_48_khz) {
    Player p({.clock_rate = 48000});
    for (int n = 0; n < 200; ++n) p.regular(n, n % 4 * 5);
    p.run(4200);
    EXPECT_EQ(p.played, upto(200));
}

TEST(JitterBuffer, a_lost_packet_is_told_once_with_the_next_one_for_recovery) {
    Player p;
    for (int n = 0; n < 60; ++n) {
        if (n != 30) p.regular(n, 5);
    }
    p.run(1400);
    EXPECT_EQ(p.played.size(), 59u);
    EXPECT_EQ(p.buffer.stats().lost, 1u);
    EXPECT_EQ(p.heard.substr(p.heard.find('a')).substr(0, 60).find_first_of("_-"), 30u);
    EXPECT_LE(p.holes(p.heard.find('a')) - 10, 2);
}

TEST(JitterBuffer, loss_with_a_filled_buffer_offers_the_next_payload) {
    Player p;
    // Much jitter first, so that the buffer holds several packets.
    for (int n = 0; n < 400; ++n) {
        if (n < 200 || n % 10 != 0) p.regular(n, n % 7 * 10);
    }
    p.run(8300);
    EXPECT_GE(p.buffer.stats().lost, 20u);
    EXPECT_LE(p.buffer.stats().lost, 22u) << "while the jitter is being learned";
    EXPECT_GE(p.recoverable, 10);
}

TEST(JitterBuffer, reordering_within_the_target_is_repaired) {
    Player p;
    for (int n = 0; n < 300; ++n) p.regular(n, n % 5 == 0 ? 45 : 5);
    p.run(6300);
    EXPECT_GT(p.buffer.stats().reordered, 40u);
    EXPECT_LE(p.buffer.stats().late, 2u);
    EXPECT_GE(p.played.size(), 298u);
    EXPECT_TRUE(std::is_sorted(p.played.begin(), p.played.end()));
    EXPECT_GE(p.buffer.target_ms(), 40);
}

TEST(JitterBuffer, of_two_packets_with_one_number_the_first_counts_whatever_time_the_second_claims) {
    JitterBuffer buffer({});
    const auto push = [&buffer](std::uint16_t sequence, std::uint32_t timestamp) {
        auto bytes = bytes_of(header(sequence, timestamp), {1, 2});
        buffer.push(*RtpView::parse(bytes), at_ms(0));
    };
    push(10, 1600);
    for (std::uint32_t n = 0; n < 50; ++n) push(11, 1760 + n * 8);
    EXPECT_EQ(buffer.stats().duplicate, 49u);
    // What is held must be found again, or making room for later packets would never end.
    for (std::uint16_t n = 42; n < 60; ++n) buffer.pass_over(header(n, n * 160u), at_ms(0));
    EXPECT_EQ(buffer.stats().overflow, 2u);
}

TEST(JitterBuffer, a_duplicate_is_played_once_and_counted) {
    Player p;
    for (int n = 0; n < 50; ++n) {
        p.regular(n, 10);
        p.regular(n, 11);
    }
    p.run(1300);
    EXPECT_EQ(p.played, upto(50));
    EXPECT_EQ(p.buffer.stats().duplicate, 50u);
}

TEST(JitterBuffer, a_late_packet_is_dropped_and_counted) {
    Player p;
    for (int n = 0; n < 100; ++n) p.regular(n, n == 50 ? 150 : 10);
    p.run(2300);
    EXPECT_EQ(p.played.size(), 99u);
    EXPECT_EQ(p.buffer.stats().late, 1u);
    EXPECT_EQ(p.buffer.stats().lost, 1u);
}

TEST(JitterBuffer, the_target_follows_the_jitter_up_and_down) {
    Player p;
    std::uint32_t random = 7;
    const auto jitter = [&](int most) {
        random = random * 1664525 + 1013904223;
        return static_cast<int>(random >> 16) % (most + 1);
    };
    for (int n = 0; n < 500; ++n) p.regular(n, 10 + jitter(80));
    for (int n = 500; n < 3000; ++n) p.regular(n, 10 + jitter(4));
    p.run(10'000);
    EXPECT_GE(p.buffer.target_ms(), 60);
    EXPECT_LE(p.buffer.target_ms(), 85);
    const auto settled = p.heard.size() - 100;
    EXPECT_LE(p.holes(settled), 3) << "98 % are in time";
    p.run(60'300);
    EXPECT_LE(p.buffer.target_ms(), 20);
    EXPECT_EQ(p.played.size() + p.buffer.stats().lost, 3000u);
}

TEST(JitterBuffer, what_would_wait_longer_than_the_maximum_is_dropped) {
    Player p({.max_delay_ms = 100});
    for (int n = 0; n < 50; ++n) p.push(n, static_cast<std::uint32_t>(n) * 160, 0, n);
    const auto frame = p.buffer.pop(at_ms(200));
    ASSERT_EQ(frame.kind, Kind::packet);
    EXPECT_EQ(frame.timestamp, RtpTime{44 * 160});
    EXPECT_EQ(p.buffer.stats().overflow, 44u);
}

TEST(JitterBuffer, a_path_that_becomes_slower_is_followed) {
    Player p({.max_delay_ms = 100});
    for (int n = 0; n < 1000; ++n) p.regular(n, n < 300 ? 10 : 410);
    p.run(20'500);
    EXPECT_GE(p.played.size(), 999u);
    EXPECT_LE(p.buffer.delay_ms(), 60);
    EXPECT_LE(p.buffer.target_ms(), 40);
}

TEST(JitterBuffer, a_pause_is_not_loss) {
    Player p;
    int sequence = 100;
    for (int spurt = 0; spurt < 5; ++spurt) {
        for (int n = 0; n < 20; ++n, ++sequence) {
            const int ms = spurt * 2000 + n * 20;
            p.at(ms + 10, [&p, sequence, ms, n](std::int64_t at) {
                p.push(sequence, static_cast<std::uint32_t>(ms * 8), at, sequence - 100, n == 0);
            });
        }
    }
    p.run(10'000);
    EXPECT_EQ(p.played, upto(100));
    EXPECT_EQ(p.spurts, 5);
    EXPECT_EQ(p.buffer.stats().lost, 0u);
    EXPECT_EQ(p.heard.find('-'), std::string::npos);
}

TEST(JitterBuffer, discontinuous_transmission_without_markers_is_not_loss) {
    Player p({.clock_rate = 48000});
    for (int n = 0; n < 40; ++n) {  // Opus in DTX: one packet each 400 ms
        p.at(n * 400 + 10,
             [&p, n](std::int64_t at) { p.push(n, static_cast<std::uint32_t>(n * 400 * 48), at, n); });
    }
    p.run(17'000);
    EXPECT_EQ(p.played, upto(40));
    EXPECT_EQ(p.buffer.stats().lost, 0u);
    EXPECT_EQ(p.buffer.stats().underruns, 0u);
}

TEST(JitterBuffer, events_in_the_stream_are_passed_over) {
    Player p;
    int sequence = 0;
    int value = 0;
    for (int n = 0; n < 100; ++n, ++sequence) {
        const bool event = n >= 40 && n < 50;
        const int v = event ? 0 : value++;
        p.at(n * 20 + 10, [&p, n, sequence, event, v](std::int64_t at) {
            const auto timestamp = static_cast<std::uint32_t>((event ? 40 : n) * 160);
            if (event) {
                p.buffer.pass_over(header(static_cast<std::uint16_t>(sequence), timestamp), at_ms(at));
            } else {
                p.push(sequence, timestamp, at, v);
            }
        });
    }
    p.run(2300);
    EXPECT_EQ(p.played, upto(90));
    EXPECT_EQ(p.buffer.stats().lost, 0u);
    EXPECT_EQ(p.heard.find('-'), std::string::npos);
}

TEST(JitterBuffer, another_ssrc_starts_anew_at_once) {
    Player p;
    for (int n = 0; n < 50; ++n) p.regular(n, 10);
    for (int n = 50; n < 100; ++n) {
        p.at(n * 20 + 10, [&p, n](std::int64_t at) {
            p.push(5000 + n, 77 + static_cast<std::uint32_t>(n) * 160, at, n, false, {9});
        });
    }
    p.run(2200);
    EXPECT_GE(p.played.size(), 97u);
    EXPECT_EQ(p.played.back(), 99);
    EXPECT_EQ(p.buffer.stats().resets, 1u);
}

TEST(JitterBuffer, a_restarted_sequence_is_followed_after_two_packets_and_a_stray_is_not) {
    Player p;
    for (int n = 0; n < 50; ++n) p.regular(n, 10);
    p.at(500, [&p](std::int64_t at) { p.push(20000, 5, at, 999); });
    for (int n = 50; n < 100; ++n) {
        p.at(n * 20 + 10,
             [&p, n](std::int64_t at) { p.push(30000 + n, static_cast<std::uint32_t>(n) * 160, at, n); });
    }
    p.run(2200);
    EXPECT_EQ(std::count(p.played.begin(), p.played.end(), 999), 0);
    EXPECT_EQ(p.played.back(), 99);
    EXPECT_GE(p.played.size(), 96u);
    EXPECT_EQ(p.buffer.stats().resets, 1u);
}

TEST(JitterBuffer, a_timestamp_jump_without_a_new_ssrc_is_survived) {
    Player p;
    for (int n = 0; n < 100; ++n) {
        p.at(n * 20 + 10, [&p, n](std::int64_t at) {
            p.push(n, (n < 50 ? 0u : 0x70000000u) + static_cast<std::uint32_t>(n) * 160, at, n);
        });
    }
    p.run(2200);
    EXPECT_GE(p.played.size(), 99u);
    EXPECT_EQ(p.played.back(), 99);
    EXPECT_LE(p.holes(p.heard.find('a')), 12);
}

TEST(JitterBuffer, an_outage_and_its_burst_cost_no_lasting_delay) {
    Player p;
    for (int n = 0; n < 1000; ++n) {
        const int sent = n * 20;
        const int arrival = sent >= 4000 && sent < 6000 ? 6000 : sent + 10;
        p.regular(n, arrival - sent);
    }
    p.run(7000);
    EXPECT_GT(p.buffer.stats().overflow, 50u);
    p.run(20'400);
    // To shrink it further is the consumer's part.
    EXPECT_LE(p.buffer.delay_ms(), 220);
    EXPECT_EQ(p.played.back(), 999);
}

TEST(JitterBuffer, an_outage_that_lost_everything_resumes_at_once) {
    Player p;
    for (int n = 0; n < 300; ++n) {
        if (n < 100 || n >= 200) p.regular(n, 10);
    }
    p.run(6200);
    EXPECT_EQ(p.buffer.stats().lost, 100u);
    EXPECT_EQ(p.played.size(), 200u);
    EXPECT_EQ(p.buffer.stats().resets, 0u);
}

TEST(JitterBuffer, a_consumer_that_stopped_finds_the_newest_packets) {
    JitterBuffer buffer({});
    for (int n = 0; n < 500; ++n) {
        auto bytes = bytes_of(header(static_cast<std::uint16_t>(n), static_cast<std::uint32_t>(n) * 160),
                              {static_cast<std::uint8_t>(n)});
        buffer.push(*RtpView::parse(bytes), at_ms(n * 20));
    }
    const auto frame = buffer.pop(at_ms(10'000));
    ASSERT_EQ(frame.kind, Kind::packet);
    EXPECT_GE(frame.timestamp.value, 485u * 160);
}

TEST(JitterBuffer, a_faster_or_slower_sender_is_followed) {
    for (const double drift : {0.9995, 1.0005}) {
        Player p;
        for (int n = 0; n < 6000; ++n) {
            const auto when = static_cast<std::int64_t>(n * 20 * drift) + 10;
            p.at(when, [&p, n](std::int64_t at) { p.push(n, static_cast<std::uint32_t>(n) * 160, at, n); });
        }
        p.run(120'200);
        EXPECT_LE(p.buffer.delay_ms(), 80) << drift;
        EXPECT_GE(p.played.size(), 5990u) << drift;
        EXPECT_LE(p.holes(10), 20) << drift;
    }
}

// A sanitizer sees what is read beyond the old room.
TEST(JitterBuffer, the_first_payload_beyond_the_usual_may_take_any_place) {
    for (std::uint16_t sequence = 0; sequence < 64; ++sequence) {
        JitterBuffer buffer({});
        const std::vector<std::uint8_t> large(1500, static_cast<std::uint8_t>(sequence));
        auto bytes = bytes_of(header(sequence, 0), large);
        buffer.push(*RtpView::parse(bytes), at_ms(0));
        const auto frame = buffer.pop(at_ms(500));
        EXPECT_EQ(std::vector(frame.payload.begin(), frame.payload.end()), large);
    }
}

TEST(JitterBuffer, what_waits_is_forgotten_by_a_reset) {
    Player player;
    for (int n = 0; n < 10; ++n) player.push(100 + n, static_cast<std::uint32_t>(n * 160), n * 20, n);
    player.buffer.reset();
    EXPECT_EQ(player.buffer.spurt_due(), std::nullopt);
    EXPECT_EQ(player.buffer.ready(160), 0u);
    EXPECT_EQ(player.buffer.pop(at_ms(1000)).kind, Kind::empty);
    player.push(110, 1600, 1000, 10);
    EXPECT_EQ(player.buffer.pop(at_ms(1300)).kind, Kind::packet);
}

TEST(JitterBuffer, an_empty_one_gives_frames_of_nothing) {
    JitterBuffer buffer({});
    for (int n = 0; n < 10; ++n) {
        const auto frame = buffer.pop(at_ms(n * 20));
        EXPECT_EQ(frame.kind, Kind::empty);
        EXPECT_EQ(frame.ticks, 160u);
    }
}

TEST(JitterBuffer, payloads_of_all_sizes_up_to_1500_bytes_come_out_as_they_went_in) {
    JitterBuffer buffer({.max_delay_ms = 1000});
    const std::vector<std::size_t> sizes = {160, 1, 192, 193, 20, 256, 257, 700, 1025, 160, 1500, 40};
    const auto payload = [&](std::size_t n) {
        std::vector<std::uint8_t> bytes(sizes[n]);
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + n);
        return bytes;
    };
    // All of them wait inside while the larger ones come.
    for (std::size_t n = 0; n < sizes.size(); ++n) {
        const auto number = static_cast<std::uint16_t>(n);
        auto bytes = bytes_of(header(number, 160u * number), payload(n));
        buffer.push(*RtpView::parse(bytes), at_ms(0));
    }
    std::size_t played = 0;
    for (std::int64_t ms = 0; ms < 2000 && played < sizes.size(); ms += 20) {
        const auto frame = buffer.pop(at_ms(ms));
        if (frame.kind != Kind::packet) continue;
        const auto expected = payload(played++);
        EXPECT_TRUE(std::equal(frame.payload.begin(), frame.payload.end(), expected.begin(), expected.end()))
            << sizes[played - 1] << " bytes";
    }
    EXPECT_EQ(played, sizes.size());
}

TEST(JitterBuffer, bursts_in_any_order_come_out_whole_and_again_and_again) {
    JitterBuffer buffer({.max_delay_ms = 1000});
    const auto payload = [](std::uint16_t n) {
        return std::vector<std::uint8_t>(100u + n % 90u, static_cast<std::uint8_t>(n));
    };
    int played = 0;
    std::int64_t ms = 0;
    for (std::uint16_t burst = 0; burst < 6; ++burst) {
        constexpr std::uint16_t kPackets = 40;
        for (std::uint16_t n = 0; n < kPackets; ++n) {
            const auto number = static_cast<std::uint16_t>(burst * kPackets + n * 7 % kPackets);
            auto bytes = bytes_of(header(number, 160u * number), payload(number));
            buffer.push(*RtpView::parse(bytes), at_ms(ms));
        }
        for (const std::int64_t end = ms + 800; ms < end; ms += 20) {
            const auto frame = buffer.pop(at_ms(ms));
            if (frame.kind != Kind::packet) continue;
            const auto expected = payload(static_cast<std::uint16_t>(frame.timestamp.value / 160));
            EXPECT_EQ(std::vector(frame.payload.begin(), frame.payload.end()), expected);
            ++played;
        }
    }
    EXPECT_GE(played, 120);
}

TEST(JitterBuffer, a_longest_delay_beyond_what_it_can_count_is_cut) {
    JitterBuffer buffer({.max_delay_ms = 60'000});
    for (std::uint16_t n = 0; n < 600; ++n) {
        auto bytes =
            bytes_of(header(n, 160u * n), std::vector<std::uint8_t>(100, static_cast<std::uint8_t>(n)));
        buffer.push(*RtpView::parse(bytes), at_ms(0));
    }
    int played = 0;
    for (std::int64_t ms = 0; ms < 20'000; ms += 20) {
        const auto frame = buffer.pop(at_ms(ms));
        if (frame.kind != Kind::packet) continue;
        ++played;
        const auto number = static_cast<std::uint8_t>(frame.timestamp.value / 160);
        EXPECT_EQ(frame.payload.front(), number);
    }
    EXPECT_GT(played, 90) << "two seconds of it";
    EXPECT_LE(played, 256);
}

TEST(JitterBuffer, a_payload_beyond_1500_bytes_or_of_none_is_not_kept) {
    JitterBuffer buffer({});
    auto large = bytes_of(header(1, 160), std::vector<std::uint8_t>(1501));
    auto none = bytes_of(header(2, 320), {});
    buffer.push(*RtpView::parse(large), at_ms(0));
    buffer.push(*RtpView::parse(none), at_ms(20));
    EXPECT_EQ(buffer.pop(at_ms(500)).kind, Kind::empty);
}

}  // namespace
}  // namespace causeway::rtp
