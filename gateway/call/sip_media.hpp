// How a call's media towards SIP are protected, and how its key presses travel: what the trunk wants against
// what the peer can. Pure.
#pragma once

#include "core/sdp/audio_media.hpp"
#include "gateway/media/media_port.hpp"

namespace causeway::call {

struct Call;

/// How key presses reach the SIP peer.
enum class DigitWay { events, info, tones };

sdp::SrtpPolicy srtp_policy(const Call& call);
/// With what the peer described; `call` knows the trunk and whether the peer takes INFO.
DigitWay digit_way(const Call& call, const sdp::AudioMedia& sip_remote);
/// The plan with key presses carried that way, both ways.
transcode::BridgePlan with_digit_way(transcode::BridgePlan plan, const Call& call,
                                     const sdp::AudioMedia& sip_remote);

}  // namespace causeway::call
