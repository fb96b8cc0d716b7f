// Offers and answers towards SIP peers (RFC 3264): pure functions between SDP text and AudioMedia. Whatever
// is not written here or in sip_transport cannot cross the border: nothing of the browser's ICE, certificate,
// identity, ssrc, msid or host address.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::sdp {

/// What the gateway puts into its own descriptions on one SIP dialog.
struct SipLocal {
    SocketAddress rtp;  ///< as the peer shall see it (external address when behind NAT)
    std::vector<Codec> codecs;
    int ptime_ms = 20;  ///< that we like to get; what a peer is sent that says nothing of it
    std::uint64_t session_id = 0;
    std::uint64_t session_version = 0;  ///< plus one per new description (RFC 3264 §8)
    Direction direction = Direction::sendrecv;
    bool silence_suppression =
        false;               ///< offer RFC 3389 comfort noise; an offer that has it is answered anyway
    OwnSecurity security{};  ///< encryption, RTCP's port and ICE
};

/// An offer of our own: static payload types where there are some (PCMU 0, GSM 3, PCMA 8, G722 9, CN 13, G729
/// 18), fixed dynamic ones for the rest; AMR in both packings; telephone-event 101 (8000), 102 (48000) and
/// 103 (16000) with codecs of that clock. Codecs that are only heard are not offered.
struct SipDescription {
    std::string sdp;
    AudioMedia media;     ///< the same in values
    AudioMedia remote{};  ///< of an answer: the peer, with what was agreed; what media are connected with
};
SipDescription make_sip_offer(const SipLocal& local);

/// A peer's offer, bounded (64 KiB) and total. Takes the first audio section that `own` can make something
/// of, an encrypted one before a plain one.
Result<AudioMedia> parse_sip_offer(std::string_view text, const OwnSecurity& own = {});

/// Our answer to `offer_text`: the common codecs in the offer's order, the offer's payload types, other
/// sections rejected with port 0 (RFC 3264 §6). An Error when no codec is common. The fmtp in its values is
/// the offer's: what the peer wants to receive.
Result<SipDescription> make_sip_answer(std::string_view offer_text, const SipLocal& local);

/// A peer's answer to `offer`: only formats that were offered count (RFC 3264 §6.1). An Error says what is
/// wrong. `offer` is the `media` of make_sip_offer, with its keys.
Result<AudioMedia> parse_sip_answer(std::string_view text, const AudioMedia& offer);

}  // namespace causeway::sdp
