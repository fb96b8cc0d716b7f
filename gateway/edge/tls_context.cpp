#include "gateway/edge/tls_context.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <cctype>
#include <string_view>

#include "core/base/c_handle.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Certificate = CHandle<X509, X509_free>;
using Names = CHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using Bytes = std::basic_string_view<unsigned char>;

constexpr int kLongestChain = 8;
constexpr unsigned char kSessionName[] = "causeway sip";

Error fault_of(const char* what, const std::string& file, const ErrorCode& error) {
    return Error{std::string("cannot use the ") + what + ' ' + file + ": " + error.message()};
}

TlsContext bare(asio::ssl::context::method method) {
    auto context = std::make_shared<asio::ssl::context>(method);
    SSL_CTX* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_verify_depth(native, kLongestChain);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    // RFC 9325 §3.4 and §3.5: no compression, no renegotiation.
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    return context;
}

Result<void> use_own(asio::ssl::context& context, const std::string& certificate, const std::string& key) {
    ErrorCode error;
    context.use_certificate_chain_file(certificate, error);
    if (error) return fault_of("certificate", certificate, error);
    context.use_private_key_file(key, asio::ssl::context::pem, error);
    if (error) return fault_of("private key", key, error);
    return {};
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::string text_of(const ASN1_STRING* value) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

/// RFC 5922 §7.1: of a SIP URI (no SIPS one) without user, its host.
std::string host_of_uri(const std::string& uri) {
    const std::string text = lower(uri);
    constexpr std::string_view kScheme = "sip:";
    if (text.compare(0, kScheme.size(), kScheme) != 0) return {};
    const std::string host = text.substr(kScheme.size());
    return host.find('@') == std::string::npos ? host.substr(0, host.find_first_of(":;?")) : "";
}

std::string name_of(const GENERAL_NAME* name) {
    switch (name->type) {
        case GEN_DNS:
            return lower(text_of(name->d.dNSName));
        case GEN_URI:
            return host_of_uri(text_of(name->d.uniformResourceIdentifier));
        case GEN_IPADD: {
            const ASN1_OCTET_STRING* bytes = name->d.iPAddress;
            char text[INET6_ADDRSTRLEN] = "";
            const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
            const bool fits = family == AF_INET || ASN1_STRING_length(bytes) == 16;
            if (fits) inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text);
            return text;
        }
        default:
            return {};
    }
}

std::string common_name(const X509* certificate) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return {};
    return lower(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

}  // namespace

Result<TlsContext> make_server_context(const TlsServerRules& rules) {
    TlsContext context = bare(asio::ssl::context::tls_server);
    SSL_CTX* const native = context->native_handle();
    if (const auto own = use_own(*context, rules.certificate, rules.private_key); !own) return own.error();
    SSL_CTX_set_options(native, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_id_context(native, kSessionName, sizeof kSessionName - 1);
    // A resumed session would carry the client's verified certificate over a change of `client_ca`.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    if (rules.clients == ClientCertificates::off) return context;
    ErrorCode error;
    context->load_verify_file(rules.client_ca, error);
    if (error) return fault_of("authorities", rules.client_ca, error);
    SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(rules.client_ca.c_str()));
    const bool required = rules.clients == ClientCertificates::required;
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    return context;
}

Result<TlsContext> make_client_context(const TlsClientRules& rules) {
    TlsContext context = bare(asio::ssl::context::tls_client);
    ErrorCode error;
    if (rules.ca_file.empty()) {
        context->set_default_verify_paths(error);
        if (error) return fault_of("authorities", "of the system", error);
    } else {
        context->load_verify_file(rules.ca_file, error);
        if (error) return fault_of("authorities", rules.ca_file, error);
    }
    if (!rules.certificate.empty()) {
        if (const auto own = use_own(*context, rules.certificate, rules.private_key); !own) {
            return own.error();
        }
    }
    SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER, nullptr);
    return context;
}

bool ask_for_server(ssl_st* connection, const std::string& name) {
    // RFC 6066 §3: an IP address is no server name.
    if (SocketAddress::parse(name, 1)) return true;
    return SSL_set_tlsext_host_name(connection, name.c_str()) == 1;
}

bool is_for(const std::vector<std::string>& names, const std::string& server) {
    std::string wanted = lower(server);
    if (const auto address = SocketAddress::parse(server, 1)) wanted = address->ip();
    // RFC 5922 §7.2: whole names only; a wildcard is a name that nobody has.
    return std::find(names.begin(), names.end(), wanted) != names.end();
}

std::vector<std::string> verified_names(ssl_st* connection) {
    if ((SSL_get_verify_mode(connection) & SSL_VERIFY_PEER) == 0) return {};
    const Certificate certificate(SSL_get1_peer_certificate(connection));
    if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return {};
    std::vector<std::string> found;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    const auto take = [&](bool wanted(int type)) {
        for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
            const GENERAL_NAME* const each = sk_GENERAL_NAME_value(names.get(), i);
            std::string name = wanted(each->type) ? name_of(each) : std::string();
            if (!name.empty()) found.push_back(std::move(name));
        }
    };
    take([](int type) { return type == GEN_URI; });
    // RFC 5922 §7.1: host names count only where no SIP URI says whose the certificate is.
    if (found.empty()) take([](int type) { return type == GEN_DNS; });
    take([](int type) { return type == GEN_IPADD; });
    // RFC 5922 §7.1: the subject counts only without such names.
    if (!names) {
        if (std::string name = common_name(certificate.get()); !name.empty()) found.push_back(name);
    }
    return found;
}

std::string handshake_fault(ssl_st* connection, const std::string& otherwise) {
    const long verdict = SSL_get_verify_result(connection);
    if (verdict == X509_V_OK) return "TLS: " + otherwise;
    return std::string("TLS: ") + X509_verify_cert_error_string(verdict);
}

}  // namespace causeway::edge
