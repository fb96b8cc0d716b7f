#include "core/jose/jws.hpp"

#include <optional>
#include <utility>

#include "core/jose/base64.hpp"

namespace causeway::jose {

Result<CompactJws> split(std::string_view token, std::size_t longest) {
    if (token.size() > longest) return Error{"too long"};
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return Error{"parts: not three of them"};
    }
    auto header = decode_base64url(token.substr(0, first));
    auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
    auto signature = decode_base64url(token.substr(second + 1));
    if (!header || !payload || !signature) return Error{"base64: not the URL form without padding"};
    return CompactJws{*std::move(header), *std::move(payload), *std::move(signature),
                      std::string(token.substr(0, second))};
}

std::string sign(const SigningKey& key, Algorithm algorithm, std::string_view header,
                 std::string_view payload) {
    std::string token = encode_base64url(header) + "." + encode_base64url(payload);
    const std::string signature = key.sign(algorithm, token);
    if (signature.empty()) return {};
    return token + "." + encode_base64url(signature);
}

}  // namespace causeway::jose
