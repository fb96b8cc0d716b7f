// Calls that come in: what they say, how they are answered, the ACK and the CANCEL.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_string.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/header_tags.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

constexpr auto kLogPause = std::chrono::seconds(1);

/// For TAG_NEXT; points into `lines`.
std::vector<tagi_t> header_tags(const std::vector<std::string>& lines) {
    std::vector<tagi_t> tags;
    for (const auto& line : lines) tags.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
    tags.push_back(tagi_t{TAG_END()});
    return tags;
}

}  // namespace

void UserAgent::respond_now(nua_handle_s* handle, int status) {
    respond_now(handle, status, own_refusal(status));
}

void UserAgent::respond_now(nua_handle_s* handle, int status, const EndReason& reason) {
    const std::string why = reason_value(reason, ReasonOn::response);
    nua_respond(handle, status, sip_status_phrase(status), NUTAG_WITH_THIS(nua_),
                TAG_IF(status >= 300, SIPTAG_REASON_STR(why.c_str())),
                TAG_IF(status == 503 || status == 500, SIPTAG_RETRY_AFTER_STR("5")),
                TAG_IF(status == 415, SIPTAG_ACCEPT_STR("application/sdp")), TAG_END());
}

void UserAgent::on_invite(const Event& event) {
    if (event.owner == nullptr) return on_new_invite(event);
    on_reinvite(*static_cast<Dialog*>(event.owner), event);
}

void UserAgent::on_new_invite(const Event& event) {
    Handle handle(event.handle);
    const auto flow = flow_of(nua_current_request(nua_));
    const SocketAddress source = flow ? flow->peer : source_of(nua_current_request(nua_));
    const Instant now = std::chrono::steady_clock::now();
    if (closing_ != Closing::no) return respond_now(handle.get(), 503, stopping());
    if (dialogs_.size() >= kMostDialogs || !invite_limit_.take(source, now)) {
        return refuse_over_rate(handle.get(), source, now);
    }
    auto invite = read_invite(event.message);
    if (!invite) {
        bad_invites_.add();
        log::info("sip: INVITE from {} refused: {}", source.to_string(), invite.error().detail);
        return respond_now(handle.get(), 400);
    }
    auto sdp = sdp_of(event.message);
    if (!sdp) {
        bad_invites_.add();
        log::info("sip: INVITE from {} refused: {}", source.to_string(), sdp.error().detail);
        return respond_now(handle.get(), 415);
    }
    if (const int status = match_replaces(event.message, *invite); status != 0) {
        return respond_now(handle.get(), status);
    }
    if (refused_as_too_small(handle.get(), event.message, nullptr)) return;
    Dialog& dialog = add({next_dialog_.fetch_add(1)}, make_call_id(), std::move(handle));
    dialog.phase = Phase::ringing;
    dialog.name = name_by_request(event.message);
    note_request(dialog, event.message);
    dialog.peer_supports_100rel = supports_100rel(event.message);
    dialog.peer_requires_100rel = requires_100rel(event.message);
    dialog.invite_offers = !sdp->empty();
    dialog.invite.keep_current(nua_);
    keep_invite(dialog, event.message);
    if (flow) {
        dialog.owner = flow->owner;
        bind_flow(dialog, *flow);
        invite->flow = flow->id;
        invite->flow_trunk = flow->trunk;
        invite->peer_names = flow->peer_names;
        invite->transport = transport_of(flow->kind);
    }
    invite->dialog = dialog.id;
    invite->call = dialog.call;
    invite->source = source;
    invite->sdp = std::move(*sdp);
    take_headers(*invite, event.message);
    listener_.on_invite(std::move(*invite));
}

void UserAgent::take_headers(InboundInvite& invite, const sip_s* message) const {
    constexpr std::size_t kMostHeaders = 16;
    constexpr std::size_t kLongestValue = 256;
    for (const sip_unknown_t* each = message->sip_unknown; each != nullptr; each = each->un_next) {
        if (each->un_name == nullptr || each->un_value == nullptr) continue;
        const auto wanted =
            std::find_if(settings_.headers_in.begin(), settings_.headers_in.end(),
                         [&](const std::string& one) { return su_casematch(one.c_str(), each->un_name); });
        if (wanted == settings_.headers_in.end() || invite.headers.size() == kMostHeaders) continue;
        std::string value = shortened(each->un_value, kLongestValue);
        if (!has_control(value)) invite.headers.emplace_back(*wanted, std::move(value));
    }
}

void UserAgent::refuse_over_rate(nua_handle_s* handle, const SocketAddress& source, Instant now) {
    over_rate_.add();
    if (now - over_rate_logged_ >= kLogPause) {
        over_rate_logged_ = now;
        log::info(
            "sip: INVITE from {} refused with 503: too many calls at once ({} dialogs, {} refused so far)",
            source.to_string(), dialogs_.size(), over_rate_.value());
    }
    respond_now(handle, 503);
}

void UserAgent::add_response_header(DialogId id, const Header& header) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || !is_extra_header_name(header.first) || has_control(header.second)) return;
    dialog->response_headers.push_back(header.first + ": " + header.second);
}

void UserAgent::set_options(DialogId id, const DialogOptions& options) {
    Dialog* dialog = find(id);
    if (dialog == nullptr) return;
    dialog->options = options;
    if (options.credentials) dialog->credentials = options.credentials;
    if (dialog->phase != Phase::ringing) return;
    // RFC 3262 §3 and RFC 3261 §8.2.2.3: who cannot do without what the other has not.
    const bool refused = dialog->peer_requires_100rel && options.reliability == Reliability::off;
    const bool missing = !dialog->peer_supports_100rel && options.reliability == Reliability::required;
    if (!refused && !missing) return;
    const int status = refused ? 420 : 421;
    nua_respond(dialog->handle.get(), status, sip_status_phrase(status),
                NUTAG_WITH_SAVED(dialog->invite.address()), TAG_IF(refused, SIPTAG_UNSUPPORTED_STR("100rel")),
                TAG_IF(missing, SIPTAG_UNKNOWN_STR("Require: 100rel")), TAG_END());
    dialog->invite.reset();
    finish(*dialog, {.cause = EndCause::bad_request,
                     .by = Side::sip,
                     .detail = refused ? "The caller requires reliable provisional responses."
                                       : "The caller has no reliable provisional responses.",
                     .sip_status = status});
}

void UserAgent::progress(DialogId id, int status, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::ringing || status <= 100 || status >= 200) return;
    const std::vector<tagi_t> extra = header_tags(dialog->response_headers);
    // RFC 3261 §13.2.1: to an INVITE without an offer the first reliable response must bring ours, which only
    // the 200 has; RFC 3262 §3: who requires reliable ones gets no others.
    const bool may_be_reliable = dialog->invite_offers || !sdp.empty();
    if (dialog->peer_requires_100rel && !may_be_reliable) return;
    // RFC 3262 §3; the stack repeats it until the PRACK, and keeps the 200 back until then.
    const bool reliable =
        may_be_reliable && dialog->peer_supports_100rel && dialog->options.reliability != Reliability::off;
    nua_respond(dialog->handle.get(), status, sip_status_phrase(status),
                TAG_IF(!dialog->contact.empty(), SIPTAG_CONTACT_STR(dialog->contact.c_str())),
                NUTAG_WITH_SAVED(dialog->invite.address()), TAG_IF(reliable, SIPTAG_REQUIRE_STR("100rel")),
                TAG_IF(!sdp.empty(), SIPTAG_CONTENT_TYPE_STR("application/sdp")),
                TAG_IF(!sdp.empty(), SIPTAG_PAYLOAD_STR(sdp.c_str())), TAG_NEXT(extra.data()));
}

void UserAgent::accept(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::ringing) return;
    dialog->phase = Phase::answered;
    filter_.answering(dialog->invite_name);
    dialog->session.agreed_sdp = sdp;
    const HeaderTags timer(timer_answer_lines(*dialog));
    std::vector<tagi_t> extra = header_tags(dialog->response_headers);
    extra.back() = tagi_t{TAG_NEXT(timer.as<tagi_t>())};
    nua_respond(dialog->handle.get(), SIP_200_OK, NUTAG_WITH_SAVED(dialog->invite.address()),
                TAG_IF(!dialog->contact.empty(), SIPTAG_CONTACT_STR(dialog->contact.c_str())),
                TAG_IF(!sdp.empty(), SIPTAG_CONTENT_TYPE_STR("application/sdp")),
                TAG_IF(!sdp.empty(), SIPTAG_PAYLOAD_STR(sdp.c_str())), TAG_NEXT(extra.data()));
    dialog->invite.reset();
}

void UserAgent::refuse(Dialog& dialog, const EndReason& reason) {
    const int status = std::clamp((sip_status)(reason), 300, 699);
    const std::string why = reason_value(reason, ReasonOn::response);
    const char* const phrase = identity_phrase(status, reason);
    const std::string warning = warning_value(status, settings_.domain, reason.detail);
    const std::vector<tagi_t> extra = header_tags(dialog.response_headers);
    nua_respond(dialog.handle.get(), status, phrase != nullptr ? phrase : sip_status_phrase(status),
                NUTAG_WITH_SAVED(dialog.invite.address()), SIPTAG_REASON_STR(why.c_str()),
                TAG_IF(!warning.empty(), SIPTAG_WARNING_STR(warning.c_str())),
                TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("5")), TAG_NEXT(extra.data()));
    dialog.invite.reset();
}

void UserAgent::on_ack(Dialog& dialog, const sip_s* message) {
    dialog.acknowledged = true;
    dialog.session.awaits_ack = false;
    // The stack has chosen our tag; the ACK tells it.
    if (message != nullptr) dialog.name = name_by_request(message);
    if (dialog.bye_after_ack) return send_bye(dialog);
    if (dialog.phase != Phase::answered) return;
    auto sdp = sdp_of(message);
    listener_.on_acknowledged(dialog.id, sdp ? std::move(*sdp) : std::string());
}

void UserAgent::on_cancel(Dialog& dialog, const sip_s* message) {
    // nua has answered both the CANCEL and the INVITE (487).
    if (dialog.phase == Phase::answered) {
        // RFC 3261 §14.2: a re-INVITE that is taken back changes nothing.
        dialog.reoffer.reset();
        dialog.session.peer_timer.reset();
        return;
    }
    finish(dialog,
           {.cause = EndCause::cancelled, .by = Side::sip, .detail = reason_of(message), .sip_status = {}});
}

}  // namespace causeway::sip
