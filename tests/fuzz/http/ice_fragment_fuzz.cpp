// Any bytes as a fragment of ICE: an error, or what fits into an offer and comes out of it the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/http/ice_fragment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway::http;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto fragment = parse_ice_fragment(text);
    if (!fragment) return 0;
    const std::string offer =
        with_ice("v=0\r\na=ice-ufrag:old1\r\na=ice-pwd:oldoldoldoldoldoldoldold\r\n", *fragment);
    const auto again = parse_ice_fragment(ice_fragment_of(offer));
    // Without a password there is nothing to restart: an offer is never made of it. Line ends may become
    // longer.
    if (fragment->password.empty() || size > 16000) return 0;
    if (!again || !(*again == *fragment)) std::abort();
    return 0;
}
