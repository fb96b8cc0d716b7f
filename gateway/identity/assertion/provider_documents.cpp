#include "gateway/identity/assertion/provider_documents.hpp"

#include <boost/json/object.hpp>

#include "core/jose/strict_json.hpp"

namespace causeway::identity {

Result<std::string> jwks_uri_of(std::string_view discovery, std::string_view issuer) {
    const auto document = jose::parse_object(discovery);
    if (!document) return document.error();
    if (jose::string_member(*document, "issuer") != issuer)
        return Error{"the discovery names another issuer"};
    const auto uri = jose::string_member(*document, "jwks_uri");
    if (!uri) return Error{"the discovery has no jwks_uri"};
    return Result<std::string>(boost::system::in_place_value, *uri);
}

std::optional<std::string> token_of(std::string_view assertion) {
    const auto object = jose::parse_object(assertion);
    // An opaque handle is the whole assertion.
    if (!object) return std::string(assertion);
    return jose::string_member(*object, "token");
}

}  // namespace causeway::identity
