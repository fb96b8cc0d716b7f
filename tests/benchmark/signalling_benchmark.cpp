// What a call costs besides its media: descriptions read and answered, the steps of the call, RTCP. One
// thread; run in the root of the source tree. How to run it and what it gave: README.md.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "core/rtp/rtcp.hpp"
#include "core/sdp/sip_audio.hpp"
#include "tests/benchmark/reference.hpp"
#include "tests/support/sdp_files.hpp"
#include "tests/unit/call/call_fixture.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway {
namespace {

webrtc::AnswerParameters answer_parameters() {
    webrtc::AnswerParameters parameters;
    parameters.codecs = {sdp::Codec::opus, sdp::Codec::g722, sdp::Codec::pcmu, sdp::Codec::pcma};
    parameters.ice_ufrag = "abcd";
    parameters.ice_password = "0123456789abcdefghijklmn";
    parameters.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 7)};
    parameters.candidates = {"candidate:1 1 UDP 2015363327 192.0.2.7 30000 typ host"};
    parameters.cname = "cname";
    return parameters;
}

sdp::SipLocal sip_local() {
    sdp::SipLocal local;
    local.rtp = SocketAddress::parse("192.0.2.1", 20000).value();
    local.codecs = {sdp::Codec::pcmu, sdp::Codec::pcma};
    local.session_id = 1;
    return local;
}

void browser_offer_read(benchmark::State& state) {
    const std::string offer = test::sdp_file("chromium-audio.sdp");
    for (auto _ : state) benchmark::DoNotOptimize(webrtc::parse_offer(offer).value());
}

void browser_offer_answered(benchmark::State& state) {
    const auto offer = webrtc::parse_offer(test::sdp_file("chromium-audio.sdp")).value();
    const auto parameters = answer_parameters();
    for (auto _ : state) benchmark::DoNotOptimize(webrtc::make_answer(offer, parameters).value());
}

void sip_offer_answered(benchmark::State& state) {
    const std::string offer = call::kPhoneSdp;
    for (auto _ : state) benchmark::DoNotOptimize(sdp::make_sip_answer(offer, sip_local()).value());
}

void sip_offer_made_and_answer_read(benchmark::State& state) {
    for (auto _ : state) {
        const auto offer = sdp::make_sip_offer(sip_local());
        benchmark::DoNotOptimize(sdp::parse_sip_answer(call::kPhoneSdp, offer.media).value());
    }
}

class TypicalCall : call::CallTest {
  public:
    /// Placed by a page, answered by a telephone, hung up by the page: seven steps and their actions.
    void from_page() {
        reset();
        browser_call_up_to_talking();
        happens(call::PageHungUp{call::kPage});
        happens(call::MediaClosed{});
    }
    /// From a telephone, accepted by a page.
    void from_phone() {
        reset();
        phone_call_up_to_talking();
        happens(call::SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
        happens(call::MediaClosed{});
    }

  private:
    void TestBody() override {}
};

void call_from_page(benchmark::State& state) {
    TypicalCall call;
    for (auto _ : state) call.from_page();
}

void call_from_phone(benchmark::State& state) {
    TypicalCall call;
    for (auto _ : state) call.from_phone();
}

rtp::RtcpCompound report() {
    rtp::RtcpCompound compound;
    compound.sender = {1};
    compound.cname = "0123456789abcdef";
    compound.sender_info = rtp::SenderInfo{1, {2}, 3, 4};
    compound.block = rtp::ReportBlock{.ssrc = {2}, .fraction_lost = 3, .jitter = 5};
    return compound;
}

void rtcp_written(benchmark::State& state) {
    std::array<std::uint8_t, 400> bytes;
    const auto compound = report();
    for (auto _ : state) benchmark::DoNotOptimize(rtp::write_rtcp(bytes, compound));
}

void rtcp_read(benchmark::State& state) {
    std::array<std::uint8_t, 400> bytes;
    const std::size_t size = rtp::write_rtcp(bytes, report());
    for (auto _ : state) benchmark::DoNotOptimize(rtp::parse_rtcp(std::span(bytes).first(size)));
}

BENCHMARK(test::reference)->Name("reference");
BENCHMARK(browser_offer_read);
BENCHMARK(browser_offer_answered);
BENCHMARK(sip_offer_answered);
BENCHMARK(sip_offer_made_and_answer_read);
BENCHMARK(call_from_page);
BENCHMARK(call_from_phone);
BENCHMARK(rtcp_written);
BENCHMARK(rtcp_read);

}  // namespace
}  // namespace causeway

BENCHMARK_MAIN();
