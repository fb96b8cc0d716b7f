#include "gateway/http/password_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "core/base/random.hpp"

namespace causeway::http {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;
constexpr std::uint64_t kMaxMemory = 64ULL * 1024 * 1024;

struct Work {
    std::uint64_t n = 16384;
    std::uint64_t r = 8;
    std::uint64_t p = 1;
};

struct Stored {
    Work work;
    Bytes salt;
    Bytes hash;
};

std::string to_base64(const Bytes& bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.empty() || text.size() > 128 || text.size() % 4 != 0) return std::nullopt;
    Bytes out(text.size() / 4 * 3);
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    if (EVP_DecodeBlock(out.data(), data, static_cast<int>(text.size())) < 0) return std::nullopt;
    // EVP_DecodeBlock counts padding as content.
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    out.resize(out.size() - padding);
    return out;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// A configuration must not be able to stop the gateway by the price of a log-in.
bool is_bounded(const Work& work) {
    const bool power_of_two = work.n >= 1024 && work.n <= 65536 && (work.n & (work.n - 1)) == 0;
    return power_of_two && work.r >= 1 && work.r <= 16 && work.p >= 1 && work.p <= 4 &&
           128 * work.n * work.r < kMaxMemory;
}

std::optional<Stored> parse(std::string_view text) {
    std::array<std::string_view, 6> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t end = i + 1 < parts.size() ? text.find('$') : text.size();
        if (end == std::string_view::npos) return std::nullopt;
        parts[i] = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const auto n = to_number(parts[1]);
    const auto r = to_number(parts[2]);
    const auto p = to_number(parts[3]);
    auto salt = from_base64(parts[4]);
    auto hash = from_base64(parts[5]);
    if (parts[0] != "scrypt" || !n || !r || !p || !salt || !hash || hash->size() < 16) return std::nullopt;
    const Work work{*n, *r, *p};
    if (!is_bounded(work)) return std::nullopt;
    return Stored{work, std::move(*salt), std::move(*hash)};
}

/// Empty when OpenSSL refuses.
Bytes scrypt(std::string_view password, const Bytes& salt, const Work& work, std::size_t size) {
    Bytes out(size);
    const int done = EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), work.n,
                                    work.r, work.p, kMaxMemory, out.data(), out.size());
    return done == 1 ? out : Bytes{};
}

}  // namespace

std::string hash_password(std::string_view password) {
    Bytes salt(kSaltSize);
    fill_random(salt);
    const Work work;
    const Bytes hash = scrypt(password, salt, work, kHashSize);
    if (hash.empty()) throw std::runtime_error("OpenSSL could not compute an scrypt hash");
    return "scrypt$" + std::to_string(work.n) + '$' + std::to_string(work.r) + '$' + std::to_string(work.p) +
           '$' + to_base64(salt) + '$' + to_base64(hash);
}

bool is_password_hash(std::string_view hash) {
    return parse(hash).has_value();
}

bool verify_password(std::string_view password, std::string_view hash) {
    const auto stored = parse(hash);
    if (!stored) return false;
    const Bytes computed = scrypt(password, stored->salt, stored->work, stored->hash.size());
    return computed.size() == stored->hash.size() &&
           CRYPTO_memcmp(computed.data(), stored->hash.data(), computed.size()) == 0;
}

bool equal_secrets(std::string_view given, std::string_view expected) {
    if (expected.empty() || given.size() != expected.size()) return false;
    return CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

}  // namespace causeway::http
