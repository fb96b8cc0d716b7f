#include "tests/support/webrtc_peer/webrtc_peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "core/rtp/demux.hpp"
#include "core/rtp/srtp_session.hpp"
#include "core/sdp/dtls_attributes.hpp"
#include "webrtc/ice/nice_handles.hpp"
#include "webrtc/ice/pump.hpp"

namespace causeway::test {
namespace {

using dtls::DtlsSession;
using webrtc::DtlsRole;

/// The values of all lines that begin with `prefix`.
std::vector<std::string> lines(const std::string& sdp, std::string_view prefix) {
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin < sdp.size();) {
        const std::size_t end = std::min(sdp.find("\r\n", begin), sdp.size());
        const std::string_view line(sdp.data() + begin, end - begin);
        if (line.starts_with(prefix)) found.emplace_back(line.substr(prefix.size()));
        begin = end + 2;
    }
    return found;
}

std::string only(const std::string& sdp, std::string_view prefix) {
    const auto found = lines(sdp, prefix);
    if (found.empty()) throw std::runtime_error("no line " + std::string(prefix));
    return found.front();
}

}  // namespace

Bytes rtp_packet(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc) {
    const std::uint32_t time = sequence * 960U;
    Bytes packet{0x80, 111};
    for (const int shift : {8, 0}) packet.push_back(static_cast<std::uint8_t>(sequence >> shift));
    for (const int shift : {24, 16, 8, 0}) packet.push_back(static_cast<std::uint8_t>(time >> shift));
    for (const int shift : {24, 16, 8, 0}) packet.push_back(static_cast<std::uint8_t>(ssrc >> shift));
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

std::string payload_of(const rtp::PacketBuffer& packet) {
    const auto bytes = packet.packet();
    return bytes.size() < 12 ? std::string() : std::string(bytes.begin() + 12, bytes.end());
}

class WebrtcPeer::Impl {
  public:
    Impl(WebrtcPeer& peer, EventLoop& loop, const dtls::Certificate& certificate, PeerSettings settings);
    ~Impl();

    std::string offer() const;
    void accept(const std::string& answer);
    void take_ice(const std::string& answer);
    void restart_ice();
    void add_remote_candidate(const std::string& text);
    void send(const Bytes& datagram);
    Bytes protect(Bytes packet, bool rtcp);

    std::optional<DtlsSession> dtls;
    std::optional<rtp::SrtpProfile> profile;

  private:
    static void on_new_candidate(NiceAgent*, NiceCandidate* candidate, gpointer self);
    static void on_gathering_done(NiceAgent*, guint, gpointer self);
    static void on_new_pair(NiceAgent*, guint, guint, NiceCandidate*, NiceCandidate*, gpointer self);
    static void on_receive(NiceAgent*, guint, guint, guint size, gchar* bytes, gpointer self);

    void after_pump();
    void receive(const Bytes& datagram);
    void after_dtls();

    WebrtcPeer& peer_;
    EventLoop& loop_;
    const dtls::Certificate& certificate_;
    const PeerSettings settings_;
    Counters counters_;
    webrtc::Pump pump_;
    webrtc::NiceAgentHandle agent_;
    Timer dtls_timer_;
    std::optional<rtp::SrtpSession> inbound_;
    std::optional<rtp::SrtpSession> outbound_;
    std::vector<std::string> candidates_;
    std::vector<Bytes> waiting_;
    std::size_t told_ = 0;
    guint stream_ = 0;
    bool gathered_ = false;
    bool end_told_ = false;
    bool selected_ = false;
    bool started_ = false;
};

WebrtcPeer::Impl::Impl(WebrtcPeer& peer, EventLoop& loop, const dtls::Certificate& certificate,
                       PeerSettings settings)
    : peer_(peer),
      loop_(loop),
      certificate_(certificate),
      settings_(std::move(settings)),
      pump_(loop, [this] { after_pump(); }),
      dtls_timer_(loop, [this](Instant now) {
          dtls->on_timeout(now);
          after_dtls();
      }) {
    agent_.reset(nice_agent_new_full(
        pump_.context(), NICE_COMPATIBILITY_RFC5245,
        static_cast<NiceAgentOption>(NICE_AGENT_OPTION_REGULAR_NOMINATION | NICE_AGENT_OPTION_ICE_TRICKLE)));
    g_object_set(agent_.get(), "upnp", FALSE, "ice-tcp", FALSE, "controlling-mode", TRUE, nullptr);
    g_signal_connect(agent_.get(), "new-candidate-full", G_CALLBACK(on_new_candidate), this);
    g_signal_connect(agent_.get(), "candidate-gathering-done", G_CALLBACK(on_gathering_done), this);
    g_signal_connect(agent_.get(), "new-selected-pair-full", G_CALLBACK(on_new_pair), this);
    stream_ = nice_agent_add_stream(agent_.get(), 1);
    for (const std::string& text : settings_.addresses) {
        NiceAddress address = webrtc::to_nice(SocketAddress::parse(text, 0).value());
        nice_agent_add_local_address(agent_.get(), &address);
    }
    nice_agent_attach_recv(agent_.get(), stream_, 1, pump_.context(), on_receive, this);
    if (nice_agent_gather_candidates(agent_.get(), stream_) == FALSE) {
        throw std::runtime_error("the peer cannot gather");
    }
    pump_.schedule();
}

WebrtcPeer::Impl::~Impl() {
    pump_.stop();
    g_signal_handlers_disconnect_by_data(agent_.get(), this);
}

std::string WebrtcPeer::Impl::offer() const {
    gchar* ufrag = nullptr;
    gchar* password = nullptr;
    nice_agent_get_local_credentials(agent_.get(), stream_, &ufrag, &password);
    const webrtc::GlibString free_ufrag(ufrag);
    const webrtc::GlibString free_password(password);
    const auto& announced = settings_.announced != nullptr ? *settings_.announced : certificate_;
    std::string sdp = fmt::format(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=ice-options:trickle\r\na=fingerprint:{}\r\na=setup:{}\r\n"
        "a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\n",
        ufrag, password, sdp::fingerprint_text(announced.fingerprint()), settings_.setup);
    if (!settings_.trickle) {
        for (const std::string& candidate : candidates_) sdp += "a=" + candidate + "\r\n";
        if (gathered_) sdp += "a=end-of-candidates\r\n";
    }
    return sdp;
}

void WebrtcPeer::Impl::accept(const std::string& answer) {
    const DtlsRole role = only(answer, "a=setup:") == "active" ? DtlsRole::server : DtlsRole::client;
    sdp::MediaSection section;
    section.add_attribute("fingerprint:" + only(answer, "a=fingerprint:"));
    auto session = DtlsSession::make(certificate_,
                                     {.role = role,
                                      .peer_fingerprints = sdp::read_fingerprints({}, section).value(),
                                      .srtp_profiles = settings_.srtp_profiles},
                                     [this](std::span<const std::uint8_t> datagram) {
                                         Bytes bytes(datagram.begin(), datagram.end());
                                         if (!peer_.let_out || peer_.let_out(bytes)) send(bytes);
                                     });
    dtls.emplace(std::move(session.value()));
    take_ice(answer);
}

void WebrtcPeer::Impl::restart_ice() {
    nice_agent_restart_stream(agent_.get(), stream_);
    pump_.schedule();
}

void WebrtcPeer::Impl::take_ice(const std::string& answer) {
    nice_agent_set_remote_credentials(agent_.get(), stream_, only(answer, "a=ice-ufrag:").c_str(),
                                      only(answer, "a=ice-pwd:").c_str());
    for (const std::string& candidate : lines(answer, "a=candidate:")) {
        add_remote_candidate("candidate:" + candidate);
    }
    if (!lines(answer, "a=end-of-candidates").empty()) add_remote_candidate("");
    pump_.schedule();
}

void WebrtcPeer::Impl::add_remote_candidate(const std::string& text) {
    pump_.schedule();
    if (text.empty()) {
        nice_agent_peer_candidate_gathering_done(agent_.get(), stream_);
        return;
    }
    const webrtc::NiceCandidateHandle candidate(
        nice_agent_parse_remote_candidate_sdp(agent_.get(), stream_, ("a=" + text).c_str()));
    if (candidate == nullptr) throw std::runtime_error("libnice cannot read " + text);
    GSList one{candidate.get(), nullptr};
    nice_agent_set_remote_candidates(agent_.get(), stream_, 1, &one);
}

void WebrtcPeer::Impl::send(const Bytes& datagram) {
    if (!selected_) return waiting_.push_back(datagram);
    nice_agent_send(agent_.get(), stream_, 1, static_cast<guint>(datagram.size()),
                    reinterpret_cast<const gchar*>(datagram.data()));
    pump_.schedule();
}

Bytes WebrtcPeer::Impl::protect(Bytes packet, bool rtcp) {
    rtp::PacketBuffer buffer;
    std::copy(packet.begin(), packet.end(), buffer.fresh().begin());
    buffer.resize(packet.size());
    if (!(rtcp ? outbound_->protect_rtcp(buffer) : outbound_->protect_rtp(buffer))) {
        throw std::runtime_error("the peer cannot encrypt");
    }
    return {buffer.packet().begin(), buffer.packet().end()};
}

void WebrtcPeer::Impl::on_new_candidate(NiceAgent*, NiceCandidate* candidate, gpointer self) {
    static_cast<Impl*>(self)->candidates_.push_back(
        webrtc::format_candidate(webrtc::to_candidate(*candidate)));
}

void WebrtcPeer::Impl::on_gathering_done(NiceAgent*, guint, gpointer self) {
    static_cast<Impl*>(self)->gathered_ = true;
}

void WebrtcPeer::Impl::on_new_pair(NiceAgent*, guint, guint, NiceCandidate*, NiceCandidate*, gpointer self) {
    static_cast<Impl*>(self)->selected_ = true;
}

void WebrtcPeer::Impl::on_receive(NiceAgent*, guint, guint, guint size, gchar* bytes, gpointer self) {
    static_cast<Impl*>(self)->receive(Bytes(bytes, bytes + size));
}

void WebrtcPeer::Impl::after_pump() {
    while (peer_.on_candidate && told_ < candidates_.size()) peer_.on_candidate(candidates_[told_++]);
    if (peer_.on_candidate && gathered_ && !end_told_) {
        end_told_ = true;
        peer_.on_candidate("");
    }
    if (!selected_ || !dtls || started_) return;
    started_ = true;
    for (const Bytes& datagram : std::exchange(waiting_, {})) send(datagram);
    dtls->start(loop_.now());
    after_dtls();
}

void WebrtcPeer::Impl::receive(const Bytes& datagram) {
    if (peer_.let_in && !peer_.let_in(datagram)) return;
    const rtp::PacketKind kind = rtp::kind_of(datagram);
    if (kind == rtp::PacketKind::dtls && dtls) {
        dtls->input(datagram, loop_.now());
        return after_dtls();
    }
    if (!inbound_) return;
    rtp::PacketBuffer buffer;
    std::copy(datagram.begin(), datagram.end(), buffer.fresh().begin());
    buffer.resize(datagram.size());
    if (kind == rtp::PacketKind::rtp && inbound_->unprotect_rtp(buffer)) {
        peer_.heard.push_back(payload_of(buffer));
    } else if (kind == rtp::PacketKind::rtcp && inbound_->unprotect_rtcp(buffer)) {
        peer_.heard_rtcp.emplace_back(buffer.packet().begin(), buffer.packet().end());
    }
}

void WebrtcPeer::Impl::after_dtls() {
    if (const auto deadline = dtls->deadline()) {
        dtls_timer_.arm(*deadline);
    } else {
        dtls_timer_.disarm();
    }
    if (dtls->state() != DtlsSession::State::connected || profile) return;
    const auto keys = dtls->export_keys();
    const auto& value = keys.value();
    inbound_ =
        rtp::SrtpSession::make(value.profile, value.inbound, rtp::SrtpDirection::inbound, counters_).value();
    outbound_ = rtp::SrtpSession::make(value.profile, value.outbound, rtp::SrtpDirection::outbound, counters_)
                    .value();
    profile = value.profile;
}

WebrtcPeer::WebrtcPeer(EventLoop& loop, const dtls::Certificate& certificate, PeerSettings settings)
    : impl_(std::make_unique<Impl>(*this, loop, certificate, std::move(settings))) {}

WebrtcPeer::~WebrtcPeer() = default;

std::string WebrtcPeer::offer() const {
    return impl_->offer();
}
void WebrtcPeer::accept(const std::string& answer) {
    impl_->accept(answer);
}
void WebrtcPeer::restart_ice() {
    impl_->restart_ice();
}
void WebrtcPeer::accept_again(const std::string& answer) {
    impl_->take_ice(answer);
}
void WebrtcPeer::add_remote_candidate(const std::string& candidate) {
    impl_->add_remote_candidate(candidate);
}
void WebrtcPeer::close_dtls() {
    impl_->dtls->close();
}
bool WebrtcPeer::connected() const {
    return impl_->profile.has_value();
}
std::string WebrtcPeer::srtp_profile() const {
    return impl_->profile ? std::string(to_string(*impl_->profile)) : std::string();
}
std::string WebrtcPeer::failure() const {
    return impl_->dtls ? impl_->dtls->failure() : std::string();
}
void WebrtcPeer::send_rtp(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc) {
    impl_->send(protected_rtp(sequence, payload, ssrc));
}
void WebrtcPeer::send_rtcp(const Bytes& compound) {
    impl_->send(impl_->protect(compound, true));
}
void WebrtcPeer::send_raw(const Bytes& datagram) {
    impl_->send(datagram);
}
Bytes WebrtcPeer::protected_rtp(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc) {
    return impl_->protect(rtp_packet(sequence, payload, ssrc), false);
}

}  // namespace causeway::test
