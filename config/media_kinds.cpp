#include "config/media_kinds.hpp"

#include "config/choice.hpp"

namespace causeway::config {

template struct Choice<sdp::SrtpPolicy>;
template struct Choice<rtp::SourceRule>;
template struct Choice<TrunkDtmf>;

Choice<sdp::SrtpPolicy> srtp_kind() {
    return Choice<sdp::SrtpPolicy>({{"off", sdp::SrtpPolicy::off},
                                    {"optional", sdp::SrtpPolicy::optional},
                                    {"required", sdp::SrtpPolicy::required},
                                    {"dtls", sdp::SrtpPolicy::dtls}});
}

Choice<rtp::SourceRule> rtp_source_kind() {
    return Choice<rtp::SourceRule>({{"learn", rtp::SourceRule::learn},
                                    {"strict", rtp::SourceRule::strict},
                                    {"off", rtp::SourceRule::off}});
}

Choice<TrunkDtmf> trunk_dtmf_kind() {
    return Choice<TrunkDtmf>({{"rfc4733", TrunkDtmf::rfc4733},
                              {"info", TrunkDtmf::info},
                              {"inband", TrunkDtmf::inband},
                              {"auto", TrunkDtmf::automatic},
                              {"auto-info", TrunkDtmf::automatic_info}});
}

}  // namespace causeway::config
