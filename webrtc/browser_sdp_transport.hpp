// The transport part of a browser's audio section: ICE, DTLS and rtcp-mux attributes. Pure. RFC 8839, RFC
// 8842, RFC 8122.
#pragma once

#include "core/base/error.hpp"
#include "core/sdp/session.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::webrtc {

/// Fills the ICE and DTLS members of `offer` from the section or else the session level. The Error names the
/// first thing that is missing or unreadable.
Result<void> read_transport(const sdp::Session& session, const sdp::MediaSection& section,
                            BrowserOffer& offer);

}  // namespace causeway::webrtc
