#include "core/dtls/openssl_handles.hpp"

#include <openssl/err.h>

namespace causeway::dtls {

std::string drain_openssl_errors() {
    std::string words;
    while (const unsigned long code = ERR_get_error()) {
        const char* const reason = ERR_reason_error_string(code);
        if (!words.empty()) words += "; ";
        words += reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
    }
    return words;
}

}  // namespace causeway::dtls
