#include "gateway/http/page_session.hpp"

#include <utility>
#include <variant>

#include "core/base/log.hpp"
#include "gateway/http/json_protocol.hpp"
#include "gateway/http/origin.hpp"

namespace causeway::http {
namespace {

constexpr int kMaxFailedHellos = 5;
/// So many seconds' worth of messages above the rate, and the page is no page.
constexpr double kPatienceSeconds = 10;
/// More than any hangup or decline needs.
constexpr std::size_t kLongestFarewell = 256;
// RFC 6455 §7.4.1.
constexpr std::uint16_t kNormal = 1000;
constexpr std::uint16_t kPolicyViolation = 1008;

bool is_farewell(const std::variant<ClientMessage, ProtocolError>& parsed) {
    const auto* message = std::get_if<ClientMessage>(&parsed);
    return message != nullptr &&
           (std::holds_alternative<HangUp>(*message) || std::holds_alternative<DeclineCall>(*message));
}

}  // namespace

PageSession::PageSession(std::shared_ptr<DoorState> door, PageLine& line, std::string origin,
                         SocketAddress remote)
    : door_(std::move(door)),
      line_(line),
      origin_(std::move(origin)),
      remote_(remote),
      id_{++door_->last_session},
      rate_(door_->settings.messages_per_second, 2.0 * door_->settings.messages_per_second),
      patience_(door_->settings.messages_per_second, kPatienceSeconds * door_->settings.messages_per_second) {
}

PageSession::~PageSession() {
    on_closed();
}

void PageSession::on_text(std::string_view text, Instant now) {
    if (over_) return;
    const bool within = within_rate(now);
    // Giving calls up is always heard: a page that clears many at once must not leave some running.
    if (over_ || (!within && text.size() > kLongestFarewell)) return;
    auto parsed = parse_client_message(text);
    if (!within && !is_farewell(parsed)) return;
    door_->messages_received.add();
    if (auto* error = std::get_if<ProtocolError>(&parsed)) return refuse(std::move(*error));
    auto& message = std::get<ClientMessage>(parsed);
    if (const auto* hello = std::get_if<Hello>(&message)) return on_hello(*hello, now);
    if (!open_) return refuse({"not-authenticated", "type", "The first message must be a hello."});
    if (door_->listener != nullptr) door_->listener->on_message(id_, std::move(message));
}

void PageSession::on_binary(Instant now) {
    if (over_ || !within_rate(now)) return;
    refuse({"bad-json", "", "Messages are text frames."});
}

void PageSession::on_oversized(Instant now) {
    if (over_) return;
    door_->messages_oversized.add();
    if (!within_rate(now)) return;
    refuse({"too-big", "",
            "A message is at most " + std::to_string(door_->settings.max_message) + " bytes long."});
}

void PageSession::on_control_frame(Instant now) {
    if (!over_) within_rate(now);
}

void PageSession::on_hello_deadline() {
    if (open_ || over_) return;
    door_->hello_timeouts.add();
    refuse({"not-authenticated", "", "No hello came in time."});
    line_.close(kPolicyViolation, "no hello in time");
}

void PageSession::on_closed() {
    over_ = true;
    if (!std::exchange(open_, false)) return;
    door_->sessions.erase(id_);
    if (door_->listener != nullptr) door_->listener->on_session_closed(id_);
}

bool PageSession::within_rate(Instant now) {
    if (rate_.allow(now)) {
        complained_ = false;
        return true;
    }
    door_->messages_over_rate.add();
    if (!std::exchange(complained_, true)) {
        line_.send(ProtocolError{"rate-limit", "", "Too many messages; this one was not read."});
    }
    if (!patience_.allow(now)) {
        over_ = true;
        log::info("session {} of {} floods its connection: closed", id_.value, remote_.to_string());
        line_.close(kPolicyViolation, "too many messages");
    }
    return false;
}

std::optional<ProtocolError> PageSession::page_fault(const Hello& hello) const {
    if (hello.page.empty()) return std::nullopt;
    if (origin_.empty()) {
        return ProtocolError{"bad-field", "page", "A page's address needs an Origin header to prove it."};
    }
    const auto origin = origin_of(hello.page);
    if (!origin || origin != origin_of(origin_)) {
        return ProtocolError{"bad-field", "page", "The page's address is not of the connection's origin."};
    }
    return std::nullopt;
}

void PageSession::on_hello(const Hello& hello, Instant now) {
    if (open_) return refuse({"unexpected", "type", "This connection is authenticated already."});
    if (auto fault = page_fault(hello)) return refuse(std::move(*fault));
    if (!hello.password.empty() && !door_->passwords.allow(now)) {
        return refuse({"rate-limit", "password", "Too many log-ins at the moment; try again in a second."});
    }
    if (door_->listener == nullptr) return;
    std::optional<Authenticated> who;
    if (hello.resume && !hello.resume->empty()) {
        who = door_->listener->resume(hello, origin_);
        const bool other_way = !hello.token.empty() || !hello.user.empty() || !hello.capability.empty();
        if (!who && !other_way) return refuse_hello("resume", "There is nothing to come back to any more.");
    }
    if (!who) who = door_->listener->authenticate(id_, hello);
    // Without an Origin nobody vouches for what asks; a browser always sends one (RFC 6455 §10.2). A
    // permission to call is no login: whoever copied it holds it.
    const bool anybody = who && (who->guest || !who->capability.empty());
    if (who && !who->refusal.empty()) return refuse_hello("capability", who->refusal);
    if (!who || (anybody && origin_.empty() && who->before.value == 0)) {
        return refuse_hello("", "The gateway does not know you: log in.");
    }
    close_replaced(who->before);
    open(std::move(*who), hello);
}

void PageSession::refuse_hello(const std::string& field, const std::string& why) {
    door_->authentications_failed.add();
    refuse({"not-authenticated", field, why});
    if (++failed_hellos_ < kMaxFailedHellos) return;
    log::warning("{} failed to authenticate {} times: closed", remote_.to_string(), failed_hellos_);
    line_.close(kPolicyViolation, "too many failed log-ins");
}

void PageSession::open(Authenticated who, const Hello& hello) {
    open_ = true;
    door_->sessions_opened.add();
    door_->sessions.emplace(id_, &line_);
    Welcome welcome{.version = kProtocolVersion,
                    .gateway = door_->settings.product,
                    .user = who.user,
                    .number = who.number,
                    .numbers = who.numbers};
    SessionInfo info{
        .session = id_, .who = std::move(who), .page = hello.page, .origin = origin_, .remote = remote_};
    door_->listener->complete(info, hello, welcome);
    line_.send(welcome);
    door_->listener->on_session_open(info);
}

void PageSession::close_replaced(SessionId replaced) {
    const auto found = door_->sessions.find(replaced);
    if (found != door_->sessions.end()) found->second->close(kNormal, "its page has another connection now");
}

void PageSession::refuse(ProtocolError error) {
    door_->messages_refused.add();
    line_.send(std::move(error));
}

}  // namespace causeway::http
