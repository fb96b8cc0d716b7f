// PEM (RFC 7468), never asking anybody for a passphrase. Private to core/jose.
#pragma once

#include <openssl/pem.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/openssl_bytes.hpp"

namespace causeway::jose {

/// Without it OpenSSL would prompt at the terminal.
int no_passphrase(char* buffer, int size, int writing, void* context);

/// Null when the text is too long for OpenSSL.
BioHandle pem_input(std::string_view text);

/// What stopped PEM_read_bio_*: nothing more to read, or a block that is broken.
bool at_end_of_pem();

/// All blocks of one kind; others are skipped. Fails when one of them is broken.
template <class Handle, auto Read>
Result<std::vector<Handle>> read_pem_blocks(std::string_view text, std::string_view what) {
    const QuietErrors quiet;
    const BioHandle input = pem_input(text);
    std::vector<Handle> found;
    if (!input) return Error{"PEM text is too long"};
    while (Handle next{Read(input.get(), nullptr, no_passphrase, nullptr)}) found.push_back(std::move(next));
    if (!at_end_of_pem()) return Error{std::string(what) + " in PEM is malformed"};
    return found;
}

}  // namespace causeway::jose
