// The names of RFC 7518 §3.1 and RFC 8037 §3.1. Pure.
#include <array>
#include <utility>

#include "core/jose/key.hpp"

namespace causeway::jose {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 6> kNames{{{Algorithm::es256, "ES256"},
                                                                        {Algorithm::es384, "ES384"},
                                                                        {Algorithm::rs256, "RS256"},
                                                                        {Algorithm::ps256, "PS256"},
                                                                        {Algorithm::eddsa, "EdDSA"},
                                                                        {Algorithm::hs256, "HS256"}}};

}  // namespace

std::string_view name(Algorithm algorithm) {
    for (const auto& [known, text] : kNames) {
        if (known == algorithm) return text;
    }
    return {};
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
    for (const auto& [algorithm, text] : kNames) {
        if (text == name) return algorithm;
    }
    return std::nullopt;
}

}  // namespace causeway::jose
