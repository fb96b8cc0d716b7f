// A peer that speaks SIP by hand: raw datagrams or a raw TCP connection, for what no honest stack would send.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway::sip::test {

/// All occurrences of `what` in `text`.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/// The value of the first header of that name (full form, as our stack writes it), "" if none.
inline std::string header_of(const std::string& message, const std::string& name) {
    const auto at = message.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return message.substr(begin, message.find("\r\n", begin) - begin);
}

class RawPeer {
  public:
    enum class Kind { udp, tcp };

    explicit RawPeer(std::uint16_t server, Kind kind = Kind::udp)
        : RawPeer(*SocketAddress::parse("127.0.0.1", server), kind) {}
    explicit RawPeer(const SocketAddress& server, Kind kind = Kind::udp)
        : server_(server), stream_(kind == Kind::tcp) {
        const bool ipv6 = server.is_ipv6();
        fd_ = UniqueFd(
            ::socket(ipv6 ? AF_INET6 : AF_INET, (stream_ ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
        // A peer that does not read is soon full.
        const int small = 4096;
        if (stream_) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        const auto any = *SocketAddress::parse(ipv6 ? "::1" : "127.0.0.1", 0);
        EXPECT_EQ(::bind(fd_.get(), any.data(), any.size()), 0);
        if (stream_) {
            EXPECT_EQ(::connect(fd_.get(), server_.data(), server_.size()), 0);
        }
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        address_ = SocketAddress(reinterpret_cast<sockaddr*>(&bound));
    }

    const SocketAddress& address() const { return address_; }

    /// `$ME` becomes our address, `$YOU` the server's, `$T` the transport; line ends become CRLF, and a
    /// Content-Length that fits is added where `$LENGTH` stands.
    std::string filled(std::string text) const {
        text = replaced(std::move(text), "$ME", address_.to_string());
        text = replaced(std::move(text), "$YOU", server_.to_string());
        text = replaced(std::move(text), "$T", stream_ ? "TCP" : "UDP");
        text = replaced(std::move(text), "\r\n", "\n");
        text = replaced(std::move(text), "\n", "\r\n");
        const auto end = text.find("\r\n\r\n");
        const std::size_t length = end == std::string::npos ? 0 : text.size() - end - 4;
        return replaced(std::move(text), "$LENGTH", "Content-Length: " + std::to_string(length));
    }

    void send(const std::string& text) const { send_bytes(filled(text)); }
    void send_bytes(const std::string& bytes) const {
        if (stream_) {
            ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        } else {
            send_to(bytes, server_);
        }
    }
    void send_to(const std::string& bytes, const SocketAddress& to) const {
        ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, to.data(), to.size());
    }

    /// Closing will say RST, not FIN.
    void reset_connection() const {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

    /// The next datagram (or what a TCP read gives), "" after the deadline.
    std::string receive(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
        pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return {};
        std::array<char, 65536> bytes;
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        auto* source = reinterpret_cast<sockaddr*>(&from);
        const auto got = ::recvfrom(fd_.get(), bytes.data(), bytes.size(), 0, source, &size);
        if (got > 0 && !stream_) from_ = SocketAddress(source);
        return got <= 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(got));
    }
    /// The next message that begins so; others are passed over. "" after 5 s.
    std::string receive_starting(const std::string& start) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (std::chrono::steady_clock::now() < deadline) {
            std::string message = receive();
            if (message.starts_with(start)) return message;
        }
        return {};
    }

    /// Who sent the last datagram.
    const SocketAddress& from() const { return from_; }

  private:
    SocketAddress server_;
    SocketAddress from_;
    bool stream_;
    UniqueFd fd_;
    SocketAddress address_;
};

}  // namespace causeway::sip::test
