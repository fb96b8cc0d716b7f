// Who asks: the border for what a softphone says of itself.
#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/softphone/softphones.hpp"

namespace causeway::softphone {
namespace {

constexpr auto kLogPause = std::chrono::seconds(1);

/// "gw.example" out of "sip:alice@gw.example:5060;x=y".
std::string host_of(std::string_view uri) {
    const auto at = uri.rfind('@');
    std::string_view host = at == std::string_view::npos ? uri.substr(uri.find(':') + 1) : uri.substr(at + 1);
    const bool bracketed = host.starts_with('[');
    const auto end = bracketed ? host.find(']') : host.find_first_of(":;?>");
    if (end != std::string_view::npos) host = host.substr(0, bracketed ? end + 1 : end);
    return identity::lower_case(host);
}

bool is_anonymous(const std::string& user, const std::string& uri) {
    // RFC 3323 §4.1.1.3.
    return identity::lower_case(user) == "anonymous" && host_of(uri) == "anonymous.invalid";
}

}  // namespace

void Softphones::log_refusal(const SocketAddress& source, std::string_view what, const std::string& why,
                             WallTime now) {
    // A flood of wrong passwords must not become one of lines.
    if (now - refusal_logged_ < kLogPause) return;
    refusal_logged_ = now;
    log::warning("softphone: {} from {} refused: {}", what, source.to_string(), why);
}

Softphones::Asker Softphones::asker_of(std::string_view method, std::string_view uri,
                                       const std::vector<std::string>& authorization,
                                       const SocketAddress& source, WallTime now) {
    const Login::Verdict verdict = login_.check({method, uri, authorization, source}, now);
    Asker asker;
    asker.user = verdict.user;
    if (verdict.result == Login::Result::good) return asker;
    if (verdict.result == Login::Result::wrong || verdict.result == Login::Result::slow) {
        wrong_.add();
        log_refusal(source, method, verdict.why, now);
    }
    if (verdict.result == Login::Result::slow) {
        asker.status = 503;
        asker.headers.emplace_back("Retry-After", "30");
        asker.headers.emplace_back("Reason", R"(SIP;cause=503;text="too many wrong passwords, wait")");
        return asker;
    }
    asker.status = 401;
    for (std::string& challenge : login_.challenges(verdict.result == Login::Result::stale, now)) {
        asker.headers.emplace_back("WWW-Authenticate", std::move(challenge));
    }
    return asker;
}

bool Softphones::is_own_address(const config::User& user, std::string_view name,
                                std::string_view host) const {
    if (identity::lower_case(host) != identity::lower_case(config_->sip.domain)) return false;
    return name == user.name ||
           std::find(user.numbers.begin(), user.numbers.end(), name) != user.numbers.end();
}

Softphones::Asker Softphones::caller_of(const Claim& claim, const Clock& clock) {
    const auto known = flow_users_.find(claim.flow);
    const bool anonymous = is_anonymous(claim.from_user, claim.from_uri);
    const std::string host = host_of(claim.from_uri);
    if (known != flow_users_.end()) {
        for (const std::string& name : known->second) {
            const config::User* user = user_of(name);
            if (user != nullptr && (anonymous || is_own_address(*user, claim.from_user, host))) return {user};
        }
    }
    if (claim.authorization.empty() && known != flow_users_.end()) {
        foreign_.add();
        return {nullptr, 403, {}, "From must be an address of your own."};
    }
    Asker asker = asker_of(claim.method, claim.request_uri, claim.authorization, claim.source, clock.wall);
    if (asker.user == nullptr) {
        asker.why = asker.status == 401 ? "Please log in first." : "Too many wrong passwords.";
        return asker;
    }
    if (!anonymous && !is_own_address(*asker.user, claim.from_user, host)) {
        foreign_.add();
        return {nullptr, 403, {}, "From must be an address of your own."};
    }
    know(claim.flow, *asker.user);
    return asker;
}

std::string Softphones::number_chosen(const config::User& user, const std::string& from_user) {
    const bool chosen = from_user != user.name && !user.numbers.empty() &&
                        from_user != user.numbers.front() &&
                        std::find(user.numbers.begin(), user.numbers.end(), from_user) != user.numbers.end();
    return chosen ? from_user : std::string();
}

}  // namespace causeway::softphone
