// Any datagram for a lite agent: answered or not, it never makes a source believed that does not know the
// password, and what is answered is a STUN message of bounded length.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/stun/lite_agent.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway;
    static const auto source = SocketAddress::parse("192.0.2.1", 4000).value();
    stun::LiteAgent agent("ours", "a password that nobody guesses", "theirs");
    std::array<std::uint8_t, stun::kMaxRequest> out;
    const std::size_t answered = agent.answer({data, size}, source, out);
    const bool whole = answered == 0 || (stun::is_message(std::span(out).first(answered)) &&
                                         !stun::success_response(std::span(out).first(answered)));
    if (!whole || agent.is_checked(source) || agent.selected()) std::abort();
    return 0;
}
