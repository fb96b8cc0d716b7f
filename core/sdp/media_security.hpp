// How the packets of one audio stream may be encrypted, as SDP says it: crypto suites and keys (SDES), DTLS
// fingerprints and roles, and what two sides agreed. Values only; keys are wiped with their value.
// RFC 4568, RFC 7714 §14.1, RFC 8122, RFC 8842, RFC 8839.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::sdp {

/// One a=fingerprint (RFC 8122). `hash` in lower case ("sha-256"), `digest` as raw bytes.
struct Fingerprint {
    std::string hash;
    std::vector<std::uint8_t> digest;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

enum class DtlsRole : std::uint8_t { client, server };
/// a=setup (RFC 8842 §5.2).
enum class Setup : std::uint8_t { actpass, active, passive };

/// RFC 4568 §6.2, RFC 6188 §5, RFC 7714 §14.1.
enum class CryptoSuite : std::uint8_t {
    aead_aes_128_gcm,
    aead_aes_256_gcm,
    aes_256_cm_sha1_80,
    aes_cm_128_sha1_80,
    aes_cm_128_sha1_32,
};
/// In the order of our offers.
inline constexpr std::array kCryptoSuites{CryptoSuite::aead_aes_128_gcm, CryptoSuite::aead_aes_256_gcm,
                                          CryptoSuite::aes_256_cm_sha1_80, CryptoSuite::aes_cm_128_sha1_80,
                                          CryptoSuite::aes_cm_128_sha1_32};

/// "AES_CM_128_HMAC_SHA1_80" and so on.
std::string_view suite_name(CryptoSuite suite);
std::optional<CryptoSuite> suite_from_name(std::string_view name);
/// Bytes of its master key and master salt together.
std::size_t key_and_salt_length(CryptoSuite suite);

/// A master key and the master salt behind it. Its bytes are wiped when it goes.
class SecretKey {
  public:
    static constexpr std::size_t kMost = 46;

    SecretKey() = default;
    /// At most kMost bytes; more are cut off.
    explicit SecretKey(std::span<const std::uint8_t> bytes);
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey();

    std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }
    bool empty() const { return size_ == 0; }

    friend bool operator==(const SecretKey&, const SecretKey&) = default;

  private:
    std::array<std::uint8_t, kMost> bytes_{};
    std::size_t size_ = 0;
};

/// One a=crypto that can be used (RFC 4568 §9.1).
struct CryptoLine {
    std::uint32_t tag = 1;
    CryptoSuite suite = CryptoSuite::aes_cm_128_sha1_80;
    SecretKey key;
    std::vector<std::uint8_t> mki{};  ///< in each packet with this key (RFC 3711 §3.1); empty: none

    friend bool operator==(const CryptoLine&, const CryptoLine&) = default;
};

/// What one side declares about the encryption of its audio.
struct MediaSecurity {
    bool required = false;           ///< it takes no plain RTP: RTP/SAVP or the like
    std::vector<CryptoLine> crypto;  ///< in its order of preference
    std::string crypto_fault;        ///< why there are others that cannot be used; "" when there are none
    std::vector<Fingerprint> fingerprints;
    Setup setup = Setup::actpass;
    std::string tls_id{};  ///< names the DTLS association (RFC 8842 §4); "" when it says none

    friend bool operator==(const MediaSecurity&, const MediaSecurity&) = default;
};

/// a=ice-ufrag and a=ice-pwd.
struct IceLogin {
    std::string ufrag;
    std::string password;

    friend bool operator==(const IceLogin&, const IceLogin&) = default;
};

enum class Protection : std::uint8_t { none, sdes, dtls };
/// "RTP", "SDES-SRTP", "DTLS-SRTP", for people.
std::string_view to_string(Protection protection);

/// How packets go to and come from a peer, when both sides have spoken.
struct AgreedTransport {
    Protection protection = Protection::none;
    // With SDES:
    std::uint32_t tag = 0;
    CryptoSuite suite = CryptoSuite::aes_cm_128_sha1_80;
    SecretKey send_key;
    SecretKey receive_key;
    std::vector<std::uint8_t> send_mki{};  ///< of the packets; empty: none
    std::vector<std::uint8_t> receive_mki{};
    // With DTLS:
    DtlsRole dtls_role = DtlsRole::client;  ///< ours
    std::vector<Fingerprint> fingerprints;  ///< the peer's
    std::string tls_id{};                   ///< the peer's; another one is another association
    std::string own_tls_id{};               ///< "" when the peer knows none
    // With ICE, which we do as a lite agent:
    std::optional<IceLogin> own_ice;
    std::string peer_ufrag;

    friend bool operator==(const AgreedTransport&, const AgreedTransport&) = default;
};

/// How a SIP peer's audio is to be encrypted.
enum class SrtpPolicy : std::uint8_t {
    off,       ///< never
    optional,  ///< when the peer can: keys in plain RTP/AVP offers (RFC 8643)
    required,  ///< always; SDES is offered, DTLS taken too
    dtls,      ///< always by DTLS
};

/// The same DTLS association: RFC 8842 §4 has another certificate, role or tls-id make a new one.
bool same_association(const AgreedTransport& a, const AgreedTransport& b);

/// What the gateway may put into its own descriptions about it. The keys stay the same for a whole dialog.
struct OwnSecurity {
    SrtpPolicy policy = SrtpPolicy::off;
    bool insist = false;                  ///< optional: offer RTP/SAVP, since the peer refused the other way
    std::vector<CryptoLine> crypto;       ///< one for each suite that may be used
    Fingerprint fingerprint;              ///< of our DTLS certificate
    IceLogin ice;                         ///< for peers that offer ICE
    std::string tls_id;                   ///< of the DTLS association that is offered or stands
    std::optional<DtlsRole> dtls_role{};  ///< once agreed: it stays (RFC 8842 §5.5)
    std::optional<AgreedTransport> association{};  ///< the one that stands
    bool rtcp_mux = false;                         ///< the peer takes RTCP on the port of RTP

    friend bool operator==(const OwnSecurity&, const OwnSecurity&) = default;
};

/// New keys and a new ICE login out of the kernel's random numbers, for one dialog.
OwnSecurity make_own_security(SrtpPolicy policy, Fingerprint fingerprint);

}  // namespace causeway::sdp
