#include "webrtc/ice/nice_handles.hpp"

#include <sys/socket.h>

namespace causeway::webrtc {
namespace {

CandidateType to_type(NiceCandidateType type) {
    switch (type) {
        case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
            return CandidateType::server_reflexive;
        case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
            return CandidateType::peer_reflexive;
        case NICE_CANDIDATE_TYPE_RELAYED:
            return CandidateType::relayed;
        case NICE_CANDIDATE_TYPE_HOST:
            break;
    }
    return CandidateType::host;
}

NiceCandidateType to_nice(CandidateType type) {
    switch (type) {
        case CandidateType::server_reflexive:
            return NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE;
        case CandidateType::peer_reflexive:
            return NICE_CANDIDATE_TYPE_PEER_REFLEXIVE;
        case CandidateType::relayed:
            return NICE_CANDIDATE_TYPE_RELAYED;
        case CandidateType::host:
            break;
    }
    return NICE_CANDIDATE_TYPE_HOST;
}

}  // namespace

SocketAddress to_address(const NiceAddress& address) {
    sockaddr_storage storage{};
    auto* const any = reinterpret_cast<sockaddr*>(&storage);
    nice_address_copy_to_sockaddr(&address, any);
    return SocketAddress(any);
}

NiceAddress to_nice(const SocketAddress& address) {
    NiceAddress result;
    nice_address_init(&result);
    nice_address_set_from_sockaddr(&result, address.data());
    return result;
}

Candidate to_candidate(const NiceCandidate& candidate) {
    return {.foundation = candidate.foundation,
            .priority = candidate.priority,
            .address = to_address(candidate.addr),
            .type = to_type(candidate.type),
            .tcp = candidate.transport != NICE_CANDIDATE_TRANSPORT_UDP,
            .ufrag = {}};
}

NiceCandidateHandle to_nice(const Candidate& candidate, guint stream) {
    NiceCandidateHandle result(nice_candidate_new(to_nice(candidate.type)));
    result->transport = NICE_CANDIDATE_TRANSPORT_UDP;
    result->addr = to_nice(candidate.address);
    result->priority = candidate.priority;
    result->stream_id = stream;
    result->component_id = NICE_COMPONENT_TYPE_RTP;
    g_strlcpy(result->foundation, candidate.foundation.c_str(), NICE_CANDIDATE_MAX_FOUNDATION);
    return result;
}

}  // namespace causeway::webrtc
