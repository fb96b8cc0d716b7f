#include "core/base/unique_fd.hpp"

#include <unistd.h>

namespace causeway {

void UniqueFd::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

}  // namespace causeway
