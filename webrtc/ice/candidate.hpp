// One ICE candidate as text: reads what a browser trickles, writes what we advertise. Pure.
// RFC 8839 §5.1, RFC 8838 §4.1.1, RFC 8828 (mDNS names are not resolved here).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/socket_address.hpp"

namespace causeway::webrtc {

enum class CandidateType : std::uint8_t { host, server_reflexive, peer_reflexive, relayed };

/// A candidate of component 1.
struct Candidate {
    std::string foundation;  ///< 1..32 characters
    std::uint32_t priority = 0;
    SocketAddress address;
    CandidateType type = CandidateType::host;
    bool tcp = false;  ///< one that waits for the browser's connection (passive, RFC 6544 §4.5); only of ours
    std::string ufrag;  ///< the generation it belongs to (RFC 8838 §4.1.1); "" if it does not say

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// Why a candidate is of no use to us. None of these is an error of the call.
enum class CandidateFault : std::uint8_t { unreadable, tcp, mdns_name, other_component };

/// "candidate:..." with or without a leading "a=". Total; anything longer than 1024 bytes is unreadable, and
/// so is an address that nobody can be sent to (unspecified, multicast, port 0).
std::variant<Candidate, CandidateFault> parse_candidate(std::string_view text);

/// "candidate:..." The related address of a reflexive or relayed candidate is written as unspecified: an
/// inner address is nobody's business (RFC 8839 §5.1, RFC 8828 §5.2).
std::string format_candidate(const Candidate& candidate);

/// As the other side is told of it. Behind 1:1 NAT a host candidate's address becomes the external one of its
/// family, its port stays. A loopback address has no outside; it is the last choice, since it is of use only
/// on this machine.
Candidate advertised(Candidate candidate, std::span<const SocketAddress> external);

}  // namespace causeway::webrtc
