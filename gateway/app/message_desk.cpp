#include "gateway/app/message_desk.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/call/caller_info.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/identity/policy/inbound_caller.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/routing/called_number.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/account_choice.hpp"
#include "gateway/trunks/number_format.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::app {
namespace {

constexpr std::size_t kMostSent = 1000;
/// Of one page, unanswered.
constexpr std::ptrdiff_t kMostOfPage = 20;
constexpr std::size_t kMostMailboxes = 8;

EndReason reason(EndCause cause, std::string detail = {}) {
    return {cause, Side::gateway, std::move(detail), {}};
}

const config::Trunk* trunk_by_name(const config::Config& config, const std::string& name) {
    for (const config::Trunk& trunk : config.trunks) {
        if (trunk.name == name) return &trunk;
    }
    return nullptr;
}

}  // namespace

MessageDesk::MessageDesk(config::Snapshot config, std::shared_ptr<const call::IdentityBook> identity,
                         const ConnectedPages& pages, const call::CallRegistry& calls,
                         const trunks::TrunkBoard& board, Doors doors)
    : config_(std::move(config)),
      identity_(std::move(identity)),
      pages_(pages),
      calls_(calls),
      board_(board),
      doors_(std::move(doors)),
      dial_plan_(std::make_unique<const routing::DialPlan>(*config_)) {}

MessageDesk::~MessageDesk() = default;

std::string MessageDesk::trunk_of(const SocketAddress& source) const {
    if (const config::Trunk* trunk = dial_plan_->trunk_of_source(source)) return trunk->name;
    const std::string* named = board_.trunk_of_source(source);
    return named == nullptr ? std::string() : *named;
}

void MessageDesk::refuse(SessionId session, const std::string& name, const EndReason& why) {
    doors_.tell_page(
        session, http::MessageSent{name, false, std::string(code(why.cause)), text(why), sip_status(why)});
}

void MessageDesk::from_page(SessionId session, const http::SendMessage& message) {
    if (const http::SessionInfo* info = pages_.find(session)) from_session(*info, message);
}

void MessageDesk::from_session(const http::SessionInfo& info, const http::SendMessage& message) {
    const SessionId session = info.session;
    const auto unanswered = std::count_if(sent_.begin(), sent_.end(),
                                          [&](const auto& row) { return row.second.session == session; });
    if (sent_.size() >= kMostSent || unanswered >= kMostOfPage) {
        return refuse(session, message.id,
                      reason(EndCause::over_limit, "Too many messages wait for their answer."));
    }
    if (message.call.empty()) return send_outside(info, message);
    const auto dialog = calls_.dialog_of(session, message.call);
    if (!dialog) {
        return refuse(session, message.id,
                      reason(EndCause::not_found, "There is no answered call of that name."));
    }
    sip::OutboundMessage out;
    out.dialog = dialog;
    out.text = message.text;
    on_its_way(std::move(out), session, message.id);
}

void MessageDesk::on_its_way(sip::OutboundMessage message, SessionId session, const std::string& name) {
    message.id = {next_++};
    sent_.emplace(message.id.value, Sent{session, name});
    doors_.send(std::move(message));
}

void MessageDesk::send_outside(const http::SessionInfo& info, const http::SendMessage& message) {
    const SessionId session = info.session;
    const auto no = [&](EndReason why) { refuse(session, message.id, why); };
    // A permission is one to call.
    if (!info.who.capability.empty()) {
        return no(reason(EndCause::forbidden, "A permission to call is none to write."));
    }
    const std::string dialled = routing::called_number(message.to);
    const bool dialable = identity::is_dialable(dialled);
    const config::User* inside = info.who.guest ? nullptr : user_at(message.to);
    if (!dialable && inside == nullptr) {
        return no(reason(EndCause::bad_request, "The number holds characters that no number has."));
    }
    if (info.who.guest && !dial_plan_->guest_may_call(dialled)) {
        return no(reason(EndCause::forbidden, "Guests may not write to this number. Please log in first."));
    }
    const std::string own = info.who.number.empty() ? info.who.user : info.who.number;
    const auto route = dial_plan_->route({dialled, own, info.page, ""});
    if (route.target == config::RouteTarget::user) inside = pages_.user_of_name(route.target_name);
    // A user's number leads to the user, unless the operator's routes have it otherwise.
    const bool no_rule = route.target == config::RouteTarget::refuse && route.rule_line == 0;
    if (route.target != config::RouteTarget::user && !no_rule) inside = nullptr;
    if (route.target == config::RouteTarget::refuse && inside == nullptr) return no(route.refusal);
    const bool to_demo = route.target == config::RouteTarget::demo;
    std::string way = route.target_name;
    // Of a group, the first: who asks for a message to be tried elsewhere sends it again.
    for (const config::TrunkGroup& group : config_->trunk_groups) {
        if (group.name == way && !group.trunks.empty()) way = group.trunks.front().trunk;
    }
    const config::Trunk* trunk = trunk_by_name(*config_, way);
    if (inside == nullptr && !to_demo && (route.target != config::RouteTarget::trunk || trunk == nullptr)) {
        return no(reason(EndCause::not_found, "Only telephones and users can be written to."));
    }
    identity::OutboundRequest request;
    request.presenter = {"", info.who.user, info.who.guest};
    request.requested_number = message.number;
    request.wants_privacy = message.privacy;
    request.account_number = own;
    if (const config::User* user = pages_.user_of_name(info.who.user))
        request.account_display = user->display;
    request.callee = route.to;
    const auto decision = identity::decide_outbound(request, identity_->numbers, identity_->policy);
    if (!decision.caller) return no(decision.refusal);
    if (inside != nullptr) return send_inside(session, message, *decision.caller, *inside);

    sip::OutboundMessage out;
    const std::string host = to_demo ? config_->demo.listen.to_string() : trunk->address;
    const bool over_tcp = trunk != nullptr && trunk->transport == config::TrunkTransport::tcp;
    const config::TrunkNumbers kAsIs;
    const auto& form = trunk != nullptr ? trunk->numbers : kAsIs;
    out.to_uri = "sip:" + identity::escaped_sip_user(trunks::called_out(route.to, form)) + "@" + host;
    out.request_uri = out.to_uri + (over_tcp ? ";transport=tcp" : "");
    identity::SigningContext signing;
    signing.call = message.id;
    signing.now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    signing.to_uri = out.to_uri;
    auto headers =
        identity::make_headers(*decision.caller, identity_->of(trunk != nullptr ? trunk->name : "").trust,
                               identity_->policy, signing);
    out.from_uri = trunks::uris_out(headers.from_uri, form);
    out.from_display = std::move(headers.from_display);
    out.headers = std::move(headers.headers);
    out.text = message.text;
    if (trunk != nullptr) {
        out.trunk = trunk->name;
        const config::TrunkAccount* account = trunks::account_for(*trunk, own);
        out.username = account != nullptr ? account->username : trunk->username;
        out.password = account != nullptr ? account->password : trunk->password;
        out.realm = account != nullptr ? account->realm : trunk->realm;
        const auto servers = board_.endpoints(trunk->name, random_u64());
        if (!servers.empty() && !trunks::is_numeric(trunk->address))
            out.proxy = trunks::uri_of(servers.front());
    }
    on_its_way(std::move(out), session, message.id);
}

const config::User* MessageDesk::user_at(const std::string& to) const {
    const std::string number = routing::called_number(to);
    for (const config::User& user : config_->users) {
        const bool his = std::find(user.numbers.begin(), user.numbers.end(), number) != user.numbers.end();
        if (his || user.name == to) return &user;
    }
    return nullptr;
}

void MessageDesk::send_inside(SessionId session, const http::SendMessage& message,
                              const identity::OutboundCaller& caller, const config::User& to) {
    const bool hidden = caller.privacy || caller.number.empty();
    http::ReceivedMessage news;
    news.from = hidden ? "anonymous" : caller.number;
    news.from_display = hidden ? "" : caller.display;
    news.to = message.to;
    news.text = message.text;
    news.caller.number = news.from;
    news.caller.display = news.from_display;
    // The gateway's own log-in vouches for it.
    news.caller.attest = hidden ? "" : "network-asserted";
    news.caller.privacy = hidden;
    bool told = false;
    for (const SessionId one : pages_.sessions_of_user(to.name)) {
        if (one == session) continue;
        doors_.tell_page(one, news);
        told = true;
    }
    if (!told) return refuse(session, message.id, from_sip_status(480, {}));
    doors_.tell_page(session, http::MessageSent{message.id, true, "", "", 200});
}

void MessageDesk::on_result(sip::MessageId id, int status, const std::string& phrase) {
    const auto found = sent_.find(id.value);
    if (found == sent_.end()) return;
    const Sent sent = std::move(found->second);
    sent_.erase(found);
    if (status >= 300) return refuse(sent.session, sent.name, from_sip_status(status, phrase));
    doors_.tell_page(sent.session, http::MessageSent{sent.name, true, "", "", status});
}

void MessageDesk::from_sip(const sip::InboundMessage& message) {
    const bool from_demo = config_->demo.enabled && message.source == config_->demo.listen;
    const std::string trunk_name = from_demo ? "demo" : trunk_of(message.source);
    if (trunk_name.empty()) return doors_.answer(message.id, 403);
    const config::TrunkNumbers kAsIs;
    const config::Trunk* trunk = trunk_by_name(*config_, trunk_name);
    const auto& form = trunk != nullptr ? trunk->numbers : kAsIs;

    identity::InboundRequest request;
    request.from_user = trunks::number_in(message.from_user, form);
    request.from_display = message.from_display;
    request.pai = trunks::uris_in(message.asserted_identity, form);
    request.privacy = message.privacy;
    request.token = "message";
    const auto who = identity::decide_inbound(request, {}, identity_->of(trunk_name).trust);
    if (who.refusal) return doors_.answer(message.id, sip_status(*who.refusal));

    http::ReceivedMessage news{"",
                               who.caller.number,
                               who.caller.display,
                               message.to_user,
                               message.text,
                               call::caller_info(who.caller)};
    if (message.dialog) {
        const auto page = calls_.page_of(*message.dialog);
        if (!page) return doors_.answer(message.id, 480);
        news.call = page->name;
        doors_.tell_page(page->session, news);
        return doors_.answer(message.id, 200);
    }
    const auto route =
        dial_plan_->route({trunks::number_in(message.to_user, form), who.caller.number, "", trunk_name});
    if (route.target == config::RouteTarget::refuse) {
        return doors_.answer(message.id, sip_status(route.refusal));
    }
    if (route.target != config::RouteTarget::user) return doors_.answer(message.id, 404);
    const auto sessions = pages_.sessions_of_user(route.target_name);
    if (sessions.empty()) return doors_.answer(message.id, 480);
    news.to = route.to;
    for (const SessionId session : sessions) doors_.tell_page(session, news);
    doors_.answer(message.id, 200);
}

void MessageDesk::on_mailbox(const sip::MessagesWaiting& news) {
    std::string trunk = news.trunk;
    if (trunk.empty()) {
        trunk = trunk_of(news.source);
        if (trunk.empty()) return;
    }
    // The mailbox belongs to whoever is reached by that number from there.
    const auto route = dial_plan_->route({news.account, "", "", trunk});
    if (route.target != config::RouteTarget::user) {
        return log::info("the mailbox '{}' of trunk '{}' belongs to no user", news.account, trunk);
    }
    auto& known = mailboxes_[route.target_name];
    if (known.size() >= kMostMailboxes && !known.contains(route.to)) return;
    const http::MessagesWaiting message{route.to, news.waiting, news.new_messages, news.old_messages,
                                        news.urgent_messages};
    known.insert_or_assign(route.to, message);
    for (const SessionId session : pages_.sessions_of_user(route.target_name)) {
        doors_.tell_page(session, message);
    }
    doors_.tell_subscribers(route.target_name);
}

void MessageDesk::greet(SessionId session) {
    const http::SessionInfo* info = pages_.find(session);
    if (info == nullptr || info->who.user.empty()) return;
    const auto known = mailboxes_.find(info->who.user);
    if (known == mailboxes_.end()) return;
    for (const auto& [account, message] : known->second) doors_.tell_page(session, message);
}

std::vector<http::MessagesWaiting> MessageDesk::mailboxes_of(const std::string& user) const {
    std::vector<http::MessagesWaiting> all;
    const auto known = mailboxes_.find(user);
    if (known == mailboxes_.end()) return all;
    for (const auto& [account, message] : known->second) all.push_back(message);
    return all;
}

void MessageDesk::forget(SessionId session) {
    std::erase_if(sent_, [&](const auto& row) { return row.second.session == session; });
}

}  // namespace causeway::app
