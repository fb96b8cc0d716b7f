// Header by header: what a SIP message says, before anything of it is believed.
#include "sip/ua/message.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_string.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "sip/ua/body_parts.hpp"
#include "sip/ua/filter_rules.hpp"
#include "sip/ua/message_filter.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

/// One more than is looked at, so that too many can be told from enough.
constexpr std::size_t kMostIdentities = 9;
constexpr std::size_t kMostDiversions = 16;

/// Sofia counts as NTP does.
constexpr std::int64_t kSecondsFrom1900To1970 = 2'208'988'800;

std::string string_of(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

/// The header's text as a peer would read it, all values of a list joined.
std::string text_of(const void* header) {
    std::string text;
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    for (auto* each = static_cast<const sip_header_t*>(header); each != nullptr; each = each->sh_next) {
        const char* value = sip_header_as_string(home, each);
        if (value == nullptr) continue;
        if (!text.empty()) text += ", ";
        text += value;
    }
    su_home_deinit(home);
    return text;
}

std::string uri_text(const url_t* url) {
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    std::string text = string_of(url_as_string(home, url));
    su_home_deinit(home);
    return text;
}

/// The number of a tel URI stands where sip URIs have their host.
std::string_view user_text(const url_t* url) {
    const char* user = url->url_user;
    if (user == nullptr && url->url_type == url_tel) user = url->url_host;
    return user == nullptr ? std::string_view{} : std::string_view(user);
}

std::string unquoted(const char* text) {
    std::string value = string_of(text);
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
    value = value.substr(1, value.size() - 2);
    for (std::size_t at = value.find('\\'); at != std::string::npos; at = value.find('\\', at + 1)) {
        value.erase(at, 1);
    }
    return value;
}

/// A whole number; too large ones are the largest.
std::optional<std::uint32_t> number_of(const char* text) {
    if (text == nullptr) return std::nullopt;
    const std::string_view digits(text);
    std::uint32_t value = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault == std::errc::result_out_of_range) return UINT32_MAX;
    if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::vector<std::string> identities_of(const sip_t* sip) {
    std::vector<std::string> values;
    for (const sip_unknown_t* header = sip->sip_unknown; header != nullptr; header = header->un_next) {
        if (header->un_name == nullptr || header->un_value == nullptr) continue;
        if (!su_casematch(header->un_name, "Identity") && !su_casematch(header->un_name, "y")) continue;
        if (values.size() == kMostIdentities) break;
        values.emplace_back(header->un_value);
    }
    return values;
}

/// A header that the filter has moved out of the stack's sight.
const char* hidden(const sip_t* sip, const char* name, const char* value = nullptr) {
    for (const sip_unknown_t* header = sip->sip_unknown; header != nullptr; header = header->un_next) {
        if (!su_casematch(header->un_name, name) || header->un_value == nullptr) continue;
        if (value == nullptr || su_casematch(header->un_value, value)) return header->un_value;
    }
    return nullptr;
}

/// The values of a header that the stack does not know; those with control characters are left out.
std::vector<std::string> unknown_values(const sip_t* sip, const char* name, std::size_t most) {
    constexpr std::size_t kLongest = 1024;
    std::vector<std::string> values;
    for (const sip_unknown_t* header = sip->sip_unknown; header != nullptr; header = header->un_next) {
        if (header->un_name == nullptr || header->un_value == nullptr) continue;
        if (!su_casematch(header->un_name, name)) continue;
        const std::string_view value(header->un_value);
        if (value.size() > kLongest || has_control(value)) continue;
        if (values.size() == most) break;
        values.emplace_back(value);
    }
    return values;
}

/// One header of a URI's header part (RFC 3261 §19.1.1), unescaped; "" if none, nullopt when broken.
std::optional<std::string> header_in_url(const url_t* url, std::string_view name) {
    std::string_view rest = url->url_headers == nullptr ? std::string_view{} : url->url_headers;
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const std::string_view one = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) continue;
        if (equals != name.size() || !su_casenmatch(one.data(), name.data(), equals)) continue;
        return unescaped(one.substr(equals + 1));
    }
    return std::string();
}

Error control_in(const char* what) {
    return Error{std::string("control characters or a broken escape in ") + what};
}

}  // namespace

Result<std::string> sdp_of(const sip_s* sip) {
    using boost::system::in_place_value;
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) {
        return Result<std::string>(in_place_value);
    }
    // RFC 3261 §20.12: nobody here unpacks.
    if (sip->sip_content_encoding != nullptr) return Error{"an encoded body"};
    const std::string type = text_of(sip->sip_content_type);
    const std::string disposition = text_of(sip->sip_content_disposition);
    const auto found =
        description_in(type, disposition, {sip->sip_payload->pl_data, sip->sip_payload->pl_len});
    if (!found.understood) return Error{"a body of type " + type};
    return Result<std::string>(in_place_value, found.sdp);
}

SocketAddress source_of(msg_s* message) {
    if (message == nullptr) return {};
    return SocketAddress(&msg_addr(message)->su_sa);
}

bool came_by_stream(msg_s* message) {
    return msg_addrinfo(message)->ai_socktype == SOCK_STREAM;
}

InviteName invite_name_of(const sip_s* sip) {
    constexpr std::size_t kLongest = 1024;
    const sip_via_t* via = sip->sip_via;
    if (sip->sip_call_id == nullptr || sip->sip_cseq == nullptr || sip->sip_from == nullptr) return {};
    std::string tag = string_of(sip->sip_from->a_tag);
    // The stack compares tags without case.
    std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return std::tolower(c); });
    InviteName name;
    name.call = std::to_string(sip->sip_cseq->cs_seq) + ' ' + tag + ' ' + string_of(sip->sip_call_id->i_id);
    if (name.call.size() > kLongest) return {};
    if (via == nullptr || via->v_branch == nullptr || !su_casenmatch(via->v_branch, "z9hG4bK", 7))
        return name;
    name.transaction = string_of(via->v_branch) + ' ' + string_of(via->v_host) + ' ' + string_of(via->v_port);
    if (name.transaction.size() > kLongest) name.transaction.clear();
    return name;
}

Result<InboundInvite> read_invite(const sip_s* sip) {
    InboundInvite invite;
    const auto to_user = unescaped(user_text(sip->sip_request->rq_url));
    const auto from_user = unescaped(user_text(sip->sip_from->a_url));
    if (!to_user) return control_in("the Request-URI");
    if (!from_user) return control_in("From");
    invite.to_user = *to_user;
    invite.from_user = *from_user;
    invite.from_display = unquoted(sip->sip_from->a_display);
    invite.from_uri = uri_text(sip->sip_from->a_url);
    invite.asserted_identity = text_of(sip_p_asserted_identity(sip));
    invite.privacy = text_of(sip->sip_privacy);
    invite.identity = identities_of(sip);
    invite.to_uri = uri_text(sip->sip_to->a_url);
    invite.request_uri = uri_text(sip->sip_request->rq_url);
    if (sip->sip_date != nullptr) {
        invite.date = static_cast<std::int64_t>(sip->sip_date->d_time) - kSecondsFrom1900To1970;
    }
    invite.sip_call_id = string_of(sip->sip_call_id->i_id);
    invite.takes_info = takes_info(sip);
    invite.takes_refer = takes_refer(sip);
    invite.diversion = unknown_values(sip, "Diversion", kMostDiversions);
    invite.history_info = unknown_values(sip, "History-Info", kMostDiversions);
    invite.authorization = authorization_of(sip);
    if (sip->sip_via != nullptr && su_casematch(sip->sip_via->v_protocol, "SIP/2.0/TCP")) {
        invite.transport = Transport::tcp;
    }
    for (const auto* value : {&invite.from_display, &invite.from_uri, &invite.to_uri, &invite.request_uri,
                              &invite.asserted_identity, &invite.privacy, &invite.sip_call_id}) {
        if (has_control(*value)) return control_in("an identity header");
    }
    for (const auto& value : invite.identity) {
        if (has_control(value)) return control_in("Identity");
    }
    return invite;
}

std::vector<std::string> authorization_of(const sip_s* sip) {
    constexpr std::size_t kMost = 4;
    std::vector<std::string> values;
    for (const msg_auth_t* header : {sip->sip_authorization, sip->sip_proxy_authorization}) {
        for (; header != nullptr && values.size() < kMost; header = header->au_next) {
            // Sofia's own encoder leaves the last parameter out.
            std::string value = string_of(header->au_scheme);
            const char* separator = " ";
            for (auto each = header->au_params; each != nullptr && *each != nullptr; ++each) {
                value += separator + string_of(*each);
                separator = ", ";
            }
            values.push_back(std::move(value));
        }
    }
    return values;
}

Result<InboundRegister> read_register(const sip_s* sip) {
    constexpr std::size_t kMostContacts = 32;
    InboundRegister request;
    const auto to_user = unescaped(user_text(sip->sip_to->a_url));
    if (!to_user) return control_in("To");
    request.to_user = *to_user;
    request.to_host = string_of(sip->sip_to->a_url->url_host);
    request.request_uri = uri_text(sip->sip_request->rq_url);
    request.sip_call_id = string_of(sip->sip_call_id->i_id);
    request.cseq = sip->sip_cseq->cs_seq;
    request.authorization = authorization_of(sip);
    request.supports_outbound = sip_has_feature(sip->sip_supported, "outbound");
    if (sip->sip_user_agent != nullptr) request.user_agent = string_of(sip->sip_user_agent->g_string);
    if (sip->sip_expires != nullptr) request.expires = static_cast<std::uint32_t>(sip->sip_expires->ex_delta);
    for (const sip_contact_t* each = sip->sip_contact; each != nullptr; each = each->m_next) {
        if (each->m_url->url_type == url_any) {
            request.all = true;
            continue;
        }
        if (request.contacts.size() == kMostContacts) return Error{"more contacts than anybody has"};
        RegisterContact contact;
        contact.uri = uri_text(each->m_url);
        contact.instance = unquoted(msg_header_find_param(each->m_common, "+sip.instance"));
        contact.reg_id = number_of(msg_header_find_param(each->m_common, "reg-id")).value_or(0);
        contact.expires = number_of(each->m_expires);
        if (has_control(contact.uri) || has_control(contact.instance)) return control_in("Contact");
        const url_t* url = each->m_url;
        // Calls go there later: RFC 3261 §10.2.1 would allow any scheme.
        if (!is_plain_uri(contact.uri) ||
            !is_sendable_uri(string_of(url->url_scheme), string_of(url->url_host), string_of(url->url_port),
                             string_of(url->url_params))) {
            return Error{"a Contact that cannot be called"};
        }
        request.contacts.push_back(std::move(contact));
    }
    return request;
}

bool takes_info(const sip_s* sip) {
    return sip != nullptr && sip->sip_allow != nullptr &&
           sip_is_allowed(sip->sip_allow, sip_method_info, "INFO");
}

bool takes_refer(const sip_s* sip) {
    return sip == nullptr || sip->sip_allow == nullptr ||
           sip_is_allowed(sip->sip_allow, sip_method_refer, "REFER");
}

std::string reason_of(const sip_s* sip) {
    if (sip == nullptr) return {};
    std::string words;
    int count = 0;
    for (const sip_reason_t* reason = sip->sip_reason; reason != nullptr && count < 4;
         reason = reason->re_next, ++count) {
        const std::string one = describe({.protocol = string_of(reason->re_protocol),
                                          .cause = string_of(reason->re_cause),
                                          .text = string_of(reason->re_text)});
        if (one.empty()) continue;
        if (!words.empty()) words += ", ";
        words += one;
    }
    constexpr std::size_t kLongest = 200;
    return shortened(words, kLongest);
}

TimerWords timer_words_of(const sip_s* sip) {
    using std::chrono::seconds;
    TimerWords words;
    if (sip == nullptr) return words;
    words.supported = sip_has_feature(sip->sip_supported, "timer") ||
                      sip_has_feature(sip->sip_require, "timer") ||
                      hidden(sip, kHiddenRequire, "timer") != nullptr;
    constexpr unsigned long kMost = 1'000'000;
    if (const sip_session_expires_t* expires = sip->sip_session_expires) {
        words.expires = seconds(std::min(expires->x_delta, kMost));
        if (su_casematch(expires->x_refresher, "uac")) words.refresher = Refresher::uac;
        if (su_casematch(expires->x_refresher, "uas")) words.refresher = Refresher::uas;
    }
    if (sip->sip_min_se != nullptr) words.min_se = seconds(std::min(sip->sip_min_se->min_delta, kMost));
    return words;
}

std::optional<bool> allows_update(const sip_s* sip) {
    if (sip == nullptr || sip->sip_allow == nullptr) return std::nullopt;
    return sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE) != 0;
}

bool requires_100rel(const sip_s* sip) {
    return hidden(sip, kHiddenRequire, "100rel") != nullptr;
}

bool supports_100rel(const sip_s* sip) {
    return requires_100rel(sip) || sip_has_feature(sip->sip_supported, "100rel");
}

std::optional<std::uint32_t> rseq_of(const sip_s* sip) {
    const char* value = sip == nullptr ? nullptr : hidden(sip, kHiddenRSeq);
    if (value == nullptr) return std::nullopt;
    const std::string_view text(value);
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
    return number;
}

std::string peer_tag_of(const sip_s* sip) {
    if (sip == nullptr) return {};
    const sip_addr_t* peer = sip->sip_request != nullptr ? sip->sip_from : sip->sip_to;
    std::string tag = peer == nullptr ? std::string() : string_of(peer->a_tag);
    std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return std::tolower(c); });
    return tag;
}

std::string warning_of(const sip_s* sip) {
    if (sip == nullptr || sip->sip_warning == nullptr) return {};
    constexpr std::size_t kLongest = 120;
    std::string words = unquoted(sip->sip_warning->w_text);
    if (has_control(words)) return {};
    if (sip->sip_warning->w_code != 0) words += " (" + std::to_string(sip->sip_warning->w_code) + ')';
    return shortened(words, kLongest);
}

std::optional<std::string> digest_realm_of(const sip_s* sip) {
    for (const msg_auth_t* challenges : {sip->sip_www_authenticate, sip->sip_proxy_authenticate}) {
        for (const msg_auth_t* one = challenges; one != nullptr; one = one->au_next) {
            if (!su_casematch(one->au_scheme, "Digest")) continue;
            const char* realm = msg_header_find_param(one->au_common, "realm");
            if (realm != nullptr) return std::string(realm);
        }
    }
    return std::nullopt;
}

std::vector<std::string> digest_challenges_of(const sip_s* sip) {
    constexpr std::size_t kMostChallenges = 8;
    std::vector<std::string> found;
    for (const bool proxy : {false, true}) {
        const msg_auth_t* one = proxy ? sip->sip_proxy_authenticate : sip->sip_www_authenticate;
        for (; one != nullptr && found.size() < kMostChallenges; one = one->au_next) {
            if (!su_casematch(one->au_scheme, "Digest")) continue;
            const char* realm = msg_header_find_param(one->au_common, "realm");
            if (realm == nullptr) continue;
            std::string challenge = (proxy ? std::string(kOfProxy) : std::string()) + realm;
            if (std::find(found.begin(), found.end(), challenge) == found.end()) {
                found.push_back(std::move(challenge));
            }
        }
    }
    return found;
}

DialogName name_by_response(const sip_s* sip) {
    return {string_of(sip->sip_call_id->i_id), string_of(sip->sip_from->a_tag),
            string_of(sip->sip_to->a_tag)};
}

DialogName name_by_request(const sip_s* sip) {
    return {string_of(sip->sip_call_id->i_id), string_of(sip->sip_to->a_tag),
            string_of(sip->sip_from->a_tag)};
}

DialogName name_by_replaces(std::string_view value) {
    const auto parameter = [&](std::string_view name) {
        const auto at = value.find(name);
        if (at == std::string_view::npos) return std::string();
        const std::string_view rest = value.substr(at + name.size());
        return std::string(rest.substr(0, rest.find(';')));
    };
    return {std::string(value.substr(0, value.find(';'))), parameter(";to-tag="), parameter(";from-tag=")};
}

std::optional<ReplacesHeader> replaces_of(const sip_s* sip) {
    const sip_replaces_t* replaces = sip->sip_replaces;
    if (replaces == nullptr) return std::nullopt;
    // RFC 3891 §3: its to-tag is the tag of whoever receives it.
    return ReplacesHeader{
        {string_of(replaces->rp_call_id), string_of(replaces->rp_to_tag), string_of(replaces->rp_from_tag)},
        replaces->rp_early_only != 0};
}

bool is_taken_over(const sip_s* sip) {
    if (sip == nullptr || sip->sip_request == nullptr) return false;
    const char* name = sip->sip_request->rq_method_name;
    return su_casematch(name, "REFER") || su_casematch(name, "NOTIFY");
}

bool is_early_update(const sip_s* sip) {
    return sip != nullptr && sip->sip_request != nullptr && sip->sip_request->rq_method == sip_method_info &&
           su_casematch(sip->sip_request->rq_method_name, "UPDATE");
}

Result<InboundReferral> read_referral(const sip_s* sip) {
    const sip_refer_to_t* target = sip->sip_refer_to;
    if (target == nullptr) return Error{"no Refer-To"};
    const url_t* url = target->r_url;
    if (url->url_type != url_sip && url->url_type != url_sips && url->url_type != url_tel) {
        return Error{"Refer-To is no SIP or tel URI"};
    }
    char method[16] = {};
    // RFC 3515 §2.1: other methods than INVITE may be asked for; a gateway of calls follows none.
    if (url_param(url->url_params, "method", method, sizeof method) > 0 && !su_casematch(method, "INVITE")) {
        return Error{"Refer-To asks for another method than INVITE"};
    }
    InboundReferral referral;
    const auto user = unescaped(user_text(url));
    const auto replaces = header_in_url(url, "Replaces");
    if (!user || !replaces) return control_in("Refer-To");
    constexpr std::size_t kLongest = 512;
    const bool whole =
        replaces->find(";to-tag=") != std::string::npos && replaces->find(";from-tag=") != std::string::npos;
    if (!replaces->empty() && (replaces->size() > kLongest || !whole)) {
        return Error{"Refer-To has a broken Replaces"};
    }
    referral.target_user = *user;
    referral.target_host = url->url_type == url_tel ? std::string() : string_of(url->url_host);
    referral.replaces = *replaces;
    referral.referred_by = text_of(sip->sip_referred_by);
    if (has_control(referral.referred_by) || referral.referred_by.size() > kLongest) {
        referral.referred_by.clear();
    }
    if (sip->sip_max_forwards != nullptr) {
        referral.max_forwards =
            static_cast<int>(std::min<unsigned long>(sip->sip_max_forwards->mf_count, 70)) - 1;
    }
    const sip_refer_sub_t* wants = sip_refer_sub(sip);
    referral.wants_news = wants == nullptr || !su_casematch(wants->rs_value, "false");
    return referral;
}

std::optional<int> status_in_fragment(const sip_s* sip) {
    if (sip->sip_payload == nullptr || sip->sip_content_type == nullptr) return std::nullopt;
    if (!su_casematch(sip->sip_content_type->c_type, "message/sipfrag")) return std::nullopt;
    const std::string_view body(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
    constexpr std::string_view kVersion = "SIP/2.0 ";
    if (body.size() < kVersion.size() + 3 || !su_casenmatch(body.data(), kVersion.data(), kVersion.size())) {
        return std::nullopt;
    }
    int status = 0;
    const char* digits = body.data() + kVersion.size();
    const auto [end, fault] = std::from_chars(digits, digits + 3, status);
    if (fault != std::errc{} || end != digits + 3 || status < 100 || status > 699) return std::nullopt;
    return status;
}

bool ends_subscription(const sip_s* sip) {
    const sip_subscription_state_t* state = sip->sip_subscription_state;
    return state != nullptr && su_casematch(state->ss_substate, "terminated");
}

std::vector<RedirectTarget> redirect_targets_of(const sip_s* sip) {
    constexpr std::size_t kMost = 5;
    std::vector<std::pair<int, RedirectTarget>> found;
    for (const sip_contact_t* contact = sip->sip_contact; contact != nullptr && found.size() < kMost;
         contact = contact->m_next) {
        const auto user = unescaped(user_text(contact->m_url));
        if (!user || user->empty()) continue;
        // RFC 3261 §20.10: q is at most 1.000; none means 1.
        const double q = contact->m_q == nullptr ? 1 : std::strtod(contact->m_q, nullptr);
        found.push_back(
            {static_cast<int>(std::clamp(q, 0.0, 1.0) * 1000), {*user, string_of(contact->m_url->url_host)}});
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<RedirectTarget> targets;
    for (auto& [q, target] : found) targets.push_back(std::move(target));
    return targets;
}

}  // namespace causeway::sip
