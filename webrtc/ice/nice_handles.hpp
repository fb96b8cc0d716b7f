// Owners for what libnice and GLib hand out, and translations between its values and ours. Included by
// sources of this folder only. Any thread.
#pragma once

#include <glib-object.h>
#include <nice/agent.h>

#include <memory>
#include <string>
#include <variant>

#include "core/base/socket_address.hpp"
#include "webrtc/ice/candidate.hpp"

namespace causeway::webrtc {

struct ObjectUnref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
struct GlibFree {
    void operator()(gpointer memory) const { g_free(memory); }
};
struct CandidateFree {
    void operator()(NiceCandidate* candidate) const { nice_candidate_free(candidate); }
};
using NiceAgentHandle = std::unique_ptr<NiceAgent, ObjectUnref>;
using GSocketHandle = std::unique_ptr<GSocket, ObjectUnref>;
using GlibString = std::unique_ptr<gchar, GlibFree>;
using NiceCandidateHandle = std::unique_ptr<NiceCandidate, CandidateFree>;

SocketAddress to_address(const NiceAddress& address);
NiceAddress to_nice(const SocketAddress& address);
Candidate to_candidate(const NiceCandidate& candidate);
NiceCandidateHandle to_nice(const Candidate& candidate, guint stream);

}  // namespace causeway::webrtc
