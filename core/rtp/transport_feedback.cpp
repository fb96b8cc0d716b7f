// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.1 (symbols) to §3.1.5 (deltas).
#include "core/rtp/transport_feedback.hpp"

#include <algorithm>

#include "core/rtp/big_endian.hpp"

namespace causeway::rtp {

namespace {

enum Symbol : std::uint8_t { kMissing = 0, kSmallDelta = 1, kLargeDelta = 2 };

constexpr std::size_t kFixed = 8;  ///< base, count, reference time, feedback count
constexpr std::size_t kHeader = 20;
constexpr std::int64_t kTicksPerReference = 256;  // 64 ms in 250 us
constexpr std::size_t kRunAtLeast = 14;           // shorter runs are told as cheaply by a vector
constexpr std::size_t kLongestRun = 0x1FFF;

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 4000>>;

using Symbols = std::array<std::uint8_t, TransportFeedback::kMost>;

/// Reads the chunks that tell of `count` packets. Their end in `body`, or 0 when they are cut off.
std::size_t read_chunks(std::span<const std::uint8_t> body, std::size_t count, Symbols& symbols) {
    std::size_t at = kFixed;
    std::size_t told = 0;
    const auto add = [&](std::uint8_t symbol, std::size_t times) {
        times = std::min(times, count - told);
        for (std::size_t i = told; i < std::min(told + times, symbols.size()); ++i) symbols[i] = symbol;
        told += times;
    };
    while (told < count) {
        if (body.size() < at + 2) return 0;
        const unsigned chunk = read_u16(&body[at]);
        at += 2;
        if ((chunk & 0x8000) == 0) {
            if ((chunk & kLongestRun) == 0) return 0;  // would go on for ever
            add(static_cast<std::uint8_t>(chunk >> 13 & 3), chunk & kLongestRun);
        } else if ((chunk & 0x4000) == 0) {
            for (int bit = 13; bit >= 0; --bit) add(static_cast<std::uint8_t>(chunk >> bit & 1), 1);
        } else {
            for (int bit = 12; bit >= 0; bit -= 2) add(static_cast<std::uint8_t>(chunk >> bit & 3), 1);
        }
    }
    return at;
}

/// How many of the symbols from the first on are equal to it.
std::size_t run_of(std::span<const std::uint8_t> symbols) {
    const auto end = std::find_if(symbols.begin(), symbols.end(),
                                  [&](std::uint8_t symbol) { return symbol != symbols.front(); });
    return static_cast<std::size_t>(end - symbols.begin());
}

/// The cheapest chunk for the first of `symbols`, and how many it tells.
std::pair<std::uint16_t, std::size_t> make_chunk(std::span<const std::uint8_t> symbols) {
    const std::size_t run = std::min(run_of(symbols), kLongestRun);
    if (run >= kRunAtLeast || run == symbols.size())
        return {static_cast<std::uint16_t>(static_cast<std::size_t>(symbols[0]) << 13 | run), run};
    auto part = symbols.first(std::min<std::size_t>(14, symbols.size()));
    const bool one_bit = std::find(part.begin(), part.end(), kLargeDelta) == part.end();
    if (!one_bit) part = part.first(std::min<std::size_t>(7, part.size()));
    unsigned chunk = one_bit ? 0x8000 : 0xC000;
    int bit = one_bit ? 13 : 12;
    for (const std::uint8_t symbol : part) {
        chunk |= static_cast<unsigned>(symbol) << bit;
        bit -= one_bit ? 1 : 2;
    }
    return {static_cast<std::uint16_t>(chunk), part.size()};
}

/// Header, base and times, chunks, and padding behind `size` bytes of deltas that stand already. The size.
std::size_t finish(std::span<std::uint8_t> out, std::size_t size) {
    const std::size_t padding = (4 - size % 4) % 4;
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(size), padding, std::uint8_t{0});
    size += padding;
    // RFC 3550 §6.4.1: the last octet counts the padding, itself included.
    if (padding != 0) out[size - 1] = static_cast<std::uint8_t>(padding);
    out[0] = static_cast<std::uint8_t>(padding != 0 ? 0xAF : 0x8F);
    out[1] = 205;
    write_u16(&out[2], static_cast<std::uint16_t>(size / 4 - 1));
    return size;
}

}  // namespace

bool read_transport_feedback(std::span<const std::uint8_t> body, TransportFeedback& feedback) {
    if (body.size() < kFixed) return false;
    const std::size_t count = read_u16(&body[2]);
    if (count == 0) return false;
    feedback.base = {read_u16(&body[0])};
    feedback.count = body[7];
    feedback.size = std::min(count, TransportFeedback::kMost);
    Symbols symbols;
    std::size_t at = read_chunks(body, count, symbols);
    if (at == 0) return false;
    // The reference time has 24 bits of 64 ms: in ticks it fills 32, and wraps with them.
    std::uint32_t time = read_u32(&body[4]) & 0xFFFFFF00;
    for (std::size_t i = 0; i < feedback.size; ++i) {
        if (symbols[i] == kMissing) {
            feedback.packets[i] = {};
            continue;
        }
        const std::size_t width = symbols[i] == kSmallDelta ? 1 : 2;
        if (symbols[i] > kLargeDelta || body.size() < at + width) return false;
        time += width == 1 ? body[at]
                           : static_cast<std::uint32_t>(static_cast<std::int16_t>(read_u16(&body[at])));
        at += width;
        feedback.packets[i] = {true, time};
    }
    return true;
}

void TransportArrivals::on_packet(std::uint16_t sequence, Instant now) {
    if (!epoch_) epoch_ = now;
    const std::int64_t number = unwrapper_.unwrap(sequence);
    if (end_ == 0 && begin_ == 0) begin_ = end_ = number;
    // Too old for the window, or already noted.
    if (number <= end_ - kWindow || find(number)) return;
    arrivals_[static_cast<std::size_t>(number & (kWindow - 1))] = {
        number, std::chrono::duration_cast<Ticks>(now - *epoch_).count()};
    end_ = std::max(end_, number + 1);
    // A late one was told as missing before: it is told of again.
    begin_ = std::max(std::min(begin_, number), end_ - kWindow);
    pending_ = true;
}

const TransportArrivals::Arrival* TransportArrivals::find(std::int64_t sequence) const {
    const Arrival& arrival = arrivals_[static_cast<std::size_t>(sequence & (kWindow - 1))];
    return arrival.sequence == sequence ? &arrival : nullptr;
}

std::size_t TransportArrivals::write(std::span<std::uint8_t> out, Ssrc sender, Ssrc media) {
    if (!pending_ || out.size() < kEnough) return 0;
    std::int64_t arrived = begin_;
    while (arrived < end_ && !find(arrived)) ++arrived;
    const Arrival* const first = find(arrived);
    if (!first) return 0;

    Symbols symbols;
    std::array<std::int32_t, TransportFeedback::kMost> deltas;
    const std::int64_t reference = first->ticks / kTicksPerReference;
    std::int64_t time = reference * kTicksPerReference;
    std::size_t count = 0;
    for (std::int64_t number = begin_; number < end_; ++number, ++count) {
        const Arrival* const arrival = find(number);
        symbols[count] = kMissing;
        if (!arrival) continue;
        const std::int64_t delta = arrival->ticks - time;
        // §3.1.5: what does not fit into a delta needs a reference time of its own, in the next feedback.
        if (delta != static_cast<std::int16_t>(delta)) break;
        symbols[count] = delta >= 0 && delta <= 255 ? kSmallDelta : kLargeDelta;
        deltas[count] = static_cast<std::int32_t>(delta);
        time = arrival->ticks;
    }
    write_u32(&out[4], sender.value);
    write_u32(&out[8], media.value);
    write_u16(&out[12], static_cast<std::uint16_t>(begin_));
    write_u16(&out[14], static_cast<std::uint16_t>(count));
    write_u32(&out[16], static_cast<std::uint32_t>(reference << 8) | count_++);
    std::size_t size = kHeader;
    for (std::size_t told = 0; told < count;) {
        const auto [chunk, symbols_told] = make_chunk(std::span(symbols).subspan(told, count - told));
        write_u16(&out[size], chunk);
        size += 2;
        told += symbols_told;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (symbols[i] == kSmallDelta) out[size++] = static_cast<std::uint8_t>(deltas[i]);
        if (symbols[i] != kLargeDelta) continue;
        write_u16(&out[size], static_cast<std::uint16_t>(deltas[i]));
        size += 2;
    }
    begin_ += static_cast<std::int64_t>(count);
    pending_ = begin_ < end_;
    return finish(out, size);
}

}  // namespace causeway::rtp
