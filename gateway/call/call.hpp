// The state of one call attempt: a value that only `step` changes. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/sdp/audio_media.hpp"
#include "gateway/accounting/call_record.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::call {

enum class Phase {
    idle,        ///< nothing has happened yet
    ringing,     ///< from SIP: the user's pages ring
    opening,     ///< both media legs are being opened
    connecting,  ///< the browser has its answer; ICE and DTLS are under way
    inviting,    ///< to SIP: INVITE sent
    confirming,  ///< from SIP with a late offer: 200 sent, the ACK brings the answer
    talking,     ///< both sides answered
    ended,       ///< over; waiting for the last figures of the media
};
inline constexpr int kPhaseCount = 8;

/// One page that takes part: the connection and the name that this call has on it.
struct PageCall {
    SessionId session{};
    std::string name;

    friend bool operator==(const PageCall&, const PageCall&) = default;
};

struct Call {
    // Given at birth.
    CallId id{};
    config::Snapshot config;           ///< kept for the call's whole life
    std::uint64_t sdp_session_id = 0;  ///< the o= line of our SIP descriptions

    // State.
    Phase phase = Phase::idle;
    std::optional<PageCall> page;          ///< the page that called or took the call
    std::vector<PageCall> ringing;         ///< pages that ring now
    std::optional<DialogId> dialog;        ///< while the SIP side lives
    const config::Trunk* trunk = nullptr;  ///< inside `config`; nullptr for the demo exchange
    bool to_demo = false;
    std::string from;  ///< number shown to SIP, or the caller's number
    std::string from_display;
    std::string to;
    bool media_open = false;  ///< `OpenMedia` was sent and `CloseMedia` was not
    bool sip_answered = false;
    webrtc::BrowserAnswer browser_answer;
    SocketAddress sip_rtp;        ///< as the peer shall see it
    std::string sip_offer;        ///< the peer's, "" for a late offer
    sdp::AudioMedia local_offer;  ///< ours, that the peer answers
    std::uint64_t sdp_version = 0;
    bool awaits_sip_answer = false;  ///< our 200 carried an offer: the ACK brings the answer
    bool early = false;              ///< the page was told about early media
    std::string last_progress_sdp;
    accounting::CallRecord record;
};

/// The codecs that this call's SIP side may use, in order.
std::vector<sdp::Codec> sip_codecs(const Call& call);

}  // namespace causeway::call
