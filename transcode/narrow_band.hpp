// Any codec of 16 kHz made to work at 8 kHz, by a half-band filter before or behind it: so G.722, AMR-WB,
// Speex and L16 of wide band meet the narrow-band codecs. One stream, one thread, no allocation after
// construction.
#pragma once

#include <memory>

#include "transcode/codec.hpp"

namespace causeway::transcode {

std::unique_ptr<Decoder> make_narrow(std::unique_ptr<Decoder> wide);
std::unique_ptr<Encoder> make_narrow(std::unique_ptr<Encoder> wide);

}  // namespace causeway::transcode
