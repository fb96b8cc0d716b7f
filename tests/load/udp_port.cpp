#include "tests/load/udp_port.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace causeway::load {
namespace {

constexpr std::size_t kReceiveBatch = 32;
constexpr std::size_t kAtOnce = 8;
constexpr std::size_t kSendBatch = 16;
constexpr int kRounds = 4;
constexpr int kReceiveBuffer = 8 << 20;
constexpr auto kBeat = std::chrono::milliseconds(2);

Error system_error(const char* what) {
    return Error{fmt::format("{}: {}", what, std::strerror(errno))};
}

}  // namespace

std::int64_t wire_time() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

struct DatagramBatches::Buffers {
    struct alignas(cmsghdr) Control {
        char bytes[128];
    };
    std::array<rtp::PacketBuffer, kReceiveBatch> in;
    std::array<sockaddr_in6, kReceiveBatch> in_address;
    std::array<Control, kReceiveBatch> control;
    std::array<iovec, kReceiveBatch> in_vector;
    std::array<mmsghdr, kReceiveBatch> in_header;

    std::array<rtp::PacketBuffer, kSendBatch> out;
    std::array<SocketAddress, kSendBatch> out_address;
    std::array<iovec, kSendBatch> out_vector;
    std::array<mmsghdr, kSendBatch> out_header;
    std::size_t queued = 0;
    int queued_on = -1;

    void expect(std::size_t most) {
        for (std::size_t i = 0; i < most; ++i) {
            const auto room = in[i].fresh();
            in_vector[i] = {room.data(), room.size()};
            in_header[i] = {};
            msghdr& header = in_header[i].msg_hdr;
            header.msg_name = &in_address[i];
            header.msg_namelen = sizeof in_address[i];
            header.msg_iov = &in_vector[i];
            header.msg_iovlen = 1;
            header.msg_control = control[i].bytes;
            header.msg_controllen = sizeof control[i].bytes;
        }
    }

    void flush() {
        for (std::size_t sent = 0; sent < queued;) {
            const int count =
                ::sendmmsg(queued_on, &out_header[sent], static_cast<unsigned>(queued - sent), 0);
            // What the kernel will not take is lost, as on a wire; the meters will tell.
            sent += count > 0 ? static_cast<std::size_t>(count) : 1;
        }
        queued = 0;
    }
};

DatagramBatches::DatagramBatches(EventLoop& loop)
    : buffers_(std::make_unique<Buffers>()), beat_(loop, [this](Instant now) { read_patient_ports(now); }) {}
DatagramBatches::~DatagramBatches() = default;

void DatagramBatches::read_patient_ports(Instant now) {
    // Whoever is told of a datagram may make ports and change their patience, but not destroy them.
    std::size_t left = kAtOnce;
    while (next_ < patient_.size()) {
        left -= patient_[next_]->read(left);
        // Streams whose time has come go first: late ones would arrive in clumps, which no network makes.
        if (left == 0) return beat_.arm(now);
        ++next_;
    }
    next_ = 0;
    if (!patient_.empty()) beat_.arm(now + kBeat);
}

Result<std::unique_ptr<UdpPort>> UdpPort::open(EventLoop& loop, DatagramBatches& batches,
                                               const SocketAddress& local, Receive receive) {
    UniqueFd fd(::socket(local.data()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return system_error("socket");
    const int on = 1;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    }
    ::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    if (::bind(fd.get(), local.data(), local.size()) != 0) {
        return system_error(("bind " + local.to_string()).c_str());
    }
    sockaddr_in6 bound{};
    socklen_t size = sizeof bound;
    auto* const address = reinterpret_cast<sockaddr*>(&bound);
    if (::getsockname(fd.get(), address, &size) != 0) return system_error("getsockname");
    return std::unique_ptr<UdpPort>(
        new UdpPort(loop, batches, std::move(fd), SocketAddress(address), std::move(receive)));
}

UdpPort::UdpPort(EventLoop& loop, DatagramBatches& batches, UniqueFd fd, const SocketAddress& local,
                 Receive receive)
    : batches_(batches), fd_(std::move(fd)), local_(local), receive_(std::move(receive)) {
    watch_.emplace(loop, fd_.get(), EPOLLIN, [this](std::uint32_t) { drain(); });
}

UdpPort::~UdpPort() {
    std::erase(batches_.patient_, this);
    if (batches_.buffers_->queued_on == fd_.get()) batches_.buffers_->flush();
}

void UdpPort::set_patient(bool patient) {
    if (patient == patient_) return;
    patient_ = patient;
    watch_->change(patient ? 0U : std::uint32_t{EPOLLIN});
    if (!patient) {
        std::erase(batches_.patient_, this);
        return;
    }
    batches_.patient_.push_back(this);
    if (!batches_.beat_.armed()) batches_.beat_.arm(std::chrono::steady_clock::now() + kBeat);
}

void UdpPort::drain() {
    for (int round = 0; round < kRounds && read(kReceiveBatch) == kReceiveBatch; ++round) continue;
}

std::size_t UdpPort::read(std::size_t most) {
    auto& buffers = *batches_.buffers_;
    buffers.expect(most);
    const int count =
        ::recvmmsg(fd_.get(), buffers.in_header.data(), static_cast<unsigned>(most), 0, nullptr);
    for (int i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        buffers.in[at].resize(buffers.in_header[at].msg_len);
        Datagram datagram{buffers.in[at],
                          SocketAddress(reinterpret_cast<const sockaddr*>(&buffers.in_address[at])), 0};
        msghdr& header = buffers.in_header[at].msg_hdr;
        for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
            if (c->cmsg_type == SCM_TIMESTAMPNS) {
                timespec arrived{};
                std::memcpy(&arrived, CMSG_DATA(c), sizeof arrived);
                datagram.arrived = arrived.tv_sec * 1'000'000'000LL + arrived.tv_nsec;
            } else if (c->cmsg_type == SO_RXQ_OVFL) {
                std::memcpy(&overflows_, CMSG_DATA(c), sizeof overflows_);
            }
        }
        receive_(datagram);
    }
    buffers.flush();
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

rtp::PacketBuffer& UdpPort::prepare() {
    auto& buffers = *batches_.buffers_;
    if (buffers.queued == kSendBatch || buffers.queued_on != fd_.get()) {
        buffers.flush();
        buffers.queued_on = fd_.get();
    }
    return buffers.out[buffers.queued];
}

void UdpPort::commit(const SocketAddress& to) {
    auto& buffers = *batches_.buffers_;
    const std::size_t at = buffers.queued++;
    buffers.out_address[at] = to;
    const auto bytes = buffers.out[at].packet();
    buffers.out_vector[at] = {bytes.data(), bytes.size()};
    buffers.out_header[at] = {};
    msghdr& header = buffers.out_header[at].msg_hdr;
    header.msg_name = const_cast<sockaddr*>(buffers.out_address[at].data());
    header.msg_namelen = to.size();
    header.msg_iov = &buffers.out_vector[at];
    header.msg_iovlen = 1;
}

void UdpPort::flush(DatagramBatches& batches) {
    batches.buffers_->flush();
}

void UdpPort::send(std::span<const std::uint8_t> datagram, const SocketAddress& to) {
    ::sendto(fd_.get(), datagram.data(), datagram.size(), 0, to.data(), to.size());
}

Result<UdpPortPair> UdpPortPair::open(EventLoop& loop, DatagramBatches& batches, const SocketAddress& local,
                                      UdpPort::Receive on_rtp, UdpPort::Receive on_rtcp) {
    Error last{"no even port is free"};
    // The kernel gives any port; the half of them that is odd, or has a taken neighbour, goes back.
    std::vector<std::unique_ptr<UdpPort>> refused;
    for (int attempt = 0; attempt < 64; ++attempt) {
        auto first = UdpPort::open(loop, batches, local, on_rtp);
        if (!first) return first.error();
        const SocketAddress bound = (*first)->local();
        if (bound.port() % 2 == 0) {
            auto second = UdpPort::open(
                loop, batches, bound.with_port(static_cast<std::uint16_t>(bound.port() + 1)), on_rtcp);
            if (second) return UdpPortPair{std::move(*first), std::move(*second)};
            last = second.error();
        }
        refused.push_back(std::move(*first));
    }
    return last;
}

}  // namespace causeway::load
