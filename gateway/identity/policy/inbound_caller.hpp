// Who calls from SIP, as the page may see it: rules S1 to S11 of the identity policy. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/end_reason.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"
#include "gateway/identity/policy/trunk_trust.hpp"

namespace causeway::identity {

/// verstat of TS 24.229 §7.2A.20.
enum class Verification { none, passed, failed };
/// "No-TN-Validation", "TN-Validation-Passed", "TN-Validation-Failed".
std::string_view to_string(Verification verification);

enum class CallerMethod { none, pai, stir };
/// "none", "pai", "stir".
std::string_view to_string(CallerMethod method);

/// The caller object of the page protocol.
struct InboundCaller {
    std::string rule;    ///< "S1" ...
    std::string number;  ///< to show; "anonymous" with privacy
    std::string display;
    Verification verstat = Verification::none;
    Attestation attest = Attestation::none;
    bool network_asserted = false;  ///< S3: a trusted network says so, nobody signed
    CallerMethod method = CallerMethod::none;
    std::string signer;
    bool media_bound = false;
    bool privacy = false;
    std::string reason;  ///< why it is not verified; "" when it is
    /// The user part of the name that the gateway's a=identity vouches for: the number only when the table
    /// allows, else "caller-<random>" (the random part is `token`) or "anonymous".
    std::string assured_name;

    friend bool operator==(const InboundCaller&, const InboundCaller&) = default;
};

/// What the signalling says, without belief.
struct InboundRequest {
    std::string from_user;
    std::string from_display;
    std::string pai;           ///< P-Asserted-Identity as received
    std::string privacy;       ///< Privacy as received
    std::string token;         ///< random, for assured_name
    bool media_bound = false;  ///< the SIP leg's DTLS certificate is the one that `mky` names
};

struct InboundDecision {
    InboundCaller caller;
    std::optional<EndReason>
        refusal;  ///< the call is refused so: its sip_status is 428, 436, 437, 438 or 403
    /// RFC 9410: a Reason header value for our responses when the call goes on in spite of a failure; "" if
    /// none.
    std::string stir_reason;
};

InboundDecision decide_inbound(const InboundRequest& request, const PassportVerdict& verdict,
                               const TrunkTrust& trust);

}  // namespace causeway::identity
