#include "tests/load/rivals/janus_door.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include "core/base/random.hpp"
#include "tests/load/free_port.hpp"
#include "tests/load/rivals/rival_processes.hpp"
#include "tests/load/websocket_client.hpp"

namespace causeway::load {
namespace {

namespace json = boost::json;

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kPatiencePerGuest = std::chrono::milliseconds(300);  ///< three times what it needs

/// The text at the end of a path of object members; "" if there is none.
std::string text_at(const json::value& value, std::initializer_list<std::string_view> path) {
    const json::value* at = &value;
    for (const std::string_view name : path) {
        const json::object* object = at->if_object();
        at = object != nullptr ? object->if_contains(name) : nullptr;
        if (at == nullptr) return {};
    }
    if (const json::string* text = at->if_string()) return std::string(*text);
    return at->is_number() ? json::serialize(*at) : std::string();
}

class JanusDoor final : public Door {
  public:
    JanusDoor(EventLoop& loop, const DoorSettings& settings)
        : loop_(loop), settings_(settings), patience_(loop, [this](Instant) {
              finish_opening(Error{fmt::format("Janus left {} guests unregistered", awaited_)});
          }) {}

    void open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) override;
    void call(CallIndex call, std::string offer) override;
    void hang_up(CallIndex call) override;

  private:
    /// One plugin handle: one registered guest, good for one call.
    struct Handle {
        enum class State { attaching, registering, idle, calling, over };
        std::string id;
        State state = State::attaching;
        std::optional<CallIndex> call;
        std::string offer;  ///< waits for the registration
        bool answered = false;
        bool leaving = false;
    };
    /// One WebSocket with one Janus session.
    struct Connection {
        std::unique_ptr<WebSocketClient> socket;
        std::string session;
        std::vector<Handle> handles;
    };
    struct Place {
        std::size_t connection = 0;
        std::size_t handle = 0;
    };

    Handle& at(const Place& place) { return connections_[place.connection].handles[place.handle]; }
    void connect(std::size_t index, const WebSocketUrl& url);
    void send(std::size_t connection, json::object message, std::string_view transaction);
    void send_to(const Place& place, json::object body, json::object jsep = {});
    void attach(const Place& place);
    void dial(const Place& place);
    void received(std::size_t connection, std::string_view text);
    void succeeded(std::size_t connection, const json::value& message);
    void happened(const Place& place, const json::value& message);
    void registered(const Place& place);
    void answered(const Place& place, const json::value& message);
    void end(const Place& place, std::string_view reason);
    void failed(std::size_t connection, const std::string& reason);
    void finish_opening(Result<void> result);
    std::optional<Place> find(std::size_t connection, std::string_view handle);

    EventLoop& loop_;
    const DoorSettings settings_;
    DoorListener* listener_ = nullptr;
    std::function<void(Result<void>)> on_open_;
    std::size_t awaited_ = 0;  ///< registrations before the door is open
    Timer patience_;
    std::vector<Connection> connections_;
    std::vector<Place> idle_;
    std::unordered_map<CallIndex, Place> calls_;
    std::string guests_ = random_token(6);
    std::size_t guest_count_ = 0;
};

void JanusDoor::open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) {
    listener_ = &listener;
    on_open_ = std::move(done);
    const auto url = WebSocketUrl::parse(settings_.url.empty() ? "ws://127.0.0.1:8188/" : settings_.url);
    if (!url) {
        loop_.post([this, fault = url.error()] { finish_opening(fault); });
        return;
    }
    const auto share = static_cast<std::size_t>(std::max(settings_.calls_per_connection, 1));
    awaited_ = static_cast<std::size_t>(std::max(expected, 1));
    patience_.arm(loop_.now() + kPatience + awaited_ * kPatiencePerGuest);
    connections_.clear();
    idle_.clear();
    connections_.resize((awaited_ + share - 1) / share);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        connections_[i].handles.resize(std::min(share, awaited_ - i * share));
        connect(i, *url);
    }
}

void JanusDoor::connect(std::size_t index, const WebSocketUrl& url) {
    WebSocketClient::Events events;
    events.on_open = [this, index] { send(index, {{"janus", "create"}}, "create"); };
    events.on_text = [this, index](std::string_view text) { received(index, text); };
    events.on_closed = [this, index](const std::string& reason) { failed(index, reason); };
    connections_[index].socket =
        std::make_unique<WebSocketClient>(loop_, url, WebSocketClient::Wishes{"", "janus-protocol"}, events);
}

void JanusDoor::send(std::size_t connection, json::object message, std::string_view transaction) {
    message["transaction"] = transaction;
    Connection& to = connections_[connection];
    if (!to.session.empty()) message["session_id"] = std::stoull(to.session);
    to.socket->send(json::serialize(message));
}

void JanusDoor::send_to(const Place& place, json::object body, json::object jsep) {
    json::object message{{"janus", "message"}, {"handle_id", std::stoull(at(place).id)}};
    message["body"] = std::move(body);
    if (!jsep.empty()) message["jsep"] = std::move(jsep);
    send(place.connection, std::move(message), "message");
}

void JanusDoor::attach(const Place& place) {
    send(place.connection, {{"janus", "attach"}, {"plugin", "janus.plugin.sip"}},
         fmt::format("attach {}", place.handle));
}

void JanusDoor::call(CallIndex call, std::string offer) {
    if (idle_.empty()) {
        const auto fewest = std::min_element(
            connections_.begin(), connections_.end(),
            [](const Connection& a, const Connection& b) { return a.handles.size() < b.handles.size(); });
        const Place place{static_cast<std::size_t>(fewest - connections_.begin()), fewest->handles.size()};
        fewest->handles.emplace_back();
        at(place).call = call;
        at(place).offer = std::move(offer);
        calls_[call] = place;
        attach(place);
        return;
    }
    const Place place = idle_.back();
    idle_.pop_back();
    at(place).call = call;
    at(place).offer = std::move(offer);
    calls_[call] = place;
    dial(place);
}

void JanusDoor::dial(const Place& place) {
    Handle& handle = at(place);
    handle.state = Handle::State::calling;
    const std::string uri =
        fmt::format("sip:{}@{}", called_number(*handle.call), settings_.sip_agents.to_string());
    send_to(place, {{"request", "call"}, {"uri", uri}},
            {{"type", "offer"}, {"trickle", false}, {"sdp", std::exchange(handle.offer, {})}});
}

void JanusDoor::hang_up(CallIndex call) {
    const auto found = calls_.find(call);
    if (found == calls_.end() || at(found->second).leaving) return;
    const Place place = found->second;
    at(place).leaving = true;
    if (at(place).state == Handle::State::calling) {
        send_to(place, {{"request", "hangup"}});
    } else {
        loop_.post([this, place] { end(place, ""); });
    }
}

std::optional<JanusDoor::Place> JanusDoor::find(std::size_t connection, std::string_view handle) {
    const auto& handles = connections_[connection].handles;
    const auto found =
        std::find_if(handles.begin(), handles.end(), [&](const Handle& h) { return h.id == handle; });
    if (handle.empty() || found == handles.end()) return std::nullopt;
    return Place{connection, static_cast<std::size_t>(found - handles.begin())};
}

void JanusDoor::received(std::size_t connection, std::string_view text) {
    boost::system::error_code fault;
    const json::value message = json::parse(text, fault);
    if (fault) return failed(connection, "Janus sent no JSON");
    const std::string kind = text_at(message, {"janus"});
    if (kind == "success") return succeeded(connection, message);
    const auto place = find(connection, text_at(message, {"sender"}));
    if (kind == "event" && place) return happened(*place, message);
    if (kind == "error" && text_at(message, {"transaction"}) != "detach") {
        failed(connection, "Janus: " + text_at(message, {"error", "reason"}));
    }
}

void JanusDoor::succeeded(std::size_t connection, const json::value& message) {
    Connection& at_connection = connections_[connection];
    const std::string transaction = text_at(message, {"transaction"});
    const std::string id = text_at(message, {"data", "id"});
    if (transaction == "create") {
        at_connection.session = id;
        for (std::size_t i = 0; i < at_connection.handles.size(); ++i) attach({connection, i});
    } else if (transaction.starts_with("attach ")) {
        const Place place{connection, std::stoul(transaction.substr(7))};
        at(place).id = id;
        if (at(place).state == Handle::State::over) return;
        at(place).state = Handle::State::registering;
        const std::string guest =
            fmt::format("sip:{}{}@{}", guests_, guest_count_++, settings_.sip_agents.ip());
        send_to(place, {{"request", "register"}, {"type", "guest"}, {"username", guest}});
    }
}

void JanusDoor::happened(const Place& place, const json::value& message) {
    if (at(place).state == Handle::State::over) return;
    const std::string event = text_at(message, {"plugindata", "data", "result", "event"});
    const std::string fault = text_at(message, {"plugindata", "data", "error"});
    if (event == "registered") return registered(place);
    if (event == "progress" || event == "accepted") answered(place, message);
    if (event == "accepted" && at(place).state == Handle::State::calling)
        listener_->on_connected(*at(place).call);
    if (event == "hangup") {
        const std::string reason = text_at(message, {"plugindata", "data", "result", "code"}) + " " +
                                   text_at(message, {"plugindata", "data", "result", "reason"});
        end(place, at(place).leaving ? "" : reason);
    } else if (!fault.empty()) {
        end(place, at(place).leaving ? "" : "Janus: " + fault);
    }
}

void JanusDoor::registered(const Place& place) {
    Handle& handle = at(place);
    if (handle.state != Handle::State::registering) return;
    handle.state = Handle::State::idle;
    if (handle.call) return handle.leaving ? void() : dial(place);
    idle_.push_back(place);
    if (awaited_ > 0 && --awaited_ == 0) finish_opening({});
}

void JanusDoor::answered(const Place& place, const json::value& message) {
    Handle& handle = at(place);
    const std::string sdp = text_at(message, {"jsep", "sdp"});
    if (sdp.empty() || handle.answered || handle.state != Handle::State::calling) return;
    handle.answered = true;
    listener_->on_answer(*handle.call, sdp);
}

void JanusDoor::end(const Place& place, std::string_view reason) {
    Handle& handle = at(place);
    if (handle.state == Handle::State::over) return;
    handle.state = Handle::State::over;
    if (!handle.id.empty() && connections_[place.connection].socket) {
        send(place.connection, {{"janus", "detach"}, {"handle_id", std::stoull(handle.id)}}, "detach");
    }
    if (!handle.call) {
        // No call has come to this guest yet: the registration failed.
        return finish_opening(Error{std::string(reason)});
    }
    calls_.erase(*handle.call);
    listener_->on_ended(*handle.call, reason);
}

void JanusDoor::failed(std::size_t connection, const std::string& reason) {
    if (on_open_) return finish_opening(Error{reason});
    connections_[connection].socket.reset();
    for (std::size_t i = 0; i < connections_[connection].handles.size(); ++i) {
        if (at({connection, i}).call) end({connection, i}, reason);
    }
}

void JanusDoor::finish_opening(Result<void> result) {
    if (!on_open_) return;
    const auto done = std::exchange(on_open_, nullptr);
    patience_.disarm();
    if (!result) {
        for (Connection& connection : connections_) connection.socket.reset();
    }
    done(std::move(result));
}

Result<void> write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) return Error{"cannot write " + path.string()};
    return {};
}

/// A folder that holds nothing but a link to one of Janus' modules.
Result<std::string> only_module(const std::filesystem::path& folder, const std::string& kind,
                                const std::string& module) {
    std::error_code fault;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib", fault)) {
        const auto packaged = entry.path() / "janus" / kind / module;
        if (!std::filesystem::exists(packaged, fault)) continue;
        std::filesystem::create_directories(folder / kind, fault);
        std::filesystem::create_symlink(packaged, folder / kind / module, fault);
        if (fault) return Error{"cannot link " + packaged.string()};
        return {boost::system::in_place_value, (folder / kind).string()};
    }
    return Error{"Janus' " + module + " is not installed: apt-get install --no-install-recommends janus"};
}

}  // namespace

std::unique_ptr<Door> make_janus_door(EventLoop& loop, const DoorSettings& settings) {
    return std::make_unique<JanusDoor>(loop, settings);
}

Result<SubjectPlan> plan_janus(const SubjectSettings& settings) {
    if (settings.sip_agents.is_loopback()) {
        return Error{"Janus gathers no candidates on the loopback interface: give --address " +
                     own_address()};
    }
    const auto program = find_program(settings.binary, "janus", "janus");
    if (!program) return program.error();
    const std::filesystem::path folder(settings.folder);
    const auto plugins = only_module(folder, "plugins", "libjanus_sip.so");
    if (!plugins) return plugins.error();
    const auto transports = only_module(folder, "transports", "libjanus_websockets.so");
    if (!transports) return transports.error();
    const auto port = free_tcp_port();
    if (!port) return port.error();

    const int middle = (kFirstMediaPort + kLastMediaPort + 1) / 2;
    const std::string general = fmt::format(
        "general: {{\n  configs_folder = \"{}\"\n  plugins_folder = \"{}\"\n  transports_folder = \"{}\"\n"
        "  debug_level = 3\n  session_timeout = 0\n  {}\n}}\n"
        "media: {{ rtp_port_range = \"{}-{}\" }}\nnat: {{ ice_enforce_list = \"{}\" }}\n",
        settings.folder, *plugins, *transports,
        settings.threads > 0 ? fmt::format("event_loops = {}", settings.threads) : "", kFirstMediaPort,
        middle - 1, settings.sip_agents.ip());
    const std::string sip = fmt::format(
        "general: {{ local_ip = \"{0}\"; sdp_ip = \"{0}\"; rtp_port_range = \"{1}-{2}\"; "
        "keepalive_interval = 0 }}\n",
        settings.sip_agents.ip(), middle, kLastMediaPort);
    const std::string websockets = fmt::format(
        "general: {{ json = \"compact\"; ws = true; ws_port = {}; ws_ip = \"127.0.0.1\" }}\n", *port);
    for (const auto& [name, text] : {std::pair{"janus.jcfg", general},
                                     {"janus.plugin.sip.jcfg", sip},
                                     {"janus.transport.websockets.jcfg", websockets}}) {
        if (auto written = write_file(folder / name, text); !written) return written.error();
    }
    SubjectPlan plan;
    plan.url = fmt::format("ws://127.0.0.1:{}/", *port);
    plan.command = {*program, "--configs-folder=" + settings.folder, "--disable-colors"};
    return plan;
}

}  // namespace causeway::load
