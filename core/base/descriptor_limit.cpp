#include "core/base/descriptor_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <vector>

#include "core/base/unique_fd.hpp"

namespace causeway {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool descriptors_left(int count) {
    std::vector<UniqueFd> taken;
    taken.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!one) return false;
        taken.push_back(std::move(one));
    }
    return true;
}

}  // namespace causeway
