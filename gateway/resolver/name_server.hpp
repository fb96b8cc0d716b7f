// DNS questions without blocking: c-ares on the control thread's io_context. c-ares does retries, other
// servers and TCP for long answers; the answers' bytes are read by dns_answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/resolver/dns_answer.hpp"

namespace boost::asio {
class io_context;
}

namespace causeway::resolver {

class NameServer {
  public:
    /// An answer without records means that there are none; an Error that nobody could say.
    using Done = std::function<void(Result<DnsAnswer>)>;

    /// `server` is "ip:port", or "" for those of /etc/resolv.conf. Throws std::runtime_error.
    NameServer(boost::asio::io_context& io, const std::string& server);
    /// Questions under way are never answered.
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    /// /etc/hosts first, for addresses. Never calls back before it returns.
    void ask(const std::string& name, RecordType type, Done done);

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace causeway::resolver
