// A softphone hands its telephone over: its REFER is the page's transfer, what the page is told of it becomes
// 202 and NOTIFYs. RFC 3515, 3891 §6.1, 5589.
#include <utility>

#include "gateway/softphone/shown_caller.hpp"
#include "gateway/softphone/softphones.hpp"

namespace causeway::softphone {

void Softphones::on_referred(DialogId dialog, const sip::InboundReferral& wanted) {
    Leg* leg = find(dialog);
    if (leg == nullptr) return;
    std::string with;
    if (!wanted.replaces.empty()) {
        const Leg* other = wanted.other ? find(*wanted.other) : nullptr;
        // Knowing the tags is no right: the other call, too, must be this device's own.
        if (other == nullptr || other == leg || other->session != leg->session) {
            foreign_calls_.add();
            return ports_.sip.answer_referral(dialog, 403, "Replaces must name another call of your own.");
        }
        with = other->name;
    }
    leg->referral = Referral::asked;
    const SessionId session = leg->session;
    const std::string name = leg->name;
    if (ports_.calls.transfer(session, name, with.empty() ? wanted.target_user : "", with)) return;
    if (Leg* left = find(dialog)) left->referral = Referral::none;
    ports_.sip.answer_referral(dialog, 403, "There is no such call any more.");
}

void Softphones::tell_transfer(Leg& leg, const http::TransferNews& news) {
    // Of a transfer by the telephone the softphone need not know: its own call goes on as it is.
    if (news.by != "browser" || leg.referral == Referral::none) return;
    const bool failed = news.state == "failed";
    if (leg.referral == Referral::asked && failed) {
        leg.referral = Referral::none;
        refused_.add();
        return ports_.sip.answer_referral(leg.dialog, refusal_status(news.sip_status), news.text);
    }
    if (std::exchange(leg.referral, Referral::accepted) == Referral::asked) {
        ports_.sip.answer_referral(leg.dialog, 202, "");
    }
    const bool done = news.state == "done";
    const int progress = news.state == "ringing" ? 180 : 100;
    if (failed || done) leg.referral = Referral::none;
    ports_.sip.tell_referrer(leg.dialog, failed ? refusal_status(news.sip_status) : done ? 200 : progress);
}

}  // namespace causeway::softphone
