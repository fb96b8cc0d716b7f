#include "gateway/app/listeners.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "core/base/log.hpp"
#include "gateway/app/message_desk.hpp"
#include "gateway/app/softphone_door.hpp"
#include "gateway/app/trunk_desk.hpp"
#include "gateway/call/call_registry.hpp"

namespace causeway::app {

template <class Event>
void SipEvents::post(DialogId dialog, Event event) {
    boost::asio::post(io_, [this, dialog, happened = call::Event(std::move(event))] {
        if (!softphones_.on_dialog(dialog, happened)) calls_.on_dialog(dialog, happened);
    });
}

void SipEvents::on_invite(sip::InboundInvite invite) {
    boost::asio::post(io_, [this, arrived = std::move(invite)]() mutable {
        if (!softphones_.on_invite(arrived)) calls_.on_invite(std::move(arrived));
    });
}
void SipEvents::on_register(sip::InboundRegister request) {
    boost::asio::post(io_, [this, asked = std::move(request)] { softphones_.on_register(asked); });
}
void SipEvents::on_progress(DialogId dialog, int status, std::string sdp) {
    post(dialog, call::SipProgress{status, std::move(sdp)});
}
void SipEvents::on_answered(DialogId dialog, std::string sdp) {
    post(dialog, call::SipAnswered{std::move(sdp)});
}
void SipEvents::on_acknowledged(DialogId dialog, std::string sdp) {
    post(dialog, call::SipAcknowledged{std::move(sdp)});
}
void SipEvents::on_reoffer(DialogId dialog, std::string sdp) {
    post(dialog, call::SipReoffer{std::move(sdp)});
}
void SipEvents::on_reoffer_answered(DialogId dialog, std::string sdp) {
    post(dialog, call::SipReofferAnswered{std::move(sdp)});
}
void SipEvents::on_reoffer_refused(DialogId dialog, int status) {
    post(dialog, call::SipReofferRefused{status});
}
void SipEvents::on_capabilities(DialogId dialog, bool takes_info, bool takes_refer) {
    post(dialog, call::SipCapabilities{takes_info, takes_refer});
}
void SipEvents::on_info_dtmf(DialogId dialog, char digit, int duration_ms) {
    post(dialog, call::SipDigit{digit, duration_ms});
}
void SipEvents::on_ended(DialogId dialog, EndReason reason) {
    post(dialog, call::SipEnded{std::move(reason)});
}

void SipEvents::on_retry_after(DialogId dialog, std::chrono::seconds time) {
    post(dialog, call::SipPaused{time});
}
void SipEvents::on_probed(const std::string& id, int status) {
    boost::asio::post(io_, [this, id, status] { trunks_.on_probed(id, status); });
}

void SipEvents::on_referred(DialogId dialog, sip::InboundReferral referral) {
    post(dialog, call::SipReferred{std::move(referral)});
}
void SipEvents::on_refer_progress(DialogId dialog, int status, bool last) {
    post(dialog, call::SipReferProgress{status, last});
}
void SipEvents::on_redirected(DialogId dialog, int status, std::vector<sip::RedirectTarget> targets) {
    post(dialog, call::SipRedirected{status, std::move(targets)});
}

void SipEvents::on_message(sip::InboundMessage message) {
    boost::asio::post(io_, [this, arrived = std::move(message)] {
        if (!softphones_.on_message(arrived)) messages_.from_sip(arrived);
    });
}
void SipEvents::on_message_result(sip::MessageId message, int status, std::string phrase) {
    boost::asio::post(io_, [this, message, status, words = std::move(phrase)] {
        messages_.on_result(message, status, words);
    });
}
void SipEvents::on_messages_waiting(sip::MessagesWaiting news) {
    boost::asio::post(io_, [this, told = std::move(news)] { messages_.on_mailbox(told); });
}

void SipEvents::on_subscribe(sip::InboundSubscribe request) {
    boost::asio::post(io_, [this, asked = std::move(request)] { softphones_.on_subscribe(asked); });
}
void SipEvents::on_subscription_ended(sip::SubscriptionId subscription) {
    boost::asio::post(io_, [this, subscription] { softphones_.on_subscription_ended(subscription); });
}

void SipEvents::on_registration(sip::RegistrationEvent event) {
    boost::asio::post(io_, [this, event] { trunks_.on_registration(event); });
    if (event.registered) {
        log::info("trunk '{}' is registered", event.trunk);
    } else {
        log::warning("trunk '{}' is not registered: {} {}", event.trunk, event.status, event.reason);
    }
}

template <class Event>
void MediaEvents::post(CallId call, Event event) {
    boost::asio::post(io_, [this, call, happened = std::move(event)] { calls_.on_media(call, happened); });
}

void MediaEvents::on_opened(media::MediaOpened opened) {
    post(opened.call,
         call::MediaOpened{std::move(opened.answer), opened.sip_rtp, std::move(opened.fingerprint)});
}
void MediaEvents::on_reoffered(CallId call, webrtc::BrowserAnswer answer) {
    post(call, call::MediaReoffered{std::move(answer)});
}
void MediaEvents::on_reoffer_refused(CallId call, std::string why) {
    post(call, call::MediaReofferRefused{std::move(why)});
}
void MediaEvents::on_local_candidate(CallId call, std::string candidate) {
    post(call, call::MediaCandidate{std::move(candidate)});
}
void MediaEvents::on_browser_connected(CallId call) {
    post(call, call::MediaConnected{});
}
void MediaEvents::on_browser_lost(CallId call, EndReason reason) {
    post(call, call::MediaLost{std::move(reason)});
}
void MediaEvents::on_media_failed(CallId call, EndReason reason) {
    post(call, call::MediaFailed{std::move(reason)});
}
void MediaEvents::on_sip_digit(CallId call, char digit, int duration_ms) {
    post(call, call::MediaDigit{digit, duration_ms});
}
void MediaEvents::on_browser_digit(CallId call, char digit, int duration_ms) {
    post(call, call::BrowserDigit{digit, duration_ms});
}
void MediaEvents::on_other_opened(CallId call, SocketAddress rtp) {
    post(call, call::OtherOpened{rtp});
}
void MediaEvents::on_other_refused(CallId call, std::string why) {
    post(call, call::OtherRefused{std::move(why)});
}
void MediaEvents::on_statistics(media::MediaStatistics statistics) {
    boost::asio::post(io_, [this, figures = std::move(statistics)] { calls_.on_statistics(figures); });
}
void MediaEvents::on_closed(media::MediaStatistics last) {
    const CallId call = last.call;
    post(call, call::MediaClosed{std::move(last)});
}

}  // namespace causeway::app
