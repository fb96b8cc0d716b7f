// Whether TLS can use a certificate and its key, found out before anything is opened. Any thread.
#pragma once

#include <optional>
#include <string>

namespace causeway::http {

/// What is wrong with the files, in the words of a configuration's fault.
struct TlsFilesFault {
    bool in_private_key = false;  ///< or in the certificate
    std::string found;
    std::string expected;
};

/// Reads both as the browser door will: PEM, the certificate with its chain, the key without a passphrase and
/// of that certificate. Nothing when they are good.
std::optional<TlsFilesFault> check_tls_files(const std::string& certificate, const std::string& private_key);

}  // namespace causeway::http
