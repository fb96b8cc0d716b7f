// Birth and death of a stack and of its dialogs; what ends by time.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/su_wait.h>

#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 100ms;
/// Nua's own transactions end within Timer B; a handle still there after that is let go by force.
constexpr auto kLongestDeath = 40s;
constexpr auto kLongestGoodbye = 2500ms;
/// New calls of one source, each second, that are looked at; more get 503.
constexpr double kCallsPerSecond = 100;
constexpr double kCallsBurst = 200;
void on_nua_event(nua_event_t event, int status, const char* phrase, nua_t* stack, void* self,
                  nua_handle_t* handle, void* owner, const sip_t* sip, tagi_t* tags) noexcept {
    // What a call's state is stands in a tag only.
    if (event == nua_i_state) {
        const tagi_t* state = tl_find(tags, nutag_callstate);
        status = state == nullptr ? 0 : static_cast<int>(state->t_value);
    }
    static_cast<UserAgent*>(self)->on_event({.stack = stack,
                                             .kind = static_cast<int>(event),
                                             .status = status,
                                             .phrase = phrase == nullptr ? "" : phrase,
                                             .handle = handle,
                                             .owner = owner,
                                             .message = sip});
}

}  // namespace

void SavedRequest::keep_current(nua_s* nua) {
    reset();
    nua_save_event(nua, &event_);
}

void SavedRequest::reset() {
    if (event_ != nullptr) nua_destroy_event(&event_);
    event_ = nullptr;
}

void HandleDeleter::operator()(nua_handle_s* handle) const {
    nua_handle_bind(handle, nullptr);
    nua_handle_destroy(handle);
}

UserAgent::UserAgent(su_root_s* root, const SipUaSettings& settings, const ListenPlan& plan,
                     Counters& counters, SipListener& listener, std::atomic<std::size_t>& alive,
                     std::atomic<std::uint64_t>& next_dialog)
    : root_(root),
      settings_(settings),
      listener_(listener),
      own_contacts_(plan.contacts),
      alive_(alive),
      next_dialog_(next_dialog),
      injections_(counters.counter("sip_header_injection")),
      over_rate_(counters.counter("sip_over_rate")),
      bad_invites_(counters.counter("sip_bad_invite")),
      bad_referrals_(counters.counter("sip_bad_referral")),
      bad_messages_(counters.counter("sip_bad_message")),
      strangers_(counters.counter("sip_by_strange_connection")),
      filter_(counters, settings.max_message, {settings.flows.get(), plan.flows_only}),
      invite_limit_(kCallsPerSecond, kCallsBurst),
      stacks_(root, settings, plan, filter_.message_class(),
              reinterpret_cast<Stacks::Callback>(&on_nua_event), this),
      nua_(stacks_.front()) {
    registrar_ = std::make_unique<RegistrarClient>(stacks_, listener, plan.contacts, settings.flows,
                                                   settings.keep_alive);
    prober_ = std::make_unique<OptionsProber>(stacks_, listener, settings_.domain);
    mailboxes_ = std::make_unique<MailboxWatch>(stacks_, listener);
    page_subscriptions_ = std::make_unique<PageSubscriptions>(listener, next_dialog_, settings.flows);

    timer_ = su_timer_create(su_root_task(root), static_cast<su_duration_t>(kTick.count()));
    const auto tick = [](void*, su_timer_t*, void* self) noexcept {
        static_cast<UserAgent*>(self)->on_timer();
    };
    su_timer_set_for_ever(timer_, tick, this);
}

UserAgent::~UserAgent() {
    su_timer_destroy(timer_);
    prober_.reset();
    registrar_.reset();
    mailboxes_.reset();
    page_subscriptions_.reset();
    messages_.clear();
    dialogs_.clear();
    asked_.clear();
    alive_ = 0;
}

Dialog* UserAgent::find(DialogId id) {
    const auto found = dialogs_.find(id.value);
    return found == dialogs_.end() ? nullptr : found->second.get();
}

Dialog& UserAgent::add(DialogId id, CallId call, Handle handle) {
    auto dialog = std::make_unique<Dialog>();
    dialog->id = id;
    dialog->call = call;
    dialog->handle = std::move(handle);
    if (dialog->handle) nua_handle_bind(dialog->handle.get(), dialog.get());
    auto& place = dialogs_[id.value] = std::move(dialog);
    alive_ = dialogs_.size();
    return *place;
}

void UserAgent::let_die(Dialog& dialog) {
    dialog.phase = Phase::ended;
    dialog.deadline = std::chrono::steady_clock::now() + kLongestDeath;
}

void UserAgent::finish(Dialog& dialog, EndReason reason) {
    if (dialog.phase == Phase::ended) return;
    let_die(dialog);
    dialog.why = reason;
    log::info(dialog.call, "sip: ended by {}: {}", to_string(reason.by), text(reason));
    listener_.on_ended(dialog.id, std::move(reason));
}

void UserAgent::forget(Dialog& dialog) {
    filter_.forget(dialog.invite_name);
    filter_.forget_early(dialog.name.call_id);
    dialogs_.erase(dialog.id.value);
    alive_ = dialogs_.size();
}

void UserAgent::on_terminated(Dialog& dialog, const Event& event) {
    if (dialog.phase != Phase::ended) {
        EndReason reason{.cause = EndCause::hangup, .by = Side::sip, .detail = {}, .sip_status = {}};
        if (event.status >= 300 && event.status < 700) reason = from_sip_status(event.status, event.phrase);
        finish(dialog, std::move(reason));
    }
    forget(dialog);
}

void UserAgent::register_trunks(std::vector<Registration> registrations) {
    if (closing_ == Closing::no) registrar_->set(std::move(registrations), std::chrono::steady_clock::now());
}

void UserAgent::probe(const Probe& probe) {
    if (closing_ != Closing::no) return;
    if (probe.flow == FlowId{}) return prober_->probe(probe);
    Probe by_flow = probe;
    by_flow.proxy = settings_.flows ? settings_.flows->proxy(probe.flow) : std::string();
    // Without its connection the server is as good as dead.
    if (by_flow.proxy.empty()) return listener_.on_probed(probe.id, 0);
    prober_->probe(by_flow);
}

void UserAgent::on_timer() {
    const Instant now = std::chrono::steady_clock::now();
    std::vector<Dialog*> due;
    for (const auto& [id, dialog] : dialogs_) {
        if (dialog->deadline && *dialog->deadline <= now) due.push_back(dialog.get());
        keep_fresh(*dialog, now);
    }
    for (Dialog* dialog : due) {
        dialog->deadline.reset();
        if (dialog->phase == Phase::ended) {
            if (dialog->bye_after_ack) send_bye(*dialog);
            forget(*dialog);
            continue;
        }
        // Nothing was heard of the server itself: another one may be asked.
        const bool silent = dialog->phase == Phase::calling && !dialog->heard;
        const EndReason unanswered{.cause = silent ? EndCause::trunk_timeout : EndCause::no_answer,
                                   .by = Side::sip,
                                   .detail = {},
                                   .sip_status = {}};
        end(*dialog, unanswered);
        listener_.on_ended(dialog->id, unanswered);
    }
    registrar_->on_timer(now);
    mailboxes_->on_timer(now);
    page_subscriptions_->on_timer(now);
    forget_old_messages(now);
    if (closing_ != Closing::ending) return;
    if (!dialogs_.empty() || !registrar_->idle()) {
        if (now < closing_deadline_) return;
        // What has not said goodbye by now does not: let all transactions run out at once.
        stacks_.hurry();
        for (const auto& [id, dialog] : dialogs_) {
            if (dialog->bye_after_ack) send_bye(*dialog);
        }
        dialogs_.clear();
        alive_ = 0;
    }
    closing_ = Closing::hurried;
    stacks_.shut_down();
}

void UserAgent::shut_down(std::function<void()> done) {
    closing_ = Closing::ending;
    closing_deadline_ = std::chrono::steady_clock::now() + kLongestGoodbye;
    closed_ = std::move(done);
    asked_.clear();
    std::vector<Dialog*> live;
    for (const auto& [id, dialog] : dialogs_) live.push_back(dialog.get());
    prober_->forget_all();
    for (Dialog* dialog : live) end(*dialog, stopping());
    registrar_->unregister_all();
    mailboxes_->set({}, std::chrono::steady_clock::now());
    page_subscriptions_->clear();
}

void UserAgent::on_shutdown(int status) {
    if (status < 200 || closing_ == Closing::finished || !stacks_.finished_one()) return;
    closing_ = Closing::finished;
    if (closed_) std::exchange(closed_, nullptr)();
}

}  // namespace causeway::sip
