#include "gateway/demo/exchange.hpp"

#include <algorithm>
#include <future>
#include <list>
#include <string>
#include <thread>
#include <unordered_map>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/loop/event_loop.hpp"
#include "core/sdp/sip_audio.hpp"
#include "gateway/demo/line.hpp"
#include "gateway/demo/numbers.hpp"
#include "sip/rtp/port_allocator.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::demo {
namespace {

constexpr std::uint16_t kFirstRtpPort = 18000;
constexpr std::uint16_t kLastRtpPort = 19999;
const std::vector<sdp::Codec> kCodecs{sdp::Codec::pcmu, sdp::Codec::pcma};

sip::SipUaSettings ua_settings(const SocketAddress& listen) {
    sip::SipUaSettings settings;
    settings.listen_udp = {listen};
    settings.domain = listen.ip();
    settings.user_agent = "causeway-demo-exchange";
    return settings;
}

sdp::SipLocal local_description(const Line& line) {
    sdp::SipLocal local;
    local.rtp = line.local_rtp();
    local.codecs = kCodecs;
    local.session_id = random_u64() >> 2;
    local.session_version = 1;
    return local;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// One call at the exchange. On the loop's thread.
struct ExchangeCall {
    ExchangeCall(EventLoop& loop, std::function<void()> on_step)
        : step(loop, [on_step](Instant) { on_step(); }) {}

    const Number* number = nullptr;
    std::unique_ptr<Line> line;
    Timer step;               ///< the next thing that the number does
    std::string caller;       ///< for calling back
    std::string answer;       ///< our SDP
    sdp::AudioMedia offered;  ///< ours, when the exchange calls
    bool answered = false;
    bool is_call_back = false;
};

}  // namespace

class Exchange::Impl : public sip::SipListener {
  public:
    Impl(const SocketAddress& listen, const SocketAddress& gateway, Counters& counters);
    ~Impl() override;

    // On the SIP thread: everything moves to the loop.
    void on_invite(sip::InboundInvite invite) override {
        loop_.post([this, arrived = std::move(invite)] { take(arrived); });
    }
    void on_answered(DialogId dialog, std::string sdp) override {
        loop_.post([this, dialog, text = std::move(sdp)] { called_back(dialog, text); });
    }
    void on_ended(DialogId dialog, EndReason) override {
        loop_.post([this, dialog] { ended(dialog); });
    }
    void on_reoffer(DialogId dialog, std::string sdp) override {
        loop_.post([this, dialog, text = std::move(sdp)] { reoffered(dialog, text); });
    }
    // The exchange has nobody to hand calls over to, and nobody who reads.
    void on_referred(DialogId dialog, sip::InboundReferral) override {
        loop_.post([this, dialog] {
            if (!closing_) ua_->answer_referral(dialog, 603);
        });
    }
    void on_message(sip::InboundMessage message) override {
        loop_.post([this, id = message.id] {
            if (!closing_) ua_->answer_message(id, 200);
        });
    }
    void on_progress(DialogId, int, std::string) override {}
    void on_acknowledged(DialogId, std::string) override {}
    void on_info_dtmf(DialogId, char, int) override {}
    void on_registration(sip::RegistrationEvent) override {}

  private:
    void take(const sip::InboundInvite& invite);
    void begin(DialogId dialog, const sip::InboundInvite& invite, const Number& number);
    void next_step(DialogId dialog);
    void hang_up(DialogId dialog, EndCause cause);
    void ended(DialogId dialog);
    /// Hold and resume; the sound goes on where it was.
    void reoffered(DialogId dialog, const std::string& sdp);
    void call_back_later(const std::string& caller, const Number& number);
    void call_back(const std::string& caller, const Number& number);
    void called_back(DialogId dialog, const std::string& sdp);

    // Given.
    SocketAddress listen_;
    SocketAddress gateway_;
    Counters& counters_;
    // Owned.
    EventLoop loop_;
    sip::PortAllocator ports_;
    std::unordered_map<DialogId, std::unique_ptr<ExchangeCall>> calls_;
    std::list<Timer> call_backs_;
    std::unique_ptr<sip::SipUa> ua_;
    std::thread thread_;
    // State.
    bool closing_ = false;  ///< on the loop's thread: the stack is no more ours to speak to
};

Exchange::Impl::Impl(const SocketAddress& listen, const SocketAddress& gateway, Counters& counters)
    : listen_(listen),
      gateway_(gateway),
      counters_(counters),
      ports_(listen, kFirstRtpPort, kLastRtpPort),
      ua_(std::make_unique<sip::SipUa>(ua_settings(listen), counters, *this)),
      thread_([this] { loop_.run(); }) {}

Exchange::Impl::~Impl() {
    // The loop first lets go of the stack, then the stack ends; its last events find a loop that refuses
    // them.
    std::promise<void> let_go;
    loop_.post([this, &let_go] {
        closing_ = true;
        calls_.clear();
        call_backs_.clear();
        let_go.set_value();
    });
    let_go.get_future().wait();
    ua_.reset();
    loop_.stop();
    thread_.join();
}

void Exchange::Impl::take(const sip::InboundInvite& invite) {
    if (closing_) return;
    const Number* number = find_number(invite.to_user);
    if (number == nullptr) {
        return ua_->end(invite.dialog,
                        {EndCause::not_found, Side::sip, "The demo exchange has no such number.", {}});
    }
    begin(invite.dialog, invite, *number);
}

void Exchange::Impl::begin(DialogId dialog, const sip::InboundInvite& invite, const Number& number) {
    auto line = Line::open(loop_, ports_, counters_);
    if (!line) return ua_->end(dialog, {EndCause::over_limit, Side::sip, line.error().detail, {}});
    auto answer = sdp::make_sip_answer(invite.sdp, local_description(**line));
    auto remote = sdp::parse_sip_offer(invite.sdp);
    if (!answer || !remote) {
        return ua_->end(dialog, {EndCause::no_common_codec, Side::sip, "No G.711 in the offer.", {}});
    }
    sdp::AudioMedia agreed = *remote;
    agreed.formats = answer->media.formats;
    if (const auto connected = (*line)->connect(agreed); !connected) {
        return ua_->end(dialog, {EndCause::internal_error, Side::sip, connected.error().detail, {}});
    }
    auto call = std::make_unique<ExchangeCall>(loop_, [this, dialog] { next_step(dialog); });
    call->number = &number;
    call->line = std::move(*line);
    call->caller = invite.from_user;
    call->answer = std::move(answer->sdp);
    if (number.early_media) {
        ua_->progress(dialog, 183, call->answer);
        call->line->play(Sound::ringback);
    } else {
        ua_->progress(dialog, 180, "");
    }
    const bool goes_on = number.answers || number.refuse_with != 0;
    if (goes_on) call->step.arm(loop_.now() + number.ring);
    calls_.insert_or_assign(dialog, std::move(call));
}

void Exchange::Impl::next_step(DialogId dialog) {
    ExchangeCall& call = *calls_.at(dialog);
    if (call.answered) return hang_up(dialog, EndCause::hangup);
    if (call.number->refuse_with != 0) return hang_up(dialog, EndCause::busy);
    call.answered = true;
    ua_->accept(dialog, call.answer);
    call.line->play(call.number->sound);
    if (call.number->hang_up_after) call.step.arm(loop_.now() + *call.number->hang_up_after);
}

void Exchange::Impl::hang_up(DialogId dialog, EndCause cause) {
    ua_->end(dialog, {cause, Side::sip, {}, {}});
    // Not here: the call's own timer may be running this.
    loop_.post([this, dialog] { calls_.erase(dialog); });
}

void Exchange::Impl::ended(DialogId dialog) {
    const auto found = calls_.find(dialog);
    if (found == calls_.end()) return;
    const ExchangeCall& call = *found->second;
    const bool can_be_called =
        !call.caller.empty() && std::all_of(call.caller.begin(), call.caller.end(), is_digit);
    if (call.answered && call.number->calls_back && !call.is_call_back && can_be_called)
        call_back_later(call.caller, *call.number);
    calls_.erase(found);
}

void Exchange::Impl::reoffered(DialogId dialog, const std::string& sdp) {
    const auto found = calls_.find(dialog);
    if (closing_ || found == calls_.end()) return;
    Line& line = *found->second->line;
    auto answer = sdp::make_sip_answer(sdp, local_description(line));
    auto remote = sdp::parse_sip_offer(sdp);
    if (!answer || !remote) return ua_->refuse_reoffer(dialog, 488);
    remote->formats = answer->media.formats;
    if (!line.connect(*remote)) return ua_->refuse_reoffer(dialog, 488);
    ua_->answer_reoffer(dialog, std::move(answer->sdp));
}

void Exchange::Impl::call_back_later(const std::string& caller, const Number& number) {
    // Those that have fired are of no more use; none of them is running now.
    call_backs_.remove_if([](const Timer& timer) { return !timer.armed(); });
    auto& timer =
        call_backs_.emplace_back(loop_, [this, caller, &number](Instant) { call_back(caller, number); });
    timer.arm(loop_.now() + kCallBackDelay);
}

void Exchange::Impl::call_back(const std::string& caller, const Number& number) {
    auto line = Line::open(loop_, ports_, counters_);
    if (!line) return log::warning("the demo exchange cannot call back: {}", line.error().detail);
    auto offer = sdp::make_sip_offer(local_description(**line));
    sip::OutboundInvite invite;
    invite.call = make_call_id();
    invite.request_uri = "sip:" + caller + "@" + gateway_.to_string();
    invite.to_uri = invite.request_uri;
    invite.from_uri = "sip:" + std::string(number.number) + "@" + listen_.to_string();
    invite.from_display = "Demo exchange";
    invite.sdp = std::move(offer.sdp);
    const DialogId dialog = ua_->invite(std::move(invite));
    auto call = std::make_unique<ExchangeCall>(loop_, [this, dialog] { next_step(dialog); });
    call->number = &number;
    call->line = std::move(*line);
    call->offered = std::move(offer.media);
    call->is_call_back = true;
    calls_.insert_or_assign(dialog, std::move(call));
}

void Exchange::Impl::called_back(DialogId dialog, const std::string& sdp) {
    const auto found = calls_.find(dialog);
    if (found == calls_.end()) return;
    ExchangeCall& call = *found->second;
    call.answered = true;
    const auto remote = sdp::parse_sip_answer(sdp, call.offered);
    if (!remote || !call.line->connect(*remote)) return hang_up(dialog, EndCause::no_common_codec);
    call.line->play(Sound::announcement);
}

Exchange::Exchange(const SocketAddress& listen, const SocketAddress& gateway, Counters& counters)
    : impl_(std::make_unique<Impl>(listen, gateway, counters)) {}
Exchange::~Exchange() = default;

}  // namespace causeway::demo
