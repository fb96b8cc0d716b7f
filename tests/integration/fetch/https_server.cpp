#include "tests/integration/fetch/https_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>

#include "core/base/c_handle.hpp"

namespace causeway::test {
namespace {

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("test server: cannot ") + what);
}

/// The first certificate is the server's, the others go with it.
void use_identity(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem) {
    const CHandle<BIO, BIO_free_all> chain(
        BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size())));
    const CHandle<X509, X509_free> leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    require(leaf && SSL_CTX_use_certificate(context, leaf.get()) == 1, "use the certificate");
    while (X509* const next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        require(SSL_CTX_add0_chain_cert(context, next) == 1, "use the chain");
    }
    ERR_clear_error();
    const CHandle<BIO, BIO_free_all> text(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
    const CHandle<EVP_PKEY, EVP_PKEY_free> key(
        PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
    require(key && SSL_CTX_use_PrivateKey(context, key.get()) == 1, "use the key");
}

std::size_t body_length(const std::string& header) {
    const auto at = header.find("Content-Length: ");
    return at == header.npos ? 0 : std::stoul(header.substr(at + 16));
}

}  // namespace

std::string Wire::path() const {
    const auto start = request_.find(' ') + 1;
    return request_.substr(start, request_.find(' ', start) - start);
}

bool Wire::send(std::string_view text) {
    return !stopping_ && SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
}

void Wire::answer(const std::string& body, const std::string& fields) {
    send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
         body);
}

void Wire::hang() {
    char octet = 0;
    while (!stopping_ && SSL_read(ssl_, &octet, 1) > 0) {
    }
}

HttpsServer::HttpsServer(const std::string& chain_pem, const std::string& key_pem, Answer answer)
    : answer_(std::move(answer)), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    // Clients of these tests leave in the middle of an answer.
    std::signal(SIGPIPE, SIG_IGN);
    use_identity(context_.get(), chain_pem, key_pem);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                ::listen(listener_, 128) == 0 &&
                ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

HttpsServer::~HttpsServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
}

std::string HttpsServer::url(const std::string& path, const std::string& host) const {
    return "https://" + host + ':' + std::to_string(port_) + path;
}

int HttpsServer::requests(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = requests_.find(path);
    return found == requests_.end() ? 0 : found->second;
}

void HttpsServer::accept_all() {
    while (!stopping_) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        ++connections_;
        ++open_now_;
        {
            const std::lock_guard lock(mutex_);
            sockets_.insert(socket);
        }
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void HttpsServer::serve(int socket) {
    if (answer_) {
        const CHandle<SSL, SSL_free> ssl(SSL_new(context_.get()));
        SSL_set_fd(ssl.get(), socket);
        if (SSL_accept(ssl.get()) == 1) converse(ssl.get());
        SSL_shutdown(ssl.get());
    } else {
        char octet = 0;
        while (::recv(socket, &octet, 1, 0) > 0) {
        }
    }
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket);
    ::close(socket);
    --open_now_;
}

void HttpsServer::converse(SSL* ssl) {
    std::string request;
    std::size_t end = request.npos;
    std::size_t length = 0;
    char octets[4096];
    while (end == request.npos || request.size() < length) {
        const int count = SSL_read(ssl, octets, sizeof octets);
        if (count <= 0) return;
        request.append(octets, static_cast<std::size_t>(count));
        if (end == request.npos) end = request.find("\r\n\r\n");
        if (end != request.npos) length = end + 4 + body_length(request.substr(0, end));
    }
    Wire wire(ssl, request, stopping_);
    {
        const std::lock_guard lock(mutex_);
        ++requests_[wire.path()];
    }
    answer_(wire);
}

}  // namespace causeway::test
