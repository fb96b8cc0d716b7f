#include "core/base/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <string_view>

#include "core/base/ids.hpp"

namespace causeway {
namespace {

template <class T>
T random_value() {
    T value;
    fill_random({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    return value;
}

}  // namespace

void fill_random(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            std::abort();
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

std::uint16_t random_u16() {
    return random_value<std::uint16_t>();
}
std::uint32_t random_u32() {
    return random_value<std::uint32_t>();
}
std::uint64_t random_u64() {
    return random_value<std::uint64_t>();
}

std::string random_token(std::size_t length) {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string token;
    token.reserve(length);
    // One question to the kernel for many letters.
    std::array<std::uint8_t, 64> bytes{};
    while (token.size() < length) {
        const auto wanted = std::span(bytes).first(std::min(length - token.size(), bytes.size()));
        fill_random(wanted);
        for (const std::uint8_t byte : wanted) {
            // Values past the last whole multiple of 62 would make the first letters likelier.
            if (byte < 248) token.push_back(kAlphabet[byte % kAlphabet.size()]);
        }
    }
    return token;
}

CallId make_call_id() {
    return {random_u64()};
}

std::string to_string(CallId id) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = kDigits[(id.value >> (60 - 4 * i)) & 0xf];
    return text;
}

}  // namespace causeway
