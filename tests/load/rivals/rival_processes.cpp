#include "tests/load/rivals/rival_processes.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "core/base/socket_address.hpp"

namespace causeway::load {

Result<std::string> find_program(std::string_view binary, std::string_view name, std::string_view package) {
    if (!binary.empty()) return {boost::system::in_place_value, binary};
    const char* path = std::getenv("PATH");
    std::string_view folders = path != nullptr ? path : "/usr/bin";
    while (!folders.empty()) {
        const std::size_t end = std::min(folders.find(':'), folders.size());
        const std::string candidate = fmt::format("{}/{}", folders.substr(0, end), name);
        if (::access(candidate.c_str(), X_OK) == 0) return {boost::system::in_place_value, candidate};
        folders.remove_prefix(std::min(end + 1, folders.size()));
    }
    return Error{
        fmt::format("{} is not installed: apt-get install --no-install-recommends {}", name, package)};
}

std::string own_address() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return "127.0.0.1";
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
        if ((entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
        return SocketAddress(entry->ifa_addr).ip();
    }
    return "127.0.0.1";
}

}  // namespace causeway::load
