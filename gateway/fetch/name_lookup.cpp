#include "gateway/fetch/name_lookup.hpp"

#include <netdb.h>
#include <resolv.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "core/base/c_handle.hpp"

namespace causeway::fetch {
namespace {

constexpr std::size_t kThreads = 8;
constexpr std::size_t kMostAddresses = 16;
constexpr int kSecondsPerTry = 1;
constexpr int kTries = 2;

/// This thread's resolver gives up soon: glibc's own limits (5 s, several times) would keep a thread long
/// after its fetch is over. Before each lookup, because a resolver whose values were changed no longer
/// follows resolv.conf by itself.
void limit_resolver_time() {
    ::res_init();
    _res.retrans = kSecondsPerTry;
    _res.retry = kTries;
}

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
    limit_resolver_time();
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* first = nullptr;
    const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
    const CHandle<addrinfo, ::freeaddrinfo> owned(first);
    if (fault != 0) return Error{std::string("name look-up: ") + ::gai_strerror(fault)};
    Addresses found;
    for (const addrinfo* each = first; each != nullptr && found.size() < kMostAddresses;
         each = each->ai_next) {
        if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
        found.push_back(SocketAddress(each->ai_addr).with_port(port));
    }
    return found;
}

}  // namespace

class NameLookup::Impl {
  public:
    explicit Impl(boost::asio::io_context& io) : io_(io), threads_(kThreads) {}
    ~Impl() {
        threads_.stop();
        threads_.join();
    }

    void find(const std::weak_ptr<Ticket>& ticket, const std::string& host, std::uint16_t port) {
        boost::asio::post(threads_, [&io = io_, ticket, host, port] {
            if (ticket.expired()) return;
            // The ticket is locked on the control thread only: there its owner's things may be freed.
            boost::asio::post(io, [ticket, found = resolve(host, port)] {
                if (const auto wanted = ticket.lock()) wanted->deliver(found);
            });
        });
    }

  private:
    boost::asio::io_context& io_;
    boost::asio::thread_pool threads_;
};

NameLookup::NameLookup(boost::asio::io_context& io) : impl_(std::make_unique<Impl>(io)) {}
NameLookup::~NameLookup() = default;

std::shared_ptr<NameLookup::Ticket> NameLookup::find(const std::string& host, std::uint16_t port,
                                                     LookupDone done) {
    auto ticket = std::make_shared<Ticket>(std::move(done));
    impl_->find(ticket, host, port);
    return ticket;
}

}  // namespace causeway::fetch
