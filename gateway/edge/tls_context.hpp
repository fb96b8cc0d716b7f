// Certificates and rules of TLS connections, and what a peer's certificate says. Contexts are made anew when
// files change; a connection keeps the one that it began with. Control thread. RFC 3261 §26.3.1, RFC 5922.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"

struct ssl_st;

namespace boost::asio::ssl {
class context;
}

namespace causeway::edge {

enum class ClientCertificates { off, optional, required };

struct TlsServerRules {
    std::string certificate;  ///< PEM chain
    std::string private_key;
    std::string client_ca;  ///< PEM; whose certificates are taken from clients
    ClientCertificates clients = ClientCertificates::off;
};

struct TlsClientRules {
    std::string ca_file;      ///< PEM; "": the system's authorities
    std::string certificate;  ///< ours, for servers that ask; "" none
    std::string private_key;
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// An Error names the file that cannot be used and why.
Result<TlsContext> make_server_context(const TlsServerRules& rules);
Result<TlsContext> make_client_context(const TlsClientRules& rules);

/// Before a handshake: which server is wanted, a host name or IP address. False: no server can have the name.
bool ask_for_server(ssl_st* connection, const std::string& name);
/// RFC 5922 §7.2: whether a certificate's verified names say that it is the wanted server's.
bool is_for(const std::vector<std::string>& names, const std::string& server);
/// RFC 5922 §7.1, in lower case; empty unless the peer's certificate was verified.
std::vector<std::string> verified_names(ssl_st* connection);
/// Why a handshake failed, for people.
std::string handshake_fault(ssl_st* connection, const std::string& otherwise);

}  // namespace causeway::edge
