// What is left of a DTLS association once SRTP has its keys: alerts both ways, and the last flight once more
// when the peer missed it. It stands in for OpenSSL's SSL, which would hold 36 kB for that. Pure: datagrams
// in, values out. RFC 6347 §4.2.4, RFC 5246 §6.3 and §7.2, RFC 5288, RFC 7905.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/dtls/openssl_handles.hpp"

namespace causeway::dtls {

class AfterHandshake {
  public:
    enum class Heard : std::uint8_t { nothing, repeated_flight, close_notify, fatal_alert };

    /// `ssl` has finished its handshake; `last_flight` is what it sent last if that ended the handshake, or
    /// nothing. Nothing when its version or cipher is none of those that are known here.
    static std::optional<AfterHandshake> take(SSL* ssl, bool is_server,
                                              std::vector<std::uint8_t> last_flight);
    ~AfterHandshake();
    AfterHandshake(AfterHandshake&&) noexcept = default;
    AfterHandshake& operator=(AfterHandshake&&) noexcept = default;

    /// One datagram of the peer. What is not authentic is nothing.
    Heard input(std::span<const std::uint8_t> datagram);
    /// The answer to a repeated flight; empty when we have none, or had to send it too often.
    std::span<const std::uint8_t> last_flight();
    /// One datagram; empty when OpenSSL fails.
    std::vector<std::uint8_t> close_notify();

  private:
    enum class Cipher : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };
    struct Direction {
        std::array<std::uint8_t, 32> key{};
        std::array<std::uint8_t, 12> iv{};
    };
    struct Record {
        std::uint8_t type;
        std::uint16_t epoch;
        std::uint64_t number;  ///< with the epoch on top
        std::span<const std::uint8_t> body;
    };

    using Nonce = std::array<std::uint8_t, 12>;

    AfterHandshake() = default;
    bool has_explicit_nonce() const { return cipher_ != Cipher::chacha20_poly1305; }
    const EVP_CIPHER* algorithm() const;
    Nonce nonce(const Direction& direction, std::uint64_t number) const;
    bool derive(SSL* ssl, bool is_server);
    std::optional<std::array<std::uint8_t, 2>> open_alert(const Record& record) const;

    // State.
    Cipher cipher_{};
    Direction outbound_;
    Direction inbound_;
    std::vector<std::uint8_t> last_flight_;
    int repetitions_left_ = 0;
    std::uint64_t next_number_ = 0;
};

}  // namespace causeway::dtls
