// How much loss to prepare for, from what the receiver reports: quick to rise, slow to fall, nothing while
// there is hardly any. Owner's thread; pure. RFC 3550 §6.4.1 (fraction lost).
#pragma once

#include "core/base/clock.hpp"

namespace causeway::rtp {

class LossEstimate {
  public:
    static constexpr int kMost = 25;  ///< percent: what redundancy for more would cost helps nobody

    /// `fraction` (0..1) was lost in the interval that ends now.
    void on_report(double fraction, Instant now);
    /// 0 below about a percent; else what an encoder's redundancy should be made for.
    int percent() const;

  private:
    double smoothed_ = 0;
    bool preparing_ = false;
    Instant reported_{};
};

}  // namespace causeway::rtp
