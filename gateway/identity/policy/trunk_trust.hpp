// What is believed from one trunk and told to it: its `in` and `out` sections. Values only.
#pragma once

#include <string>

#include "gateway/identity/attestation.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"

namespace causeway::identity {

enum class InboundStir { ignore, verify, require };
enum class OnFail { tag, reject };
enum class OutboundPai { never, send };
enum class OutboundStir { none, base, shaken };
enum class MediaKeys { automatic, never };

struct TrunkTrust {
    bool trusted = false;  ///< inside our Spec(T), RFC 3325 §2.3
    // In.
    bool pai_accepted = false;
    InboundStir stir_in = InboundStir::verify;
    OriginSource origin_from = OriginSource::from;
    OnFail on_fail = OnFail::tag;
    /// The least attestation for which the number becomes the caller's verified name; `none` lets a trusted
    /// network's P-Asserted-Identity suffice.
    Attestation min_attest_for_name = Attestation::a;
    // Out.
    OutboundPai pai_out = OutboundPai::never;
    OutboundStir stir_out = OutboundStir::none;
    Attestation attest_max = Attestation::a;
    MediaKeys mky = MediaKeys::automatic;
    std::string anonymous_uri;  ///< "": sip:anonymous@<domain>
    std::string
        identity_header;  ///< name of the header with the web identity for trusted trunks, "" for none
};

}  // namespace causeway::identity
