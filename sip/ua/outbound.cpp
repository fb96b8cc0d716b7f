// Calls that we make: INVITE, what comes back, digest once, the end of ringing.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/header_tags.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

constexpr int kFirstInternalStatus = 700;

/// A failure that no response told: the transaction timed out or could not send.
EndReason local_failure(int status, const char* phrase, bool heard) {
    EndReason reason{.cause = EndCause::trunk_unreachable, .by = Side::sip, .detail = {}, .sip_status = {}};
    if (status == 408) reason.cause = EndCause::trunk_timeout;
    if (status >= kFirstInternalStatus) {
        reason.cause = EndCause::internal_error;
        reason.by = Side::gateway;
        reason.detail = std::string("the SIP stack could not send: ") + phrase;
    }
    if (heard && reason.cause == EndCause::trunk_timeout) {
        reason.detail = "The telephone network stopped answering.";
    }
    return reason;
}

/// About as long as the INVITE will be; the stack's own headers are rather overestimated.
std::size_t size_of(const OutboundInvite& invite) {
    constexpr std::size_t kStacksOwn = 700;
    std::size_t size = kStacksOwn + 2 * invite.request_uri.size() + invite.from_uri.size() +
                       invite.from_display.size() + invite.to_uri.size() + invite.sdp.size();
    for (const auto& [name, value] : invite.headers) size += name.size() + value.size() + 4;
    return size;
}

/// The same address by TCP.
std::string by_tcp(std::string uri) {
    constexpr std::string_view kUdp = ";transport=udp";
    if (const auto at = uri.find(kUdp); at != std::string::npos) uri.erase(at, kUdp.size());
    return uri + ";transport=tcp";
}

bool is_safe_header(const Header& header) {
    return is_extra_header_name(header.first) && !has_control(header.second);
}

bool is_safe_sdp(const std::string& sdp) {
    return sdp.find('\0') == std::string::npos;
}

}  // namespace

bool UserAgent::refuse_control_characters(const OutboundInvite& invite) {
    const bool uris_fit = is_plain_uri(invite.request_uri) && is_plain_uri(invite.from_uri) &&
                          is_plain_uri(invite.to_uri) && (invite.proxy.empty() || is_plain_uri(invite.proxy));
    const bool call_id_fits = invite.sip_call_id.empty() || is_call_id(invite.sip_call_id);
    const bool headers_fit = std::all_of(invite.headers.begin(), invite.headers.end(), is_safe_header);
    const bool secrets_fit = !invite.credentials || (!has_control(invite.credentials->username) &&
                                                     !has_control(invite.credentials->password));
    if (uris_fit && call_id_fits && headers_fit && secrets_fit && !has_control(invite.from_display) &&
        is_safe_sdp(invite.sdp)) {
        return false;
    }
    injections_.add();
    log::warning(invite.call, "sip: a value of the INVITE cannot stand in a header; not sent");
    return true;
}

void UserAgent::invite(DialogId id, const OutboundInvite& invite) {
    if (closing_ != Closing::no) return listener_.on_ended(id, stopping());
    const EndReason fault{.cause = EndCause::internal_error,
                          .by = Side::gateway,
                          .detail = "a value of the call cannot stand in a SIP header",
                          .sip_status = {}};
    if (refuse_control_characters(invite)) return listener_.on_ended(id, fault);

    std::optional<Flow> flow;
    if (invite.flow != FlowId{}) {
        if (settings_.flows) flow = settings_.flows->find(invite.flow);
        if (!flow) return listener_.on_ended(id, flow_fault(invite.flow));
    }
    Dialog& dialog = add(id, invite.call, nullptr);
    dialog.outbound = true;
    dialog.options = invite.options;
    dialog.credentials = invite.credentials;
    dialog.more_credentials = invite.more_credentials;
    dialog.by_name = invite.flow == FlowId{} && !invite.proxy.empty();
    const Instant now = std::chrono::steady_clock::now();
    dialog.deadline = now + invite.ring_timeout;
    if (invite.answer_within.count() > 0) {
        dialog.ring_until = dialog.deadline;
        dialog.deadline = std::min<Instant>(*dialog.deadline, now + invite.answer_within);
    }
    dialog.sent = std::make_unique<const OutboundInvite>(invite);
    if (flow) dialog.owner = flow->owner;
    if (send_invite(dialog)) return;
    finish(dialog, fault);
    forget(dialog);
}

bool UserAgent::send_invite(Dialog& dialog) {
    const OutboundInvite& invite = *dialog.sent;
    // RFC 3261 §18.1.1, where the operator says so. Its answers and its dialog stay on TCP.
    const bool too_long = invite.tcp_above > 0 && size_of(invite) > invite.tcp_above;
    const std::string request_uri = too_long ? by_tcp(invite.request_uri) : invite.request_uri;
    const std::string proxy = too_long && !invite.proxy.empty() ? by_tcp(invite.proxy) : invite.proxy;
    nua_s* const stack = stacks_.towards(invite.trunk, proxy.empty() ? request_uri : proxy, invite.flow);
    Handle handle(nua_handle(stack, nullptr, SIPTAG_TO_STR(name_addr({}, invite.to_uri).c_str()),
                             NUTAG_URL(request_uri.c_str()), TAG_END()));
    if (!handle) return false;
    nua_handle_bind(handle.get(), &dialog);
    dialog.handle = std::move(handle);
    dialog.answered.clear();
    dialog.early.clear();
    dialog.session.agreed_sdp = invite.sdp;
    dialog.session.late_answer = invite.sdp.empty();

    std::optional<Flow> flow;
    if (invite.flow != FlowId{} && settings_.flows) flow = settings_.flows->find(invite.flow);
    if (flow) bind_flow(dialog, *flow);

    std::vector<std::string> lines;
    for (const auto& [name, value] : invite.headers) lines.push_back(name + ": " + value);
    std::vector<tagi_t> extra;
    for (const auto& line : lines) extra.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
    std::vector<std::string> spoken = timer_request_lines(dialog);
    // RFC 3262 §4.
    if (dialog.options.reliability == Reliability::supported) spoken.emplace_back("Supported: 100rel");
    if (dialog.options.reliability == Reliability::required) spoken.emplace_back("Require: 100rel");
    const HeaderTags extensions(std::move(spoken));
    extra.push_back(tagi_t{TAG_NEXT(extensions.as<tagi_t>())});
    const std::string from = name_addr(invite.from_display, invite.from_uri);
    const std::string hops = std::to_string(std::clamp(invite.max_forwards, 1, 70));
    nua_invite(dialog.handle.get(), SIPTAG_FROM_STR(from.c_str()), SIPTAG_MAX_FORWARDS_STR(hops.c_str()),
               TAG_IF(!invite.sip_call_id.empty(), SIPTAG_CALL_ID_STR(invite.sip_call_id.c_str())),
               TAG_IF(!dialog.contact.empty(), SIPTAG_CONTACT_STR(dialog.contact.c_str())),
               TAG_IF(!flow && !proxy.empty(), NUTAG_PROXY(proxy.c_str())),
               TAG_IF(invite.sdp.empty(), NUTAG_AUTOACK(0)),
               TAG_IF(!invite.sdp.empty(), SIPTAG_CONTENT_TYPE_STR("application/sdp")),
               TAG_IF(!invite.sdp.empty(), SIPTAG_PAYLOAD_STR(invite.sdp.c_str())), TAG_NEXT(extra.data()));
    return true;
}

bool UserAgent::send_invite_again(Dialog& dialog, const Event& event) {
    if (event.status != 422 || dialog.phase != Phase::calling || !dialog.sent) return false;
    // RFC 4028 §7.3: with an interval that the other side can bear.
    const auto longer = after_too_small(timer_words_of(event.message), timer_policy(dialog).expires);
    if (!longer) return false;
    dialog.options.session_expires = *longer;
    return send_invite(dialog);
}

void UserAgent::on_invite_response(Dialog& dialog, const Event& event) {
    // Sofia tells of timeouts and send failures by responses that it makes up itself.
    const bool local = event.message == nullptr || nta_sip_is_internal(event.message);
    if (!local && event.status < 300) dialog.name = name_by_response(event.message);
    if (dialog.phase == Phase::answered) return on_reinvite_response(dialog, event);
    if (event.status < 200) {
        dialog.heard = dialog.heard || !local;
        if (!local && dialog.ring_until && dialog.phase == Phase::calling) {
            dialog.deadline = std::exchange(dialog.ring_until, std::nullopt);
        }
        if (!local && dialog.cancel_later) return send_cancel(dialog);
        if (local || event.status == kTrying || dialog.phase != Phase::calling) return;
        return on_provisional(dialog, event);
    }
    filter_.forget_early(dialog.name.call_id);
    if (event.status < 300) {
        // RFC 3261 §9.1: the answer crossed our CANCEL; nua has acknowledged it, or does so before the BYE.
        if (dialog.phase == Phase::ended) return send_bye(dialog);
        dialog.phase = Phase::answered;
        dialog.deadline.reset();
        go_straight(dialog, event.message);
        dialog.sent.reset();
        dialog.reoffer.reset();
        note_timer_answer(dialog, event.message);
        listener_.on_capabilities(dialog.id, takes_info(event.message), takes_refer(event.message));
        return listener_.on_answered(dialog.id, answer_of(dialog, event.message));
    }
    if (!local && (event.status == 401 || event.status == 407)) return authenticate(dialog, event);
    if (!local && event.status < 400) return redirected(dialog, event);
    if (local) return finish(dialog, local_failure(event.status, event.phrase, dialog.heard));
    if (send_invite_again(dialog, event)) return;
    // RFC 3261 §21.5.4
    if (event.status == 503 && event.message->sip_retry_after != nullptr) {
        constexpr unsigned long kLongest = 86400;
        const unsigned long wanted = event.message->sip_retry_after->af_delta;
        listener_.on_retry_after(dialog.id, std::chrono::seconds(std::min(wanted, kLongest)));
    }
    EndReason reason = from_sip_status(event.status, event.phrase);
    // RFC 3261 §21.4.26: why nothing of the offer would do.
    const std::string warning = warning_of(event.message);
    if (!warning.empty()) reason.detail += (reason.detail.empty() ? "" : " ") + ("Warning: " + warning);
    finish(dialog, std::move(reason));
}

void UserAgent::go_straight(const Dialog& dialog, const sip_s* answer) {
    // RFC 3261 §12.2.1.1: the trunk's server was for the INVITE; what follows goes by Record-Route or to the
    // Contact, when that can be sent to without looking a name up.
    if (!dialog.by_name) return;
    const url_t* next = answer->sip_contact != nullptr ? answer->sip_contact->m_url : nullptr;
    for (const sip_route_t* each = answer->sip_record_route; each != nullptr; each = each->r_next) {
        next = each->r_url;
    }
    if (next == nullptr || next->url_host == nullptr) return;
    std::string_view host(next->url_host);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    if (SocketAddress::parse(host, 0)) nua_set_hparams(dialog.handle.get(), NUTAG_PROXY(next), TAG_END());
}

const DigestCredentials* UserAgent::credentials_for(const Dialog& dialog, std::string_view realm) {
    const DigestCredentials* any = nullptr;
    const auto consider = [&](const DigestCredentials& known) {
        if (!known.realm.empty() && quoted(known.realm) == realm) return true;
        if (known.realm.empty() && any == nullptr) any = &known;
        return false;
    };
    if (dialog.credentials && consider(*dialog.credentials)) return &*dialog.credentials;
    for (const DigestCredentials& known : dialog.more_credentials) {
        if (consider(known)) return &known;
    }
    return any;
}

bool UserAgent::answered_challenge(Dialog& dialog, const Event& event) {
    if (event.message == nullptr) return false;
    constexpr std::size_t kMostRealms = 4;
    std::vector<std::string> answers;
    // RFC 3261 §22.3: a proxy and the one behind it may both ask, at once or one after the other.
    for (const std::string& challenge : digest_challenges_of(event.message)) {
        auto& answered = dialog.answered;
        // Where nua had credentials it has used them: what is reported then is that they are not liked.
        if (std::find(answered.begin(), answered.end(), challenge) != answered.end()) continue;
        std::string_view realm = challenge;
        if (realm.starts_with(kOfProxy)) realm.remove_prefix(kOfProxy.size());
        const DigestCredentials* known = credentials_for(dialog, realm);
        if (known == nullptr || answered.size() >= kMostRealms) continue;
        answered.push_back(challenge);
        answers.push_back(auth_tag(realm, known->username, known->password));
    }
    if (answers.empty()) return false;
    std::vector<tagi_t> tags;
    for (const std::string& answer : answers) tags.push_back(tagi_t{NUTAG_AUTH(answer.c_str())});
    tags.push_back(tagi_t{TAG_END()});
    nua_authenticate(dialog.handle.get(), TAG_NEXT(tags.data()));
    return true;
}

void UserAgent::redirected(Dialog& dialog, const Event& event) {
    if (dialog.phase == Phase::ended) return;
    auto targets = redirect_targets_of(event.message);
    // RFC 3261 §8.1.3.4: without anywhere to go it is a refusal.
    if (targets.empty()) return finish(dialog, from_sip_status(event.status, event.phrase));
    let_die(dialog);
    dialog.why = from_sip_status(event.status, event.phrase);
    listener_.on_redirected(dialog.id, event.status, std::move(targets));
}

void UserAgent::authenticate(Dialog& dialog, const Event& event) {
    if (!digest_realm_of(event.message)) {
        log::warning(dialog.call,
                     "sip: the challenge cannot be answered: MD5 and SHA-256 with qop auth are spoken");
    }
    if (dialog.phase != Phase::ended && answered_challenge(dialog, event)) return;
    finish(dialog, from_sip_status(event.status, event.phrase));
    // nua still waits for credentials, so it will not end this one.
    forget(dialog);
}

}  // namespace causeway::sip
