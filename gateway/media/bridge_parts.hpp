// What a bridge works out before it joins two legs, whoever is at their ends. Pure but for random numbers.
#pragma once

#include <vector>

#include "gateway/media/lane.hpp"
#include "gateway/media/media_settings.hpp"

namespace causeway::media {

/// Does a side that describes itself so send, does it listen?
bool sends(sdp::Direction direction);
bool listens(sdp::Direction direction);
/// RFC 3264 §8.4: 0.0.0.0 is the old way to hold.
bool is_reachable(const sdp::AudioMedia& media);
/// Plans for each of `from`'s formats in place of `plan`'s own, which comes first: what else it may send.
std::vector<transcode::LanePlan> alternatives(const transcode::LanePlan& plan, sdp::AudioMedia from,
                                              sdp::AudioMedia to);
/// A sender that speaks another one of the agreed formats goes on with it when they are agreed anew.
const transcode::LanePlan& plan_of(const Lane& lane, const std::vector<transcode::LanePlan>& possible);
/// The random parts of one outgoing stream.
LaneSettings lane_settings(const MediaSettings& settings, bool fill_silence, Instant grid);

}  // namespace causeway::media
