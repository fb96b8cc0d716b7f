// Start of libsrtp2 with OpenSSL's ciphers in place of its own: the library as shipped takes several times as
// long per packet. Any thread. RFC 3711 §4.1.1, §4.2.1, RFC 7714 §8.
#pragma once

namespace causeway {
class Footprint;
}

namespace causeway::rtp {

/// The cipher and the MAC of a session's RTP, those of its first streams; for Footprint only.
struct KeyParts {
    const void* cipher = nullptr;
    const void* context = nullptr;  ///< OpenSSL's
    const void* authentication = nullptr;

    void add_to(Footprint& footprint) const;
};

/// While it lives: the first cipher and the first MAC that libsrtp2 makes on this thread, which are those for
/// RTP. It has no way to tell for which session it wants them.
class MadeKeys {
  public:
    MadeKeys();
    ~MadeKeys();
    MadeKeys(const MadeKeys&) = delete;
    MadeKeys& operator=(const MadeKeys&) = delete;

    KeyParts parts;

  private:
    MadeKeys* outer_;
};

/// Initialises libsrtp2 once per process, plugs in AES-CM, AES-GCM and HMAC-SHA1 of OpenSSL and proves them
/// with the vectors of RFC 3711 B.2, RFC 6188 §7.2, RFC 7714 §16 and RFC 2202. Aborts with one line when a
/// proof fails. SrtpSession::make calls it; call it at the start all the same: it takes up to 0.1 s.
void initialise_srtp();

}  // namespace causeway::rtp
