#include "tests/load/sip_sound.hpp"

#include <fmt/format.h>

#include <chrono>
#include <unordered_map>

#include "core/base/random.hpp"
#include "core/rtp/demux.hpp"
#include "tests/load/rtcp_end.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

constexpr auto kReportInterval = 4s;
constexpr int kReportSpread_ms = 2000;

}  // namespace

class SipSoundPort::Impl {
  public:
    explicit Impl(Counters& counters) : strays(counters.counter("load_strays_sip")) {}

    UdpPortPair udp;
    std::unordered_map<SocketAddress, SipSound::Impl*> by_rtp;
    std::unordered_map<SocketAddress, SipSound::Impl*> by_rtcp;
    Counter& strays;
};

class SipSound::Impl final : public FrameSender {
  public:
    Impl(const Ground& ground, SipSoundPort::Impl& port, SipSoundSettings settings)
        : ground_(ground),
          port_(port),
          settings_(std::move(settings)),
          report_timer_(ground.loop, [this](Instant now) { send_report(now); }) {}
    ~Impl() override {
        stop_sound();
        std::erase_if(port_.by_rtp, [this](const auto& entry) { return entry.second == this; });
        std::erase_if(port_.by_rtcp, [this](const auto& entry) { return entry.second == this; });
    }

    Result<std::string> answer(std::string_view offer);
    void connect(const SocketAddress& rtp, const SocketAddress& rtcp, PayloadType type,
                 std::uint32_t clock_rate);
    void start_sound();
    void stop_sound();
    void hear(UdpPort::Datagram& datagram);
    void hear_rtcp(UdpPort::Datagram& datagram);
    void send_frame() override;

    RtpStream stream;

  private:
    void send_report(Instant now);

    const Ground ground_;
    SipSoundPort::Impl& port_;
    const SipSoundSettings settings_;
    SocketAddress rtp_;
    SocketAddress rtcp_address_;
    RtcpEnd rtcp_;
    Timer report_timer_;
    bool sounding_ = false;
};

Result<std::string> SipSound::Impl::answer(std::string_view offer) {
    const auto parts = read_sip_sdp(offer);
    if (!parts) return parts.error();
    const OfferedFormat* const format = find_format(parts->formats, settings_.codec);
    if (format == nullptr) {
        return Error{fmt::format("{} is not offered", sdp::encoding_name(settings_.codec))};
    }
    std::vector<OfferedFormat> taken{*format};
    if (!settings_.fmtp.empty()) taken.front().fmtp = settings_.fmtp;
    const std::uint32_t clock_rate = sdp::rtp_clock_rate(settings_.codec);
    if (settings_.events) {
        for (const OfferedFormat& other : parts->formats) {
            if (other.rtpmap == fmt::format("telephone-event/{}", clock_rate)) taken.push_back(other);
        }
    }
    connect(parts->rtp, parts->rtcp, format->payload_type, clock_rate);
    const SocketAddress local = port_.udp.rtp->local();
    return {boost::system::in_place_value,
            make_sip_sdp(settings_.detour.announce ? settings_.detour.announce(local) : local, taken,
                         settings_.ptime_ms)};
}

void SipSound::Impl::connect(const SocketAddress& rtp, const SocketAddress& rtcp, PayloadType type,
                             std::uint32_t clock_rate) {
    rtp_ = settings_.detour.reach ? settings_.detour.reach(rtp) : rtp;
    rtcp_address_ = settings_.detour.reach ? SocketAddress() : rtcp;
    stream.set_format(type, clock_rate, settings_.ptime_ms);
    port_.by_rtp[rtp_] = this;
    if (rtcp_address_.port() != 0) port_.by_rtcp[rtcp_address_] = this;
}

void SipSound::Impl::start_sound() {
    if (sounding_ || settings_.source == nullptr || rtp_.port() == 0) return;
    sounding_ = true;
    ground_.clock.add(*this, port_.udp.rtp.get(), stream.ptime_ms());
    send_report(ground_.loop.now());
}

void SipSound::Impl::stop_sound() {
    if (sounding_) ground_.clock.remove(*this);
    report_timer_.disarm();
    sounding_ = false;
}

void SipSound::Impl::hear(UdpPort::Datagram& datagram) {
    if (rtp::kind_of(datagram.buffer.packet()) != rtp::PacketKind::rtp) return hear_rtcp(datagram);
    const auto packet = rtp::RtpView::parse(datagram.buffer.packet());
    if (!packet) return;
    rtcp_.heard(*packet);
    if (settings_.sink != nullptr) settings_.sink->packet(*packet, datagram.arrived);
}

void SipSound::Impl::hear_rtcp(UdpPort::Datagram& datagram) {
    rtcp_.heard_compound(datagram.buffer.packet(), datagram.arrived);
}

void SipSound::Impl::send_frame() {
    rtp::PacketBuffer& packet = port_.udp.rtp->prepare();
    if (stream.next(*settings_.source, packet)) port_.udp.rtp->commit(rtp_);
}

void SipSound::Impl::send_report(Instant now) {
    report_timer_.arm(now + kReportInterval + std::chrono::milliseconds(random_u16() % kReportSpread_ms));
    if (rtcp_address_.port() == 0 || stream.packets() == 0) return;
    UdpPort& port = *port_.udp.rtcp;
    rtcp_.write(port.prepare(), stream, wire_time());
    port.commit(rtcp_address_);
    UdpPort::flush(ground_.batches);
}

SipSoundPort::SipSoundPort(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SipSoundPort::~SipSoundPort() = default;

Result<std::unique_ptr<SipSoundPort>> SipSoundPort::open(const Ground& ground, const SocketAddress& local) {
    auto impl = std::make_unique<Impl>(ground.counters);
    const auto take = [port = impl.get()](auto Impl::*ends, auto SipSound::Impl::*hear) {
        return [port, ends, hear](UdpPort::Datagram& datagram) {
            const auto found = (port->*ends).find(datagram.from);
            if (found == (port->*ends).end()) return port->strays.add();
            (found->second->*hear)(datagram);
        };
    };
    auto udp =
        UdpPortPair::open(ground.loop, ground.batches, local, take(&Impl::by_rtp, &SipSound::Impl::hear),
                          take(&Impl::by_rtcp, &SipSound::Impl::hear_rtcp));
    if (!udp) return udp.error();
    impl->udp = std::move(*udp);
    impl->udp.rtp->set_patient(true);
    return std::unique_ptr<SipSoundPort>(new SipSoundPort(std::move(impl)));
}

const SocketAddress& SipSoundPort::local() const {
    return impl_->udp.rtp->local();
}
std::uint32_t SipSoundPort::overflows() const {
    return impl_->udp.rtp->overflows();
}

SipSound::SipSound(const Ground& ground, SipSoundPort& port, SipSoundSettings settings)
    : impl_(std::make_unique<Impl>(ground, *port.impl_, std::move(settings))) {}
SipSound::~SipSound() = default;

Result<std::string> SipSound::answer(std::string_view offer) {
    return impl_->answer(offer);
}
void SipSound::connect(const SocketAddress& rtp, const SocketAddress& rtcp, PayloadType type,
                       std::uint32_t clock_rate) {
    impl_->connect(rtp, rtcp, type, clock_rate);
}
void SipSound::start_sound() {
    impl_->start_sound();
}
void SipSound::stop_sound() {
    impl_->stop_sound();
}
std::uint32_t SipSound::packets_sent() const {
    return impl_->stream.packets();
}

}  // namespace causeway::load
