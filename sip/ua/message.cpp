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
#include <memory>

#include "sip/ua/message_filter.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

/// One more than is looked at, so that too many can be told from enough.
constexpr std::size_t kMostIdentities = 9;

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

Error control_in(const char* what) {
    return Error{std::string("control characters or a broken escape in ") + what};
}

}  // namespace

Result<std::string> sdp_of(const sip_s* sip) {
    using boost::system::in_place_value;
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) {
        return Result<std::string>(in_place_value);
    }
    const sip_content_type_t* type = sip->sip_content_type;
    // RFC 3261 §20.15: a body has a type; some old peers leave it out and mean SDP.
    if (type != nullptr && !su_casematch(type->c_type, "application/sdp")) {
        return Error{"a body of type " + string_of(type->c_type)};
    }
    return Result<std::string>(in_place_value, sip->sip_payload->pl_data, sip->sip_payload->pl_len);
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

bool takes_info(const sip_s* sip) {
    return sip != nullptr && sip->sip_allow != nullptr &&
           sip_is_allowed(sip->sip_allow, sip_method_info, "INFO");
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

}  // namespace causeway::sip
