// How sure the signer is of the calling number. RFC 8588 §4: A full, B partial, C gateway.
#pragma once

#include <algorithm>

namespace causeway::identity {

/// Ordered: more is surer.
enum class Attestation { none, c, b, a };

constexpr Attestation lower(Attestation x, Attestation y) {
    return std::min(x, y);
}
/// "A", "B", "C" or "".
constexpr const char* letter(Attestation attestation) {
    constexpr const char* kLetters[] = {"", "C", "B", "A"};
    return kLetters[static_cast<int>(attestation)];
}

}  // namespace causeway::identity
