#include "core/dtls/dtls_context.hpp"

#include <openssl/x509_vfy.h>

#include "core/dtls/peer_check.hpp"
#include "core/rtp/srtp_profile.hpp"

namespace causeway::dtls {
namespace {

int verify_peer(X509_STORE_CTX* store, void*) {
    auto* const ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* const check = static_cast<PeerCheck*>(SSL_get_app_data(ssl));
    if (check->accept(X509_STORE_CTX_get0_cert(store))) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

int select_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
    unsigned char* found = nullptr;
    // RFC 8833 §3: who forwards content must not accept c-webrtc; whoever offers nothing else is refused.
    if (SSL_select_next_proto(&found, chosen_size, kAlpnWebrtc, sizeof kAlpnWebrtc, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

ContextHandle make_dtls_context(X509* certificate, EVP_PKEY* key) {
    ContextHandle context(SSL_CTX_new(DTLS_method()));
    SSL_CTX* const ctx = context.get();
    if (ctx == nullptr || SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) != 1 ||
        // RFC 8827 §6.5: forward secrecy and AEAD; our own certificate makes it ECDSA.
        SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_use_certificate(ctx, certificate) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
        // Returns 0 on success.
        SSL_CTX_set_tlsext_use_srtp(ctx, std::string(rtp::openssl_profile_list()).c_str()) != 0) {
        return nullptr;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(ctx, verify_peer, nullptr);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, nullptr);
    return context;
}

}  // namespace causeway::dtls
