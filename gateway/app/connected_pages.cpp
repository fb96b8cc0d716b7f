#include "gateway/app/connected_pages.hpp"

#include <charconv>

#include "gateway/demo/numbers.hpp"
#include "gateway/http/password_hash.hpp"

namespace causeway::app {

ConnectedPages::ConnectedPages(config::Snapshot config) : config_(std::move(config)) {
    if (config_->demo.enabled) {
        for (const demo::Number& number : demo::numbers()) {
            dialable_.push_back({std::string(number.number), std::string(number.description)});
        }
    }
    // "7000-7999", checked by the loader.
    const std::string& range = config_->guests.number_range;
    const auto dash = range.find('-');
    if (dash != std::string::npos) {
        std::from_chars(range.data(), range.data() + dash, first_guest_number_);
        std::from_chars(range.data() + dash + 1, range.data() + range.size(), last_guest_number_);
    }
}

const config::User* ConnectedPages::user_of_token(std::string_view token) const {
    for (const config::User& user : config_->users) {
        if (http::equal_secrets(token, user.token)) return &user;
    }
    return nullptr;
}

const config::User* ConnectedPages::user_of_name(std::string_view name) const {
    for (const config::User& user : config_->users) {
        if (user.name == name) return &user;
    }
    return nullptr;
}

http::Authenticated ConnectedPages::as_user(const config::User& user) const {
    return {user.name, false, user.numbers.empty() ? "" : user.numbers.front(), dialable_};
}

std::optional<http::Authenticated> ConnectedPages::as_guest(SessionId session) {
    if (!config_->guests.enabled) return std::nullopt;
    http::Authenticated guest{"", true, "", dialable_};
    if (last_guest_number_ == 0) return guest;
    // A number whose session was refused after all, and never opened, is free again.
    std::erase_if(guest_numbers_, [this](const auto& row) { return !sessions_.contains(row.second); });
    for (unsigned long candidate = first_guest_number_; candidate <= last_guest_number_; ++candidate) {
        std::string number = std::to_string(candidate);
        if (guest_numbers_.emplace(number, session).second) {
            guest.number = std::move(number);
            return guest;
        }
    }
    return std::nullopt;
}

http::Authenticated ConnectedPages::as_bearer(const std::string& capability) const {
    http::Authenticated bearer{"", true, "", dialable_};
    bearer.capability = capability;
    return bearer;
}

void ConnectedPages::retake_number(http::Authenticated& who, SessionId session) {
    if (!who.guest || who.number.empty()) return;
    const auto [place, is_free] = guest_numbers_.emplace(who.number, session);
    if (is_free) return;
    if (place->second == who.before) {
        place->second = session;
    } else {
        who.number.clear();
    }
}

void ConnectedPages::add(const http::SessionInfo& session) {
    sessions_.insert_or_assign(session.session, session);
}

void ConnectedPages::remove(SessionId session) {
    std::erase_if(guest_numbers_, [&](const auto& row) { return row.second == session; });
    sessions_.erase(session);
}

const http::SessionInfo* ConnectedPages::find(SessionId session) const {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? nullptr : &found->second;
}

std::vector<SessionId> ConnectedPages::sessions_of_user(std::string_view user) const {
    std::vector<SessionId> sessions;
    if (user.empty()) return sessions;
    for (const auto& [id, info] : sessions_) {
        if (info.who.user == user) sessions.push_back(id);
    }
    return sessions;
}

std::vector<SessionId> ConnectedPages::sessions_of_guest_number(std::string_view number) const {
    const auto found = guest_numbers_.find(number);
    if (found == guest_numbers_.end() || !sessions_.contains(found->second)) return {};
    return {found->second};
}

}  // namespace causeway::app
