// A certificate of the gateway's own, for TLS on the browser door before there is a real one. At start only:
// errors are exceptions.
#pragma once

#include <string>

namespace causeway::http {

struct CertificateFiles {
    std::string certificate;
    std::string private_key;
};

/// The files `http-certificate.pem` and `http-key.pem` (mode 0600) in `directory`, made when they are not
/// there or the certificate ends within a week: ECDSA P-256, a year, for `hostname` (a name or an IP
/// address), localhost and 127.0.0.1. Throws std::runtime_error with the file that failed.
CertificateFiles make_self_signed(const std::string& directory, const std::string& hostname);

}  // namespace causeway::http
