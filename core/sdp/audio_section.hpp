// What both profiles of SDP (SIP's RTP/AVP, the browser's JSEP) read and write alike in an audio section:
// payload types, direction, packet time, connection address. Pure. RFC 8866 §6, RFC 3551, RFC 3389, RFC 4733,
// RFC 7587.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "core/sdp/session.hpp"

namespace causeway::sdp {

/// Our codecs, the telephone-event formats and comfort noise at 8000 Hz among the payload types of one
/// section, in its order. Each payload type counts once; static ones need no rtpmap.
struct AudioFormats {
    std::vector<AudioFormat> formats;
    std::vector<EventFormat> events;
    std::optional<PayloadType> comfort_noise;
};
AudioFormats read_formats(const MediaSection& section);

/// The encoding names of a section ("G729, iLBC"), for people to read. Bounded.
std::string format_names(const MediaSection& section);

/// a=sendrecv and its sisters, of the section or else of the session; sendrecv when there is none.
Direction read_direction(const Session& session, const MediaSection& section);
/// "sendrecv", "sendonly", "recvonly", "inactive".
std::string_view attribute_name(Direction direction);
/// What is left when one side wants `a` and the other side, as this one sees it, lets through `b`.
Direction both(Direction a, Direction b);

/// a=ptime capped by a=maxptime, within 10..120; `unsaid` when there is none.
int read_ptime(const MediaSection& section, int unsaid = 20);

/// a=rtcp-xr of the section or else of the session (RFC 3611 §5.1); what is unknown there is ignored.
ExtendedReports read_extended_reports(const Session& session, const MediaSection& section);
/// Adds a=rtcp-xr for `reports`, or nothing when there are none.
void write_extended_reports(MediaSection& section, const ExtendedReports& reports);

/// The section's or else the session's c= line with the section's port. An Error for names, other networks
/// and multicast groups.
Result<SocketAddress> read_address(const Session& session, const MediaSection& section);
/// a=rtcp (RFC 3605); without an address of its own it has the one of `rtp`.
std::optional<SocketAddress> read_rtcp(const MediaSection& section, const SocketAddress& rtp);
/// "IN IP4 192.0.2.1" or "IN IP6 2001:db8::1".
std::string connection(const SocketAddress& address);

/// The event formats out of `offered` to agree on with `chosen`: one for each clock rate that one of the
/// codecs has. If none fits, the first one all the same: Firefox offers Opus with events at 8000 Hz only.
std::vector<EventFormat> fitting_events(const std::vector<EventFormat>& offered,
                                        const std::vector<AudioFormat>& chosen);

/// One of the codecs is silent by RFC 3389 comfort noise, not by frames of its own, and has its clock.
bool wants_comfort_noise(const std::vector<AudioFormat>& formats);

/// Adds `media`'s payload types to the m= line and their rtpmap and fmtp lines below it.
void write_formats(MediaSection& section, const AudioMedia& media);

}  // namespace causeway::sdp
