// Is the peer's certificate the one that its SDP announced? Pure. RFC 8122 §5.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/media_security.hpp"

namespace causeway::dtls {

std::vector<std::uint8_t> digest_of(const X509* certificate, const EVP_MD* hash);

/// Holds the strongest of the fingerprints that were announced.
class PeerCheck {
  public:
    /// An Error when none of them is made with sha-256, sha-384 or sha-512.
    static Result<PeerCheck> make(const std::vector<sdp::Fingerprint>& announced);

    /// The first certificate decides; a handshake has one.
    bool accept(const X509* certificate);
    bool accepted() const { return accepted_; }
    bool refused() const { return refused_; }

  private:
    PeerCheck() = default;

    std::string hash_;
    std::vector<std::vector<std::uint8_t>> digests_;
    bool accepted_ = false;
    bool refused_ = false;
};

}  // namespace causeway::dtls
