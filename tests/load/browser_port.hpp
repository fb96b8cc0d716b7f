// How the datagrams of a shared socket find their client: STUN by user name or transaction, everything else
// by the address that it comes from.
#pragma once

#include <string>
#include <unordered_map>

#include "tests/load/browser_client.hpp"
#include "tests/load/stun_message.hpp"

namespace causeway::load {

/// What a client takes from its port.
class DatagramTaker {
  public:
    virtual ~DatagramTaker() = default;
    virtual void stun(const stun::Message& message, UdpPort::Datagram& datagram) = 0;
    virtual void media(UdpPort::Datagram& datagram) = 0;  ///< DTLS, SRTP, SRTCP
};

class BrowserPort::Impl {
  public:
    explicit Impl(Counters& counters);

    void receive(UdpPort::Datagram& datagram);
    /// While a client shakes hands, datagrams are read as they come.
    void begin_handshake();
    void end_handshake();
    /// A transaction whose answer comes back to `slot`.
    stun::Transaction make_transaction(std::uint32_t slot) const;

    std::unique_ptr<UdpPort> udp;
    std::unordered_map<std::string, DatagramTaker*> by_ufrag;
    std::unordered_map<SocketAddress, DatagramTaker*> by_source;
    std::unordered_map<std::uint32_t, DatagramTaker*> by_slot;
    std::uint32_t next_slot = 1;

  private:
    int handshakes_ = 0;
    Counter& strays_;
};

}  // namespace causeway::load
