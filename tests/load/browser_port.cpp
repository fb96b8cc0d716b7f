#include "tests/load/browser_port.hpp"

#include <cstring>

#include "core/base/random.hpp"
#include "core/rtp/demux.hpp"

namespace causeway::load {

BrowserPort::Impl::Impl(Counters& counters) : strays_(counters.counter("load_strays_browser")) {}

void BrowserPort::Impl::receive(UdpPort::Datagram& datagram) {
    if (rtp::kind_of(datagram.buffer.packet()) != rtp::PacketKind::stun) {
        const auto found = by_source.find(datagram.from);
        if (found == by_source.end()) return strays_.add();
        return found->second->media(datagram);
    }
    const auto message = stun::read(datagram.buffer.packet());
    if (!message) return strays_.add();
    DatagramTaker* taker = nullptr;
    if (message->kind == stun::Kind::request) {
        // "our ufrag:theirs" (RFC 8445 §7.2.2)
        const auto found =
            by_ufrag.find(std::string(message->username.substr(0, message->username.find(':'))));
        if (found != by_ufrag.end()) taker = found->second;
    } else {
        std::uint32_t slot = 0;
        std::memcpy(&slot, message->transaction.data(), sizeof slot);
        const auto found = by_slot.find(slot);
        if (found != by_slot.end()) taker = found->second;
    }
    if (taker == nullptr) return strays_.add();
    taker->stun(*message, datagram);
}

void BrowserPort::Impl::begin_handshake() {
    if (handshakes_++ == 0) udp->set_patient(false);
}

void BrowserPort::Impl::end_handshake() {
    if (--handshakes_ == 0) udp->set_patient(true);
}

stun::Transaction BrowserPort::Impl::make_transaction(std::uint32_t slot) const {
    stun::Transaction transaction;
    fill_random(transaction);
    std::memcpy(transaction.data(), &slot, sizeof slot);
    return transaction;
}

BrowserPort::BrowserPort(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BrowserPort::~BrowserPort() = default;

Result<std::unique_ptr<BrowserPort>> BrowserPort::open(const Ground& ground, const SocketAddress& local) {
    auto impl = std::make_unique<Impl>(ground.counters);
    auto udp = UdpPort::open(ground.loop, ground.batches, local,
                             [port = impl.get()](UdpPort::Datagram& datagram) { port->receive(datagram); });
    if (!udp) return udp.error();
    impl->udp = std::move(*udp);
    return std::unique_ptr<BrowserPort>(new BrowserPort(std::move(impl)));
}

const SocketAddress& BrowserPort::local() const {
    return impl_->udp->local();
}

std::uint32_t BrowserPort::overflows() const {
    return impl_->udp->overflows();
}

}  // namespace causeway::load
