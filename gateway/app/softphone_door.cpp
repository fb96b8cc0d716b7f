#include "gateway/app/softphone_door.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "core/base/random.hpp"
#include "gateway/app/connected_pages.hpp"
#include "gateway/app/message_desk.hpp"
#include "gateway/call/call_registry.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::app {
namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr std::size_t kSecretLength = 43;

softphone::Clock clock_now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

}  // namespace

class SoftphoneDoor::Impl : softphone::SipPort,
                            softphone::CallPort,
                            softphone::TextPort,
                            softphone::Directory {
  public:
    Impl(boost::asio::io_context& io, config::Snapshot config, const std::shared_ptr<sip::FlowTable>& flows,
         const std::unique_ptr<sip::SipUa>& sip, call::CallRegistry& calls, ConnectedPages& pages,
         MessageDesk& messages, Counters& counters)
        : flows_(flows),
          sip_(sip),
          calls_(calls),
          pages_(pages),
          messages_(messages),
          timer_(io),
          phones(std::move(config), random_token(kSecretLength), {*this, *this, *this, *this}, counters) {
        tick();
    }

    bool is_gone(FlowId flow) const { return !flows_ || !flows_->find(flow); }

  private:
    void answer_register(sip::RequestId request, int status, std::vector<sip::Header> headers) override {
        sip_->answer_register(request, status, std::move(headers));
    }
    DialogId invite(sip::OutboundInvite invite) override { return sip_->invite(std::move(invite)); }
    void add_response_header(DialogId dialog, sip::Header header) override {
        sip_->add_response_header(dialog, std::move(header));
    }
    void progress(DialogId dialog, int status, std::string sdp) override {
        sip_->progress(dialog, status, std::move(sdp));
    }
    void accept(DialogId dialog, std::string sdp) override { sip_->accept(dialog, std::move(sdp)); }
    void acknowledge(DialogId dialog, std::string sdp) override { sip_->acknowledge(dialog, std::move(sdp)); }
    void answer_reoffer(DialogId dialog, std::string sdp) override {
        sip_->answer_reoffer(dialog, std::move(sdp));
    }
    void refuse_reoffer(DialogId dialog, int status) override { sip_->refuse_reoffer(dialog, status); }
    void move(DialogId dialog, FlowId flow) override { sip_->move(dialog, flow); }
    void answer_referral(DialogId dialog, int status, std::string why) override {
        sip_->answer_referral(dialog, status, std::move(why));
    }
    void tell_referrer(DialogId dialog, int status) override { sip_->tell_referrer(dialog, status); }
    void answer_message(sip::MessageId message, int status, std::vector<sip::Header> headers) override {
        sip_->answer_message(message, status, std::move(headers));
    }
    void send_message(sip::OutboundMessage message) override { sip_->send_message(std::move(message)); }
    void answer_subscribe(sip::SubscriptionId subscription, int status, std::chrono::seconds expires,
                          std::vector<sip::Header> headers) override {
        sip_->answer_subscribe(subscription, status, expires, std::move(headers));
    }
    void notify(sip::SubscriptionId subscription, std::string summary, std::chrono::seconds left) override {
        sip_->notify(subscription, std::move(summary), left);
    }
    void set_owner(FlowId flow, const std::string& user) override { flows_->set_owner(flow, user); }
    void end(DialogId dialog, const EndReason& reason) override { sip_->end(dialog, reason); }

    bool place(call::PagePlaced event) override { return calls_.place(std::move(event)); }
    bool on_page(SessionId session, const std::string& name, const call::Event& event) override {
        return calls_.on_page(session, name, event);
    }
    bool transfer(SessionId session, const std::string& name, const std::string& to,
                  const std::string& with) override {
        return calls_.transfer(session, name, to, with);
    }
    void on_session_closed(SessionId session) override { calls_.on_session_closed(session); }

    void write(SessionId session, const config::User& user, const http::SendMessage& message) override {
        http::SessionInfo info;
        info.session = session;
        info.who = pages_.as_user(user);
        messages_.from_session(info, message);
    }
    std::vector<http::MessagesWaiting> mailboxes(const std::string& user) const override {
        return messages_.mailboxes_of(user);
    }

    void add(SessionId session, const config::User& user) override {
        http::SessionInfo info;
        info.session = session;
        info.who = pages_.as_user(user);
        pages_.add(info);
    }
    void remove(SessionId session) override { pages_.remove(session); }

    void tick() {
        timer_.expires_after(kTick);
        timer_.async_wait([this](const boost::system::error_code& fault) {
            if (fault) return;
            phones.on_tick(std::chrono::steady_clock::now());
            tick();
        });
    }

    // Given.
    const std::shared_ptr<sip::FlowTable>& flows_;
    const std::unique_ptr<sip::SipUa>& sip_;
    call::CallRegistry& calls_;
    ConnectedPages& pages_;
    MessageDesk& messages_;
    // Owned.
    boost::asio::steady_timer timer_;

  public:
    softphone::Softphones phones;
};

SoftphoneDoor::SoftphoneDoor(boost::asio::io_context& io, config::Snapshot config,
                             const std::shared_ptr<sip::FlowTable>& flows,
                             const std::unique_ptr<sip::SipUa>& sip, call::CallRegistry& calls,
                             ConnectedPages& pages, MessageDesk& messages, Counters& counters)
    : impl_(std::make_unique<Impl>(io, std::move(config), flows, sip, calls, pages, messages, counters)) {}

SoftphoneDoor::~SoftphoneDoor() = default;

void SoftphoneDoor::on_register(const sip::InboundRegister& request) {
    // Its connection may have closed while the request was on its way here.
    if (!impl_->is_gone(request.flow)) impl_->phones.on_register(request, clock_now());
}

bool SoftphoneDoor::on_invite(sip::InboundInvite& invite) {
    const bool by_page = invite.transport == sip::Transport::ws || invite.transport == sip::Transport::wss;
    return by_page && impl_->phones.on_invite(invite, clock_now());
}

bool SoftphoneDoor::on_message(const sip::InboundMessage& message) {
    return impl_->phones.on_message(message, clock_now());
}

void SoftphoneDoor::on_subscribe(const sip::InboundSubscribe& request) {
    if (!impl_->is_gone(request.flow)) impl_->phones.on_subscribe(request, clock_now());
}

void SoftphoneDoor::on_mailbox_news(const std::string& user) {
    impl_->phones.on_mailbox_news(user, std::chrono::steady_clock::now());
}

void SoftphoneDoor::on_subscription_ended(sip::SubscriptionId subscription) {
    impl_->phones.on_subscription_ended(subscription);
}

bool SoftphoneDoor::on_dialog(DialogId dialog, const call::Event& event) {
    softphone::Softphones& phones = impl_->phones;
    if (!phones.owns(dialog)) return false;
    if (const auto* answered = std::get_if<call::SipAnswered>(&event)) {
        phones.on_answered(dialog, answered->sdp);
    } else if (const auto* offered = std::get_if<call::SipReoffer>(&event)) {
        phones.on_reoffer(dialog, offered->sdp);
    } else if (const auto* digit = std::get_if<call::SipDigit>(&event)) {
        phones.on_digit(dialog, digit->digit, digit->duration_ms);
    } else if (const auto* referred = std::get_if<call::SipReferred>(&event)) {
        phones.on_referred(dialog, referred->referral);
    } else if (const auto* ended = std::get_if<call::SipEnded>(&event)) {
        phones.on_ended(dialog, ended->reason);
    }
    return true;
}

void SoftphoneDoor::on_flow_changed(FlowId flow) {
    if (impl_->is_gone(flow)) impl_->phones.on_flow_closed(flow, std::chrono::steady_clock::now());
}

bool SoftphoneDoor::send(SessionId session, const http::ServerMessage& message) {
    if (!softphone::Softphones::is_softphone(session)) return false;
    impl_->phones.send(session, message, std::chrono::steady_clock::now());
    return true;
}

std::size_t SoftphoneDoor::registered() const {
    return impl_->phones.registered();
}

}  // namespace causeway::app
