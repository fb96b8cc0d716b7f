// What a call keeps of one telephone: its dialog, where it was tried, what was described and agreed. A call
// has one; two while it is on its way to another telephone, or when two telephones talk with each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/sdp/sip_audio.hpp"
#include "gateway/call/diversion.hpp"
#include "gateway/call/sip_media.hpp"
#include "gateway/trunks/endpoints.hpp"

namespace causeway::call {

enum class Phase {
    idle,        ///< nothing has happened yet
    checking,    ///< who calls is being verified
    ringing,     ///< from SIP: the user's pages ring
    opening,     ///< both media legs are being opened
    connecting,  ///< the browser has its answer; ICE and DTLS are under way
    inviting,    ///< to SIP: INVITE sent
    confirming,  ///< from SIP with a late offer: 200 sent, the ACK brings the answer
    talking,     ///< both sides answered
    ended,       ///< over; waiting for the last figures of the media
};
inline constexpr int kPhaseCount = 9;

/// Where a call to the telephone network may be tried, best first.
struct Ways {
    std::vector<const config::Trunk*> trunks;  ///< inside the call's configuration
    std::size_t next = 0;                      ///< of `trunks`
    std::vector<trunks::Endpoint> servers;     ///< of the trunk in use, not yet tried
    std::optional<trunks::Endpoint> server;    ///< the one in use; none when nobody keeps a board
    std::optional<EndReason> obstacle;         ///< why the latest was passed over
};

struct SipLeg {
    Phase phase = Phase::idle;
    std::optional<DialogId> dialog;        ///< while the SIP side lives
    const config::Trunk* trunk = nullptr;  ///< inside the call's configuration; nullptr for the demo exchange
    bool to_demo = false;
    std::string from;  ///< number shown to SIP, or the caller's number
    std::string to;
    std::string sip_call_id;           ///< of our last INVITE
    Ways ways;                         ///< of an outgoing one
    std::string slot;                  ///< trunk whose limits it counts for, "" none
    bool signed_again = false;         ///< this way disliked a signature already
    bool signed_identity = false;      ///< the last INVITE had an Identity header
    std::uint64_t sdp_session_id = 0;  ///< the o= line of our descriptions
    std::uint64_t sdp_version = 0;
    SocketAddress sip_rtp;                           ///< as the peer shall see it
    sdp::AudioMedia local_offer;                     ///< ours, that the peer answers
    sdp::SipDescription described;                   ///< our latest description
    sdp::Direction wish = sdp::Direction::sendrecv;  ///< the other side's, as the peer was told last
    sdp::Direction own = sdp::Direction::sendrecv;   ///< the peer's by its own will, once two telephones talk
    std::optional<sdp::AudioMedia> sip_remote;       ///< the peer's, as agreed last
    std::optional<sdp::OwnSecurity> security;        ///< our keys on the dialog; new ones for each INVITE
    bool peer_takes_info = false;                    ///< by its Allow
    bool peer_takes_refer = true;                    ///< unless its Allow leaves it out
    DigitWay digit_way = DigitWay::events;           ///< how key presses reach the peer
    bool awaits_sip_answer = false;                  ///< our 200 carried an offer: the ACK brings the answer
    bool awaits_sip_offer = false;                   ///< our INVITE had none: the peer makes one
    bool offer_under_way = false;                    ///< our `Reoffer` is neither answered nor refused
    bool early = false;                              ///< early media was heard
    bool early_updated = false;                      ///< agreed anew before the answer (RFC 3311)
    std::string last_progress_sdp;
    std::vector<Diversion> diverted;  ///< by 3xx, oldest first
    std::vector<std::string> tried;   ///< places that have redirected the call
};

}  // namespace causeway::call
