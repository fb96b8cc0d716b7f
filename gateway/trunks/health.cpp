#include "gateway/trunks/health.hpp"

namespace causeway::trunks {

bool Health::heard(bool good) {
    if (good == up_) {
        against_ = 0;
        return false;
    }
    if (++against_ < (up_ ? down_after_ : up_after_)) return false;
    up_ = good;
    against_ = 0;
    return true;
}

}  // namespace causeway::trunks
