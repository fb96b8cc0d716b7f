// Which mode the next AMR frame has: the best that the receiver allows, or what it asks for; changed only as
// often and as far as it can follow. Pure. RFC 4867 §3.6.2, §8.1.
#pragma once

#include <cstdint>

#include "core/sdp/format_parameters.hpp"

namespace causeway::transcode {

class AmrModes {
  public:
    AmrModes(sdp::Codec codec, const sdp::AmrParameters& receiver);

    /// A codec mode request. One that is reserved or means nothing is ignored; one outside of the mode-set is
    /// the next lower mode in it.
    void request(int mode);
    /// The mode of the next frame.
    int next();

  private:
    int allowed(int mode) const;

    std::uint16_t modes_;
    int period_;
    bool neighbor_;
    int most_;
    int mode_;
    int wanted_;
    int frames_ = 0;  ///< since the beginning of a period
};

}  // namespace causeway::transcode
