// A browser leg and a controlling peer on one loop, over real sockets of the loopback interface.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/counters.hpp"
#include "core/dtls/certificate.hpp"
#include "core/loop/event_loop.hpp"
#include "tests/support/webrtc_peer/webrtc_peer.hpp"
#include "webrtc/browser_leg.hpp"

namespace causeway::test {

/// What the leg told.
struct RecordingListener final : webrtc::BrowserLegListener {
    void on_local_candidate(std::string_view candidate) override { candidates.emplace_back(candidate); }
    void on_connected() override { ++connected; }
    void on_failed(const EndReason& reason) override { failures.push_back(reason); }
    void on_rtp(rtp::PacketBuffer& packet, Instant) override { heard.push_back(payload_of(packet)); }
    void on_rtcp(std::span<const std::uint8_t> packet, Instant) override {
        heard_rtcp.emplace_back(packet.begin(), packet.end());
    }

    std::vector<std::string> candidates;
    int connected = 0;
    std::vector<EndReason> failures;
    std::vector<std::string> heard;
    std::vector<Bytes> heard_rtcp;
};

class BrowserLegTest : public ::testing::Test {
  protected:
    static const dtls::Certificate& gateway_certificate() {
        static const dtls::Certificate certificate;
        return certificate;
    }
    static const dtls::Certificate& browser_certificate() {
        static const dtls::Certificate certificate;
        return certificate;
    }

    /// Runs the loop until `done` or ten seconds are over.
    bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::seconds(10)) {
        const Instant end = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop.run_once(std::chrono::milliseconds(20));
        }
        return true;
    }
    void run_for(Duration time) {
        run_until([] { return false; }, time);
    }

    void make_leg() {
        if (settings.bind_addresses.empty()) settings.bind_addresses = {"127.0.0.1"};
        leg = std::make_unique<webrtc::BrowserLeg>(loop, settings, gateway_certificate(), counters, CallId{1},
                                                   listener);
    }
    void make_peer() { peer = std::make_unique<WebrtcPeer>(loop, browser_certificate(), peer_settings); }

    /// The leg answers the peer's offer; the peer takes the answer.
    void negotiate() {
        if (leg == nullptr) make_leg();
        if (peer == nullptr) make_peer();
        const auto offer = webrtc::parse_offer(peer->offer());
        ASSERT_TRUE(offer) << offer.error().detail;
        const auto started = leg->start(*offer, {sdp::Codec::opus, sdp::Codec::pcmu}, Ssrc{77}, "causeway");
        ASSERT_TRUE(started) << started.error().detail;
        answer = started->sdp;
        peer->accept(answer);
    }
    bool both_connected() const { return listener.connected == 1 && peer->connected(); }
    void connect() {
        negotiate();
        ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
    }

    bool leg_sends(std::uint16_t sequence, std::string_view payload) {
        const Bytes bytes = rtp_packet(sequence, payload, 77);
        rtp::PacketBuffer packet;
        std::copy(bytes.begin(), bytes.end(), packet.fresh().begin());
        packet.resize(bytes.size());
        return leg->send_rtp(packet);
    }
    /// One packet each way is heard.
    void talk() {
        peer->send_rtp(1, "from the browser");
        ASSERT_TRUE(leg_sends(1, "from the gateway"));
        ASSERT_TRUE(run_until([this] { return !listener.heard.empty() && !peer->heard.empty(); }));
        EXPECT_EQ(listener.heard, std::vector<std::string>{"from the browser"});
        EXPECT_EQ(peer->heard, std::vector<std::string>{"from the gateway"});
    }
    std::string failure() const {
        return (listener.failures.empty() ? "" : text(listener.failures.front())) + " / " + peer->failure();
    }
    std::uint64_t count(std::string_view name) { return counters.counter(name).value(); }

    EventLoop loop;
    Counters counters;
    RecordingListener listener;
    webrtc::BrowserLegSettings settings;
    PeerSettings peer_settings;
    std::string answer;
    std::unique_ptr<webrtc::BrowserLeg> leg;
    std::unique_ptr<WebrtcPeer> peer;
};

}  // namespace causeway::test
