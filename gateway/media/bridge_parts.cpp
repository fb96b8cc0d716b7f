#include "gateway/media/bridge_parts.hpp"

#include <algorithm>
#include <utility>

#include "core/base/random.hpp"

namespace causeway::media {
namespace {

constexpr std::size_t kMostAlternatives = 8;

}  // namespace

bool sends(sdp::Direction direction) {
    return direction == sdp::Direction::sendrecv || direction == sdp::Direction::sendonly;
}
bool listens(sdp::Direction direction) {
    return direction == sdp::Direction::sendrecv || direction == sdp::Direction::recvonly;
}

bool is_reachable(const sdp::AudioMedia& media) {
    return !media.rtp.is_unspecified() && media.rtp.port() != 0;
}

std::vector<transcode::LanePlan> alternatives(const transcode::LanePlan& plan, sdp::AudioMedia from,
                                              sdp::AudioMedia to) {
    const std::vector<sdp::AudioFormat> sources = std::move(from.formats);
    to.formats = {plan.to};
    std::vector<transcode::LanePlan> plans{plan};
    for (const sdp::AudioFormat& source : sources) {
        if (source.payload_type == plan.from.payload_type) continue;
        from.formats = {source};
        // The receiver as "browser" or as "sip" makes no difference to one direction.
        if (const auto both = transcode::make_plan(from, to))
            plans.push_back(
                transcode::with_digits(transcode::with_level(both->browser_to_sip, plan.level), plan.digits));
        if (plans.size() == kMostAlternatives) break;
    }
    return plans;
}

const transcode::LanePlan& plan_of(const Lane& lane, const std::vector<transcode::LanePlan>& possible) {
    const auto running = std::find(possible.begin(), possible.end(), lane.plan());
    return running == possible.end() ? possible.front() : *running;
}

LaneSettings lane_settings(const MediaSettings& settings, bool fill_silence, Instant grid) {
    // RFC 3711 §3.3.1: a sequence that starts low cannot wrap before the receiver has seen a packet.
    return {.ssrc = {random_u32()},
            .first_sequence = {static_cast<std::uint16_t>(random_u16() & 0x7FFF)},
            .first_timestamp = {random_u32()},
            .grid = grid,
            .fill_silence = fill_silence,
            .silence_suppression = settings.silence_suppression,
            .jitter_max_ms = static_cast<int>(
                std::chrono::duration_cast<std::chrono::milliseconds>(settings.jitter_max).count()),
            .opus = settings.opus};
}

}  // namespace causeway::media
