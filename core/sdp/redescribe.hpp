// A description of our own once more, with another direction: what a re-INVITE for hold says. Everything else
// (payload types, keys, sections refused) must stay as it was (RFC 3264 §8). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/sdp/audio_media.hpp"

namespace causeway::sdp {

/// `own` must be text that this room has written. Its origin gets `version`, its stream `direction`.
std::string redescribed(std::string_view own, Direction direction, std::uint64_t version);

}  // namespace causeway::sdp
