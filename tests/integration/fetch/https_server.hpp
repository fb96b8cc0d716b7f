// A small HTTPS server on loopback for tests, also a misbehaving one: a thread for each connection, blocking.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace causeway::test {

/// One request and the way back. Used by the answering function on the connection's thread.
class Wire {
  public:
    Wire(ssl_st* ssl, std::string request, const std::atomic<bool>& stopping)
        : request_(std::move(request)), ssl_(ssl), stopping_(stopping) {}

    /// All of the request, header and body.
    const std::string& request() const { return request_; }
    std::string path() const;
    /// False when the client is gone.
    bool send(std::string_view text);
    /// 200 with this body and these further header lines (each with its line end).
    void answer(const std::string& body, const std::string& fields = "");
    /// Until the client or the server ends.
    void hang();

  private:
    std::string request_;
    ssl_st* ssl_;
    const std::atomic<bool>& stopping_;
};

class HttpsServer {
  public:
    using Answer = std::function<void(Wire&)>;

    /// `answer` is called on several threads at once. Without one, TLS handshakes are never answered.
    HttpsServer(const std::string& chain_pem, const std::string& key_pem, Answer answer);
    ~HttpsServer();
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;

    std::uint16_t port() const { return port_; }
    /// "https://<host>:<port><path>"
    std::string url(const std::string& path, const std::string& host = "localhost") const;
    int connections() const { return connections_; }
    int open_now() const { return open_now_; }
    int requests(const std::string& path) const;

  private:
    void accept_all();
    void serve(int socket);
    void converse(ssl_st* ssl);

    Answer answer_;
    std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::atomic<int> open_now_{0};
    mutable std::mutex mutex_;
    std::map<std::string, int> requests_;
    std::set<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace causeway::test
