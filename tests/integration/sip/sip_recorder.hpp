// A listener that writes down what a SipUa says, for tests that wait for it with a deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sip/ua/sip_ua.hpp"

namespace causeway::sip::test {

struct Seen {
    enum class What {
        invite,
        progress,
        answered,
        acknowledged,
        reoffer,
        reoffer_answered,
        reoffer_refused,
        digit,
        ended,
        registration,
        referred,
        refer_progress,
        redirected,
        message,
        message_result,
        mailbox
    };
    What what;
    DialogId dialog{};
    int number = 0;      ///< status, duration
    std::string text{};  ///< SDP, digit, trunk
    InboundInvite invite{};
    EndReason reason{};
    RegistrationEvent registration{};
    InboundReferral referral{};
    std::vector<RedirectTarget> targets{};
    InboundMessage message{};
    MessagesWaiting mailbox{};
};

class SipRecorder : public SipListener {
  public:
    static constexpr auto kPatience = std::chrono::seconds(10);

    /// Runs on the SIP thread inside `on_invite`, before the event is recorded.
    std::function<void(const InboundInvite&)> when_invited;

    void on_invite(InboundInvite invite) override {
        if (when_invited) when_invited(invite);
        Seen seen{.what = Seen::What::invite, .dialog = invite.dialog, .number = 0, .text = invite.sdp};
        seen.invite = std::move(invite);
        record(std::move(seen));
    }
    void on_progress(DialogId dialog, int status, std::string sdp) override {
        record({.what = Seen::What::progress, .dialog = dialog, .number = status, .text = std::move(sdp)});
    }
    void on_answered(DialogId dialog, std::string sdp) override {
        record({.what = Seen::What::answered, .dialog = dialog, .number = 0, .text = std::move(sdp)});
    }
    void on_acknowledged(DialogId dialog, std::string sdp) override {
        record({.what = Seen::What::acknowledged, .dialog = dialog, .number = 0, .text = std::move(sdp)});
    }
    void on_reoffer(DialogId dialog, std::string sdp) override {
        record({.what = Seen::What::reoffer, .dialog = dialog, .number = 0, .text = std::move(sdp)});
    }
    void on_reoffer_answered(DialogId dialog, std::string sdp) override {
        record({.what = Seen::What::reoffer_answered, .dialog = dialog, .number = 0, .text = std::move(sdp)});
    }
    void on_reoffer_refused(DialogId dialog, int status) override {
        record({.what = Seen::What::reoffer_refused, .dialog = dialog, .number = status, .text = {}});
    }
    void on_info_dtmf(DialogId dialog, char digit, int duration_ms) override {
        record({.what = Seen::What::digit, .dialog = dialog, .number = duration_ms, .text = {digit}});
    }
    void on_ended(DialogId dialog, EndReason reason) override {
        Seen seen{.what = Seen::What::ended, .dialog = dialog, .number = 0, .text = {}};
        seen.reason = std::move(reason);
        record(std::move(seen));
    }
    void on_registration(RegistrationEvent event) override {
        Seen seen{.what = Seen::What::registration, .number = event.status, .text = event.trunk};
        seen.registration = std::move(event);
        record(std::move(seen));
    }

    void on_referred(DialogId dialog, InboundReferral referral) override {
        Seen seen{.what = Seen::What::referred, .dialog = dialog, .number = 0, .text = {}};
        seen.referral = std::move(referral);
        record(std::move(seen));
    }
    /// `text` is "last" or "more".
    void on_refer_progress(DialogId dialog, int status, bool last) override {
        record({.what = Seen::What::refer_progress,
                .dialog = dialog,
                .number = status,
                .text = last ? "last" : "more"});
    }
    void on_redirected(DialogId dialog, int status, std::vector<RedirectTarget> targets) override {
        Seen seen{.what = Seen::What::redirected, .dialog = dialog, .number = status, .text = {}};
        seen.targets = std::move(targets);
        record(std::move(seen));
    }
    void on_message(InboundMessage message) override {
        Seen seen{.what = Seen::What::message, .number = 0, .text = message.text};
        seen.message = std::move(message);
        record(std::move(seen));
    }
    void on_message_result(MessageId id, int status, std::string phrase) override {
        Seen seen{.what = Seen::What::message_result, .number = status, .text = std::move(phrase)};
        seen.message.id = id;
        record(std::move(seen));
    }
    void on_messages_waiting(MessagesWaiting waiting) override {
        Seen seen{.what = Seen::What::mailbox, .number = 0, .text = waiting.account};
        seen.mailbox = std::move(waiting);
        record(std::move(seen));
    }

    /// Takes the next event of that kind out of the record; nullopt after the deadline.
    std::optional<Seen> next(Seen::What what, std::chrono::milliseconds patience = kPatience) {
        return next_where([what](const Seen& seen) { return seen.what == what; }, patience);
    }
    std::optional<Seen> next_where(const std::function<bool(const Seen&)>& fits,
                                   std::chrono::milliseconds patience = kPatience) {
        std::unique_lock lock(mutex_);
        std::optional<Seen> found;
        changed_.wait_for(lock, patience, [&] {
            for (auto each = record_.begin(); each != record_.end(); ++each) {
                if (!fits(*each)) continue;
                found = std::move(*each);
                record_.erase(each);
                return true;
            }
            return false;
        });
        return found;
    }
    std::size_t count(Seen::What what) {
        const std::lock_guard lock(mutex_);
        std::size_t number = 0;
        for (const auto& each : record_) number += each.what == what ? 1U : 0U;
        return number;
    }

  private:
    void record(Seen seen) {
        const std::lock_guard lock(mutex_);
        record_.push_back(std::move(seen));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Seen> record_;
};

}  // namespace causeway::sip::test
