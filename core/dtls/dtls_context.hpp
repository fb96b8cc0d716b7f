// What all DTLS sessions of one certificate have in common. RFC 8827 §6.5, RFC 7301, RFC 8833.
#pragma once

#include "core/dtls/openssl_handles.hpp"

namespace causeway::dtls {

/// DTLS 1.2 and up, a certificate required of the peer. Sessions must carry a PeerCheck as their SSL's app
/// data: it decides about the peer's certificate. Null when OpenSSL refuses; its error queue says why.
ContextHandle make_dtls_context(X509* certificate, EVP_PKEY* key);

/// The protocol that we offer as client, in ALPN's wire form.
inline constexpr unsigned char kAlpnWebrtc[] = {6, 'w', 'e', 'b', 'r', 't', 'c'};

}  // namespace causeway::dtls
