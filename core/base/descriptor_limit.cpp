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
    taken.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!taken.front()) return count <= 0;
    while (taken.size() < static_cast<std::size_t>(count)) {
        // A fifth of what it costs to open one more.
        UniqueFd one(::fcntl(taken.front().get(), F_DUPFD_CLOEXEC, 0));
        if (!one) return false;
        taken.push_back(std::move(one));
    }
    return true;
}

}  // namespace causeway
