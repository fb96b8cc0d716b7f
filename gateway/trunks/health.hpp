// Whether a server is taken for alive: it changes its mind slowly, in both directions. Pure.
#pragma once

namespace causeway::trunks {

class Health {
  public:
    Health(int down_after, int up_after) : down_after_(down_after), up_after_(up_after) {}

    bool up() const { return up_; }
    /// One answer, or none in time. True when that changes the verdict.
    bool heard(bool good);

  private:
    int down_after_;
    int up_after_;
    bool up_ = true;   ///< calls go out before the first check is back
    int against_ = 0;  ///< in a row, against the verdict
};

}  // namespace causeway::trunks
