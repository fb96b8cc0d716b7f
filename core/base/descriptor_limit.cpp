#include "core/base/descriptor_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace causeway {
namespace {

constexpr rlim_t kMostRoom = 65536;  // half a megabyte in the kernel

}  // namespace

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    const UniqueFd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd last(
        ::fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(std::min(limit.rlim_max, kMostRoom) - 1)));
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
