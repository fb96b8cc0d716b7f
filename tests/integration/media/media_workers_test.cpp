// Calls through real workers, sockets, ICE, DTLS and codecs on loopback, in real time.
#include "gateway/media/media_workers.hpp"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "core/rtp/dtmf.hpp"
#include "core/rtp/rtcp.hpp"
#include "sip/rtp/port_allocator.hpp"
#include "tests/integration/media/corridor.hpp"

namespace causeway::test {
namespace {

std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* const directory = ::opendir("/proc/self/fd");
    while (::readdir(directory) != nullptr) ++count;
    ::closedir(directory);
    return count;
}

/// The stretch of `length_ms` that ends `before_end_ms` before the end.
std::span<const std::int16_t> last_of(const std::vector<std::int16_t>& pcm, int rate, int length_ms,
                                      int before_end_ms) {
    const auto samples = [rate](int ms) { return static_cast<std::size_t>(ms * rate / 1000); };
    if (pcm.size() < samples(length_ms + before_end_ms)) return {};
    return std::span(pcm).last(samples(length_ms + before_end_ms)).first(samples(length_ms));
}

/// The even one of two neighbours that nobody holds at this moment.
std::uint16_t free_port_pair(const SocketAddress& address) {
    sip::PortAllocator allocator(address, 24000, 24999);
    return allocator.open().value().rtp_address().port();
}

class MediaWorkersOnLoopback : public testing::Test {
  protected:
    std::uint64_t count(const char* name) { return counters.counter(name).value(); }

    Counters counters;
    Witness witness;
};

TEST_F(MediaWorkersOnLoopback, a_browser_and_a_phone_hear_each_other) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(seconds(3));
    call.wait(milliseconds(100));

    const auto at_phone = call.phone_pcm();
    const auto at_browser = call.browser_pcm();
    EXPECT_NEAR(level_at(1004, last_of(at_phone, 8000, 1000, 500), 8000), -16, 2);
    EXPECT_NEAR(level_at(1500, last_of(at_browser, 48000, 1000, 500), 48000), -16, 2);

    const auto told = call.told();
    EXPECT_TRUE(told.failures.empty());
    ASSERT_GE(told.statistics.size(), 2u);
    const auto& last = told.statistics.back();
    EXPECT_EQ(last.browser_codec, "opus");
    EXPECT_EQ(last.sip_codec, "PCMU");
    EXPECT_NE(last.srtp_profile, "");
    EXPECT_GT(last.from_browser.packets, 80u);
    EXPECT_GT(last.to_browser.packets, 80u);
    EXPECT_GT(last.from_sip.packets, 80u);
    EXPECT_GT(last.to_sip.packets, 80u);
    EXPECT_EQ(last.from_browser.lost, 0u);
    // A sine of -16 dB of a full-scale sine is -19 dBov (RFC 6465 §3).
    EXPECT_NEAR(last.from_browser.level_dbov, -19, 2);
    EXPECT_NEAR(last.from_sip.level_dbov, -19, 2);
}

TEST_F(MediaWorkersOnLoopback, under_load_opus_gets_cheaper_and_no_call_is_admitted_until_it_is_over) {
    media::MediaSettings settings = loopback_settings();
    settings.workers = 1;
    settings.load_limit = 0.0005;  // a single call is more
    settings.opus.complexity = 8;
    settings.opus_complexity_min = 1;
    media::MediaWorkers workers(settings, counters, witness);
    EXPECT_TRUE(workers.has_room());
    EXPECT_EQ(workers.figures().at(0).opus_complexity, 8);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(seconds(2));
    EXPECT_FALSE(workers.has_room());
    EXPECT_EQ(workers.figures().at(0).opus_complexity, 1);
    EXPECT_GT(workers.figures().at(0).busy, 0.0005);
    EXPECT_EQ(workers.figures().at(0).calls, 1u);
    EXPECT_TRUE(call.told().failures.empty()) << "the call that runs goes on";

    workers.close(call.id);
    EXPECT_TRUE(call.until([&] { return workers.figures().at(0).opus_complexity == 8; }));
}

TEST_F(MediaWorkersOnLoopback, a_codec_that_both_sides_speak_passes_through) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media(sdp::Codec::opus));
    call.talk(seconds(1), true, false);
    call.wait(milliseconds(100));
    EXPECT_GE(call.phone.heard.size(), 49u);
    for (const auto& packet : call.phone.heard) EXPECT_EQ(packet.header.payload_type, PayloadType{111});
}

TEST_F(MediaWorkersOnLoopback,
       a_phone_that_has_changed_its_codec_is_heard_without_a_gap_when_it_is_agreed_anew) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    // It may send either; it sends the second.
    sdp::AudioMedia both = call.phone.media();
    both.formats.insert(both.formats.begin(), {sdp::Codec::pcma, {8}, ""});
    call.connect(both);
    call.talk(seconds(1));
    const auto strangers = [this] { return counters.counter("media_unknown_payload_type").value(); };
    const auto before = strangers();
    both.ptime_ms = 20;
    both.direction = sdp::Direction::sendrecv;
    call.connect(both);
    call.talk(seconds(1));
    EXPECT_EQ(strangers(), before) << "no packet is taken for a stranger's";
}

TEST_F(MediaWorkersOnLoopback, early_media_reaches_the_browser_and_nothing_goes_to_the_phone) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media(), false);
    call.talk(seconds(2));
    EXPECT_TRUE(call.phone.heard.empty());
    EXPECT_TRUE(call.phone.heard_rtcp.empty());
    EXPECT_NEAR(level_at(1500, last_of(call.browser_pcm(), 48000, 500, 300), 48000), -16, 2);

    call.connect(call.phone.media());
    call.talk(seconds(2));
    EXPECT_NEAR(level_at(1004, last_of(call.phone_pcm(), 8000, 500, 300), 8000), -16, 2);
}

TEST_F(MediaWorkersOnLoopback, the_phone_hears_silence_before_the_browser_is_there) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    call.open();
    ASSERT_TRUE(call.until([&] { return call.told().opened.has_value(); }));
    call.connect(call.phone.media());
    ASSERT_TRUE(call.until([&] { return call.phone.heard.size() >= 20; }));
    EXPECT_LT(level(call.phone_pcm()), -50);
}

TEST_F(MediaWorkersOnLoopback, a_phone_that_asks_for_another_mode_of_amr_gets_it) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    sdp::AudioMedia phone = call.phone.media();
    phone.formats = {{sdp::Codec::amr, {97}, "octet-align=1"}};
    call.connect(phone);
    const auto encoder = transcode::make_encoder(phone.formats.front(), 8000, {}).value();
    std::array<std::uint8_t, 100> payload;
    for (int n = 0; n < 50; ++n) {
        const std::size_t size = encoder->encode(generate(1500, -16, 8000, 160), payload);
        payload[0] = 0;  // RFC 4867 §4.4.1: the request for 4.75 kbit/s
        call.phone.say(call.gateway_rtp(), call.next_header({97}), std::span(payload).first(size));
        call.talk(milliseconds(20), true, false);
        call.wait(milliseconds(20));
    }
    ASSERT_GT(call.phone.heard.size(), 25u);
    // RFC 4867 §3.6: 95 bits of 4.75 kbit/s behind the two bytes of request and contents.
    EXPECT_EQ(call.phone.heard.back().payload.size(), 14u);
}

TEST_F(MediaWorkersOnLoopback, a_thread_that_stood_still_is_counted_also_when_packets_wake_it) {
    struct : Witness {
        void on_sip_digit(CallId call, char digit, int duration_ms) override {
            std::this_thread::sleep_for(milliseconds(150));
            Witness::on_sip_digit(call, digit, duration_ms);
        }
    } slow;
    media::MediaWorkers workers(loopback_settings(), counters, slow);
    Call call(workers, slow);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(milliseconds(500));
    const std::uint64_t before = count("media_thread_stalls");
    rtp::RtpHeader header = call.next_header({101}, true);
    const std::array<std::uint8_t, 4> pressed_and_released{7, 0x8A, 0, 160};
    call.phone.say(call.gateway_rtp(), header, pressed_and_released);
    call.talk(milliseconds(500));
    EXPECT_EQ(call.told().sip_digits.size(), 1u);
    EXPECT_GT(count("media_thread_stalls"), before);
}

TEST_F(MediaWorkersOnLoopback, digits_cross_both_ways_once_each) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(milliseconds(300));
    for (const char digit : {'1', '#'}) workers.send_digit(call.id, digit, 80);
    // The phone presses 7 for 60 ms.
    for (int n = 1; n <= 5; ++n) {
        rtp::RtpHeader header = call.next_header({101}, n == 1);
        header.timestamp = {12345};
        const auto duration = static_cast<std::uint8_t>(std::min(n, 3) * 160 / 4);
        const std::array<std::uint8_t, 4> payload{7, static_cast<std::uint8_t>(n >= 3 ? 0x8A : 0x0A), 0,
                                                  duration};
        call.phone.say(call.gateway_rtp(), header, payload);
        call.wait(milliseconds(20));
    }
    call.talk(seconds(1));

    const auto told = call.told();
    ASSERT_EQ(told.sip_digits.size(), 1u);
    EXPECT_EQ(told.sip_digits[0].digit, '7');
    EXPECT_TRUE(told.browser_digits.empty());
    rtp::DtmfReceiver receiver(8000);
    std::string digits;
    for (const auto& packet : call.phone.heard) {
        if (packet.header.payload_type != kPhoneEvents.payload_type) continue;
        for (const auto& event : receiver.push(packet.payload, packet.header.marker, packet.header.timestamp,
                                               std::chrono::steady_clock::now()))
            if (event.kind == rtp::DtmfEvent::Kind::ended) digits += event.digit;
    }
    EXPECT_EQ(digits, "1#");
}

TEST_F(MediaWorkersOnLoopback, reports_go_both_ways_and_a_bye_ends_them) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(seconds(7));
    const auto is_sender_report = [](const std::vector<std::uint8_t>& bytes) {
        const auto report = rtp::parse_rtcp(bytes);
        return report && report->sender_info && report->block_count == 1;
    };
    EXPECT_TRUE(std::any_of(call.phone.heard_rtcp.begin(), call.phone.heard_rtcp.end(), is_sender_report));
    EXPECT_TRUE(std::any_of(call.peer->heard_rtcp.begin(), call.peer->heard_rtcp.end(), is_sender_report));

    workers.close(call.id);
    const auto is_bye = [](const std::vector<std::uint8_t>& bytes) {
        const auto report = rtp::parse_rtcp(bytes);
        return report && report->bye.has_value();
    };
    EXPECT_TRUE(call.until([&] {
        return !call.phone.heard_rtcp.empty() && is_bye(call.phone.heard_rtcp.back()) &&
               !call.peer->heard_rtcp.empty() && is_bye(call.peer->heard_rtcp.back());
    }));
}

TEST_F(MediaWorkersOnLoopback, a_silent_phone_ends_the_call_by_its_fault) {
    auto settings = loopback_settings();
    settings.media_timeout = milliseconds(1200);
    media::MediaWorkers workers(settings, counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(seconds(4), true, false);
    const auto told = call.told();
    ASSERT_EQ(told.failures.size(), 1u);
    EXPECT_EQ(told.failures[0].cause, EndCause::media_timeout);
    EXPECT_EQ(told.failures[0].by, Side::sip);
}

TEST_F(MediaWorkersOnLoopback, a_silent_browser_ends_the_call_by_its_fault) {
    auto settings = loopback_settings();
    settings.media_timeout = milliseconds(1200);
    media::MediaWorkers workers(settings, counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    call.connect(call.phone.media());
    call.talk(seconds(4), false, true);
    const auto told = call.told();
    ASSERT_EQ(told.failures.size(), 1u);
    EXPECT_EQ(told.failures[0].cause, EndCause::media_timeout);
    EXPECT_EQ(told.failures[0].by, Side::browser);
}

TEST_F(MediaWorkersOnLoopback, a_phone_on_hold_may_be_silent) {
    auto settings = loopback_settings();
    settings.media_timeout = milliseconds(1200);
    media::MediaWorkers workers(settings, counters, witness);
    Call call(workers, witness);
    ASSERT_TRUE(call.bring_up());
    auto held = call.phone.media();
    held.direction = sdp::Direction::inactive;
    call.connect(held);
    call.talk(seconds(3), true, false);
    EXPECT_TRUE(call.told().failures.empty());
    EXPECT_TRUE(call.phone.heard.empty());
}

TEST_F(MediaWorkersOnLoopback, without_a_free_port_the_call_fails_with_words) {
    auto settings = loopback_settings();
    settings.sip_port_min = free_port_pair(settings.sip_address);
    settings.sip_port_max = static_cast<std::uint16_t>(settings.sip_port_min + 1);
    media::MediaWorkers workers(settings, counters, witness);
    Call first(workers, witness);
    first.open();
    ASSERT_TRUE(first.until([&] { return first.told().opened.has_value(); }));
    Call second(workers, witness);
    second.open();
    ASSERT_TRUE(second.until([&] { return !second.told().failures.empty(); }));
    EXPECT_EQ(second.told().failures[0].cause, EndCause::over_limit);
    EXPECT_EQ(second.told().failures[0].by, Side::gateway);
    EXPECT_NE(second.told().failures[0].detail, "");
    workers.close(second.id);
    EXPECT_TRUE(second.until([&] { return second.told().closed.size() == 1; }));
}

TEST_F(MediaWorkersOnLoopback, a_browser_without_a_common_codec_is_told_so) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    Call call(workers, witness);
    call.open({sdp::Codec::g722});
    ASSERT_TRUE(call.until([&] { return !call.told().failures.empty(); }));
    EXPECT_EQ(call.told().failures[0].cause, EndCause::no_common_codec);
    EXPECT_FALSE(call.told().opened.has_value());
}

TEST_F(MediaWorkersOnLoopback, a_closed_call_leaves_nothing_behind) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    {
        // What is made once for all calls is made by the first.
        Call call(workers, witness);
        ASSERT_TRUE(call.bring_up());
        workers.close(call.id);
        ASSERT_TRUE(call.until([&] { return workers.call_count() == 0; }));
    }
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 10; ++i) {
        Call call(workers, witness);
        ASSERT_TRUE(call.bring_up());
        call.connect(call.phone.media());
        call.talk(milliseconds(60));
        EXPECT_EQ(workers.call_count(), 1u);
        workers.close(call.id);
        ASSERT_TRUE(call.until([&] { return call.told().closed.size() == 1; }));
        EXPECT_EQ(workers.call_count(), 0u);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(MediaWorkersOnLoopback, the_end_of_the_workers_closes_every_call) {
    std::vector<CallId> ids;
    {
        media::MediaWorkers workers(loopback_settings(), counters, witness);
        Call one(workers, witness);
        Call other(workers, witness);
        ASSERT_TRUE(one.bring_up());
        other.open();
        ids = {one.id, other.id};
    }
    for (const CallId id : ids) EXPECT_EQ(witness.told(id).closed.size(), 1u);
}

TEST_F(MediaWorkersOnLoopback, orders_for_a_call_that_is_gone_do_nothing) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    const CallId nobody{42};
    workers.close(nobody);
    workers.send_digit(nobody, '1', 100);
    workers.add_remote_candidate(nobody, "");
    workers.connect({.call = nobody, .sip_remote = {}, .plan = {}});
    EXPECT_EQ(workers.call_count(), 0u);
    EXPECT_TRUE(witness.told(nobody).closed.empty());
}

TEST_F(MediaWorkersOnLoopback, any_thread_may_command) {
    media::MediaWorkers workers(loopback_settings(), counters, witness);
    const auto offer = [] {
        EventLoop loop;
        dtls::Certificate certificate;
        WebrtcPeer peer(loop, certificate);
        loop.run_once(milliseconds(20));
        return webrtc::parse_offer(peer.offer()).value();
    }();
    std::vector<std::thread> commanders;
    for (std::uint64_t n = 0; n < 4; ++n) {
        commanders.emplace_back([&, n] {
            for (std::uint64_t i = 0; i < 5; ++i) {
                const CallId id{n * 100 + i + 1};
                workers.open({id, offer, {sdp::Codec::opus}});
                workers.add_remote_candidate(id, "");
                workers.send_digit(id, '5', 100);
                workers.close(id);
            }
        });
    }
    for (auto& commander : commanders) commander.join();
    const Instant limit = std::chrono::steady_clock::now() + seconds(10);
    while (workers.call_count() > 0 && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(milliseconds(5));
    EXPECT_EQ(workers.call_count(), 0u);
}

}  // namespace
}  // namespace causeway::test
