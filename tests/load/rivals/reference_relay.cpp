// The least that a relay between DTLS-SRTP and RTP can do, as the limit that a gateway is measured by: one
// epoll thread, ICE lite, decrypt or encrypt in place, two system calls a packet. No jitter buffer, RTCP,
// statistics, checks of sources or time-outs: no product. Speaks as much of rtpengine's control protocol as
// the generator says.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <unordered_map>

#include "core/base/counters.hpp"
#include "core/base/descriptor_limit.hpp"
#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"
#include "core/dtls/certificate.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/rtp/demux.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_session.hpp"
#include "core/sdp/dtls_attributes.hpp"
#include "core/stun/lite_agent.hpp"
#include "tests/load/client_sdp.hpp"
#include "tests/load/rivals/bencode.hpp"

namespace causeway::load {
namespace {

using Answer = Result<Bencode>;

/// What epoll gives back.
struct Side {
    class Call* call = nullptr;
    bool browser = false;
};

UniqueFd open_socket(const SocketAddress& local) {
    UniqueFd fd(::socket(local.data()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd && ::bind(fd.get(), local.data(), local.size()) != 0) fd.reset();
    return fd;
}

SocketAddress local_address(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return SocketAddress(reinterpret_cast<const sockaddr*>(&address));
}

class Call {
  public:
    Call(int epoll, const SocketAddress& local, const dtls::Certificate& certificate, Counters& counters)
        : certificate_(certificate),
          counters_(counters),
          browser_(open_socket(local)),
          sip_(open_socket(local)) {
        for (Side* side : {&browser_side_, &sip_side_}) {
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = side;
            const int fd = side->browser ? browser_.get() : sip_.get();
            if (fd >= 0) ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }

    /// The browser's offer; gives the one for the SIP side.
    Result<std::string> offer(const std::string& sdp);
    /// The SIP side's answer; gives the one for the browser.
    Result<std::string> answer(const std::string& sdp);
    void on_readable(bool from_browser);

  private:
    void on_browser(rtp::PacketBuffer& packet, const SocketAddress& from);
    void on_handshake(std::span<const std::uint8_t> datagram);
    void meet(const SocketAddress& browser);
    static void send(int fd, std::span<const std::uint8_t> bytes) {
        (void)::send(fd, bytes.data(), bytes.size(), 0);
    }

    const dtls::Certificate& certificate_;
    Counters& counters_;
    UniqueFd browser_;
    UniqueFd sip_;
    Side browser_side_{this, true};
    Side sip_side_{this, false};
    const std::string ufrag_ = random_token(8);
    const std::string password_ = random_token(24);
    std::optional<stun::LiteAgent> ice_;
    std::optional<dtls::DtlsSession> dtls_;
    std::optional<rtp::SrtpSession> from_browser_;
    std::optional<rtp::SrtpSession> to_browser_;
    std::optional<SocketAddress> connected_;
};

Result<std::string> Call::offer(const std::string& sdp) {
    if (!browser_ || !sip_) return Error{"no port is left"};
    const auto parts = read_browser_answer(sdp);
    if (!parts) return parts.error();
    ice_.emplace(ufrag_, password_, parts->ice_ufrag);
    dtls::DtlsSession::Settings settings;
    settings.peer_fingerprints = parts->fingerprints;
    settings.srtp_profiles = "SRTP_AES128_CM_SHA1_80";
    auto made = dtls::DtlsSession::make(
        certificate_, settings,
        [this](std::span<const std::uint8_t> datagram) { send(browser_.get(), datagram); });
    if (!made) return made.error();
    dtls_ = std::move(*made);
    const SocketAddress rtp = local_address(sip_.get());
    return {boost::system::in_place_value,
            make_sip_sdp(rtp, {browser_format(sdp::Codec::pcmu)}) + fmt::format("a=rtcp:{}\r\n", rtp.port())};
}

Result<std::string> Call::answer(const std::string& sdp) {
    const auto parts = read_sip_sdp(sdp);
    if (!parts) return parts.error();
    if (::connect(sip_.get(), parts->rtp.data(), parts->rtp.size()) != 0)
        return Error{"cannot reach the telephone"};
    const SocketAddress own = local_address(browser_.get());
    return {boost::system::in_place_value,
            fmt::format(
                "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n"
                "m=audio {1} UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 {0}\r\na=mid:0\r\na=rtpmap:0 PCMU/8000\r\n"
                "a=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:{2}\r\na=ice-pwd:{3}\r\na=fingerprint:{4}\r\n"
                "a=setup:passive\r\na=candidate:1 1 udp 2130706431 {0} {1} typ host\r\n",
                own.ip(), own.port(), ufrag_, password_, sdp::fingerprint_text(certificate_.fingerprint()))};
}

void Call::on_readable(bool from_browser) {
    rtp::PacketBuffer packet;
    const auto room = packet.fresh();
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const bool ask = from_browser && !from_browser_;
    const ssize_t length =
        ::recvfrom(from_browser ? browser_.get() : sip_.get(), room.data(), room.size(), 0,
                   ask ? reinterpret_cast<sockaddr*>(&from) : nullptr, ask ? &size : nullptr);
    if (length <= 0) return;
    packet.resize(static_cast<std::size_t>(length));
    if (from_browser) {
        on_browser(packet, ask ? SocketAddress(reinterpret_cast<const sockaddr*>(&from)) : *connected_);
    } else if (to_browser_ && rtp::kind_of(packet.packet()) == rtp::PacketKind::rtp &&
               to_browser_->protect_rtp(packet)) {
        send(browser_.get(), packet.packet());
    }
}

void Call::on_browser(rtp::PacketBuffer& packet, const SocketAddress& from) {
    switch (rtp::kind_of(packet.packet())) {
        case rtp::PacketKind::stun: {
            std::array<std::uint8_t, stun::kMaxRequest> reply;
            const std::size_t size = ice_ ? ice_->answer(packet.packet(), from, reply) : 0;
            if (size != 0) ::sendto(browser_.get(), reply.data(), size, 0, from.data(), from.size());
            if (ice_ && ice_->selected() && !connected_) meet(*ice_->selected());
            break;
        }
        case rtp::PacketKind::dtls:
            if (dtls_) on_handshake(packet.packet());
            break;
        case rtp::PacketKind::rtp:
            if (from_browser_ && from_browser_->unprotect_rtp(packet)) send(sip_.get(), packet.packet());
            break;
        default:
            break;
    }
}

void Call::meet(const SocketAddress& browser) {
    ::connect(browser_.get(), browser.data(), browser.size());
    connected_ = browser;
    dtls_->start(std::chrono::steady_clock::now());
}

void Call::on_handshake(std::span<const std::uint8_t> datagram) {
    dtls_->input(datagram, std::chrono::steady_clock::now());
    if (from_browser_ || dtls_->state() != dtls::DtlsSession::State::connected) return;
    const auto keys = dtls_->export_keys();
    if (!keys) return;
    auto inbound =
        rtp::SrtpSession::make(keys->profile, keys->inbound, rtp::SrtpDirection::inbound, counters_);
    auto outbound =
        rtp::SrtpSession::make(keys->profile, keys->outbound, rtp::SrtpDirection::outbound, counters_);
    if (!inbound || !outbound || !connected_) return;
    from_browser_ = std::move(*inbound);
    to_browser_ = std::move(*outbound);
}

class Relay {
  public:
    Relay(SocketAddress control, SocketAddress media)
        : media_(std::move(media)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), control_(open_socket(control)) {
        epoll_event event{};
        event.events = EPOLLIN;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, control_.get(), &event);
    }
    bool stands() const { return epoll_ && control_; }

    void run() {
        std::array<epoll_event, 64> events;
        for (;;) {
            const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            bool commands = false;
            for (int n = 0; n < count; ++n) {
                const auto* side = static_cast<const Side*>(events[static_cast<std::size_t>(n)].data.ptr);
                if (side != nullptr) side->call->on_readable(side->browser);
                commands = commands || side == nullptr;
            }
            // Last: a call that goes may be among the others of this round.
            if (commands) on_command();
        }
    }

  private:
    void on_command();
    Answer obey(std::map<std::string, std::string>& command);

    const SocketAddress media_;
    UniqueFd epoll_;
    UniqueFd control_;
    dtls::Certificate certificate_;
    Counters counters_;
    std::unordered_map<std::string, std::unique_ptr<Call>> calls_;
};

void Relay::on_command() {
    std::array<char, 65536> buffer;
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const ssize_t length = ::recvfrom(control_.get(), buffer.data(), buffer.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &size);
    if (length <= 0) return;
    const std::string_view datagram(buffer.data(), static_cast<std::size_t>(length));
    const std::size_t space = datagram.find(' ');
    if (space == std::string_view::npos) return;
    auto command = read_bencoded_texts(datagram.substr(space + 1));
    const Answer done = command ? obey(*command) : Answer(command.error());
    const Bencode reply =
        done ? *done : Bencode().text("result", "error").text("error-reason", done.error().detail);
    const std::string text = fmt::format("{} {}", datagram.substr(0, space), reply.to_string());
    ::sendto(control_.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
}

Answer Relay::obey(std::map<std::string, std::string>& command) {
    const std::string& what = command["command"];
    const std::string& id = command["call-id"];
    if (what == "ping") return Bencode().text("result", "pong");
    if (what == "delete") {
        calls_.erase(id);
        return Bencode().text("result", "ok");
    }
    auto& call = calls_[id];
    if (!call) call = std::make_unique<Call>(epoll_.get(), media_, certificate_, counters_);
    const auto sdp = what == "offer" ? call->offer(command["sdp"]) : call->answer(command["sdp"]);
    if (!sdp) return sdp.error();
    return Bencode().text("result", "ok").text("sdp", *sdp);
}

}  // namespace
}  // namespace causeway::load

int main(int argc, char** argv) {
    using causeway::SocketAddress;
    if (argc != 3) {
        std::cerr << "usage: reference-relay CONTROL_ADDRESS:PORT MEDIA_ADDRESS\n";
        return 2;
    }
    const auto control = SocketAddress::parse(argv[1]);
    const auto media = SocketAddress::parse(argv[2], 0);
    if (!control || !media) return 2;
    causeway::raise_descriptor_limit();
    causeway::load::Relay relay(*control, *media);
    if (!relay.stands()) return 1;
    relay.run();
}
