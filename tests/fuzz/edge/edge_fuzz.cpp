// Any bytes as a stream, as a frame and as a message whose Via is changed: bounded, and what was changed once
// can be changed back.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/edge/framing.hpp"
#include "gateway/edge/via.hpp"

namespace {

using namespace causeway::edge;

void require(bool fact) {
    if (!fact) std::abort();
}

void check_via(const std::string& message) {
    static const ViaWords words{"WSS", "gw.test:5061", *causeway::SocketAddress::parse("192.0.2.7", 41000)};
    const auto inside = to_stack(message, words);
    if (!inside) return;
    const auto outside = to_peer(*inside, words);
    require(outside.has_value());
    require(outside->find("cw-rport") == std::string::npos || message.find("cw-rport") != std::string::npos ||
            message.compare(0, 4, "SIP/") != 0);
    require(to_stack(*outside, words).has_value());
}

void check_stream(std::string_view bytes) {
    MessageSplitter splitter;
    std::size_t taken = 0;
    constexpr std::size_t kPiece = 7;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
        splitter.feed(bytes.substr(at, kPiece));
        for (;;) {
            const auto next = splitter.next();
            if (!next) return;
            if (!*next) break;
            require(!(*next)->empty());
            // A lone CR, too, counts as a keep-alive.
            if (**next != kPing && **next != kPong) taken += (*next)->size();
            require(taken <= bytes.size());
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    check_stream(bytes);
    check_via(bytes);
    if (const auto message = frame_message(bytes)) {
        if (*message == kPing || *message == kPong) return 0;
        const auto head = head_length(*message);
        require(head.has_value());
        const auto length = content_length(std::string_view(*message).substr(0, *head));
        require(length.has_value() && *length == message->size() - *head);
        check_via(*message);
    }
    return 0;
}
