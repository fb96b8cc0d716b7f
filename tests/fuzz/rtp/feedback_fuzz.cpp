// A browser's feedback and header extensions as arbitrary bytes, told to whoever acts on them. The first byte
// of the input chooses the part.
#include <array>
#include <vector>

#include "core/rtp/bitrate_controller.hpp"
#include "core/rtp/header_extension.hpp"
#include "core/rtp/nack_tracker.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rtcp_feedback.hpp"
#include "core/rtp/send_history.hpp"
#include "tests/fuzz/rtp/input.hpp"

namespace causeway::rtp {
namespace {

using fuzz::Input;
using fuzz::must;
using std::chrono::milliseconds;

const Instant kStart = Instant{} + std::chrono::hours(1);
constexpr int kMost = 32000;

/// Acts on all that it hears.
struct Listener final : FeedbackListener {
    BitrateController controller{kMost};
    SendHistory history;
    Instant now = kStart;
    std::size_t nacks = 0;

    void on_nack(SequenceNumber sequence) override {
        must(++nacks <= kMostNacks);
        history.give(sequence, now);
    }
    void on_transport_feedback(const TransportFeedback& feedback) override {
        must(feedback.size <= TransportFeedback::kMost);
        controller.on_feedback(feedback, now);
    }
    void on_remb(std::uint64_t rate) override { controller.on_remb(rate, now); }
};

void fuzz_feedback(Input& input) {
    Listener listener;
    std::uint16_t sequence = input.u16();
    while (!input.empty()) {
        listener.now += milliseconds(input.u8());
        for (int i = input.u8() % 32; i > 0; --i) {
            const std::array<std::uint8_t, 3> packet{1, 2, 3};
            listener.history.keep({sequence}, packet);
            listener.controller.on_sent(sequence++, listener.now);
        }
        listener.nacks = 0;
        read_feedback(input.take(input.u8()), {0}, listener);
        const int bitrate = listener.controller.bitrate();
        must(bitrate >= BitrateController::kLeast && bitrate <= kMost);
    }
}

void fuzz_arrivals(Input& input) {
    TransportArrivals arrivals;
    NackTracker missing;
    Instant now = kStart;
    std::array<std::uint8_t, TransportArrivals::kEnough> out{};
    std::uint16_t sequence = input.u16();
    while (!input.empty()) {
        const std::uint8_t choice = input.u8();
        now += milliseconds(choice & 2 ? input.u16() : choice >> 3);
        sequence = choice & 4 ? input.u16() : static_cast<std::uint16_t>(sequence + 1);
        arrivals.on_packet(sequence, now);
        missing.on_packet({0}, {sequence}, now);
        must(missing.due(milliseconds(20), milliseconds(100), now).size() <= NackTracker::kMost);
        if ((choice & 1) == 0) continue;
        const std::size_t size = arrivals.write(out, {1}, {0});
        Listener listener;
        must(size == 0 || (size % 4 == 0 && read_feedback({out.data(), size}, {0}, listener)));
    }
}

void fuzz_extension(Input& input) {
    const std::uint8_t id = static_cast<std::uint8_t>(input.u8() % 14 + 1);
    const auto bytes = input.rest();
    read_transport_sequence(bytes, id);
    PacketBuffer buffer;
    const auto room = buffer.fresh();
    const std::size_t size = std::min(bytes.size(), room.size());
    std::copy_n(bytes.begin(), size, room.begin());
    buffer.resize(size);
    if (add_transport_sequence(buffer, id, 0xABCD)) {
        must(buffer.size() == size + 8);
        must(read_transport_sequence(buffer.packet(), id) == 0xABCD);
    }
}

}  // namespace
}  // namespace causeway::rtp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway::rtp;
    Input input(data, size);
    switch (input.u8() % 3) {
        case 0:
            fuzz_feedback(input);
            break;
        case 1:
            fuzz_arrivals(input);
            break;
        default:
            fuzz_extension(input);
            break;
    }
    return 0;
}
