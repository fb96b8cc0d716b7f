// The public face: commands are values posted to the SIP thread.
#include "sip/ua/sip_ua.hpp"

#include <atomic>
#include <future>
#include <utility>

#include "core/base/random.hpp"
#include "sip/ua/listen.hpp"
#include "sip/ua/sip_thread.hpp"
#include "sip/ua/user_agent.hpp"

namespace causeway::sip {
namespace {

/// Each stack counts in a range of its own, so that ids of two stacks of one process differ.
std::uint64_t first_dialog_id() {
    constexpr int kCountBits = 40;
    return (static_cast<std::uint64_t>(random_u16()) << kCountBits) + 1;
}

}  // namespace

class SipUa::Impl {
  public:
    Impl(SipUaSettings settings, Counters& counters, SipListener& listener)
        : plan_(plan_listening(settings)), next_dialog_(first_dialog_id()) {
        thread_.call([&] {
            agent_ = std::make_unique<UserAgent>(thread_.root(), settings, plan_, counters, listener, alive_,
                                                 next_dialog_);
        });
    }

    ~Impl() {
        std::promise<void> closed;
        auto done = closed.get_future();
        thread_.post([&] { agent_->shut_down([&closed] { closed.set_value(); }); });
        done.wait();
        thread_.call([this] { agent_.reset(); });
    }

    /// `work` takes the user agent, on its thread.
    template <class Work>
    void post(Work work) {
        thread_.post([this, work = std::move(work)] { work(*agent_); });
    }

    std::uint16_t udp_port() const { return plan_.udp_port; }
    SocketAddress flow_entrance() const { return sip::flow_entrance(plan_); }
    std::size_t dialog_count() const { return alive_; }
    DialogId new_dialog() { return {next_dialog_.fetch_add(1)}; }

  private:
    ListenPlan plan_;
    std::atomic<std::size_t> alive_{0};
    std::atomic<std::uint64_t> next_dialog_;
    SipThread thread_;
    std::unique_ptr<UserAgent> agent_;
};

SipUa::SipUa(SipUaSettings settings, Counters& counters, SipListener& listener)
    : impl_(std::make_unique<Impl>(std::move(settings), counters, listener)) {}

SipUa::~SipUa() = default;

std::uint16_t SipUa::udp_port() const {
    return impl_->udp_port();
}

DialogId SipUa::invite(OutboundInvite invite) {
    const DialogId id = impl_->new_dialog();
    impl_->post([id, invite = std::move(invite)](UserAgent& agent) { agent.invite(id, invite); });
    return id;
}

void SipUa::add_response_header(DialogId dialog, Header header) {
    impl_->post(
        [=, header = std::move(header)](UserAgent& agent) { agent.add_response_header(dialog, header); });
}

void SipUa::progress(DialogId dialog, int status, std::string sdp) {
    impl_->post([=, sdp = std::move(sdp)](UserAgent& agent) { agent.progress(dialog, status, sdp); });
}

void SipUa::accept(DialogId dialog, std::string sdp) {
    impl_->post([=, sdp = std::move(sdp)](UserAgent& agent) { agent.accept(dialog, sdp); });
}

void SipUa::end(DialogId dialog, const EndReason& reason) {
    impl_->post([=](UserAgent& agent) { agent.end(dialog, reason); });
}

void SipUa::answer_reoffer(DialogId dialog, std::string sdp) {
    impl_->post([=, sdp = std::move(sdp)](UserAgent& agent) { agent.answer_reoffer(dialog, sdp); });
}

void SipUa::refuse_reoffer(DialogId dialog, int status, const std::string& why) {
    impl_->post([=](UserAgent& agent) { agent.refuse_reoffer(dialog, status, why); });
}

void SipUa::info_digit(DialogId dialog, char digit, int duration_ms) {
    impl_->post([=](UserAgent& agent) { agent.info_digit(dialog, digit, duration_ms); });
}

void SipUa::reoffer(DialogId dialog, std::string sdp) {
    impl_->post([=, sdp = std::move(sdp)](UserAgent& agent) { agent.reoffer(dialog, sdp); });
}

void SipUa::answer_register(RequestId request, int status, std::vector<Header> headers) {
    impl_->post([=, headers = std::move(headers)](UserAgent& agent) {
        agent.answer_register(request, status, headers);
    });
}

void SipUa::acknowledge(DialogId dialog, std::string sdp) {
    impl_->post([=, sdp = std::move(sdp)](UserAgent& agent) { agent.acknowledge(dialog, sdp); });
}

void SipUa::set_options(DialogId dialog, DialogOptions options) {
    impl_->post([=](UserAgent& agent) { agent.set_options(dialog, options); });
}

void SipUa::move(DialogId dialog, FlowId flow) {
    impl_->post([=](UserAgent& agent) { agent.move(dialog, flow); });
}

void SipUa::register_trunks(std::vector<Registration> registrations) {
    impl_->post([registrations = std::move(registrations)](UserAgent& agent) {
        agent.register_trunks(registrations);
    });
}

SocketAddress SipUa::flow_entrance() const {
    return impl_->flow_entrance();
}

void SipUa::flow_changed(FlowId flow) {
    impl_->post([flow](UserAgent& agent) { agent.flow_changed(flow); });
}

void SipUa::probe(Probe probe) {
    impl_->post([probe = std::move(probe)](UserAgent& agent) { agent.probe(probe); });
}

void SipUa::refer(DialogId dialog, OutboundReferral referral) {
    impl_->post([=, referral = std::move(referral)](UserAgent& agent) { agent.refer(dialog, referral); });
}

void SipUa::answer_referral(DialogId dialog, int status, std::string why) {
    impl_->post(
        [=, words = std::move(why)](UserAgent& agent) { agent.answer_referral(dialog, status, words); });
}

void SipUa::tell_referrer(DialogId dialog, int status) {
    impl_->post([=](UserAgent& agent) { agent.tell_referrer(dialog, status); });
}

void SipUa::send_message(OutboundMessage message) {
    impl_->post([message = std::move(message)](UserAgent& agent) { agent.send_message(message); });
}

void SipUa::answer_message(MessageId message, int status, std::vector<Header> headers) {
    impl_->post(
        [=, given = std::move(headers)](UserAgent& agent) { agent.answer_message(message, status, given); });
}
void SipUa::answer_subscribe(SubscriptionId subscription, int status, std::chrono::seconds expires,
                             std::vector<Header> headers) {
    impl_->post([=, given = std::move(headers)](UserAgent& agent) {
        agent.answer_subscribe(subscription, status, expires, given);
    });
}
void SipUa::notify(SubscriptionId subscription, std::string summary, std::chrono::seconds left) {
    impl_->post([=, text = std::move(summary)](UserAgent& agent) { agent.notify(subscription, text, left); });
}

void SipUa::watch_mailboxes(std::vector<Mailbox> mailboxes) {
    impl_->post([mailboxes = std::move(mailboxes)](UserAgent& agent) { agent.watch_mailboxes(mailboxes); });
}

std::size_t SipUa::dialog_count() const {
    return impl_->dialog_count();
}

}  // namespace causeway::sip
