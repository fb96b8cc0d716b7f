// A whole media corridor on loopback: real MediaWorkers between a browser-like peer and a telephone's
// sockets, both driven by the test's own thread.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/counters.hpp"
#include "core/base/unique_fd.hpp"
#include "core/dtls/certificate.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/sequence.hpp"
#include "core/rtp/srtp_session.hpp"
#include "gateway/media/media_workers.hpp"
#include "tests/support/tone.hpp"
#include "tests/support/webrtc_peer/webrtc_peer.hpp"
#include "transcode/codec.hpp"
#include "transcode/plan.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline const sdp::AudioFormat kOpus{sdp::Codec::opus, {111}, ""};
inline const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};
inline const sdp::EventFormat kPhoneEvents{{101}, 8000};

/// Keeps what the workers tell, for the test's thread to look at.
class Witness : public media::MediaListener {
  public:
    struct Digit {
        char digit = 0;
        int duration_ms = 0;
    };
    struct Told {
        std::optional<media::MediaOpened> opened;
        std::vector<std::string> candidates;
        bool browser_connected = false;
        std::vector<EndReason> failures;
        std::vector<Digit> sip_digits;
        std::vector<Digit> browser_digits;
        std::vector<media::MediaStatistics> statistics;
        std::vector<media::MediaStatistics> closed;
    };
    Told told(CallId call) {
        const std::lock_guard lock(mutex_);
        return told_[call];
    }

    void on_opened(media::MediaOpened opened) override {
        note(opened.call, [&](Told& told) { told.opened = std::move(opened); });
    }
    void on_local_candidate(CallId call, std::string candidate) override {
        note(call, [&](Told& told) { told.candidates.push_back(std::move(candidate)); });
    }
    void on_browser_connected(CallId call) override {
        note(call, [](Told& told) { told.browser_connected = true; });
    }
    void on_media_failed(CallId call, EndReason reason) override {
        note(call, [&](Told& told) { told.failures.push_back(std::move(reason)); });
    }
    void on_sip_digit(CallId call, char digit, int duration_ms) override {
        note(call, [&](Told& told) { told.sip_digits.push_back({digit, duration_ms}); });
    }
    void on_browser_digit(CallId call, char digit, int duration_ms) override {
        note(call, [&](Told& told) { told.browser_digits.push_back({digit, duration_ms}); });
    }
    void on_statistics(media::MediaStatistics statistics) override {
        note(statistics.call, [&](Told& told) { told.statistics.push_back(std::move(statistics)); });
    }
    void on_closed(media::MediaStatistics last) override {
        note(last.call, [&](Told& told) { told.closed.push_back(std::move(last)); });
    }

  private:
    template <class Change>
    void note(CallId call, Change change) {
        const std::lock_guard lock(mutex_);
        change(told_[call]);
    }

    std::mutex mutex_;
    std::map<CallId, Told> told_;
};

/// A telephone on two loopback sockets: hears and says what the test tells it to.
class Phone {
  public:
    struct Packet {
        rtp::RtpHeader header;
        std::vector<std::uint8_t> payload;
    };

    Phone() {
        // An even port and the next: try until both are free.
        do {
            rtp_ = bind_any();
            address_ = address_of(rtp_);
            rtcp_ = bind_at(address_.with_port(static_cast<std::uint16_t>(address_.port() + 1)));
        } while (!rtcp_);
    }

    sdp::AudioMedia media(sdp::Codec codec = sdp::Codec::pcmu) const {
        sdp::AudioMedia media;
        media.rtp = address_;
        media.formats = {codec == sdp::Codec::opus ? sdp::AudioFormat{codec, {111}, ""} : kPcmu};
        media.events = {kPhoneEvents};
        return media;
    }
    void say(const SocketAddress& to, const rtp::RtpHeader& header, std::span<const std::uint8_t> payload) {
        rtp::PacketBuffer packet;
        rtp::write_packet(packet, header, payload);
        if (encrypts) encrypts->protect_rtp(packet);
        const auto bytes = packet.packet();
        ::sendto(rtp_.get(), bytes.data(), bytes.size(), 0, to.data(), to.size());
    }
    void listen() {
        std::array<std::uint8_t, 2048> bytes;
        for (ssize_t size; (size = ::recv(rtp_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
            const auto view = rtp::RtpView::parse(std::span(bytes).first(static_cast<std::size_t>(size)));
            if (!view) continue;
            const auto payload = view->payload();
            heard.push_back({view->header(), {payload.begin(), payload.end()}});
        }
        for (ssize_t size; (size = ::recv(rtcp_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;)
            heard_rtcp.emplace_back(bytes.begin(), bytes.begin() + size);
    }

    std::vector<Packet> heard;  ///< as it came, encrypted or not
    std::vector<std::vector<std::uint8_t>> heard_rtcp;
    std::optional<rtp::SrtpSession> encrypts;  ///< what it says

  private:
    static UniqueFd bind_at(const SocketAddress& address) {
        UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (::bind(fd.get(), address.data(), address.size()) != 0) fd.reset();
        return fd;
    }
    static UniqueFd bind_any() { return bind_at(SocketAddress::parse("127.0.0.1", 0).value()); }
    static SocketAddress address_of(const UniqueFd& fd) {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&storage), &size);
        return SocketAddress(reinterpret_cast<const sockaddr*>(&storage));
    }

    UniqueFd rtp_;
    UniqueFd rtcp_;
    SocketAddress address_;
};

inline media::MediaSettings loopback_settings() {
    media::MediaSettings settings;
    settings.workers = 2;
    settings.browser.bind_addresses = {"127.0.0.1"};
    settings.sip_address = SocketAddress::parse("127.0.0.1", 0).value();
    // Below the kernel's own choice of ports.
    settings.sip_port_min = 25000;
    settings.sip_port_max = 26999;
    return settings;
}

/// One call: peer, phone, and the command that opens it.
class Call {
  public:
    Call(media::MediaWorkers& workers, Witness& witness) : workers_(workers), witness_(witness) {
        peer = std::make_unique<WebrtcPeer>(loop_, certificate_);
    }
    ~Call() { peer.reset(); }

    /// Turns the peer's and the phone's wheels until `done`; false when it takes too long.
    bool until(const std::function<bool()>& done, Duration limit = seconds(10)) {
        const Instant end = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop_.run_once(milliseconds(2));
            phone.listen();
        }
        return true;
    }
    void wait(Duration length) {
        const Instant end = std::chrono::steady_clock::now() + length;
        until([&] { return std::chrono::steady_clock::now() >= end; }, length + seconds(1));
    }
    Witness::Told told() { return witness_.told(id); }

    void open(std::vector<sdp::Codec> codecs = {sdp::Codec::opus, sdp::Codec::pcmu}) {
        // Gathering on loopback is done at once, but in the loop.
        loop_.run_once(milliseconds(20));
        workers_.open({id, webrtc::parse_offer(peer->offer()).value(), std::move(codecs)});
    }
    /// Through ICE and DTLS.
    bool bring_up(std::vector<sdp::Codec> codecs = {sdp::Codec::opus, sdp::Codec::pcmu}) {
        open(std::move(codecs));
        if (!until([&] { return told().opened.has_value(); })) return false;
        peer->accept(told().opened->answer.sdp);
        std::size_t handed = 0;
        return until([&] {
            const auto now_told = told();
            while (handed < now_told.candidates.size())
                peer->add_remote_candidate(now_told.candidates[handed++]);
            return now_told.browser_connected && peer->connected();
        });
    }
    void connect(const sdp::AudioMedia& media, bool send_to_sip = true) {
        auto plan = transcode::make_plan(told().opened->answer.agreed, media).value();
        workers_.connect({id, media, plan, send_to_sip});
    }
    SocketAddress gateway_rtp() { return told().opened->sip_rtp; }

    /// Both sides speak a tone each for `length`, in real time: the browser 1004 Hz Opus, the phone 1500 Hz
    /// PCMU.
    void talk(Duration length, bool browser_speaks = true, bool phone_speaks = true) {
        const SocketAddress gateway = gateway_rtp();
        Instant due = std::chrono::steady_clock::now();
        for (const Instant end = due + length; due < end; due += milliseconds(20)) {
            wait(due - std::chrono::steady_clock::now());
            if (browser_speaks) {
                const auto pcm = generate(1004, -16, 48000, 960, 960u * browser_spoken_);
                const std::size_t size = opus_->encode(pcm, bytes_);
                peer->send_rtp(static_cast<std::uint16_t>(browser_spoken_++),
                               {reinterpret_cast<const char*>(bytes_.data()), size});
            }
            if (phone_speaks) {
                const auto pcm = generate(1500, -16, 8000, 160, 160u * phone_spoken_);
                const std::size_t size = pcmu_->encode(pcm, bytes_);
                phone.say(gateway, next_header({0}), std::span(bytes_).first(size));
            }
        }
    }
    rtp::RtpHeader next_header(PayloadType type, bool marker = false) {
        const std::uint32_t n = phone_spoken_++;
        return {.payload_type = type,
                .marker = marker,
                .sequence = {static_cast<std::uint16_t>(n)},
                .timestamp = {n * 160},
                .ssrc = {0xF0E}};
    }
    /// What the phone heard, as PCM in the order of arrival.
    std::vector<std::int16_t> phone_pcm() {
        return decode(sdp::Codec::pcmu, 8000, [&](auto&& play) {
            for (const auto& packet : phone.heard)
                if (packet.header.payload_type == PayloadType{0}) play(packet.payload);
        });
    }
    std::vector<std::int16_t> browser_pcm() {
        return decode(sdp::Codec::opus, 48000, [&](auto&& play) {
            for (const std::string& payload : peer->heard)
                play(std::span(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()));
        });
    }

    const CallId id = make_call_id();
    std::unique_ptr<WebrtcPeer> peer;
    Phone phone;

  private:
    template <class Each>
    static std::vector<std::int16_t> decode(sdp::Codec codec, int rate, Each each) {
        const auto decoder = transcode::make_decoder({codec, {}, ""}, rate).value();
        std::vector<std::int16_t> all;
        std::array<std::int16_t, 5760> frame;
        each([&](std::span<const std::uint8_t> payload) {
            const std::size_t samples = decoder->decode(payload, frame);
            all.insert(all.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(samples));
        });
        return all;
    }

    media::MediaWorkers& workers_;
    Witness& witness_;
    EventLoop loop_;
    dtls::Certificate certificate_;
    std::unique_ptr<transcode::Encoder> opus_ =
        transcode::make_encoder({sdp::Codec::opus, {}, ""}, 48000, {}).value();
    std::unique_ptr<transcode::Encoder> pcmu_ =
        transcode::make_encoder({sdp::Codec::pcmu, {}, ""}, 8000, {}).value();
    std::array<std::uint8_t, 1500> bytes_;
    std::uint32_t browser_spoken_ = 0;
    std::uint32_t phone_spoken_ = 0;
};

}  // namespace causeway::test
