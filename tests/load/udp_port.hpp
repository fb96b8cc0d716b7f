// A UDP socket that many calls share: datagrams are received and sent in batches, so that the generator costs
// less than what it measures. Arrival times are the kernel's, so that a late generator does not show as
// delay. On the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::load {

/// CLOCK_REALTIME in nanoseconds: the clock of the kernel's arrival times, of the stamps in packets too.
std::int64_t wire_time();

class UdpPort;

/// Buffers for one `recvmmsg` and one `sendmmsg`, and the beat at which patient ports are read; all ports of
/// one thread share them.
class DatagramBatches {
  public:
    explicit DatagramBatches(EventLoop& loop);
    ~DatagramBatches();

  private:
    friend class UdpPort;
    struct Buffers;
    void read_patient_ports(Instant now);

    std::unique_ptr<Buffers> buffers_;
    std::vector<UdpPort*> patient_;
    std::size_t next_ = 0;  ///< of them, when not all could be read at once
    Timer beat_;
};

class UdpPort {
  public:
    struct Datagram {
        rtp::PacketBuffer& buffer;
        SocketAddress from;
        std::int64_t arrived;  ///< wire_time
    };
    using Receive = std::function<void(Datagram& datagram)>;

    /// `receive` may send, but must not destroy the port.
    static Result<std::unique_ptr<UdpPort>> open(EventLoop& loop, DatagramBatches& batches,
                                                 const SocketAddress& local, Receive receive);
    ~UdpPort();

    const SocketAddress& local() const { return local_; }

    /// A patient port is read every 2 ms, a few packets at a time between streams that are due, and wakes
    /// nobody when one arrives: right for sound, whose arrival the kernel has noted, wrong for handshakes.
    /// Ports begin impatient.
    void set_patient(bool patient);

    /// A buffer to write a packet into. Follow with `commit`, or ask again.
    rtp::PacketBuffer& prepare();
    /// Queues what was prepared. It leaves when the batch is full, another port sends, or at `flush`.
    void commit(const SocketAddress& to);
    /// Sends what is queued, whichever port queued it.
    static void flush(DatagramBatches& batches);
    /// At once.
    void send(std::span<const std::uint8_t> datagram, const SocketAddress& to);

    /// Datagrams that came in faster than we read: each is the generator's fault.
    std::uint32_t overflows() const { return overflows_; }

  private:
    UdpPort(EventLoop& loop, DatagramBatches& batches, UniqueFd fd, const SocketAddress& local,
            Receive receive);
    friend class DatagramBatches;
    void drain();
    /// Up to `most` datagrams; how many there were.
    std::size_t read(std::size_t most);

    DatagramBatches& batches_;
    bool patient_ = false;
    UniqueFd fd_;
    SocketAddress local_;
    Receive receive_;
    std::uint32_t overflows_ = 0;
    std::optional<Watch> watch_;
};

/// An even port and the next one, for RTP and RTCP (RFC 3550 §11).
struct UdpPortPair {
    std::unique_ptr<UdpPort> rtp;
    std::unique_ptr<UdpPort> rtcp;

    static Result<UdpPortPair> open(EventLoop& loop, DatagramBatches& batches, const SocketAddress& local,
                                    UdpPort::Receive on_rtp, UdpPort::Receive on_rtcp);
};

}  // namespace causeway::load
