#include "sip/ua/udp_doors.hpp"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/stun/message.hpp"

// The one header of Sofia's that does not say so itself.
extern "C" {
#include <sofia-sip/tport_plugins.h>
}

namespace causeway::sip {
namespace {

/// Each stack runs on one thread, and enters its sockets there.
thread_local std::vector<int> sockets_of_thread;

std::optional<SocketAddress> address_of(int socket) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return std::nullopt;
    return SocketAddress(reinterpret_cast<const sockaddr*>(&bound));
}

/// Nothing is kept of one: any address that is not null will do.
tport_stun_server_t* create(su_root_t*, const tagi_t*) {
    static char only_one;
    return reinterpret_cast<tport_stun_server_t*>(&only_one);
}

void destroy(tport_stun_server_t*) {}

int add_socket(tport_stun_server_t*, su_socket_t socket) {
    sockets_of_thread.push_back(socket);
    return 0;
}

int remove_socket(tport_stun_server_t*, su_socket_t socket) {
    std::erase(sockets_of_thread, socket);
    return 0;
}

void answer(tport_stun_server_t*, su_socket_t socket, void* bytes, ssize_t size, void* from,
            socklen_t from_size) {
    if (size <= 0) return;
    const std::span message(static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size));
    // RFC 8489 §6.3: what is no well-formed Binding request is not answered; §5: its length is that of its
    // attributes.
    if (message.size() < stun::kHeaderSize) return;
    const std::size_t attributes = static_cast<std::size_t>(message[2]) << 8U | message[3];
    if (attributes != message.size() - stun::kHeaderSize) return;
    const auto check = stun::read_check(message, "", "");
    if (!check) return;
    std::array<std::uint8_t, stun::kMaxRequest> out{};
    const SocketAddress peer(static_cast<const sockaddr*>(from));
    // RFC 8489 §6.3.1: an attribute that must be understood and is not.
    const std::size_t length = check->unknown
                                   ? stun::write_error(check->transaction, 420, check->unknown, "", out)
                                   : stun::write_success(check->transaction, peer, "", out);
    ::sendto(socket, out.data(), length, MSG_DONTWAIT, static_cast<const sockaddr*>(from), from_size);
}

}  // namespace

void install_stun_server() {
    // Sofia refuses the table's true size and takes a larger one.
    static const tport_stun_server_vtable_t table{
        static_cast<int>(sizeof table) + 1, create, destroy, add_socket, remove_socket, answer};
    tport_plug_in_stun_server(&table);
}

bool send_by_udp(const SocketAddress& own, const SocketAddress& to, std::string_view bytes) {
    const auto found = std::find_if(sockets_of_thread.begin(), sockets_of_thread.end(),
                                    [&](int socket) { return address_of(socket) == own; });
    if (found == sockets_of_thread.end()) return false;
    return ::sendto(*found, bytes.data(), bytes.size(), MSG_DONTWAIT, to.data(), to.size()) >= 0;
}

}  // namespace causeway::sip
