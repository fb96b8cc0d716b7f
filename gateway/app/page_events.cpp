#include "gateway/app/page_events.hpp"

#include <utility>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/http/password_hash.hpp"

namespace causeway::app {
namespace {

const std::string& call_name(const http::ClientMessage& message) {
    static const std::string kNone;
    return std::visit(
        [](const auto& said) -> const std::string& {
            if constexpr (requires { said.call; }) {
                return said.call;
            } else {
                return kNone;
            }
        },
        message);
}

}  // namespace

PageEvents::PageEvents(ConnectedPages& pages, call::CallRegistry& calls, MessageDesk& messages,
                       Counters& counters, Send send, ReadCapability read_capability, Duration resume_time,
                       IceServers ice_servers)
    : pages_(pages),
      calls_(calls),
      messages_(messages),
      counters_(counters),
      send_(std::move(send)),
      read_capability_(std::move(read_capability)),
      resume_time_(resume_time),
      ice_servers_(std::move(ice_servers)),
      resume_secrets_(resume_time),
      nobodys_hash_(http::hash_password("nobody")) {}

std::optional<http::Authenticated> PageEvents::authenticate(SessionId session, const http::Hello& hello) {
    if (!hello.capability.empty()) {
        // Who may call by a permission needs no login; the permission is looked at again with each call.
        const identity::ReadCapability read = read_capability_(hello.capability);
        http::Authenticated bearer = pages_.as_bearer(hello.capability);
        if (!read.capability) {
            counters_.counter("page_login_refused").add();
            bearer.refusal = "The permission to call is not good (" + read.refusal.why + ").";
        }
        return bearer;
    }
    const config::User* user = nullptr;
    if (!hello.token.empty()) {
        user = pages_.user_of_token(hello.token);
    } else if (!hello.user.empty()) {
        const config::User* named = pages_.user_of_name(hello.user);
        // An unknown name, or a user without a password, takes as long as a wrong password: nobody learns
        // which names exist.
        const bool has_password = named != nullptr && !named->password_hash.empty();
        const std::string& hash = has_password ? named->password_hash : nobodys_hash_;
        const bool matches = http::verify_password(hello.password, hash);
        if (matches && has_password) user = named;
    } else {
        return pages_.as_guest(session);
    }
    if (user != nullptr) return pages_.as_user(*user);
    counters_.counter("page_login_refused").add();
    return std::nullopt;
}

std::optional<http::Authenticated> PageEvents::resume(const http::Hello& hello, const std::string& origin) {
    std::optional<std::string> user;
    if (!hello.token.empty() || !hello.user.empty() || !hello.capability.empty()) {
        const auto who = authenticate(SessionId{}, hello);
        if (!who || !who->refusal.empty()) return std::nullopt;
        user = who->user;
    }
    auto owner = resume_secrets_.redeem(*hello.resume, origin, user, std::chrono::steady_clock::now());
    if (!owner) {
        counters_.counter("page_resume_refused").add();
        return std::nullopt;
    }
    counters_.counter("page_resumed").add();
    owner->who.before = owner->session;
    return std::move(owner->who);
}

void PageEvents::complete(http::SessionInfo& session, const http::Hello& hello, http::Welcome& welcome) {
    welcome.ice = ice_servers_(session.who.user);
    if (!hello.resume) return;
    http::Authenticated& who = session.who;
    if (who.before.value != 0) {
        pages_.retake_number(who, session.session);
        welcome.number = who.number;
        welcome.calls = calls_.resume(who.before, session.session);
        who.before = {};
    }
    welcome.resume =
        resume_secrets_.issue(session.session, who, session.origin, std::chrono::steady_clock::now());
    welcome.resume_seconds =
        static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(resume_time_).count());
}

void PageEvents::on_session_open(const http::SessionInfo& session) {
    pages_.add(session);
    messages_.greet(session.session);
    log::info("page {} connected from {} as '{}' (page '{}')", session.session.value,
              session.remote.to_string(), session.who.guest ? "guest" : session.who.user, session.page);
}

void PageEvents::on_session_closed(SessionId session) {
    pages_.remove(session);
    messages_.forget(session);
    const bool may_return = resume_secrets_.on_session_closed(session, std::chrono::steady_clock::now());
    calls_.on_session_closed(session, may_return);
    log::info("page {} disconnected", session.value);
}

void PageEvents::place(SessionId session, http::PlaceCall&& message) {
    const http::SessionInfo* info = pages_.find(session);
    if (info == nullptr) return;
    call::PagePlaced placed;
    placed.session = session;
    placed.name = message.call;
    placed.caller = {info->who.user, info->who.guest, info->who.number, ""};
    if (const config::User* user = pages_.user_of_name(info->who.user)) placed.caller.display = user->display;
    placed.page = info->page;
    placed.to = std::move(message.to);
    placed.sdp = std::move(message.sdp);
    placed.number = std::move(message.number);
    placed.privacy = message.privacy;
    placed.capability = message.capability.empty() ? info->who.capability : std::move(message.capability);
    if (!calls_.place(std::move(placed))) {
        send_(session, http::ProtocolError{"bad-field", "call",
                                           "This name already stands for a running call.", message.call});
    }
}

void PageEvents::on_message(SessionId session, http::ClientMessage message) {
    if (std::holds_alternative<http::AskIceServers>(message)) {
        const http::SessionInfo* info = pages_.find(session);
        return send_(session, ice_servers_(info == nullptr ? "" : info->who.user));
    }
    if (auto* placed = std::get_if<http::PlaceCall>(&message)) return place(session, std::move(*placed));
    if (const auto* text = std::get_if<http::SendMessage>(&message))
        return messages_.from_page(session, *text);
    const std::string name = call_name(message);
    bool known = true;
    if (auto* accepted = std::get_if<http::AcceptCall>(&message)) {
        known = calls_.on_page(session, name, call::PageAccepted{session, std::move(accepted->sdp)});
    } else if (auto* offered = std::get_if<http::Reoffer>(&message)) {
        known = calls_.on_page(session, name, call::PageReoffer{session, std::move(offered->sdp)});
    } else if (std::holds_alternative<http::DeclineCall>(message)) {
        known = calls_.on_page(session, name, call::PageDeclined{session});
    } else if (std::holds_alternative<http::HangUp>(message)) {
        known = calls_.on_page(session, name, call::PageHungUp{session});
    } else if (auto* trickled = std::get_if<http::Candidate>(&message)) {
        known = calls_.on_page(session, name, call::PageCandidate{session, std::move(trickled->candidate)});
    } else if (const auto* digit = std::get_if<http::SendDigit>(&message)) {
        known = calls_.on_page(session, name, call::PageDigit{session, digit->digit, digit->duration_ms});
    } else if (const auto* transfer = std::get_if<http::TransferCall>(&message)) {
        known = calls_.transfer(session, name, transfer->to, transfer->with);
    } else if (const auto* watch = std::get_if<http::WatchStatistics>(&message)) {
        known = calls_.watch_statistics(session, name, watch->on);
    }
    if (!known) {
        send_(session,
              http::ProtocolError{"unknown-call", "call", "There is no running call of that name.", name});
    }
}

}  // namespace causeway::app
