// Where other threads' news enters the control thread: each event is posted to it as a value. The SIP and
// media threads run the calls of these classes; what they post runs on the control thread.
#pragma once

#include "gateway/media/media_port.hpp"
#include "sip/ua/sip_ua.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway::call {
class CallRegistry;
}

namespace causeway::app {

class MessageDesk;
class SoftphoneDoor;
class TrunkDesk;

class SipEvents : public sip::SipListener {
  public:
    SipEvents(boost::asio::io_context& io, call::CallRegistry& calls, TrunkDesk& trunks,
              MessageDesk& messages, SoftphoneDoor& softphones)
        : io_(io), calls_(calls), trunks_(trunks), messages_(messages), softphones_(softphones) {}

    void on_invite(sip::InboundInvite invite) override;
    void on_progress(DialogId dialog, int status, std::string sdp) override;
    void on_answered(DialogId dialog, std::string sdp) override;
    void on_acknowledged(DialogId dialog, std::string sdp) override;
    void on_reoffer(DialogId dialog, std::string sdp) override;
    void on_reoffer_answered(DialogId dialog, std::string sdp) override;
    void on_reoffer_refused(DialogId dialog, int status) override;
    void on_capabilities(DialogId dialog, bool takes_info, bool takes_refer) override;
    void on_info_dtmf(DialogId dialog, char digit, int duration_ms) override;
    void on_ended(DialogId dialog, EndReason reason) override;
    void on_retry_after(DialogId dialog, std::chrono::seconds time) override;
    void on_registration(sip::RegistrationEvent event) override;
    void on_probed(const std::string& id, int status) override;
    void on_referred(DialogId dialog, sip::InboundReferral referral) override;
    void on_refer_progress(DialogId dialog, int status, bool last) override;
    void on_redirected(DialogId dialog, int status, std::vector<sip::RedirectTarget> targets) override;
    void on_message(sip::InboundMessage message) override;
    void on_message_result(sip::MessageId message, int status, std::string phrase) override;
    void on_messages_waiting(sip::MessagesWaiting news) override;
    void on_register(sip::InboundRegister request) override;
    void on_subscribe(sip::InboundSubscribe request) override;
    void on_subscription_ended(sip::SubscriptionId subscription) override;

  private:
    template <class Event>
    void post(DialogId dialog, Event event);

    boost::asio::io_context& io_;
    call::CallRegistry& calls_;
    TrunkDesk& trunks_;
    MessageDesk& messages_;
    SoftphoneDoor& softphones_;
};

class MediaEvents : public media::MediaListener {
  public:
    MediaEvents(boost::asio::io_context& io, call::CallRegistry& calls) : io_(io), calls_(calls) {}

    void on_opened(media::MediaOpened opened) override;
    void on_reoffered(CallId call, webrtc::BrowserAnswer answer) override;
    void on_reoffer_refused(CallId call, std::string why) override;
    void on_local_candidate(CallId call, std::string candidate) override;
    void on_browser_connected(CallId call) override;
    void on_browser_lost(CallId call, EndReason reason) override;
    void on_media_failed(CallId call, EndReason reason) override;
    void on_sip_digit(CallId call, char digit, int duration_ms) override;
    void on_browser_digit(CallId call, char digit, int duration_ms) override;
    void on_other_opened(CallId call, SocketAddress rtp) override;
    void on_other_refused(CallId call, std::string why) override;
    void on_statistics(media::MediaStatistics statistics) override;
    void on_closed(media::MediaStatistics last) override;

  private:
    template <class Event>
    void post(CallId call, Event event);

    boost::asio::io_context& io_;
    call::CallRegistry& calls_;
};

}  // namespace causeway::app
