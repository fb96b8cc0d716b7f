#include "gateway/resolver/name_server.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace causeway::resolver {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kPatienceMilliseconds = 1500;
constexpr int kTries = 2;
constexpr int kInternet = 1;
/// How long a line of /etc/hosts is taken for true.
constexpr std::chrono::seconds kHostsLife{60};

void set_up_ares_once() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

}  // namespace

class NameServer::Impl : public std::enable_shared_from_this<NameServer::Impl> {
  public:
    explicit Impl(asio::io_context& io) : io_(io), timer_(io) {}
    ~Impl() { close(); }

    void open(const std::string& server) {
        set_up_ares_once();
        ares_options options{};
        options.flags = ARES_FLAG_NOSEARCH;
        options.timeout = kPatienceMilliseconds;
        options.tries = kTries;
        options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
            static_cast<Impl*>(self)->on_socket(socket, readable != 0, writable != 0);
        };
        options.sock_state_cb_data = this;
        const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        if (ares_init_options(&channel_, &options, given) != ARES_SUCCESS) {
            throw std::runtime_error("dns: the resolver does not start");
        }
        if (!server.empty() && ares_set_servers_ports_csv(channel_, server.c_str()) != ARES_SUCCESS) {
            throw std::runtime_error("dns: " + server + " is no name server's address");
        }
    }

    void close() {
        if (channel_ == nullptr) return;
        closed_ = true;
        ares_destroy(std::exchange(channel_, nullptr));
        sockets_.clear();
        timer_.cancel();
    }

    void ask(const std::string& name, RecordType type, Done done) {
        if (auto known = in_hosts_file(name, type)) {
            asio::post(io_, [self = shared_from_this(), done = std::move(done),
                             answer = std::move(*known)]() mutable {
                if (!self->closed_) done(std::move(answer));
            });
            return;
        }
        auto* question = new Question{weak_from_this(), type, std::move(done)};
        ares_query(channel_, name.c_str(), kInternet, static_cast<int>(type), on_answer, question);
        arm();
    }

  private:
    struct Question {
        std::weak_ptr<Impl> owner;
        RecordType type;
        Done done;
    };
    struct Socket {
        explicit Socket(asio::io_context& io) : descriptor(io) {}
        ~Socket() { let_go(); }
        /// c-ares closes it.
        void let_go() {
            if (descriptor.is_open()) descriptor.release();
        }
        asio::posix::stream_descriptor descriptor;
        bool readable = false;
        bool writable = false;
    };

    /// /etc/hosts comes before every name server; it is a few lines on a local disk.
    std::optional<DnsAnswer> in_hosts_file(const std::string& name, RecordType type) {
        if (type != RecordType::a && type != RecordType::aaaa) return std::nullopt;
        const int family = type == RecordType::a ? AF_INET : AF_INET6;
        hostent* found = nullptr;
        if (ares_gethostbyname_file(channel_, name.c_str(), family, &found) != ARES_SUCCESS) {
            return std::nullopt;
        }
        const std::unique_ptr<hostent, decltype(&ares_free_hostent)> host(found, ares_free_hostent);
        DnsAnswer answer;
        answer.ttl = kHostsLife;
        for (char** each = host->h_addr_list; *each != nullptr; ++each) {
            std::array<char, INET6_ADDRSTRLEN> text{};
            if (inet_ntop(family, *each, text.data(), text.size()) == nullptr) continue;
            if (const auto address = SocketAddress::parse(text.data(), 0))
                answer.addresses.push_back(*address);
        }
        if (answer.addresses.empty()) return std::nullopt;
        return answer;
    }

    static Result<DnsAnswer> read(int status, RecordType type, const unsigned char* bytes, int size) {
        if (status == ARES_ENODATA || status == ARES_ENOTFOUND) return DnsAnswer{};
        if (status != ARES_SUCCESS) return Error{ares_strerror(status)};
        return parse_dns_answer(bytes, static_cast<std::size_t>(size), type);
    }

    static void on_answer(void* argument, int status, int, unsigned char* bytes, int size) {
        const std::unique_ptr<Question> question(static_cast<Question*>(argument));
        const auto self = question->owner.lock();
        if (!self || self->closed_) return;
        // Some are answered before `ask` returns.
        asio::post(self->io_, [self, done = std::move(question->done),
                               answer = read(status, question->type, bytes, size)]() mutable {
            if (!self->closed_) done(std::move(answer));
        });
    }

    void on_socket(ares_socket_t handle, bool readable, bool writable) {
        if (!readable && !writable) {
            // Whoever holds it still must not touch the number after it is closed.
            const auto found = sockets_.find(handle);
            if (found == sockets_.end()) return;
            found->second->let_go();
            sockets_.erase(found);
            return;
        }
        auto& socket = sockets_[handle];
        if (!socket) {
            socket = std::make_shared<Socket>(io_);
            error_code fault;
            socket->descriptor.assign(handle, fault);
            if (fault) return;
        }
        wait(socket, handle, socket->readable, readable, asio::posix::stream_descriptor::wait_read);
        wait(socket, handle, socket->writable, writable, asio::posix::stream_descriptor::wait_write);
    }

    void wait(const std::shared_ptr<Socket>& socket, ares_socket_t handle, bool& waits, bool wanted,
              asio::posix::stream_descriptor::wait_type what) {
        if (waits || !wanted) return;
        waits = true;
        const bool reads = what == asio::posix::stream_descriptor::wait_read;
        socket->descriptor.async_wait(what, [weak = weak_from_this(), held = std::weak_ptr(socket), handle,
                                             reads, what](error_code fault) {
            const auto self = weak.lock();
            const auto live = held.lock();
            if (fault || !self || self->closed_ || !live) return;
            bool& still = reads ? live->readable : live->writable;
            still = false;
            ares_process_fd(self->channel_, reads ? handle : ARES_SOCKET_BAD,
                            reads ? ARES_SOCKET_BAD : handle);
            const auto kept = self->sockets_.find(handle);
            // Writing is asked for again when there is more to write.
            if (reads && kept != self->sockets_.end() && kept->second == live) {
                self->wait(live, handle, still, true, what);
            }
            self->arm();
        });
    }

    void arm() {
        timeval left{};
        if (channel_ == nullptr || ares_timeout(channel_, nullptr, &left) == nullptr) return;
        timer_.expires_after(std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) +
                             std::chrono::milliseconds(1));
        timer_.async_wait([weak = weak_from_this()](error_code fault) {
            const auto self = weak.lock();
            if (fault || !self || self->closed_) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->arm();
        });
    }

    // Given.
    asio::io_context& io_;
    // Owned.
    asio::steady_timer timer_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
    // State.
    bool closed_ = false;
};

NameServer::NameServer(boost::asio::io_context& io, const std::string& server)
    : impl_(std::make_shared<Impl>(io)) {
    impl_->open(server);
}

NameServer::~NameServer() {
    impl_->close();
}

void NameServer::ask(const std::string& name, RecordType type, Done done) {
    impl_->ask(name, type, std::move(done));
}

}  // namespace causeway::resolver
