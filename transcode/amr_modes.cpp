#include "transcode/amr_modes.hpp"

namespace causeway::transcode {

AmrModes::AmrModes(sdp::Codec codec, const sdp::AmrParameters& receiver)
    : modes_(receiver.modes),
      period_(receiver.mode_change_period),
      neighbor_(receiver.mode_change_neighbor),
      most_(codec == sdp::Codec::amr ? 7 : 8),
      mode_(allowed(most_)),
      wanted_(mode_) {}

/// The highest allowed mode that is not above `mode`, else the lowest that there is.
int AmrModes::allowed(int mode) const {
    for (int lower = mode; lower >= 0; --lower) {
        if ((modes_ >> lower & 1) != 0) return lower;
    }
    for (int higher = mode; higher < most_; ++higher) {
        if ((modes_ >> higher & 1) != 0) return higher;
    }
    return most_;
}

void AmrModes::request(int mode) {
    if (mode >= 0 && mode <= most_) wanted_ = allowed(mode);
}

int AmrModes::next() {
    if (frames_ == 0 && mode_ != wanted_) {
        if (neighbor_) {
            // One step within the mode-set.
            int step = mode_ < wanted_ ? 1 : -1;
            do mode_ += step;
            while (mode_ != wanted_ && (modes_ >> mode_ & 1) == 0);
        } else {
            mode_ = wanted_;
        }
    }
    frames_ = (frames_ + 1) % period_;
    return mode_;
}

}  // namespace causeway::transcode
