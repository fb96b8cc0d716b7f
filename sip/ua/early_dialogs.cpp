// The early dialogs of one INVITE: a forking proxy makes several, each with a description of its own, and the
// one that answers wins. Their reliable provisional responses are acknowledged here, since Sofia knows one
// early dialog only. RFC 3261 §13.2.2.4, RFC 3262 §4, RFC 3311 §5.2.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_string.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/url.h>

#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/message.hpp"

namespace causeway::sip {
namespace {

constexpr std::size_t kMostEarlyDialogs = 16;

/// RFC 3261 §12.1.2: the caller's route set is the Record-Route turned round.
std::string route_of(const sip_t* response) {
    std::string route;
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    for (const sip_record_route_t* each = response->sip_record_route; each != nullptr; each = each->r_next) {
        const char* text = sip_header_as_string(home, reinterpret_cast<const sip_header_t*>(each));
        if (text == nullptr) continue;
        route = route.empty() ? std::string(text) : std::string(text) + ", " + route;
    }
    su_home_deinit(home);
    return route;
}

std::string target_of(const sip_t* response) {
    if (response->sip_contact == nullptr) return {};
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const char* text = url_as_string(home, response->sip_contact->m_url);
    std::string target = text == nullptr ? std::string() : text;
    su_home_deinit(home);
    return target;
}

/// Of what the peer wrote to us only the place can be ours; the rest is its own invention.
std::string contact_towards(const sip_t* request, const std::vector<OwnContact>& own) {
    if (request->sip_request == nullptr) return {};
    const url_t* url = request->sip_request->rq_url;
    const char* host = url->url_host;
    const char* port = url_port(url);
    char transport[8] = {};
    const bool tcp = url_param(url->url_params, "transport", transport, sizeof transport) > 0 &&
                     su_casematch(transport, "tcp");
    return own_contact(host == nullptr ? "" : host, port == nullptr ? "" : port, tcp, own);
}

std::string to_of(const sip_t* response) {
    if (response->sip_to == nullptr) return {};
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const char* text = sip_header_as_string(home, reinterpret_cast<const sip_header_t*>(response->sip_to));
    std::string to = text == nullptr ? std::string() : text;
    su_home_deinit(home);
    return to;
}

Prack prack_of(const sip_t* response, std::uint32_t rseq) {
    return {.tag = peer_tag_of(response),
            .to = to_of(response),
            .target = target_of(response),
            .route = route_of(response),
            .rack = std::to_string(rseq) + ' ' + std::to_string(response->sip_cseq->cs_seq) + " INVITE"};
}

/// Inside the response's early dialog. The handle knows none yet, so all that makes it one is said here; the
/// number is the handle's next, so that its later requests go on from there.
void send_prack(nua_handle_t* handle, const Prack& prack, const std::string& sdp = {}) {
    if (prack.target.empty() || prack.to.empty()) return;
    nua_prack(handle, NUTAG_URL(prack.target.c_str()), SIPTAG_TO_STR(prack.to.c_str()),
              SIPTAG_RACK_STR(prack.rack.c_str()),
              TAG_IF(!prack.route.empty(), SIPTAG_ROUTE_STR(prack.route.c_str())),
              TAG_IF(!sdp.empty(), SIPTAG_CONTENT_TYPE_STR("application/sdp")),
              TAG_IF(!sdp.empty(), SIPTAG_PAYLOAD_STR(sdp.c_str())), TAG_END());
}

}  // namespace

void UserAgent::on_provisional(Dialog& dialog, const Event& event) {
    auto sdp = sdp_of(event.message);
    std::string text = sdp ? std::move(*sdp) : std::string();
    const std::string tag = peer_tag_of(event.message);
    if (tag.empty() || (dialog.early.size() >= kMostEarlyDialogs && !dialog.early.contains(tag)))
        return listener_.on_progress(dialog.id, event.status, std::move(text));
    EarlyDialog& early = dialog.early[tag];
    filter_.keep_early(dialog.name.call_id);
    const bool offers = dialog.session.late_answer && !early.answered && !text.empty();
    if (!acknowledge_provisional(dialog, early, event.message, offers)) return;
    // RFC 3261 §13.2.1: the offer is in a reliable response; elsewhere it is only a foretaste.
    if (dialog.session.late_answer && (!offers || !rseq_of(event.message))) text.clear();
    // What an UPDATE has changed, a repeated answer to the INVITE does not change back.
    if (early.updated) text.clear();
    if (!text.empty()) early.sdp = text;
    if (!text.empty())
        listener_.on_capabilities(dialog.id, takes_info(event.message), takes_refer(event.message));
    if (const auto allowed = allows_update(event.message)) dialog.session.peer_takes_update = *allowed;
    listener_.on_progress(dialog.id, event.status, std::move(text));
}

bool UserAgent::acknowledge_provisional(Dialog& dialog, EarlyDialog& early, const sip_s* message,
                                        bool offers) {
    const auto rseq = rseq_of(message);
    if (!rseq || dialog.options.reliability == Reliability::off) return true;
    // RFC 3262 §4: in order, each once; what comes too early is repeated by the peer.
    if (early.last_rseq != 0 && *rseq != early.last_rseq + 1) return false;
    early.last_rseq = *rseq;
    // RFC 3262 §5: an offer is answered in the PRACK.
    if (offers) {
        dialog.session.unanswered_early.push_back(prack_of(message, *rseq));
    } else {
        send_prack(dialog.handle.get(), prack_of(message, *rseq));
    }
    return true;
}

void UserAgent::answer_early_offer(Dialog& dialog, const std::string& sdp) {
    auto& waiting = dialog.session.unanswered_early;
    if (waiting.empty()) return;
    const Prack prack = std::move(waiting.front());
    waiting.pop_front();
    if (const auto early = dialog.early.find(prack.tag); early != dialog.early.end())
        early->second.answered = !sdp.empty();
    dialog.session.agreed_sdp = sdp;
    send_prack(dialog.handle.get(), prack, sdp);
}

void UserAgent::on_prack_response(Dialog& dialog, const Event& event) {
    if (event.status != 401 && event.status != 407) return;
    // One that waits for credentials would keep the BYE back.
    if (answers_challenge(dialog, event, dialog.session.challenged)) return;
    break_off(dialog, from_sip_status(event.status, event.phrase));
}

void UserAgent::on_early_update(Dialog& dialog, const Event& event, std::string sdp) {
    const auto early = dialog.early.find(peer_tag_of(event.message));
    // RFC 3311 §5.2: our offer has no answer yet, so there is no room for another one.
    if (dialog.phase != Phase::calling || early == dialog.early.end() || early->second.sdp.empty() ||
        (dialog.session.late_answer && !early->second.answered))
        return respond_now(event.handle, dialog.phase == Phase::calling ? 491 : 500);
    // RFC 3311 §5.2: with a Contact, which the stack does not know that it owes.
    dialog.session.early_contact = contact_towards(event.message, own_contacts_);
    early->second.updated = true;
    early->second.sdp = sdp;
    dialog.reoffer.keep_current(nua_);
    listener_.on_reoffer(dialog.id, std::move(sdp));
}

std::string UserAgent::answer_of(Dialog& dialog, const sip_s* message) {
    auto sdp = sdp_of(message);
    std::string text = sdp ? std::move(*sdp) : std::string();
    const auto early = dialog.early.find(peer_tag_of(message));
    if (early != dialog.early.end()) {
        // RFC 3261 §13.2.1: an answer given in a reliable provisional response need not be repeated.
        if (early->second.updated) text.clear();
        if (text.empty() && !early->second.updated) text = early->second.sdp;
        dialog.session.answered_early = early->second.answered;
    }
    dialog.early.clear();
    dialog.session.unanswered_early.clear();
    return text;
}

}  // namespace causeway::sip
