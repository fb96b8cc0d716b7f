#include "gateway/app/identity_web.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/http/password_hash.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::app {
namespace {

constexpr std::string_view kProxyPath = "/.well-known/idp-proxy/";

std::int64_t now_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

http::WebAnswer refusal(int status, const std::string& why) {
    http::WebAnswer answer{status, "text/plain; charset=utf-8", why + '\n'};
    if (status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
}

http::WebAnswer json(int status, std::string body) {
    // Tokens and call records are nobody's to keep.
    return {status, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

/// RFC 6750 §2.1, the scheme in any case (RFC 9110 §11.1); "" when there is none.
std::string bearer(const http::WebRequest& request) {
    constexpr std::string_view kScheme = "bearer ";
    const std::string& header = request.authorization;
    const bool is_bearer = identity::lower_case(header.substr(0, kScheme.size())) == kScheme;
    return is_bearer ? header.substr(kScheme.size()) : std::string();
}

std::optional<http::WebAnswer> wrong_method(const http::WebRequest& request, std::string_view wanted) {
    const bool fits = request.method == wanted || (wanted == "GET" && request.method == "HEAD");
    if (fits) return std::nullopt;
    http::WebAnswer answer = refusal(405, "This takes " + std::string(wanted) + " only.");
    answer.headers.emplace_back("Allow", std::string(wanted));
    return answer;
}

std::string quoted_plain(std::string_view text) {
    return '"' + std::string(text) + '"';
}

}  // namespace

IdentityWeb::IdentityWeb(config::Snapshot config, std::shared_ptr<const call::IdentityBook> book,
                         jose::SigningKey token_key, const RecentCalls& calls, Running running)
    : config_(std::move(config)),
      book_(std::move(book)),
      token_key_(std::move(token_key)),
      calls_(calls),
      running_(std::move(running)) {
    if (!config_->stir.serve) return;
    std::ifstream in(config_->stir.certificate);
    if (!in) throw std::runtime_error("cannot read " + config_->stir.certificate);
    std::ostringstream text;
    text << in.rdbuf();
    stir_certificate_ = text.str();
}

std::optional<http::WebAnswer> IdentityWeb::serve(const http::WebRequest& request) const {
    const std::string& path = request.path;
    const auto& maker = book_->assertions;
    if (maker && path == std::string(kProxyPath) + maker->settings().protocol) {
        if (auto wrong = wrong_method(request, "GET")) return wrong;
        return http::WebAnswer{200, "text/javascript", maker->proxy_script()};
    }
    if (maker && path == "/identity/jwks.json") {
        if (auto wrong = wrong_method(request, "GET")) return wrong;
        return http::WebAnswer{200, "application/jwk-set+json", maker->jwks()};
    }
    if (maker && path == "/identity/verify") {
        if (auto wrong = wrong_method(request, "POST")) return wrong;
        return verify(request);
    }
    if (!stir_certificate_.empty() && path == "/stir/certificate.pem") {
        if (auto wrong = wrong_method(request, "GET")) return wrong;
        // RFC 8555 §9.1 names the type; an hour lets peers keep it through a day's calls.
        return http::WebAnswer{
            200, "application/pem-certificate-chain", stir_certificate_, {{"Cache-Control", "max-age=3600"}}};
    }
    if (path == "/v1/tokens") {
        if (auto wrong = wrong_method(request, "POST")) return wrong;
        return mint(request);
    }
    if (path == "/v1/calls") {
        if (auto wrong = wrong_method(request, "GET")) return wrong;
        return list_calls(request);
    }
    return std::nullopt;
}

http::WebAnswer IdentityWeb::verify(const http::WebRequest& request) const {
    auto said = book_->assertions->validate(request.body, now_seconds());
    if (!said) return refusal(403, said.error().detail);
    return json(200, std::move(*said));
}

http::WebAnswer IdentityWeb::mint(const http::WebRequest& request) const {
    const std::string key = bearer(request);
    const config::TokenIssuer* issuer = nullptr;
    for (const config::TokenIssuer& one : config_->tokens) {
        if (!one.api_key.empty() && http::equal_secrets(key, one.api_key)) issuer = &one;
    }
    if (issuer == nullptr) {
        log::warning("a permission to call was asked for with a wrong api_key");
        return refusal(401, "This needs the api_key of an application server.");
    }
    auto capability = identity::capability_of_request(request.body);
    if (!capability) return refusal(400, capability.error().detail);
    const std::int64_t now = now_seconds();
    // What was read are times relative to 0: a ttl.
    capability->issued_at += now;
    capability->expires_at += now;
    if (capability->expires_at - capability->issued_at > issuer->longest_life.count()) {
        return refusal(
            400, "ttl: at most " + std::to_string(issuer->longest_life.count()) + " seconds are allowed");
    }
    capability->issuer = issuer->name;
    capability->id = random_token(22);
    const std::string token = identity::mint(*capability, token_key_, jose::Algorithm::es256);
    if (token.empty()) return refusal(500, "The token could not be signed.");
    log::info("permission {} to call is given to '{}'", capability->id, issuer->name);
    return json(201, R"({"token":)" + quoted_plain(token) + R"(,"permission":)" +
                         identity::to_json(*capability) + '}');
}

http::WebAnswer IdentityWeb::list_calls(const http::WebRequest& request) const {
    const std::string& token = config_->http.operator_token;
    if (token.empty()) return refusal(404, "The dashboard needs http.operator_token in the configuration.");
    if (!http::equal_secrets(bearer(request), token)) {
        log::warning("the dashboard was asked for with a wrong operator token");
        return refusal(401, "This needs the operator's token.");
    }
    return json(200, calls_.to_json(running_(), std::chrono::system_clock::now()));
}

}  // namespace causeway::app
