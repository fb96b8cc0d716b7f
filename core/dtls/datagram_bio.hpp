// OpenSSL's view of our datagrams: one read is one datagram, one write is one datagram. Its own memory BIO
// glues datagrams together.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/dtls/openssl_handles.hpp"

namespace causeway::dtls {

/// The two ends that a BIO of ours connects. Must outlive the BIO.
struct DatagramPipe {
    std::span<const std::uint8_t> incoming;  ///< taken by the next read
    std::function<void(std::span<const std::uint8_t>)> outgoing;
};

inline constexpr int kDatagramMtu = 1200;

/// Null when out of memory. The caller owns it until an SSL takes it.
BIO* make_datagram_bio(DatagramPipe& pipe);

}  // namespace causeway::dtls
