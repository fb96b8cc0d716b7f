// What the values about a trunk's media may look like.
#pragma once

#include "config/kinds.hpp"

namespace causeway::config {

Choice<sdp::SrtpPolicy> srtp_kind();
Choice<rtp::SourceRule> rtp_source_kind();
Choice<TrunkDtmf> trunk_dtmf_kind();

}  // namespace causeway::config
