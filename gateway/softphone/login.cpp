#include "gateway/softphone/login.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "core/base/random.hpp"
#include "core/digest/digest.hpp"
#include "core/jose/base64.hpp"
#include "core/jose/key.hpp"

namespace causeway::softphone {
namespace {

using namespace std::chrono_literals;

constexpr auto kNonceLife = 10min;
/// Nonces in use at once whose counts are remembered; an older one is answered with a new challenge.
constexpr std::size_t kMostNonces = 20'000;
/// So many wrong passwords an address may send, then it waits.
constexpr int kFaultsAllowed = 10;
constexpr auto kFaultsForgotten = 30s;
constexpr std::size_t kMostSources = 10'000;
constexpr std::size_t kSealLength = 22;

std::int64_t seconds_of(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// When one of our nonces was made.
std::int64_t time_of(const std::string& nonce) {
    std::int64_t made = 0;
    std::from_chars(nonce.data(), nonce.data() + nonce.size(), made, 16);
    return made;
}

/// What follows the scheme's name; nullopt for another scheme.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
    if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return std::nullopt;
    const bool same = std::equal(scheme.begin(), scheme.end(), value.begin(), [](char a, char b) {
        return a == std::tolower(static_cast<unsigned char>(b));
    });
    if (!same) return std::nullopt;
    value.remove_prefix(scheme.size());
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    return value;
}

}  // namespace

Login::Login(config::Snapshot config, std::string secret)
    : config_(std::move(config)), secret_(std::move(secret)) {}

Login::Verdict Login::check(const Request& request, WallTime now) {
    if (request.authorization.empty()) return {};
    if (too_many_faults(request.source, now)) return {Result::slow, nullptr, "too many wrong passwords"};
    Verdict verdict;
    for (const std::string& value : request.authorization) {
        if (const auto token = after_scheme(value, "bearer")) {
            verdict = check_bearer(*token);
        } else if (const auto digest = after_scheme(value, "digest")) {
            verdict = check_digest(*digest, request, now);
        } else {
            verdict = {Result::wrong, nullptr, "an authentication scheme that is not spoken here"};
        }
        // One that is meant for another server of the way says nothing here.
        if (verdict.result != Result::none) break;
    }
    if (verdict.result == Result::wrong) note_fault(request.source, now);
    return verdict;
}

Login::Verdict Login::check_bearer(std::string_view token) const {
    const config::User* found = nullptr;
    // All are compared, so that the time it takes tells nobody which one fits.
    for (const config::User& user : config_->users) {
        if (digest::equal(token, user.token)) found = &user;
    }
    if (found == nullptr) return {Result::wrong, nullptr, "a wrong token"};
    return {Result::good, found, {}};
}

Login::Verdict Login::check_digest(std::string_view value, const Request& request, WallTime now) {
    const auto read = digest::parse_credentials(value);
    if (!read) return {Result::wrong, nullptr, read.error().detail};
    const digest::Exchange& exchange = read->exchange;
    if (exchange.realm != config_->sip.domain) return {};
    // RFC 7616 §3.4.6: what was signed must be what is asked for.
    if (exchange.uri != request.uri) return {Result::wrong, nullptr, "the digest is of another URI"};
    const config::User* found = nullptr;
    for (const config::User& user : config_->users) {
        if (user.name == exchange.username && !user.token.empty()) found = &user;
    }
    // An unknown name takes as long as a wrong password.
    const std::string expected =
        digest::response(exchange, found != nullptr ? found->token : secret_, request.method);
    if (!digest::equal(read->response, expected) || found == nullptr) {
        return {Result::wrong, nullptr, "a wrong user or password"};
    }
    switch (use_nonce(exchange.nonce, read->count, now)) {
        case Nonce::good:
            return {Result::good, found, {}};
        case Nonce::stale:
            return {Result::stale, nullptr, {}};
        case Nonce::replayed:
            return {Result::wrong, nullptr, "a nonce count that was used before"};
    }
    return {};
}

Login::Nonce Login::use_nonce(const std::string& nonce, std::uint32_t count, WallTime now) {
    const auto dot = nonce.find('.');
    if (dot == std::string::npos || !digest::equal(nonce.substr(dot + 1), seal(nonce.substr(0, dot)))) {
        // Of another run of the gateway, or invented: RFC 7616 §3.3 lets the client try again.
        return Nonce::stale;
    }
    const std::int64_t made = time_of(nonce);
    const std::int64_t age = seconds_of(now) - made;
    if (age < 0 || age > std::chrono::seconds(kNonceLife).count()) return Nonce::stale;
    const auto known = counts_.find(nonce);
    if (known == counts_.end()) {
        // A nonce whose count was forgotten must not be taken for a new one.
        if (made <= forgotten_) return Nonce::stale;
        if (counts_.size() >= kMostNonces) forget_oldest();
        counts_.emplace(nonce, count);
        oldest_.push_back(nonce);
        return Nonce::good;
    }
    // RFC 7616 §3.3: each count once. Without qop there is none, and such a nonce is good once.
    if (count <= known->second) return count == 0 ? Nonce::stale : Nonce::replayed;
    known->second = count;
    return Nonce::good;
}

void Login::forget_oldest() {
    forgotten_ = std::max(forgotten_, time_of(oldest_.front()));
    counts_.erase(oldest_.front());
    oldest_.pop_front();
}

std::string Login::seal(std::string_view text) const {
    return jose::encode_base64url(jose::hmac_sha256(secret_, text)).substr(0, kSealLength);
}

std::string Login::make_nonce(WallTime now) const {
    char time[17];
    const auto end = std::to_chars(time, time + sizeof time, seconds_of(now), 16).ptr;
    const std::string text = std::string(time, end) + '-' + random_token(16);
    return text + '.' + seal(text);
}

std::vector<std::string> Login::challenges(bool stale, WallTime now) const {
    std::vector<std::string> values;
    // RFC 8760 §2.4: the better one first. JsSIP and SIP.js keep the last header only, and know only MD5.
    values.push_back(digest_challenge(digest::Algorithm::sha256, stale, now));
    values.push_back("Bearer realm=" + digest::quoted(config_->sip.domain));
    values.push_back(digest_challenge(digest::Algorithm::md5, stale, now));
    return values;
}

std::string Login::digest_challenge(digest::Algorithm algorithm, bool stale, WallTime now) const {
    return "Digest realm=" + digest::quoted(config_->sip.domain) + ", nonce=\"" + make_nonce(now) +
           "\", opaque=\"" + seal("opaque").substr(0, 8) + "\", algorithm=" + std::string(name(algorithm)) +
           ", qop=\"auth\"" + (stale ? ", stale=true" : "");
}

bool Login::too_many_faults(const SocketAddress& source, WallTime now) {
    const auto found = faults_.find(source.with_port(0));
    if (found == faults_.end()) return false;
    if (now - found->second.since > kFaultsForgotten) {
        faults_.erase(found);
        return false;
    }
    return found->second.count >= kFaultsAllowed;
}

void Login::note_fault(const SocketAddress& source, WallTime now) {
    if (faults_.size() >= kMostSources) {
        std::erase_if(faults_, [&](const auto& row) { return now - row.second.since > kFaultsForgotten; });
        if (faults_.size() >= kMostSources) faults_.clear();
    }
    Faults& faults = faults_[source.with_port(0)];
    if (faults.count++ == 0) faults.since = now;
}

}  // namespace causeway::softphone
