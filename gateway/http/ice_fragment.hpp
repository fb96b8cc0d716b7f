// The piece of SDP that trickles candidates and restarts ICE over HTTP (application/trickle-ice-sdpfrag), and
// how it goes into an offer. Pure; what it is read from is a stranger's. RFC 8840 §9, RFC 9725 §4.3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::http {

inline constexpr std::string_view kIceFragmentType = "application/trickle-ice-sdpfrag";

struct IceFragment {
    std::string ufrag;
    std::string password;                 ///< "" when it was left out: nothing is restarted then
    std::vector<std::string> candidates;  ///< "candidate:..."
    bool end_of_candidates = false;

    friend bool operator==(const IceFragment&, const IceFragment&) = default;
};

/// At most 16 KiB and 100 candidates; unknown lines are passed over (RFC 8840 §9). An Error names what is
/// wrong.
Result<IceFragment> parse_ice_fragment(std::string_view text);

/// `sdp` with the fragment's credentials and candidates in place of its own.
std::string with_ice(std::string_view sdp, const IceFragment& fragment);

/// The credentials and candidates of a description, as a fragment's text.
std::string ice_fragment_of(std::string_view sdp);

/// Value of the first line that begins with `name` ("a=ice-ufrag:"), "" if there is none.
std::string_view line_value(std::string_view sdp, std::string_view name);

/// `sdp` with further candidates in its last section.
std::string with_candidates(std::string sdp, const std::vector<std::string>& candidates, bool end);

}  // namespace causeway::http
