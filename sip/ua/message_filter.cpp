// Two families of messages kill Debian's Sofia-SIP. First: an INVITE whose final answer cannot be sent (Via
// with port 0 ...) and an ACK before the stack has noticed. Second: a Contact, Route or Record-Route that
// cannot be sent to, once it is a dialog's target. Both are stopped here, on every transport.
#include "sip/ua/message_filter.hpp"

// Before Sofia, whose macros would change names of ours.
#include "sip/ua/message.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_string.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sip/ua/digest_client.hpp"
#include "sip/ua/filter_rules.hpp"
#include "sip/ua/sofia_setup.hpp"

namespace causeway::sip {
namespace {

// Rates per source address; a trunk with 50 calls per second stays below them.
constexpr double kRequestsPerSecond = 1000;
constexpr double kCallsPerSecond = 200;
constexpr double kBurstSeconds = 2;
constexpr int kMostRoutes = 16;
/// An answer repeats headers of its request; from half a datagram it always fits into one.
constexpr unsigned kLongestDatagram = 32768;
/// The parser's callback has no context of ours, but one stack lives on one thread.
thread_local MessageFilter* filter_of_thread = nullptr;

/// The version of a start line until the filter has passed the message. The stack takes no other than
/// "SIP/2.0", so a message that ends before its empty line, and thus is never filtered, goes nowhere.
constexpr char kNotYetPassed[] = "SIP/not-yet-passed";

std::string_view view(const char* text) {
    return text == nullptr ? std::string_view{} : std::string_view(text);
}

bool is_sendable(const url_t* url) {
    return is_sendable_uri(view(url->url_scheme), view(url->url_host), view(url->url_port),
                           view(url->url_params));
}

bool all_sendable(const sip_contact_t* contact) {
    int count = 0;
    for (; contact != nullptr; contact = contact->m_next) {
        if (++count > kMostRoutes || !is_sendable(contact->m_url)) return false;
    }
    return true;
}

bool all_sendable(const sip_route_t* route) {
    int count = 0;
    for (; route != nullptr; route = route->r_next) {
        if (++count > kMostRoutes || !is_sendable(route->r_url)) return false;
    }
    return true;
}

/// Headers without which the stack answers no request; it goes on without all others that it cannot read.
constexpr unsigned kFatalErrors = ~static_cast<unsigned>(
    sip_mask_response | sip_mask_proxy | sip_mask_registrar | sip_mask_pref | sip_mask_privacy);

/// A page's Contact, which only its own WebSocket leads to, and no proxy that knows the way.
bool is_only_by_flow(const sip_t* sip) {
    const sip_contact_t* contact = sip->sip_contact;
    return contact != nullptr && sip->sip_record_route == nullptr &&
           needs_flow(view(contact->m_url->url_host), view(contact->m_url->url_params));
}

/// The parser keeps headers that it could not read apart, and the stack goes on without them.
bool has_unread_target(const sip_t* sip) {
    for (const auto* each = reinterpret_cast<const sip_header_t*>(sip->sip_error); each != nullptr;
         each = each->sh_next) {
        const char* name =
            each->sh_class == sip_error_class ? each->sh_error->er_name : each->sh_class->hc_name;
        if (su_casematch(name, "Contact") || su_casematch(name, "Route") ||
            su_casematch(name, "Record-Route")) {
            return true;
        }
    }
    return false;
}

/// RFC 3261 §18.2.2: where the answer will go.
bool is_answerable(msg_s* message, const sip_via_t* via) {
    if (source_of(message).port() == 0) return false;
    if (via == nullptr) return true;  // the stack makes one from the source
    if (!is_sendable_host(view(via->v_host)) || !is_sendable_port(view(via->v_port))) return false;
    const bool datagram = su_casematch(via->v_protocol, "SIP/2.0/UDP");
    if (datagram && msg_size(message) > kLongestDatagram) return false;
    return via->v_maddr == nullptr && via->v_ttl == nullptr && via->v_comp == nullptr;
}

/// REFER and the NOTIFYs of its subscription are the user agent's own: nua, which would keep subscriptions
/// for them, takes them for methods that it leaves to us, INFO inside a dialog and MESSAGE outside. Names
/// stay.
void take_over(sip_s* sip) {
    if (sip->sip_cseq == nullptr || sip->sip_to == nullptr) return;
    const sip_method_t method = sip->sip_cseq->cs_method;
    if (method != sip_method_refer && method != sip_method_notify) return;
    if (sip->sip_status != nullptr) {
        sip->sip_status->st_status = without_harm(sip->sip_status->st_status);
        return;
    }
    const bool outside = sip->sip_to->a_tag == nullptr;
    const bool refers = sip->sip_event != nullptr && su_casematch(sip->sip_event->o_type, "refer");
    if (method == sip_method_notify && !outside && !refers) return;
    if (sip->sip_request->rq_method != method) return;
    sip->sip_request->rq_method = sip->sip_cseq->cs_method = outside ? sip_method_message : sip_method_info;
}

template <class Header>
void remove_all(msg_s* message, sip_s* sip, Header*& header) {
    while (header != nullptr) {
        sip_header_remove(message, sip, reinterpret_cast<sip_header_t*>(header));
    }
}

void add_unknown(msg_s* message, sip_s* sip, const std::string& line) {
    sip_unknown_t* header = sip_unknown_make(msg_home(message), line.c_str());
    if (header == nullptr) return;
    msg_header_insert(message, reinterpret_cast<msg_pub_t*>(sip), reinterpret_cast<msg_header_t*>(header));
}

bool is_spoken_here(const char* extension) {
    return su_casematch(extension, "timer") || su_casematch(extension, "100rel");
}

/// The stack would refuse with 420 what it does not do itself.
void hide_requirements(msg_s* message, sip_s* sip) {
    sip_require_t* next = nullptr;
    for (sip_require_t* require = sip->sip_require; require != nullptr; require = next) {
        next = require->k_next;
        msg_param_t* kept = require->k_items;
        if (kept == nullptr) continue;
        for (const msg_param_t* each = require->k_items; *each != nullptr; ++each) {
            if (is_spoken_here(*each)) {
                add_unknown(message, sip, std::string(kHiddenRequire) + ": " + *each);
                // Without one or the other the stack would not send reliably.
                if (!sip_has_feature(sip->sip_supported, *each))
                    sip_add_make(message, sip, sip_supported_class, *each);
            } else {
                *kept++ = *each;
            }
        }
        *kept = nullptr;
        if (require->k_items[0] == nullptr)
            sip_header_remove(message, sip, reinterpret_cast<sip_header_t*>(require));
    }
}

/// RFC 3261 §8.2.2.3; after hide_requirements.
bool requires_unknown(const sip_t* sip) {
    for (const sip_require_t* require = sip->sip_require; require != nullptr; require = require->k_next) {
        for (const msg_param_t* each = require->k_items; each != nullptr && *each != nullptr; ++each) {
            if (!su_casematch(*each, "replaces") && !su_casematch(*each, "norefersub")) return true;
        }
    }
    return false;
}

/// RFC 3261 §8.2.2.1: those of which the stack says 416.
bool has_unknown_scheme(const sip_t* sip) {
    switch (sip->sip_request->rq_url->url_type) {
        case url_sip:
        case url_sips:
        case url_im:
        case url_pres:
        case url_tel:
            return false;
        default:
            return true;
    }
}

/// The stack would take the first early dialog that asks for a PRACK for the only one.
void hide_reliability(msg_s* message, sip_s* sip) {
    if (sip->sip_rseq == nullptr) return;
    const auto number = sip->sip_rseq->rs_response;
    if (sip_has_feature(sip->sip_require, "100rel"))
        add_unknown(message, sip, std::string(kHiddenRSeq) + ": " + std::to_string(number));
    while (sip->sip_rseq != nullptr) {
        sip_header_remove(message, sip, reinterpret_cast<sip_header_t*>(sip->sip_rseq));
    }
}

extern "C" {

issize_t parse_request_line(su_home_t* home, msg_header_t* header, char* text, isize_t size) {
    const issize_t result = sip_request_class->hc_parse(home, header, text, size);
    header->sh_class = sip_request_class;
    auto* line = reinterpret_cast<sip_request_t*>(header);
    if (result < 0) filter_of_thread->note_malformed();
    if (result >= 0 && su_casematch(line->rq_version, SIP_VERSION_CURRENT)) line->rq_version = kNotYetPassed;
    return result;
}

issize_t parse_status_line(su_home_t* home, msg_header_t* header, char* text, isize_t size) {
    const issize_t result = sip_status_class->hc_parse(home, header, text, size);
    header->sh_class = sip_status_class;
    auto* line = reinterpret_cast<sip_status_t*>(header);
    if (result < 0) filter_of_thread->note_malformed();
    if (result >= 0 && su_casematch(line->st_version, SIP_VERSION_CURRENT)) line->st_version = kNotYetPassed;
    return result;
}

issize_t filter_then_extract(msg_t* message, msg_pub_t* object, char* body, isize_t size, int end) {
    auto* sip = reinterpret_cast<sip_t*>(object);
    const bool headers_just_ended = (sip->sip_flags & MSG_FLG_BODY) == 0;
    const auto result = sip_default_mclass()->mc_extract_body(message, object, body, size, end);
    // RFC 3261 §18.3: a datagram that ends before its body does.
    if (!headers_just_ended && (sip->sip_flags & MSG_FLG_TRUNC) != 0) filter_of_thread->note_malformed();
    if (!headers_just_ended || (sip->sip_flags & MSG_FLG_BODY) == 0) return result;
    using Verdict = MessageFilter::Verdict;
    const Verdict verdict = filter_of_thread->check(message, sip, std::chrono::steady_clock::now());
    if (verdict == Verdict::vanish) {
        // Without a start line the stack takes it for garbage and lets it drop.
        if (sip->sip_request)
            sip_header_remove(message, sip, reinterpret_cast<sip_header_t*>(sip->sip_request));
        if (sip->sip_status)
            sip_header_remove(message, sip, reinterpret_cast<sip_header_t*>(sip->sip_status));
        return result;
    }
    if (verdict == Verdict::refuse) sip->sip_flags |= MSG_FLG_ERROR;
    if (verdict == Verdict::too_long) sip->sip_flags |= MSG_FLG_TOOLARGE;
    if (sip->sip_request && sip->sip_request->rq_version == kNotYetPassed) {
        sip->sip_request->rq_version = SIP_VERSION_CURRENT;
    }
    if (sip->sip_status && sip->sip_status->st_version == kNotYetPassed) {
        sip->sip_status->st_version = SIP_VERSION_CURRENT;
    }
    return result;
}

}  // extern "C"

msg_hclass_t& request_class() {
    static const struct msg_hclass_s copy = [] {
        struct msg_hclass_s made = *sip_request_class;
        made.hc_parse = parse_request_line;
        return made;
    }();
    return copy;
}

msg_hclass_t& status_class() {
    static const struct msg_hclass_s copy = [] {
        struct msg_hclass_s made = *sip_status_class;
        made.hc_parse = parse_status_line;
        return made;
    }();
    return copy;
}

}  // namespace

void MessageFilter::Free::operator()(msg_mclass_s* message_class) const {
    std::free(message_class);
}

MessageFilter::MessageFilter(Counters& counters, std::size_t max_message, Flows flows)
    : unanswerable_(counters.counter("sip_unanswerable_request")),
      bad_target_(counters.counter("sip_bad_target")),
      stripped_(counters.counter("sip_response_header_stripped")),
      flooded_(counters.counter("sip_flooded_request")),
      malformed_(counters.counter("sip_malformed")),
      too_long_(counters.counter("sip_too_long")),
      unsupported_(counters.counter("sip_unsupported")),
      unknown_methods_(counters.counter("sip_unknown_method")),
      strange_connections_(counters.counter("sip_unknown_connection")),
      flows_(flows),
      max_message_(max_message),
      class_(msg_mclass_clone(sip_default_mclass(), 0, 0)),
      requests_(kRequestsPerSecond, kRequestsPerSecond * kBurstSeconds),
      calls_(kCallsPerSecond, kCallsPerSecond * kBurstSeconds) {
    if (!class_) throw std::runtime_error("sip: no memory for the parser");
    class_->mc_extract_body = filter_then_extract;
    class_->mc_request[0].hr_class = &request_class();
    class_->mc_status[0].hr_class = &status_class();
    filter_of_thread = this;
}

MessageFilter::~MessageFilter() {
    filter_of_thread = nullptr;
}

const msg_mclass_s* MessageFilter::message_class() const {
    return class_.get();
}

void MessageFilter::notice_failures(Instant now) {
    const FailedAnswer failure = take_failed_answer();
    if (failure != FailedAnswer::none) acks_.answer_failed(failure == FailedAnswer::any, now);
}

void MessageFilter::answering(const InviteName& invite) {
    notice_failures(std::chrono::steady_clock::now());
    acks_.answering(invite);
}

void MessageFilter::answer_sent(const InviteName& invite) {
    const Instant now = std::chrono::steady_clock::now();
    notice_failures(now);
    acks_.answer_sent(invite, now);
}

MessageFilter::Verdict MessageFilter::check(msg_s* message, sip_s* sip, Instant now) {
    notice_failures(now);
    std::optional<Flow> flow;
    if (flows_.table != nullptr && came_by_stream(message)) {
        flow = flows_.table->find_inner(source_of(message));
        if (!flow && flows_.only) {
            strange_connections_.add();
            return Verdict::vanish;
        }
    }
    if (sip->sip_request != nullptr) return check_request(message, sip, flow, now);
    if (sip->sip_status != nullptr) clean_response(message, sip, flow.has_value());
    return Verdict::pass;
}

MessageFilter::Verdict MessageFilter::check_request(msg_s* message, sip_s* sip,
                                                    const std::optional<Flow>& flow, Instant now) {
    const bool is_ack = sip->sip_request->rq_method == sip_method_ack;
    if (!is_answerable(message, sip->sip_via)) {
        unanswerable_.add();
        return Verdict::vanish;
    }
    // Sending may fail for reasons that no message shows: a clogged connection, no route, a firewall.
    if (is_ack && !acks_.admits(invite_name_of(sip).call, now)) {
        unanswerable_.add();
        return Verdict::vanish;
    }
    if (check_targets(sip, flow.has_value()) != Verdict::pass) {
        bad_target_.add();
        // RFC 3261 §17: an ACK is never answered.
        return is_ack ? Verdict::vanish : Verdict::refuse;
    }
    const bool counted = note_what_the_stack_refuses(message, sip);
    take_over(sip);
    take_over_early_update(sip);
    if (sip->sip_content_length != nullptr && sip->sip_content_length->l_length > max_message_) {
        too_long_.add();
        return Verdict::too_long;
    }
    hide_requirements(message, sip);
    if (!counted && !is_ack && requires_unknown(sip)) unsupported_.add();
    return check_rate(flow ? flow->peer : source_of(message), sip, now);
}

bool MessageFilter::note_what_the_stack_refuses(const msg_s* message, const sip_s* sip) {
    const sip_method_t method = sip->sip_request->rq_method;
    if ((sip->sip_flags & MSG_FLG_ERROR) != 0 || (msg_extract_errors(message) & kFatalErrors) != 0 ||
        sip_sanity_check(sip) != 0) {
        malformed_.add();
    } else if (sip->sip_request->rq_version != kNotYetPassed || has_unknown_scheme(sip)) {
        unsupported_.add();
    } else if (method == sip_method_unknown || method == sip_method_publish) {
        unknown_methods_.add();
    } else {
        return false;
    }
    return true;
}

void MessageFilter::take_over_early_update(sip_s* sip) const {
    if (sip->sip_request->rq_method != sip_method_update || sip->sip_cseq == nullptr) return;
    if (sip->sip_call_id == nullptr || sip->sip_call_id->i_id == nullptr) return;
    if (sip->sip_cseq->cs_method != sip_method_update) return;
    if (early_calls_.find(std::string_view(sip->sip_call_id->i_id)) == early_calls_.end()) return;
    sip->sip_request->rq_method = sip->sip_cseq->cs_method = sip_method_info;
}

MessageFilter::Verdict MessageFilter::check_targets(const sip_s* sip, bool by_flow) {
    const sip_method_t method = sip->sip_request->rq_method;
    if (has_unread_target(sip)) return Verdict::refuse;
    const bool makes_dialog =
        method == sip_method_invite || method == sip_method_subscribe || method == sip_method_refer;
    // RFC 3261 §8.1.1.8; without one nua would take the From URI as its target.
    if (makes_dialog && sip->sip_contact == nullptr) return Verdict::refuse;
    if (method != sip_method_register && !by_flow && is_only_by_flow(sip)) return Verdict::refuse;
    // RFC 3261 §10.2.2: only REGISTER may say "*" and other schemes, and nobody sends to those.
    if (method != sip_method_register && !all_sendable(sip->sip_contact)) return Verdict::refuse;
    if (!all_sendable(sip->sip_route) || !all_sendable(sip->sip_record_route)) return Verdict::refuse;
    return Verdict::pass;
}

MessageFilter::Verdict MessageFilter::check_rate(const SocketAddress& source, const sip_s* sip, Instant now) {
    const bool new_call = sip->sip_request->rq_method == sip_method_invite && sip->sip_to != nullptr &&
                          sip->sip_to->a_tag == nullptr;
    if (!requests_.take(source, now) || (new_call && !calls_.take(source, now))) {
        flooded_.add();
        return Verdict::vanish;
    }
    if (sip->sip_request->rq_method == sip_method_invite) acks_.invite_came(invite_name_of(sip), now);
    return Verdict::pass;
}

void MessageFilter::clean_response(msg_s* message, sip_s* sip, bool by_flow) {
    const int status = sip->sip_status->st_status;
    take_over(sip);
    // RFC 3261 §8.1.3.4: the stack follows no redirection (no NUTAG_AUTO302); the gateway's policy may.
    if (!all_sendable(sip->sip_contact) || (!by_flow && is_only_by_flow(sip))) {
        if (sip->sip_contact != nullptr) stripped_.add();
        remove_all(message, sip, sip->sip_contact);
    }
    if (!all_sendable(sip->sip_route) || !all_sendable(sip->sip_record_route)) {
        stripped_.add();
        remove_all(message, sip, sip->sip_route);
        remove_all(message, sip, sip->sip_record_route);
    }
    if (status == 100 && sip->sip_cseq != nullptr && sip->sip_cseq->cs_method == sip_method_invite) {
        sip->sip_status->st_status = kTrying;
    }
    // RFC 3262 is spoken by the user agent.
    hide_reliability(message, sip);
    // nua itself never waits (NUTAG_MAX_RETRY_AFTER); whoever chooses between trunks wants to know.
    if (status != 503) remove_all(message, sip, sip->sip_retry_after);
    if ((status == 401 || status == 407) && keep_answerable_challenges(message, sip) > 0) stripped_.add();
    remove_all(message, sip, sip->sip_service_route);
}

}  // namespace causeway::sip
