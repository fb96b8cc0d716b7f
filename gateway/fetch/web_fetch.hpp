// Fetches small documents from servers that strangers may name: https only, the address checked and pinned,
// bounded in size and time, no redirects. Control thread; never blocks it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}

namespace causeway::fetch {

struct FetchSettings {
    std::string ca_file;  ///< PEM of additional roots, "" for the system's only
    /// "host" or "host:port" whose addresses may be private or loopback, on any port (tests, private
    /// networks).
    std::vector<std::string> private_hosts;
    std::chrono::milliseconds time{3000};  ///< for all of one fetch
    std::size_t longest_body = 65536;
    std::size_t most_at_once = 64;  ///< more wait in line, at most 1024 of them
};

struct Document {
    std::string body;
    std::chrono::seconds fresh_for{0};  ///< by Cache-Control and Age (RFC 9111 §4.2), at most 24 h
};

/// The Error says why: "https only", "address not allowed", "time-out", "status 404", "redirect", "too long",
/// "TLS: ...".
using FetchDone = std::function<void(Result<Document>)>;

class WebFetch {
  public:
    WebFetch(boost::asio::io_context& io, FetchSettings settings, Counters& counters);
    ~WebFetch();
    WebFetch(const WebFetch&) = delete;
    WebFetch& operator=(const WebFetch&) = delete;

    /// `done` is called once, later, unless the object dies first. Parallel fetches of one URL are one.
    void get(const std::string& url, FetchDone done);
    /// POST application/x-www-form-urlencoded (RFC 7662 §2.1), with HTTP Basic when `user` is not empty;
    /// never merged.
    void post_form(const std::string& url, std::string body, const std::string& user,
                   const std::string& password, FetchDone done);

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace causeway::fetch
