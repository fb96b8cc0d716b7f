// Defaults that need more than a literal.
#include "config/config.hpp"

namespace causeway::config {
namespace {

SocketAddress loopback(std::uint16_t port) {
    return SocketAddress::parse("127.0.0.1", port).value();
}

}  // namespace

Http::Http() : listen(loopback(8088)) {}

Media::Media() : browser_codecs{sdp::Codec::opus, sdp::Codec::g722, sdp::Codec::pcmu, sdp::Codec::pcma} {}

Demo::Demo() : listen(loopback(5070)) {}

}  // namespace causeway::config
