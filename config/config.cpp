// Defaults that need more than a literal.
#include "config/config.hpp"

#include <algorithm>

namespace causeway::config {
namespace {

SocketAddress loopback(std::uint16_t port) {
    return SocketAddress::parse("127.0.0.1", port).value();
}

}  // namespace

std::string uri_transport(TrunkTransport transport) {
    switch (transport) {
        case TrunkTransport::udp:
        case TrunkTransport::automatic:
            return "";
        case TrunkTransport::tcp:
            return ";transport=tcp";
        case TrunkTransport::tls:
            break;
    }
    return ";transport=tls";
}

bool needs_edge(const Config& config) {
    return config.sip.websocket || !config.sip.listen_tls.empty() ||
           std::any_of(config.trunks.begin(), config.trunks.end(), [](const Trunk& trunk) {
               return trunk.transport == TrunkTransport::tls || trunk.transport == TrunkTransport::automatic;
           });
}

Http::Http() : listen(loopback(8088)) {}

Media::Media() : browser_codecs{sdp::Codec::opus, sdp::Codec::g722, sdp::Codec::pcmu, sdp::Codec::pcma} {}

Demo::Demo() : listen(loopback(5070)) {}

}  // namespace causeway::config
