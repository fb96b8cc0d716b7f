#include "tests/load/causeway_door.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>

#include "tests/load/websocket_client.hpp"

namespace causeway::load {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// "c17" on its connection.
std::string call_name(CallIndex call) {
    return fmt::format("c{}", call.value);
}

std::optional<CallIndex> call_of_name(std::string_view name) {
    std::uint32_t value = 0;
    if (name.size() < 2 || name.front() != 'c') return std::nullopt;
    for (const char digit : name.substr(1)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return CallIndex{value};
}

class CausewayDoor final : public Door {
  public:
    CausewayDoor(EventLoop& loop, const DoorSettings& settings) : loop_(loop), settings_(settings) {}

    void open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) override;
    void call(CallIndex call, std::string offer) override;
    void hang_up(CallIndex call) override;

  private:
    struct Page {
        std::unique_ptr<WebSocketClient> socket;
        bool welcome = false;
        int calls = 0;
    };

    void connect(std::size_t page, const WebSocketUrl& url);
    void on_text(std::size_t page, std::string_view text);
    void on_call_event(std::string_view type, CallIndex call, const json::object& message);
    void on_closed(std::size_t page, const std::string& reason);
    void settle(Result<void> result);
    void ended(CallIndex call, std::string_view reason);

    EventLoop& loop_;
    const DoorSettings settings_;
    DoorListener* listener_ = nullptr;
    std::function<void(Result<void>)> done_;
    std::vector<Page> pages_;
    std::map<CallIndex, std::size_t> page_of_;
    std::map<CallIndex, bool> leaving_;
};

void CausewayDoor::open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) {
    listener_ = &listener;
    done_ = std::move(done);
    pages_.clear();
    const auto url = WebSocketUrl::parse(settings_.url);
    if (!url) return loop_.post([this, error = url.error()] { settle(error); });
    const int each = std::max(settings_.calls_per_connection, 1);
    pages_.resize(static_cast<std::size_t>(std::max((expected + each - 1) / each, 1)));
    for (std::size_t page = 0; page < pages_.size(); ++page) connect(page, *url);
}

void CausewayDoor::connect(std::size_t page, const WebSocketUrl& url) {
    const std::string origin = "http://" + url.server.to_string();
    json::object hello{{"type", "hello"}, {"version", 1}, {"page", origin + "/"}};
    if (!settings_.user.empty()) {
        hello["user"] = settings_.user;
        hello["password"] = settings_.password;
    }
    WebSocketClient::Events events;
    events.on_open = [this, page, text = json::serialize(hello)] { pages_[page].socket->send(text); };
    events.on_text = [this, page](std::string_view text) { on_text(page, text); };
    events.on_closed = [this, page](const std::string& reason) { on_closed(page, reason); };
    pages_[page].socket =
        std::make_unique<WebSocketClient>(loop_, url, WebSocketClient::Wishes{origin, {}}, std::move(events));
}

void CausewayDoor::call(CallIndex call, std::string offer) {
    const auto page = std::min_element(pages_.begin(), pages_.end(),
                                       [](const Page& a, const Page& b) { return a.calls < b.calls; });
    ++page->calls;
    page_of_[call] = static_cast<std::size_t>(page - pages_.begin());
    page->socket->send(json::serialize(json::object{{"type", "call"},
                                                    {"call", call_name(call)},
                                                    {"to", called_number(call)},
                                                    {"sdp", std::move(offer)}}));
}

void CausewayDoor::hang_up(CallIndex call) {
    const auto page = page_of_.find(call);
    if (page == page_of_.end()) return;
    leaving_[call] = true;
    pages_[page->second].socket->send(
        json::serialize(json::object{{"type", "hangup"}, {"call", call_name(call)}}));
}

void CausewayDoor::on_text(std::size_t page, std::string_view text) {
    boost::system::error_code fault;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), fault);
    if (fault || !value.is_object()) return;
    const json::object& message = value.get_object();
    const std::string type = text_of(message, "type");
    if (type == "welcome") {
        pages_[page].welcome = true;
        if (std::all_of(pages_.begin(), pages_.end(), [](const Page& each) { return each.welcome; }))
            settle({});
        return;
    }
    const auto call = call_of_name(text_of(message, "call"));
    if (call) return on_call_event(type, *call, message);
    if (type == "error") settle(Error{text_of(message, "text")});
}

void CausewayDoor::on_call_event(std::string_view type, CallIndex call, const json::object& message) {
    if (!page_of_.contains(call)) return;
    if (type == "answer") {
        listener_->on_answer(call, text_of(message, "sdp"));
    } else if (type == "candidate") {
        listener_->on_candidate(call, text_of(message, "candidate"));
    } else if (type == "answered") {
        listener_->on_connected(call);
    } else if (type == "ended") {
        ended(call, leaving_.contains(call)
                        ? std::string()
                        : fmt::format("{}: {}", text_of(message, "reason"), text_of(message, "text")));
    } else if (type == "error") {
        ended(call, fmt::format("{}: {}", text_of(message, "code"), text_of(message, "text")));
    }
}

void CausewayDoor::on_closed(std::size_t page, const std::string& reason) {
    if (done_) return settle(Error{reason});
    std::vector<CallIndex> lost;
    for (const auto& [call, on_page] : page_of_) {
        if (on_page == page) lost.push_back(call);
    }
    for (const CallIndex call : lost) ended(call, reason);
}

void CausewayDoor::settle(Result<void> result) {
    // Whoever is told may open again, which makes new pages: not from within an event of an old one.
    if (done_) loop_.post([done = std::exchange(done_, nullptr), result] { done(result); });
}

void CausewayDoor::ended(CallIndex call, std::string_view reason) {
    --pages_[page_of_.at(call)].calls;
    page_of_.erase(call);
    leaving_.erase(call);
    listener_->on_ended(call, reason);
}

}  // namespace

std::unique_ptr<Door> make_causeway_door(EventLoop& loop, const DoorSettings& settings) {
    return std::make_unique<CausewayDoor>(loop, settings);
}

}  // namespace causeway::load
