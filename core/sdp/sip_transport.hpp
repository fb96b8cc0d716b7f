// How the packets of a SIP dialog travel: what of encryption, RTCP and ICE a section declares, what we
// declare in ours, and what both agree on. Pure. RFC 4568 §5, RFC 5763 §5, RFC 8643, RFC 5761 §5.1.1, RFC
// 8445 §2.5.
#pragma once

#include <string>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "core/sdp/session.hpp"

namespace causeway::sdp {

/// RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVP and their feedback variants.
bool is_known_profile(const MediaSection& section);

/// Fills in what the peer's section says of its transport.
void read_transport(const Session& session, const MediaSection& section, AudioMedia& media);

/// What our policy makes of an offer. An Error, for the peer to read, when it can be made nothing of.
Result<AgreedTransport> agree_on_offer(const AudioMedia& offer, const OwnSecurity& own);
/// What the peer's answer made of our offer.
Result<AgreedTransport> agree_on_answer(const AudioMedia& answer, const AudioMedia& our_offer);

/// The profile of an offer of ours; fills in what it declares.
std::string declare_offer(const OwnSecurity& own, AudioMedia& ours);
/// The same for the answer to an offer about which that was agreed.
void declare_answer(const OwnSecurity& own, const AudioMedia& offer, const AgreedTransport& agreed,
                    AudioMedia& ours);
/// Our a=crypto, a=fingerprint, a=setup, a=rtcp-mux and ICE lines.
void write_transport(Session& session, MediaSection& section, const AudioMedia& ours);

}  // namespace causeway::sdp
