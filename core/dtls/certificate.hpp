// The gateway's certificate towards browsers: self-signed ECDSA P-256, made once per process and shared by
// all calls, with the OpenSSL context that goes with it. RFC 8827 §6.5, RFC 8122 §5.
#pragma once

#include <memory>

#include "core/sdp/media_security.hpp"

struct ssl_ctx_st;

namespace causeway::dtls {

/// Immutable: any thread may use it at any time. Sessions keep what they need of it alive.
class Certificate {
  public:
    /// Makes a key and a certificate of one year; its owner makes a new one in time. Throws
    /// std::runtime_error when OpenSSL cannot: that is a fault of the installation.
    Certificate();
    ~Certificate();
    Certificate(Certificate&&) noexcept;
    Certificate& operator=(Certificate&&) noexcept;

    /// sha-256, for a=fingerprint.
    const sdp::Fingerprint& fingerprint() const { return fingerprint_; }
    ssl_ctx_st* context() const { return context_.get(); }

  private:
    struct FreeContext {
        void operator()(ssl_ctx_st* context) const;
    };
    std::unique_ptr<ssl_ctx_st, FreeContext> context_;
    sdp::Fingerprint fingerprint_;
};

}  // namespace causeway::dtls
