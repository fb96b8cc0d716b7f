// Arbitrary datagrams for SRTP: none may be believed, and a true stream beside them stays whole.
#include <array>

#include "core/base/counters.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_session.hpp"
#include "tests/fuzz/rtp/input.hpp"

namespace causeway::rtp {
namespace {

using fuzz::Input;
using fuzz::must;

struct Pair {
    SrtpSession out;
    SrtpSession in;
};

Pair make_pair(SrtpProfile profile, Counters& counters) {
    std::array<std::uint8_t, 64> key{1, 2, 3};
    const auto used = std::span<const std::uint8_t>(key).first(key_and_salt_length(profile));
    auto out = SrtpSession::make(profile, used, SrtpDirection::outbound, counters);
    auto in = SrtpSession::make(profile, used, SrtpDirection::inbound, counters);
    return {std::move(out.value()), std::move(in.value())};
}

void fill(PacketBuffer& buffer, std::span<const std::uint8_t> bytes) {
    const auto room = buffer.fresh();
    const std::size_t size = std::min(bytes.size(), room.size());
    std::copy_n(bytes.begin(), size, room.begin());
    buffer.resize(size);
}

void run(Input& input) {
    Counters counters;
    auto pair = make_pair(kSrtpProfiles[input.u8() % kSrtpProfiles.size()], counters);
    PacketBuffer buffer;
    std::uint16_t sequence = 0;
    const std::array<std::uint8_t, 20> payload{};
    while (!input.empty()) {
        const std::uint8_t choice = input.u8();
        const auto bytes = input.take(input.u8());
        if (choice & 1) {
            write_packet(buffer, {{0}, false, {sequence++}, {0}, {0x80808080}}, payload);
            must(pair.out.protect_rtp(buffer));
            must(pair.in.unprotect_rtp(buffer));
            must(buffer.size() == kRtpHeaderSize + payload.size());
        }
        fill(buffer, bytes);
        if (choice & 2) {
            must(!pair.in.unprotect_rtp(buffer));
        } else if (choice & 4) {
            must(!pair.in.unprotect_rtcp(buffer));
        } else if (choice & 8) {
            pair.out.protect_rtcp(buffer);
        } else if (bytes.size() < 12 || bytes[8] != 0x80) {
            pair.out.protect_rtp(buffer);
        }
    }
}

}  // namespace
}  // namespace causeway::rtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    causeway::fuzz::Input input(data, size);
    causeway::rtp::run(input);
    return 0;
}
