// Short messages of softphones (RFC 3428) and their subscriptions to voice mail (RFC 3842, 6665): written and
// named as pages' are.
#include <algorithm>
#include <charconv>
#include <utility>

#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/softphone/shown_caller.hpp"
#include "gateway/softphone/softphones.hpp"

namespace causeway::softphone {
namespace {

constexpr std::uint32_t kShortest = 60;
constexpr std::uint32_t kLongest = 3600;
constexpr std::size_t kMostOfUser = 10;

}  // namespace

bool Softphones::on_message(const sip::InboundMessage& message, const Clock& clock) {
    if (message.flow == FlowId{}) return false;
    const auto refuse = [&](int status, std::vector<sip::Header> headers, const std::string& why) {
        if (status != 401) {
            refused_.add();
            log_refusal(message.source, "MESSAGE", why, clock.wall);
            headers.push_back(reason_header(status, why));
        }
        ports_.sip.answer_message(message.id, status, std::move(headers));
        return true;
    };
    Asker asker = caller_of(claim_of("MESSAGE", message), clock);
    if (asker.user == nullptr) return refuse(asker.status, std::move(asker.headers), asker.why);
    http::SendMessage text;
    text.id = std::to_string(message.id.value);
    text.text = message.text;
    text.number = number_chosen(*asker.user, message.from_user);
    text.privacy =
        identity::lower_case(message.from_user) == "anonymous" || identity::wants_privacy(message.privacy);
    SessionId session = session_of(message.flow, *asker.user);
    if (message.dialog) {
        const Leg* leg = find(*message.dialog);
        const auto phone = leg == nullptr ? phones_.end() : phones_.find(leg->session);
        if (phone == phones_.end() || phone->second.user != asker.user->name) {
            foreign_calls_.add();
            return refuse(403, {}, "This is no call of your own.");
        }
        session = leg->session;
        text.call = leg->name;
    } else {
        text.to = message.to_user;
    }
    ports_.texts.write(session, *asker.user, text);
    return true;
}

void Softphones::tell_sent(const http::MessageSent& sent) {
    sip::MessageId id;
    const char* end = sent.id.data() + sent.id.size();
    if (std::from_chars(sent.id.data(), end, id.value).ptr != end) return;
    if (sent.delivered) {
        const bool told = sent.sip_status >= 200 && sent.sip_status < 300;
        return ports_.sip.answer_message(id, told ? sent.sip_status : 200, {});
    }
    refused_.add();
    const int status = refusal_status(sent.sip_status);
    ports_.sip.answer_message(id, status, {reason_header(status, sent.text)});
}

void Softphones::deliver(SessionId session, const http::ReceivedMessage& text) {
    const auto phone = phones_.find(session);
    if (phone == phones_.end() || phone->second.flow == FlowId{}) return;
    const std::string& domain = config_->sip.domain;
    ShownCaller shown = shown_caller(text.from, text.from_display, text.caller, domain);
    sip::OutboundMessage message;
    message.id = {next_message_++};
    message.text = text.text;
    message.flow = phone->second.flow;
    if (const Binding* binding = registrar_.find(session)) {
        // Also one that came inside a call: JsSIP takes none there.
        message.request_uri = binding->contact.uri;
    } else {
        const Leg* leg = find(session, text.call);
        if (leg == nullptr) return;
        message.dialog = leg->dialog;
    }
    message.to_uri = "sip:" + identity::escaped_sip_user(phone->second.user) + "@" + domain;
    message.from_uri = std::move(shown.from_uri);
    message.from_display = std::move(shown.from_display);
    message.headers = std::move(shown.headers);
    ports_.sip.send_message(std::move(message));
}

void Softphones::on_subscribe(const sip::InboundSubscribe& request, const Clock& clock) {
    using std::chrono::seconds;
    const auto refuse = [&](int status, std::vector<sip::Header> headers, const std::string& why) {
        if (status != 401) {
            refused_.add();
            log_refusal(request.source, "SUBSCRIBE", why, clock.wall);
            headers.push_back(reason_header(status, why));
        }
        ports_.sip.answer_subscribe(request.id, status, seconds(0), std::move(headers));
    };
    Asker asker = caller_of(claim_of("SUBSCRIBE", request), clock);
    if (asker.user == nullptr) return refuse(asker.status, std::move(asker.headers), asker.why);
    const config::User& user = *asker.user;
    const bool again = request.again && subscriptions_.contains(request.id);
    // The address of a refresh is our own Contact.
    if (!again && !is_own_address(user, request.to_user, request.to_host)) {
        foreign_.add();
        return refuse(403, {}, "Only mailboxes of your own can be subscribed to.");
    }
    if (again && subscriptions_.at(request.id).user != user.name) {
        foreign_.add();
        return refuse(403, {}, "This is no subscription of your own.");
    }
    if (request.expires != 0 && request.expires < kShortest) {
        return refuse(423, {{"Min-Expires", std::to_string(kShortest)}}, "The interval is too brief.");
    }
    const auto of_user = std::count_if(subscriptions_.begin(), subscriptions_.end(),
                                       [&](const auto& row) { return row.second.user == user.name; });
    if (!again && request.expires != 0 && static_cast<std::size_t>(of_user) >= kMostOfUser) {
        return refuse(403, {}, "This user has too many subscriptions.");
    }
    const seconds granted(std::min(request.expires, kLongest));
    if (granted == seconds(0)) {
        subscriptions_.erase(request.id);
    } else {
        subscriptions_[request.id] = {user.name, clock.now + granted};
    }
    ports_.sip.answer_subscribe(request.id, 200, granted, {});
    // The stack answers a refresh with the latest NOTIFY by itself.
    if (!again) ports_.sip.notify(request.id, summary_of(user.name), granted);
}

std::string Softphones::summary_of(const std::string& user) const {
    http::MessagesWaiting sum;
    const auto mailboxes = ports_.texts.mailboxes(user);
    for (const http::MessagesWaiting& one : mailboxes) {
        sum.waiting = sum.waiting || one.waiting;
        sum.new_messages += one.new_messages;
        sum.old_messages += one.old_messages;
        sum.urgent_messages += one.urgent_messages;
    }
    // RFC 3842 §5.2.
    std::string text = std::string("Messages-Waiting: ") + (sum.waiting ? "yes" : "no") + "\r\n";
    if (mailboxes.size() == 1) {
        text += "Message-Account: sip:" + identity::escaped_sip_user(mailboxes.front().account) + "@" +
                config_->sip.domain + "\r\n";
    }
    if (!mailboxes.empty()) {
        text += "Voice-Message: " + std::to_string(sum.new_messages) + '/' +
                std::to_string(sum.old_messages) + " (" + std::to_string(sum.urgent_messages) + "/0)\r\n";
    }
    return text;
}

void Softphones::on_mailbox_news(const std::string& user, Instant now) {
    for (const auto& [id, subscription] : subscriptions_) {
        if (subscription.user != user) continue;
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(subscription.until - now);
        if (left.count() > 0) ports_.sip.notify(id, summary_of(user), left);
    }
}

}  // namespace causeway::softphone
