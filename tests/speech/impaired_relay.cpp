#include "tests/speech/impaired_relay.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/demux.hpp"

namespace causeway::speech {
namespace {

constexpr std::size_t kLongest = 1500;
constexpr int kMostPerRound = 64;

struct Bound {
    UniqueFd socket;
    SocketAddress address;
};

Result<Bound> bound_socket() {
    const SocketAddress any = SocketAddress::parse("127.0.0.1", 0).value();
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    auto* const address = reinterpret_cast<sockaddr*>(&name);
    if (!socket || ::bind(socket.get(), any.data(), any.size()) != 0 ||
        ::getsockname(socket.get(), address, &size) != 0)
        return Error{std::string("no socket for the relay: ") + std::strerror(errno)};
    return Bound{std::move(socket), SocketAddress(address)};
}

/// One direction: what came on `in` leaves by `out` when its time has come.
class Way {
  public:
    Way(EventLoop& loop, int in, int out, const ImpairmentSettings& settings)
        : in_(in),
          out_(out),
          impairment_(settings),
          timer_(loop, [this](Instant now) { release(now); }),
          watch_(loop, in, EPOLLIN, [this](std::uint32_t) { drain(); }) {}

    void set_target(const SocketAddress& target) { target_ = target; }
    /// Whoever sends this way is who `back` goes to.
    void set_opposite(Way& back) { opposite_ = &back; }
    const Impairment& impairment() const { return impairment_; }

  private:
    struct Travelling {
        Instant due;
        std::vector<std::uint8_t> bytes;
    };

    void drain() {
        std::array<std::uint8_t, kLongest> buffer;
        for (int i = 0; i < kMostPerRound; ++i) {
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            auto* const address = reinterpret_cast<sockaddr*>(&from);
            const ssize_t got = ::recvfrom(in_, buffer.data(), buffer.size(), MSG_DONTWAIT, address, &size);
            if (got < 0) return;
            if (opposite_ != nullptr) opposite_->set_target(SocketAddress(address));
            take(std::span(buffer).first(static_cast<std::size_t>(got)));
        }
    }

    void take(std::span<const std::uint8_t> datagram) {
        if (rtp::kind_of(datagram) != rtp::PacketKind::rtp) return send(datagram);
        const auto way = impairment_.next();
        if (!way) return;
        if (*way == Duration::zero()) return send(datagram);
        const Instant due = std::chrono::steady_clock::now() + *way;
        auto place = travelling_.end();
        while (place != travelling_.begin() && std::prev(place)->due > due) --place;
        travelling_.insert(place, {due, {datagram.begin(), datagram.end()}});
        timer_.arm(travelling_.front().due);
    }

    void release(Instant now) {
        while (!travelling_.empty() && travelling_.front().due <= now) {
            send(travelling_.front().bytes);
            travelling_.pop_front();
        }
        if (!travelling_.empty()) timer_.arm(travelling_.front().due);
    }

    void send(std::span<const std::uint8_t> datagram) const {
        if (target_.port() != 0)
            ::sendto(out_, datagram.data(), datagram.size(), MSG_DONTWAIT, target_.data(), target_.size());
    }

    // Given.
    const int in_;
    const int out_;
    Way* opposite_ = nullptr;
    // State.
    SocketAddress target_;
    Impairment impairment_;
    std::deque<Travelling> travelling_;  ///< by `due`
    // Owned.
    Timer timer_;
    Watch watch_;
};

}  // namespace

class ImpairedRelay::Impl {
  public:
    Impl(EventLoop& loop, Bound near, Bound far, const ImpairmentSettings& towards_target,
         const ImpairmentSettings& from_target)
        : near_(std::move(near)),
          far_(std::move(far)),
          towards_(loop, near_.socket.get(), far_.socket.get(), towards_target),
          back_(loop, far_.socket.get(), near_.socket.get(), from_target) {
        towards_.set_opposite(back_);
    }

    SocketAddress near() const { return near_.address; }
    SocketAddress far() const { return far_.address; }
    Way& towards() { return towards_; }
    Way& back() { return back_; }

  private:
    // Owned: the ways, which watch them, go before the sockets.
    Bound near_;
    Bound far_;
    Way towards_;
    Way back_;
};

ImpairedRelay::ImpairedRelay(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImpairedRelay::~ImpairedRelay() = default;

Result<std::unique_ptr<ImpairedRelay>> ImpairedRelay::open(EventLoop& loop,
                                                           const ImpairmentSettings& towards_target,
                                                           const ImpairmentSettings& from_target) {
    auto near = bound_socket();
    if (!near) return near.error();
    auto far = bound_socket();
    if (!far) return far.error();
    auto impl = std::make_unique<Impl>(loop, std::move(*near), std::move(*far), towards_target, from_target);
    return std::unique_ptr<ImpairedRelay>(new ImpairedRelay(std::move(impl)));
}

SocketAddress ImpairedRelay::near() const {
    return impl_->near();
}

SocketAddress ImpairedRelay::far() const {
    return impl_->far();
}

void ImpairedRelay::set_target(const SocketAddress& target) {
    impl_->towards().set_target(target);
}

const Impairment& ImpairedRelay::towards_target() const {
    return impl_->towards().impairment();
}

const Impairment& ImpairedRelay::from_target() const {
    return impl_->back().impairment();
}

}  // namespace causeway::speech
