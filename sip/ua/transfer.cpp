// REFER in both directions, the NOTIFYs that tell of it, and whom a Replaces means. RFC 3515, 3891, 3892,
// 4488, 5589. Nua's own implicit subscriptions are not used: the filter takes REFER and its NOTIFY away from
// it, so no timer and no usage of the stack outlives what is known here.
// Before Sofia, whose macros would change names of ours.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_string.h>

#include <algorithm>
#include <cctype>

#include "core/base/log.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/filter_rules.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

Referral& referral_of(Dialog& dialog) {
    if (!dialog.referral) dialog.referral = std::make_unique<Referral>();
    return *dialog.referral;
}

/// For the header part of a URI (RFC 3261 §25.1 hvalue): all but unreserved characters as %xx.
std::string escaped(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-_.!~*'()").find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
    return out;
}

}  // namespace

void UserAgent::on_method(const Event& event) {
    const sip_t* sip = event.message;
    const char* name = sip == nullptr || sip->sip_request == nullptr ? "" : sip->sip_request->rq_method_name;
    auto* dialog = static_cast<Dialog*>(event.owner);
    if (dialog != nullptr && !comes_by_own_connection(*dialog)) {
        strangers_.add();
        return respond_now(event.handle, 403,
                           {.cause = EndCause::forbidden,
                            .by = Side::gateway,
                            .detail = "This call belongs to another connection.",
                            .sip_status = 403});
    }
    if (dialog != nullptr && su_casematch(name, "REFER")) return on_refer(*dialog, event);
    if (dialog != nullptr && su_casematch(name, "NOTIFY")) return on_refer_notify(*dialog, event);
    if (dialog == nullptr && su_casematch(name, "NOTIFY")) {
        on_unsolicited_notify(event);
    } else {
        // RFC 3515 §2.4.2: whom a REFER outside of a call may transfer, nobody has said.
        respond_now(event.handle, su_casematch(name, "REFER") ? 403 : 405);
    }
    if (dialog == nullptr) nua_handle_destroy(event.handle);
}

void UserAgent::on_refer(Dialog& dialog, const Event& event) {
    if (dialog.phase != Phase::answered) return respond_now(event.handle, 481);
    Referral& referral = referral_of(dialog);
    // One transfer at a time; the next one may be asked for when that is over.
    if (referral.request || !referral.told_all) return respond_now(event.handle, 491);
    auto wanted = read_referral(event.message);
    if (!wanted) {
        bad_referrals_.add();
        log::info(dialog.call, "sip: REFER refused: {}", wanted.error().detail);
        return respond_now(event.handle, 400);
    }
    referral.event = "refer";
    if (++referral.received > 1) referral.event += ";id=" + std::to_string(event.message->sip_cseq->cs_seq);
    referral.wants_news = wanted->wants_news;
    if (dialog.by_page && !wanted->replaces.empty()) {
        const DialogName name = name_by_replaces(wanted->replaces);
        const Dialog* other = find(name);
        // RFC 3891 §3 has the receiver's tag first; JsSIP has its own first in calls that came to it.
        if (other == nullptr) other = find(DialogName{name.call_id, name.remote_tag, name.local_tag});
        if (other != nullptr) wanted->other = other->id;
    }
    referral.request.keep_current(nua_);
    listener_.on_referred(dialog.id, std::move(*wanted));
}

void UserAgent::answer_referral(DialogId id, int wanted, const std::string& words) {
    const int status = without_harm(wanted);
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered || !dialog->referral) return;
    Referral& referral = *dialog->referral;
    if (!referral.request) return;
    EndReason refusal = own_refusal(status);
    if (!words.empty()) refusal.detail = words;
    const std::string why = reason_value(refusal, ReasonOn::response);
    nua_respond(
        dialog->handle.get(), status, sip_status_phrase(status), NUTAG_WITH_SAVED(referral.request.address()),
        TAG_IF(status >= 300, SIPTAG_REASON_STR(why.c_str())),
        // RFC 4488 §4: we agree that there is no subscription.
        TAG_IF(status < 300 && !referral.wants_news, SIPTAG_HEADER_STR("Refer-Sub: false")), TAG_END());
    referral.request.reset();
    referral.told_all = status >= 300;
}

void UserAgent::tell_referrer(DialogId id, int status) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered || !dialog->referral) return;
    Referral& referral = *dialog->referral;
    if (referral.told_all) return;
    referral.told_all = status >= 200;
    if (!referral.wants_news) return;
    const char* phrase = sip_status_phrase(status);
    const std::string fragment =
        "SIP/2.0 " + std::to_string(status) + ' ' + (phrase == nullptr ? "" : phrase) + "\r\n";
    referral.asked.push_back(Asked::notify);
    nua_method(
        dialog->handle.get(), NUTAG_METHOD("NOTIFY"), SIPTAG_EVENT_STR(referral.event.c_str()),
        SIPTAG_SUBSCRIPTION_STATE_STR(status >= 200 ? "terminated;reason=noresource" : "active;expires=180"),
        SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"), SIPTAG_PAYLOAD_STR(fragment.c_str()),
        TAG_END());
}

void UserAgent::refer(DialogId id, const OutboundReferral& wanted) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered) {
        return listener_.on_refer_progress(id, 481, true);
    }
    std::string target = wanted.target_uri;
    if (wanted.replaces) {
        const Dialog* other = find(*wanted.replaces);
        if (other == nullptr || other->phase != Phase::answered || other->name.remote_tag.empty() ||
            other->name.local_tag.empty()) {
            return listener_.on_refer_progress(id, 481, true);
        }
        // RFC 3891 §6.1: the tags as the one sees them who will receive it, which is the other end of that
        // dialog.
        target += "?Replaces=" + escaped(other->name.call_id + ";to-tag=" + other->name.remote_tag +
                                         ";from-tag=" + other->name.local_tag);
    }
    if (!is_plain_uri(target) || (!wanted.referred_by.empty() && !is_plain_uri(wanted.referred_by))) {
        injections_.add();
        return listener_.on_refer_progress(id, 400, true);
    }
    Referral& referral = referral_of(*dialog);
    referral.asked.push_back(Asked::refer);
    referral.awaits_news = true;
    referral.authenticated = false;
    const std::string refer_to = '<' + target + '>';
    const std::string referred_by = '<' + wanted.referred_by + '>';
    nua_method(dialog->handle.get(), NUTAG_METHOD("REFER"), SIPTAG_REFER_TO_STR(refer_to.c_str()),
               TAG_IF(!wanted.referred_by.empty(), SIPTAG_REFERRED_BY_STR(referred_by.c_str())), TAG_END());
}

void UserAgent::on_method_response(Dialog& dialog, const Event& event) {
    if (event.status < 200 || !dialog.referral || dialog.referral->asked.empty()) return;
    Referral& referral = *dialog.referral;
    const bool local = event.message == nullptr || nta_sip_is_internal(event.message);
    const bool challenged = event.status == 401 || event.status == 407;
    if (!local && challenged && !referral.authenticated) {
        const auto realm = digest_realm_of(event.message);
        const auto& known = dialog.credentials;
        if (realm && known && (known->realm.empty() || quoted(known->realm) == *realm)) {
            referral.authenticated = true;
            const std::string answer = auth_tag(*realm, known->username, known->password);
            nua_authenticate(dialog.handle.get(), NUTAG_AUTH(answer.c_str()), TAG_END());
            return;
        }
    }
    const Asked asked = referral.asked.front();
    referral.asked.pop_front();
    if (asked == Asked::notify) {
        // RFC 6665 §4.2.2: somebody who knows of no subscription wants no more news.
        if (event.status >= 400) referral.told_all = true;
        return;
    }
    if (event.status >= 300) {
        referral.awaits_news = false;
        return listener_.on_refer_progress(dialog.id, event.status < 700 ? event.status : 500, true);
    }
    const sip_refer_sub_t* subscription = sip_refer_sub(event.message);
    const bool silent = subscription != nullptr && su_casematch(subscription->rs_value, "false");
    if (silent) referral.awaits_news = false;
    listener_.on_refer_progress(dialog.id, event.status, silent);
}

void UserAgent::on_refer_notify(Dialog& dialog, const Event& event) {
    Referral* referral = dialog.referral.get();
    // RFC 6665 §4.1.3: nobody subscribed.
    if (referral == nullptr || !referral->awaits_news) return respond_now(event.handle, 481);
    respond_now(event.handle, 200);
    const bool last = ends_subscription(event.message);
    // A subscription that ends without a final status: nobody knows how the transfer went.
    const int status = status_in_fragment(event.message).value_or(last ? 500 : 100);
    if (last || status >= 200) referral->awaits_news = false;
    listener_.on_refer_progress(dialog.id, status, last || status >= 200);
}

Dialog* UserAgent::find(const DialogName& name) {
    if (name.call_id.empty() || name.local_tag.empty() || name.remote_tag.empty()) return nullptr;
    for (const auto& [id, dialog] : dialogs_) {
        if (dialog->name == name) return dialog.get();
    }
    return nullptr;
}

int UserAgent::match_replaces(const sip_s* message, InboundInvite& invite) {
    const auto replaces = replaces_of(message);
    if (!replaces) return 0;
    // RFC 3891 §3, in its order.
    const Dialog* dialog = find(replaces->dialog);
    if (dialog == nullptr) return 481;
    if (dialog->phase == Phase::ended) return 603;
    if (dialog->phase == Phase::answered && replaces->early_only) return 486;
    if (dialog->phase == Phase::ringing) return 481;
    invite.replaces = dialog->id;
    return 0;
}

}  // namespace causeway::sip
