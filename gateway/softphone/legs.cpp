// The calls of softphones: SIP into a page's events, and what a page is told into SIP.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/softphone/shown_caller.hpp"
#include "gateway/softphone/softphones.hpp"

namespace causeway::softphone {
namespace {

/// An answer waits so long for the candidates of STUN and TURN; those of the interfaces are in it.
constexpr auto kCandidatePatience = std::chrono::milliseconds(1500);
constexpr std::ptrdiff_t kMostLines = 500;

EndCause cause_of(std::string_view words) {
    for (int each = 0; each < static_cast<int>(EndCause::internal_error); ++each) {
        if (code(static_cast<EndCause>(each)) == words) return static_cast<EndCause>(each);
    }
    return EndCause::internal_error;
}

EndReason reason_of(const http::Ended& ended) {
    EndReason reason;
    reason.cause = cause_of(ended.reason);
    reason.by = ended.by == "browser" ? Side::browser : ended.by == "sip" ? Side::sip : Side::gateway;
    reason.detail = ended.text;
    // What a trunk asked of the gateway is not asked of the softphone.
    const bool asks_to_log_in = ended.sip_status == 401 || ended.sip_status == 407;
    if (ended.sip_status >= 300) reason.sip_status = asks_to_log_in ? 403 : ended.sip_status;
    return reason;
}

/// What the user of a called softphone did, by the status that it refused with.
bool is_declined(const EndReason& reason) {
    const int status = reason.sip_status.value_or(0);
    return status == 480 || status == 486 || status >= 600;
}

}  // namespace

Softphones::Leg* Softphones::find(DialogId dialog) {
    const auto found = legs_.find(dialog);
    return found == legs_.end() ? nullptr : &found->second;
}

Softphones::Leg* Softphones::find(SessionId session, const std::string& name) {
    const auto found = by_name_.find({session, name});
    return found == by_name_.end() ? nullptr : find(found->second);
}

void Softphones::forget(DialogId dialog) {
    const auto found = legs_.find(dialog);
    if (found == legs_.end()) return;
    const SessionId session = found->second.session;
    by_name_.erase({session, found->second.name});
    legs_.erase(found);
    const auto phone = phones_.find(session);
    if (phone != phones_.end() && !phone->second.listed && !has_legs(session)) phones_.erase(phone);
}

bool Softphones::has_legs(SessionId session) const {
    return std::any_of(legs_.begin(), legs_.end(),
                       [&](const auto& row) { return row.second.session == session; });
}

void Softphones::refuse_invite(DialogId dialog, int status, const std::vector<sip::Header>& headers,
                               std::string why) {
    for (const sip::Header& header : headers) ports_.sip.add_response_header(dialog, header);
    const EndCause cause = status == 401 || status == 503 ? EndCause::not_authenticated
                           : status == 488                ? EndCause::bad_offer
                                                          : EndCause::forbidden;
    ports_.sip.end(dialog, {cause, Side::gateway, std::move(why), status});
}

bool Softphones::on_invite(sip::InboundInvite& invite, const Clock& clock) {
    if (invite.flow == FlowId{}) return false;
    const Asker asker = caller_of(claim_of("INVITE", invite), clock);
    if (asker.user == nullptr) {
        if (asker.status != 401) {
            refused_.add();
            log_refusal(invite.source, "INVITE", asker.why, clock.wall);
        }
        refuse_invite(invite.dialog, asker.status, asker.headers, asker.why);
        return true;
    }
    if (invite.sdp.empty()) {
        refused_.add();
        refuse_invite(invite.dialog, 488, {}, "A browser's INVITE must hold its offer.");
        return true;
    }
    if (invite.replaces) {
        // RFC 3891 §3: who takes a call over does so by REFER in it, with the rights that the call has.
        refused_.add();
        refuse_invite(invite.dialog, 403, {}, "A call is handed over by REFER.");
        return true;
    }
    const config::User& user = *asker.user;
    Leg leg;
    leg.dialog = invite.dialog;
    leg.session = session_of(invite.flow, user);
    leg.name = "sip-" + std::to_string(invite.dialog.value);
    call::PagePlaced placed;
    placed.session = leg.session;
    placed.name = leg.name;
    placed.caller = {user.name, false, user.numbers.empty() ? "" : user.numbers.front(), user.display};
    placed.to = invite.to_user;
    placed.sdp = std::move(invite.sdp);
    placed.answers_late = true;
    placed.number = number_chosen(user, invite.from_user);
    placed.privacy =
        identity::lower_case(invite.from_user) == "anonymous" || identity::wants_privacy(invite.privacy);
    by_name_[{leg.session, leg.name}] = leg.dialog;
    legs_.emplace(leg.dialog, std::move(leg));
    ports_.calls.place(std::move(placed));
    return true;
}

void Softphones::ring(SessionId session, const http::Incoming& incoming) {
    const auto phone = phones_.find(session);
    const Binding* binding = registrar_.find(session);
    if (phone == phones_.end() || binding == nullptr || phone->second.flow == FlowId{}) return;
    const std::string& domain = config_->sip.domain;
    ShownCaller shown = shown_caller(incoming.from, incoming.from_display, incoming.caller, domain);
    sip::OutboundInvite invite;
    invite.request_uri = binding->contact.uri;
    invite.to_uri = "sip:" + identity::escaped_sip_user(binding->user) + "@" + domain;
    invite.from_uri = std::move(shown.from_uri);
    invite.from_display = std::move(shown.from_display);
    invite.headers = std::move(shown.headers);
    invite.flow = phone->second.flow;
    // The call itself ends the ringing; this is for the case that it does not.
    invite.ring_timeout = config_->sip.ring_timeout + std::chrono::seconds(10);
    Leg leg;
    leg.session = session;
    leg.name = incoming.call;
    leg.called = true;
    leg.dialog = ports_.sip.invite(std::move(invite));
    by_name_[{session, leg.name}] = leg.dialog;
    legs_.emplace(leg.dialog, std::move(leg));
}

void Softphones::on_answered(DialogId dialog, std::string sdp) {
    Leg* leg = find(dialog);
    if (leg == nullptr || !leg->called || leg->answered) return;
    leg->answered = true;
    const SessionId session = leg->session;
    const std::string name = leg->name;
    if (!sdp.empty() && ports_.calls.on_page(session, name, call::PageAccepted{session, std::move(sdp)}))
        return;
    // Somebody else was quicker, or it brought no offer.
    ports_.calls.on_page(session, name, call::PageGone{session});
    if (Leg* left = find(dialog)) end(*left, {EndCause::bad_offer, Side::browser, {}, {}});
}

void Softphones::on_reoffer(DialogId dialog, std::string sdp) {
    Leg* leg = find(dialog);
    if (leg == nullptr) return;
    // RFC 3264 §5 would have us offer; only browsers make offers here.
    if (sdp.empty() || leg->reoffered) return ports_.sip.refuse_reoffer(dialog, sdp.empty() ? 488 : 491);
    leg->reoffered = true;
    const SessionId session = leg->session;
    if (!ports_.calls.on_page(session, leg->name, call::PageReoffer{session, std::move(sdp)})) {
        ports_.sip.refuse_reoffer(dialog, 481);
    }
}

void Softphones::on_digit(DialogId dialog, char digit, int duration_ms) {
    const Leg* leg = find(dialog);
    if (leg == nullptr) return;
    const SessionId session = leg->session;
    ports_.calls.on_page(session, leg->name, call::PageDigit{session, digit, duration_ms});
}

void Softphones::on_ended(DialogId dialog, const EndReason& reason) {
    const Leg* leg = find(dialog);
    if (leg == nullptr) return;
    const SessionId session = leg->session;
    const std::string name = leg->name;
    const bool rang = leg->called && !leg->answered;
    forget(dialog);
    if (!rang) {
        ports_.calls.on_page(session, name, call::PageHungUp{session});
    } else if (is_declined(reason)) {
        ports_.calls.on_page(session, name, call::PageDeclined{session});
    } else {
        ports_.calls.on_page(session, name, call::PageGone{session});
    }
}

void Softphones::end(Leg& leg, const EndReason& reason) {
    const DialogId dialog = leg.dialog;
    ports_.sip.end(dialog, reason);
    forget(dialog);
}

void Softphones::take_answer(Leg& leg, const std::string& sdp, Instant now) {
    leg.answer = sdp;
    leg.answer_due = now + kCandidatePatience;
    if (leg.reoffered || sdp.find("a=end-of-candidates") != std::string::npos) flush_answer(leg);
}

void Softphones::add_candidate(Leg& leg, const std::string& candidate) {
    if (!leg.answer_due) return;
    if (candidate.empty()) return flush_answer(leg);
    const bool fits = std::count(leg.answer.begin(), leg.answer.end(), '\n') < kMostLines &&
                      !identity::has_control_characters(candidate);
    if (fits) leg.answer += "a=" + candidate + "\r\n";
}

void Softphones::flush_answer(Leg& leg) {
    leg.answer_due.reset();
    if (std::exchange(leg.reoffered, false)) return ports_.sip.answer_reoffer(leg.dialog, leg.answer);
    if (leg.described) return;
    leg.described = true;
    if (leg.called) return ports_.sip.acknowledge(leg.dialog, leg.answer);
    // At once, so that ICE begins while it still rings.
    if (!leg.answered) ports_.sip.progress(leg.dialog, 183, leg.answer);
}

void Softphones::send(SessionId session, const http::ServerMessage& message, Instant now) {
    if (const auto* incoming = std::get_if<http::Incoming>(&message)) return ring(session, *incoming);
    if (const auto* text = std::get_if<http::ReceivedMessage>(&message)) return deliver(session, *text);
    if (const auto* sent = std::get_if<http::MessageSent>(&message)) return tell_sent(*sent);
    Leg* leg = std::visit(
        [&](const auto& told) -> Leg* {
            if constexpr (requires { told.call; }) {
                return find(session, told.call);
            } else {
                return nullptr;
            }
        },
        message);
    if (leg == nullptr) return;
    if (const auto* answer = std::get_if<http::Answer>(&message)) {
        take_answer(*leg, answer->sdp, now);
    } else if (const auto* candidate = std::get_if<http::Candidate>(&message)) {
        add_candidate(*leg, candidate->candidate);
    } else if (std::holds_alternative<http::Ringing>(message)) {
        if (!leg->called && !leg->answered) ports_.sip.progress(leg->dialog, 180, "");
    } else if (std::holds_alternative<http::Answered>(message)) {
        if (leg->called || leg->answered) return;
        leg->answered = true;
        if (leg->answer_due) flush_answer(*leg);
        ports_.sip.accept(leg->dialog, leg->answer);
    } else if (const auto* news = std::get_if<http::TransferNews>(&message)) {
        tell_transfer(*leg, *news);
    } else if (const auto* ended = std::get_if<http::Ended>(&message)) {
        end(*leg, reason_of(*ended));
    } else if (std::holds_alternative<http::ProtocolError>(message)) {
        if (leg->reoffered) {
            leg->reoffered = false;
            return ports_.sip.refuse_reoffer(leg->dialog, 488);
        }
        // Its offer cannot be used: the call rings on elsewhere. Who tells us is the call, so it hears of it
        // later.
        unusable_.emplace_back(session, leg->name);
        end(*leg, {EndCause::bad_offer, Side::browser, {}, {}});
    }
}

}  // namespace causeway::softphone
