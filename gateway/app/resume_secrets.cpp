#include "gateway/app/resume_secrets.hpp"

#include "core/base/random.hpp"
#include "gateway/http/password_hash.hpp"

namespace causeway::app {
namespace {

constexpr std::size_t kSecretLength = 22;  // letters and digits: 130 bits
/// Who opens connections only to leave them must not fill the memory.
constexpr std::size_t kMostRows = 10'000;

}  // namespace

std::string ResumeSecrets::issue(SessionId session, const http::Authenticated& who, const std::string& origin,
                                 Instant now) {
    if (time_ <= Duration::zero()) return {};
    forget_old(now);
    if (rows_.size() >= kMostRows && !rows_.contains(session)) return {};
    Row row{.secret = random_token(kSecretLength), .origin = origin, .who = who, .end = {}};
    std::string secret = row.secret;
    rows_.insert_or_assign(session, std::move(row));
    return secret;
}

std::optional<ResumeSecrets::Owner> ResumeSecrets::redeem(std::string_view secret, std::string_view origin,
                                                          const std::optional<std::string>& user,
                                                          Instant now) {
    forget_old(now);
    auto found = rows_.end();
    // All are compared, each in constant time: how long it takes tells nothing.
    for (auto row = rows_.begin(); row != rows_.end(); ++row) {
        if (http::equal_secrets(secret, row->second.secret)) found = row;
    }
    if (found == rows_.end() || found->second.origin != origin) return std::nullopt;
    if (user && *user != found->second.who.user) return std::nullopt;
    Owner owner{found->first, std::move(found->second.who)};
    rows_.erase(found);
    return owner;
}

bool ResumeSecrets::on_session_closed(SessionId session, Instant now) {
    forget_old(now);
    const auto found = rows_.find(session);
    if (found == rows_.end()) return false;
    found->second.end = now + time_;
    return true;
}

void ResumeSecrets::forget_old(Instant now) {
    std::erase_if(rows_, [now](const auto& row) { return row.second.end && *row.second.end <= now; });
}

}  // namespace causeway::app
