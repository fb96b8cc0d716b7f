#include "gateway/call/call_registry.hpp"

#include <algorithm>
#include <type_traits>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "gateway/accounting/quality_metrics.hpp"
#include "gateway/call/sound_figures.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::call {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

http::LegStatistics leg(const std::string& codec, const media::StreamStatistics& from,
                        const media::StreamStatistics& to) {
    http::LegStatistics figures;
    figures.codec = codec;
    figures.round_trip_ms = to.round_trip_ms ? to.round_trip_ms : from.round_trip_ms;
    figures.loss_percent = std::max(from.loss_percent, to.loss_percent);
    figures.jitter_ms = std::max(from.jitter_ms, to.jitter_ms);
    figures.packets_received = from.packets;
    figures.packets_sent = to.packets;
    figures.packets_lost = from.lost + to.lost;
    figures.mos_received = from.mos;
    figures.mos_sent = to.mos;
    figures.loss_received_percent = from.loss_percent;
    figures.loss_sent_percent = to.loss_percent;
    figures.buffer_ms = from.buffer_ms;
    return figures;
}

std::string_view page_state(const Call& call) {
    if (call.phase == Phase::talking) return "answered";
    if (call.early) return "early";
    return call.record.ringing && call.record.from_browser ? "ringing" : "calling";
}

http::ResumedCall resumed_call(const Call& call) {
    const bool incoming = !call.record.from_browser;
    return {.call = call.page->name,
            .id = to_string(call.id),
            .state = std::string(page_state(call)),
            .incoming = incoming,
            .from = incoming ? call.from : "",
            .to = call.to};
}

/// News of a call's other dialog; nullopt for what is no news of one.
std::optional<Event> of_other(const Event& event) {
    return std::visit(
        [](const auto& news) -> std::optional<Event> {
            using News = std::decay_t<decltype(news)>;
            if constexpr (std::is_constructible_v<Event, OfOther<News>>) return OfOther<News>{news};
            return std::nullopt;
        },
        event);
}

rtp::SourceRule source_rule(const config::Trunk* trunk) {
    return trunk != nullptr ? trunk->rtp_source : rtp::SourceRule::learn;
}

}  // namespace

struct CallRegistry::Entry {
    Call call;
    bool watched = false;            ///< its page wants statistics
    std::vector<PageKey> page_keys;  ///< all entries of by_page_ that point here
    bool retired = false;
    std::string slot;        ///< as the board counts it
    std::string other_slot;  ///< of the other leg
};

CallRegistry::CallRegistry(const Ports& ports, const PageDirectory& pages, Counters& counters,
                           config::Snapshot config, std::shared_ptr<const IdentityBook> identity,
                           trunks::TrunkBoard* board)
    : ports_(ports),
      pages_(pages),
      counters_(counters),
      config_(std::move(config)),
      identity_(std::move(identity)),
      board_(board),
      dial_plan_(std::make_unique<const routing::DialPlan>(*config_)) {}

CallRegistry::~CallRegistry() = default;

CallRegistry::Entry& CallRegistry::add_call() {
    auto entry = std::make_unique<Entry>();
    entry->call.id = make_call_id();
    entry->call.config = config_;
    // RFC 8866 §5.2: a numeric string; 62 bits stay clear of signed readers.
    entry->call.sdp_session_id = random_u64() >> 2;
    entry->call.chance = random_u64();
    Entry& added = *entry;
    calls_.emplace(added.call.id, std::move(entry));
    counters_.counter("call_attempts").add();
    return added;
}

int CallRegistry::calls_of(SessionId session) const {
    return static_cast<int>(std::count_if(by_page_.begin(), by_page_.end(),
                                          [&](const auto& row) { return row.first.first == session; }));
}

bool CallRegistry::place(PagePlaced event) {
    if (find(event.session, event.name) != nullptr) return false;
    event.calls_of_session = calls_of(event.session);
    const CallId id = add_call().call.id;
    // Who calls by a permission stays unnamed.
    const std::string user = event.capability.empty() ? event.caller.user : "";
    log::info(id, "page calls '{}' (user '{}', page '{}')", event.to, user, event.page);
    dispatch(id, event);
    return true;
}

bool CallRegistry::on_page(SessionId session, const std::string& name, const Event& event) {
    const Entry* entry = find(session, name);
    if (entry == nullptr) return false;
    dispatch(entry->call.id, event);
    return true;
}

bool CallRegistry::transfer(SessionId session, const std::string& name, const std::string& to,
                            const std::string& with) {
    if (find(session, name) == nullptr) return false;
    PageTransfers event{session, to};
    if (!with.empty()) {
        const Entry* other = find(session, with);
        if (other == nullptr || !other->call.page || other->call.page->session != session) return false;
        const Call& call = other->call;
        OtherCall found;
        found.trunk = call.record.trunk;
        found.to = call.record.from_browser ? call.to : call.from;
        found.answered = call.phase == Phase::talking && call.dialog && !call.transfer && !call.moving_to;
        found.call = call.id;
        if (call.dialog) found.dialog = *call.dialog;
        event.with = std::move(found);
    }
    return on_page(session, name, event);
}

std::optional<DialogId> CallRegistry::dialog_of(SessionId session, const std::string& name) const {
    const auto found = by_page_.find({session, name});
    if (found == by_page_.end()) return std::nullopt;
    const Call& call = calls_.at(found->second)->call;
    const bool mine = call.page && call.page->session == session;
    return mine && call.phase == Phase::talking ? call.dialog : std::nullopt;
}

std::optional<PageCall> CallRegistry::page_of(DialogId dialog) const {
    const auto found = by_dialog_.find(dialog);
    if (found == by_dialog_.end()) return std::nullopt;
    const Call& call = calls_.at(found->second)->call;
    return call.phase == Phase::talking ? call.page : std::nullopt;
}

bool CallRegistry::watch_statistics(SessionId session, const std::string& name, bool on) {
    Entry* entry = find(session, name);
    if (entry != nullptr) entry->watched = on;
    return entry != nullptr;
}

std::set<CallId> CallRegistry::touched_by(SessionId session) const {
    std::set<CallId> touched;
    for (const auto& [key, id] : by_page_) {
        if (key.first == session) touched.insert(id);
    }
    return touched;
}

void CallRegistry::on_session_closed(SessionId session, bool may_return) {
    for (const CallId id : touched_by(session)) {
        dispatch(id, PageGone{session, may_return});
        const Entry* entry = find(id);
        if (entry != nullptr && entry->call.page_away) continue;
        // A page that only rang leaves no other trace of itself.
        std::erase_if(by_page_,
                      [&](const auto& row) { return row.first.first == session && row.second == id; });
    }
}

std::vector<http::ResumedCall> CallRegistry::resume(SessionId before, SessionId session) {
    std::vector<http::ResumedCall> resumed;
    for (const CallId id : touched_by(before)) {
        dispatch(id, PageReturned{before, session});
        Entry* entry = find(id);
        if (entry == nullptr || !entry->call.page || entry->call.page->session != session ||
            entry->call.phase == Phase::ended) {
            continue;
        }
        const std::string& name = entry->call.page->name;
        by_page_.erase({before, name});
        by_page_.insert_or_assign({session, name}, id);
        entry->page_keys.emplace_back(session, name);
        log::info(id, "its page is back");
        resumed.push_back(resumed_call(entry->call));
    }
    return resumed;
}

void CallRegistry::on_invite(sip::InboundInvite invite) {
    if (invite.replaces) return on_replacing_invite(std::move(invite));
    Entry& entry = add_call();
    const CallId id = entry.call.id;
    by_dialog_.emplace(invite.dialog, id);
    log::info(id, "SIP call from {} to '{}' (Call-ID {})", invite.source.to_string(), invite.to_user,
              invite.sip_call_id);
    SipInvited event{std::move(invite), {}};
    for (const auto& [key, call] : by_page_) {
        if (calls_of(key.first) >= config_->limits.calls_per_session)
            event.full_sessions.push_back(key.first);
    }
    dispatch(id, event);
}

void CallRegistry::on_replacing_invite(sip::InboundInvite invite) {
    const auto found = by_dialog_.find(*invite.replaces);
    if (found == by_dialog_.end()) {
        // RFC 3891 §3: it has just ended.
        return ports_.sip.end(invite.dialog, {EndCause::not_found, Side::sip, {}, 481});
    }
    const CallId id = found->second;
    by_dialog_.emplace(invite.dialog, id);
    log::info(id, "SIP call from {} takes the place of this one's dialog (Call-ID {})",
              invite.source.to_string(), invite.sip_call_id);
    dispatch(id, SipReplaces{std::move(invite)});
}

void CallRegistry::on_dialog(DialogId dialog, const Event& event) {
    const auto found = by_dialog_.find(dialog);
    // News that crossed with our own BYE or CANCEL.
    if (found == by_dialog_.end()) return;
    const CallId id = found->second;
    const bool over = std::holds_alternative<SipEnded>(event) || std::holds_alternative<SipRedirected>(event);
    if (over) by_dialog_.erase(found);
    const Entry* entry = find(id);
    const bool of_another = entry != nullptr && entry->call.other && entry->call.other->dialog == dialog;
    if (!of_another) return dispatch(id, event);
    if (const auto news = of_other(event)) dispatch(id, *news);
}

void CallRegistry::on_identity(CallId call, const Event& event) {
    if (find(call) != nullptr) return dispatch(call, event);
    // The call is gone, its permission must not stay in use.
    const auto* checked = std::get_if<CallerChecked>(&event);
    if (checked != nullptr && checked->capability)
        ports_.identity.release_capability(checked->capability->id);
}

void CallRegistry::on_media(CallId call, const Event& event) {
    dispatch(call, event);
}

void CallRegistry::on_statistics(const media::MediaStatistics& statistics) {
    Entry* entry = find(statistics.call);
    if (entry == nullptr || entry->call.phase == Phase::ended) return;
    note_sound(entry->call.record, statistics);
    if (!entry->watched || !entry->call.page) return;
    http::Statistics message;
    message.call = entry->call.page->name;
    message.browser = leg(statistics.browser_codec, statistics.from_browser, statistics.to_browser);
    message.sip = leg(statistics.sip_codec, statistics.from_sip, statistics.to_sip);
    message.srtp = statistics.srtp_profile;
    ports_.pages.send(entry->call.page->session, message);
}

void CallRegistry::on_timer(CallId call, TimerKind kind) {
    dispatch(call, TimerFired{kind});
}

void CallRegistry::shut_down(std::function<void()> done) {
    shutting_down_ = true;
    when_empty_ = std::move(done);
    std::vector<CallId> ids;
    for (const auto& [id, entry] : calls_) ids.push_back(id);
    for (const CallId id : ids) {
        dispatch(id, EndOrdered{EndReason{EndCause::shutting_down, Side::gateway, {}, {}}});
    }
    if (calls_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

std::vector<RunningCall> CallRegistry::running() const {
    std::vector<RunningCall> running;
    for (const auto& [id, entry] : calls_) {
        const Call& call = entry->call;
        if (call.phase != Phase::idle && call.phase != Phase::ended) {
            running.push_back({call.record, call.phase});
        }
    }
    return running;
}

CallRegistry::Entry* CallRegistry::find(CallId id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second.get();
}

CallRegistry::Entry* CallRegistry::find(SessionId session, const std::string& name) {
    const auto found = by_page_.find({session, name});
    return found == by_page_.end() ? nullptr : find(found->second);
}

void CallRegistry::dispatch(CallId id, const Event& event) {
    Entry* entry = find(id);
    if (entry == nullptr) return;
    const Environment environment{*dial_plan_,
                                  pages_,
                                  *identity_,
                                  std::chrono::system_clock::now(),
                                  static_cast<int>(calls_.size()) - 1,
                                  shutting_down_,
                                  !ports_.media.has_room(),
                                  board_};
    if (board_ != nullptr) board_->set_time(std::chrono::steady_clock::now());
    Actions actions = step(entry->call, event, environment);
    count_slots(*entry);
    for (Action& action : actions) carry_out(*entry, action);
    if (entry->retired) forget(id);
}

void CallRegistry::carry_out(Entry& entry, Action& action) {
    Call& call = entry.call;
    std::visit(
        Overloaded{
            [&](TellPage& tell) { ports_.pages.send(tell.session, tell.message); },
            [&](BindPage& bind) {
                by_page_.insert_or_assign({bind.session, bind.name}, call.id);
                entry.page_keys.emplace_back(bind.session, bind.name);
            },
            [&](ForgetPage& page) {
                by_page_.erase({page.session, page.name});
            },
            [&](CheckCaller& check) { ports_.identity.check_caller(call.id, std::move(check)); },
            [&](CheckPassports& check) { ports_.identity.check_passports(call.id, std::move(check)); },
            [&](ReleaseCapability& release) { ports_.identity.release_capability(release.id); },
            [&](AddResponseHeader& add) {
                if (call.dialog) ports_.sip.add_response_header(*call.dialog, std::move(add.header));
            },
            [&](OpenMedia& open) {
                ports_.media.open({call.id, std::move(open.offer), std::move(open.browser_codecs)});
            },
            [&](ConnectMedia& connect) {
                ports_.media.connect(
                    {call.id, std::move(connect.sip_remote), std::move(connect.plan), connect.answered,
                     source_rule(connect.of_other && call.other ? call.other->trunk : call.trunk)});
            },
            [&](AddCandidate& add) { ports_.media.add_remote_candidate(call.id, std::move(add.candidate)); },
            [&](SendDigit& send) {
                send.to_other ? ports_.media.send_digit_to_other(call.id, send.digit, send.duration_ms)
                              : ports_.media.send_digit(call.id, send.digit, send.duration_ms);
            },
            [&](SendInfo& send) {
                if (const auto dialog = send.dialog ? send.dialog : call.dialog) {
                    ports_.sip.info_digit(*dialog, send.digit, send.duration_ms);
                }
            },
            [&](CloseMedia&) { ports_.media.close(call.id); },
            [&](Invite& invite) {
                call.dialog = ports_.sip.invite(std::move(invite.invite));
                by_dialog_.emplace(*call.dialog, call.id);
            },
            [&](Progress& progress) {
                if (call.dialog) ports_.sip.progress(*call.dialog, progress.status);
            },
            [&](Accept& accept) {
                if (call.dialog) ports_.sip.accept(*call.dialog, std::move(accept.sdp));
            },
            [&](EndDialog& end) {
                ports_.sip.end(end.dialog, end.reason);
                by_dialog_.erase(end.dialog);
            },
            [&](AnswerReoffer& answer) {
                if (const auto dialog = answer.dialog ? answer.dialog : call.dialog) {
                    ports_.sip.answer_reoffer(*dialog, std::move(answer.sdp));
                }
            },
            [&](Acknowledge& answer) {
                if (const auto dialog = answer.dialog ? answer.dialog : call.dialog) {
                    ports_.sip.acknowledge(*dialog, std::move(answer.sdp));
                }
            },
            [&](RefuseReoffer& refuse) {
                if (const auto dialog = refuse.dialog ? refuse.dialog : call.dialog) {
                    ports_.sip.refuse_reoffer(*dialog, refuse.status, refuse.why);
                }
            },
            [&](ReofferMedia& reoffer) {
                ports_.media.reoffer({call.id, std::move(reoffer.offer), reoffer.returned});
            },
            [&](Reoffer& reoffer) {
                if (const auto dialog = reoffer.dialog ? reoffer.dialog : call.dialog) {
                    ports_.sip.reoffer(*dialog, std::move(reoffer.sdp));
                }
            },
            [&](SetDialogOptions& set) {
                if (call.dialog) ports_.sip.set_options(*call.dialog, set.options);
            },
            [&](PauseTrunk& pause) {
                log::warning(call.id, "trunk {} ({}) asks for a pause of {} s", pause.trunk,
                             trunks::name_of(pause.server),
                             std::chrono::duration_cast<std::chrono::seconds>(pause.time).count());
                if (board_ != nullptr) board_->pause(pause.trunk, pause.server, pause.time);
            },
            [&](DoubtTrunk& doubt) {
                log::warning(call.id, "trunk {} ({}) cannot be reached", doubt.trunk,
                             trunks::name_of(doubt.server));
                if (board_ != nullptr) board_->doubt(doubt.trunk, doubt.server);
            },
            [&](Refer& refer) {
                if (call.dialog) ports_.sip.refer(*call.dialog, std::move(refer.referral));
            },
            [&](AnswerReferral& answer) {
                if (const auto dialog = answer.dialog ? answer.dialog : call.dialog) {
                    ports_.sip.answer_referral(*dialog, answer.status);
                }
            },
            [&](TellReferrer& tell) { ports_.sip.tell_referrer(tell.dialog, tell.status); },
            [&](InviteElsewhere& invite) {
                const DialogId dialog = ports_.sip.invite(std::move(invite.invite));
                if (call.other) call.other->dialog = dialog;
                by_dialog_.emplace(dialog, call.id);
            },
            [&](OpenOther&) { ports_.media.open_other(call.id); },
            [&](CloseOther&) { ports_.media.close_other(call.id); },
            [&](JoinTelephones& join) {
                ports_.media.join({call.id, std::move(join.own), std::move(join.other), std::move(join.plan),
                                   source_rule(call.trunk),
                                   source_rule(call.other ? call.other->trunk : nullptr)});
            },
            [&](FetchLeg& fetch) {
                if (find(fetch.from) != nullptr) return dispatch(fetch.from, fetch.wanted);
                dispatch(call.id, LegStayed{{EndCause::not_found, Side::gateway, {}, {}}});
            },
            [&](HandLegOver& over) {
                const DialogId dialog = *over.leg->dialog;
                by_dialog_.erase(dialog);
                if (find(over.to) == nullptr) {
                    return ports_.sip.end(dialog, {EndCause::hangup, Side::gateway, {}, {}});
                }
                by_dialog_.emplace(dialog, over.to);
                dispatch(over.to, LegArrived{std::move(over.leg)});
            },
            [&](KeepLeg& keep) { dispatch(keep.wanted_by, LegStayed{keep.reason}); },
            [&](ReleaseBrowser&) { ports_.media.release_browser(call.id); },
            [&](ArmTimer& timer) { ports_.timers.arm(call.id, timer.kind, timer.after); },
            [&](DisarmTimer& timer) { ports_.timers.disarm(call.id, timer.kind); },
            [&](WriteRecord& write) {
                const EndReason& reason = write.record.reason;
                log::info(call.id, "ended: {} by {}: {}", code(reason.cause), to_string(reason.by),
                          text(reason));
                if (const std::string quality = accounting::quality_text(write.record); !quality.empty())
                    log::info(call.id, "{}", quality);
                counters_.counter("call_ended_" + std::string(code(reason.cause))).add();
                ports_.records.write(write.record);
            },
            [&](Retire&) { entry.retired = true; },
        },
        action);
}

void CallRegistry::count_slots(Entry& entry) {
    const Call& call = entry.call;
    const bool over = call.phase == Phase::ended;
    count_slot(entry.slot, over ? "" : call.slot);
    count_slot(entry.other_slot, over || !call.other ? "" : call.other->slot);
}

void CallRegistry::count_slot(std::string& counted, const std::string& now) {
    if (board_ == nullptr || now == counted) return;
    if (!counted.empty()) board_->release(counted);
    if (!now.empty()) board_->take(now);
    counted = now;
}

void CallRegistry::forget(CallId id) {
    const auto found = calls_.find(id);
    for (const PageKey& key : found->second->page_keys) {
        const auto page = by_page_.find(key);
        if (page != by_page_.end() && page->second == id) by_page_.erase(page);
    }
    calls_.erase(found);
    if (calls_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

}  // namespace causeway::call
