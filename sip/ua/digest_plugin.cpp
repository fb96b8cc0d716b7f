// The stack's side of digest_client: its client plug-in for the scheme "Digest", and challenges in parsed
// responses. SIP thread only, but for the installation.
#define SOFIA_EXTEND_AUTH_CLIENT 1
#include <sofia-sip/auth_client.h>
#include <sofia-sip/auth_client_plugin.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_string.h>
#include <sofia-sip/url.h>

#include <map>
#include <vector>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "sip/ua/digest_client.hpp"

namespace causeway::sip {
namespace {

/// One realm's challenge, in the stack's memory: it knows no destructors, so the texts are in its own home.
struct Client {
    auth_client_t base;
    char* nonce;
    char* opaque;
    int algorithm;
    int names_algorithm;
    int qop_auth;
    std::uint32_t count;
};

std::string plain(const char* text) {
    return unquoted(text == nullptr ? "" : text);
}

void replace(su_home_t* home, char*& place, const std::string& text) {
    su_free(home, place);
    place = su_strdup(home, text.c_str());
}

/// 2: to be answered (again), 1: no news, -1: cannot be.
int take_challenge(auth_client_t* base, const msg_auth_t* header) {
    auto* client = reinterpret_cast<Client*>(base);
    const auto challenge = read_challenge(header->au_params);
    if (!challenge) return -1;
    // RFC 7616 §3.3: with stale the password was right; without it, an answer was refused.
    const bool answer = challenge->stale || client->nonce == nullptr;
    replace(base->ca_home, client->nonce, challenge->nonce);
    replace(base->ca_home, client->opaque, challenge->opaque);
    client->algorithm = static_cast<int>(challenge->algorithm);
    client->names_algorithm = challenge->names_algorithm ? 1 : 0;
    client->qop_auth = challenge->qop_auth ? 1 : 0;
    client->count = 0;
    return answer ? 2 : 1;
}

int authorize(auth_client_t* base, su_home_t* home, const char* method, const url_t* url,
              const msg_payload_t*, msg_header_t** made) {
    auto* client = reinterpret_cast<Client*>(base);
    if (client->nonce == nullptr || base->ca_user == nullptr || base->ca_pass == nullptr) return -1;
    Challenge challenge;
    challenge.nonce = client->nonce;
    challenge.opaque = client->opaque == nullptr ? "" : client->opaque;
    challenge.algorithm = static_cast<digest::Algorithm>(client->algorithm);
    challenge.names_algorithm = client->names_algorithm != 0;
    challenge.qop_auth = client->qop_auth != 0;
    const char* const uri = url_as_string(home, url);
    if (uri == nullptr) return -1;
    const ChallengeAnswer answer{.username = base->ca_user,
                                 .password = base->ca_pass,
                                 .realm = plain(base->ca_realm),
                                 .method = method,
                                 .uri = uri,
                                 .cnonce = to_string(make_call_id()),
                                 .count = ++client->count};
    *made = msg_header_make(home, base->ca_credential_class, authorization(challenge, answer).c_str());
    return *made == nullptr ? -1 : 0;
}

/// RFC 7616 §3.5: the next request uses another nonce at once.
int take_info(auth_client_t* base, const msg_auth_info_t* info) {
    auto* client = reinterpret_cast<Client*>(base);
    const char* const next = msg_params_find(info->ai_params, "nextnonce=");
    if (next == nullptr) return 0;
    replace(base->ca_home, client->nonce, plain(next));
    client->count = 0;
    return 1;
}

int save_credentials(auth_client_t* base, const char* scheme, const char* realm, const char* user,
                     const char* pass) {
    const auto username = from_hex(user);
    const auto password = from_hex(pass);
    if (!username || !password) return -1;
    return auth_client_save_credentials(base, scheme, realm, username->c_str(), password->c_str());
}

int clear(auth_client_t* base) {
    base->ca_clear = 1;
    return 1;
}

constexpr auth_client_plugin_t plugin_named(const char* name) {
    return {sizeof(auth_client_plugin_t),
            sizeof(Client),
            name,
            take_challenge,
            authorize,
            take_info,
            clear,
            save_credentials,
            nullptr};
}
constexpr auth_client_plugin_t kPlugin = plugin_named("Digest");
constexpr auth_client_plugin_t kLowerCase = plugin_named("digest");

std::size_t keep_answerable(msg_s* message, sip_s* sip, msg_auth_t* first) {
    // The best of each realm; among equals the first (RFC 8760 §2.4).
    std::map<std::string, std::pair<msg_auth_t*, digest::Algorithm>> best;
    std::vector<msg_auth_t*> all;
    std::string unknown;
    for (msg_auth_t* each = first; each != nullptr; each = each->au_next) {
        all.push_back(each);
        const char* const realm = msg_params_find(each->au_params, "realm=");
        const bool is_digest = each->au_scheme != nullptr && su_casematch(each->au_scheme, "Digest");
        const auto challenge = is_digest && realm != nullptr ? read_challenge(each->au_params) : std::nullopt;
        if (!challenge) {
            const char* const algorithm = msg_params_find(each->au_params, "algorithm=");
            unknown = is_digest && algorithm != nullptr ? algorithm : "another scheme or qop";
            continue;
        }
        const auto known = best.find(realm);
        if (known == best.end()) {
            best.emplace(realm, std::pair(each, challenge->algorithm));
        } else if (challenge->algorithm > known->second.second) {
            known->second = {each, challenge->algorithm};
        }
    }
    std::size_t removed = 0;
    for (msg_auth_t* each : all) {
        const bool kept = std::any_of(best.begin(), best.end(),
                                      [each](const auto& row) { return row.second.first == each; });
        if (kept) continue;
        msg_header_remove(message, reinterpret_cast<msg_pub_t*>(sip), reinterpret_cast<msg_header_t*>(each));
        ++removed;
    }
    // Strangers may send responses too: what a trunk of ours asked in vain is told where it matters.
    if (best.empty() && !all.empty()) log::debug("sip: a challenge asks for {}", unknown);
    return removed;
}

}  // namespace

std::size_t keep_answerable_challenges(msg_s* message, sip_s* sip) {
    return keep_answerable(message, sip, sip->sip_www_authenticate) +
           keep_answerable(message, sip, sip->sip_proxy_authenticate);
}

void install_digest_client() {
    // 1.12.11 takes the first place whose name differs, case and all, where it should take the one that is
    // equal; look-ups disregard case. In this order ours comes first, in such a version and in a mended one.
    auc_register_plugin(&kLowerCase);
    auc_register_plugin(&kPlugin);
}

}  // namespace causeway::sip
