// Softphones behind the real WebSocket door, edge and SIP stack, spoken to word by word. The calls, messages
// and the list of who is connected are recorders.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/counters.hpp"
#include "gateway/edge/edge.hpp"
#include "gateway/http/web_door.hpp"
#include "gateway/softphone/softphones.hpp"
#include "sip/ua/flow_table.hpp"
#include "tests/integration/sip/raw_peer.hpp"

namespace causeway::softphone {

using namespace std::chrono_literals;
using sip::test::header_of;
using testing::HasSubstr;

/// A WebSocket of subprotocol sip, by hand.
class Page {
  public:
    explicit Page(std::uint16_t port) : host_("p" + std::to_string(++made_) + ".invalid"), stream_(io_) {
        namespace http = boost::beast::http;
        stream_.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port});
        stream_.set_option(boost::beast::websocket::stream_base::decorator(
            [](boost::beast::websocket::request_type& request) {
                request.set(http::field::sec_websocket_protocol, "sip");
            }));
        stream_.handshake("127.0.0.1:" + std::to_string(port), "/");
    }

    void say(const std::string& bytes) { stream_.write(boost::asio::buffer(bytes)); }
    std::string hear() {
        boost::beast::flat_buffer buffer;
        stream_.read(buffer);
        return boost::beast::buffers_to_string(buffer.data());
    }
    /// The next message that begins so; others wait until they are asked for.
    std::string hear_starting(const std::string& start) {
        for (std::size_t i = 0;; ++i) {
            if (i == heard_.size()) heard_.push_back(hear());
            if (!heard_[i].starts_with(start)) continue;
            std::string message = std::move(heard_[i]);
            heard_.erase(heard_.begin() + static_cast<std::ptrdiff_t>(i));
            return message;
        }
    }

    struct Request {
        std::string method;
        std::string uri = "sip:gw.example";
        std::string user = "alice";
        std::vector<std::string> lines{};
        std::string body{};
        std::string call_id{};
        std::string from_tag = "mine";
        std::string to_tag{};
        int cseq = 0;
    };
    std::string text(const Request& wanted) {
        const int number = wanted.cseq != 0 ? wanted.cseq : ++cseq_;
        const std::string aor = "<sip:" + wanted.user + "@gw.example>";
        std::string text = wanted.method + ' ' + wanted.uri + " SIP/2.0\r\nVia: SIP/2.0/WS " + host_ +
                           ";branch=z9hG4bK" + std::to_string(++branches_) +
                           "\r\nMax-Forwards: 70\r\nFrom: " + aor + ";tag=" + wanted.from_tag +
                           "\r\nTo: " + aor + (wanted.to_tag.empty() ? "" : ";tag=" + wanted.to_tag) +
                           "\r\nCall-ID: " + (wanted.call_id.empty() ? host_ : wanted.call_id) +
                           "\r\nCSeq: " + std::to_string(number) + ' ' + wanted.method + "\r\n";
        for (const std::string& line : wanted.lines) text += line + "\r\n";
        return text + "Content-Length: " + std::to_string(wanted.body.size()) + "\r\n\r\n" + wanted.body;
    }
    /// The final answer.
    std::string ask(const Request& wanted) {
        say(text(wanted));
        for (;;) {
            std::string answer = hear_starting("SIP/2.0 ");
            if (answer[8] != '1') return answer;
        }
    }
    /// 200 to a request that came.
    void agree(const std::string& request) {
        std::string answer = "SIP/2.0 200 OK\r\n";
        for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
            answer += std::string(name) + ": " + header_of(request, name) + "\r\n";
        }
        say(answer + "Content-Length: 0\r\n\r\n");
    }
    std::string contact(const std::string& more = "") const {
        return "Contact: <sip:me@" + host_ + ";transport=ws>" + more;
    }

  private:
    static inline int made_ = 0;
    std::string host_;
    int cseq_ = 0;
    int branches_ = 0;
    std::vector<std::string> heard_;
    boost::asio::io_context io_;
    boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
};

class Door : http::WebDoorListener, sip::SipListener, SipPort, CallPort, TextPort, Directory {
  public:
    explicit Door(config::Snapshot config)
        : phones_(std::move(config), "secret", {*this, *this, *this, *this}, counters),
          ua_(settings(flows_), counters, *this),
          edge_(std::make_unique<edge::Edge>(io_, edge_settings(), flows_, counters)) {
        edge_->start(ua_.flow_entrance(), [this](FlowId flow) {
            ua_.flow_changed(flow);
            if (!flows_->find(flow)) phones_.on_flow_closed(flow, clock_.now);
        });
        http::WebDoorSettings web;
        web.listen = *SocketAddress::parse("127.0.0.1", 0);
        web.sip = [this](std::shared_ptr<edge::MessageStream> stream, const edge::WebSocketPeer& peer) {
            edge_->take(std::move(stream), peer);
        };
        door_ = std::make_unique<http::WebDoor>(io_, std::move(web), counters,
                                                static_cast<http::WebDoorListener&>(*this));
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Door() override {
        here([this] {
            door_.reset();
            edge_.reset();
        });
        io_.stop();
        thread_.join();
    }

    std::uint16_t port() const { return door_->port(); }
    std::size_t registered() {
        std::size_t number = 0;
        here([&] { number = phones_.registered(); });
        return number;
    }
    void wait(std::chrono::seconds time) {
        here([&] {
            clock_.now += time;
            clock_.wall += time;
            phones_.on_tick(clock_.now);
        });
    }
    void tell_mailbox(const http::MessagesWaiting& news) {
        here([&] {
            mailboxes_ = {news};
            phones_.on_mailbox_news("alice", clock_.now);
        });
    }
    std::uint64_t count(const std::string& name) { return counters.counter(name).value(); }

    Counters counters;
    std::vector<std::string> transfers;
    std::vector<std::string> texts;

  private:
    static edge::EdgeSettings edge_settings() {
        edge::EdgeSettings settings;
        settings.domain = "gw.example";
        return settings;
    }
    static sip::SipUaSettings settings(std::shared_ptr<sip::FlowTable> flows) {
        sip::SipUaSettings settings;
        settings.listen_udp = {*SocketAddress::parse("127.0.0.1", 0)};
        settings.domain = "gw.example";
        settings.user_agent = "Causeway test";
        settings.flows = std::move(flows);
        return settings;
    }
    /// On the door's own thread, and done when it returns.
    void here(const std::function<void()>& what) {
        std::promise<void> done;
        boost::asio::post(io_, [&] {
            what();
            done.set_value();
        });
        done.get_future().wait();
    }
    template <class What>
    void later(What what) {
        boost::asio::post(io_, std::move(what));
    }

    // No pages of the JSON protocol.
    std::optional<http::Authenticated> authenticate(SessionId, const http::Hello&) override { return {}; }
    void on_session_open(const http::SessionInfo&) override {}
    void on_message(SessionId, http::ClientMessage) override {}
    void on_session_closed(SessionId) override {}

    // From the stack.
    void on_register(sip::InboundRegister request) override {
        later([this, asked = std::move(request)] { phones_.on_register(asked, clock_); });
    }
    void on_invite(sip::InboundInvite invite) override {
        later([this, arrived = std::move(invite)]() mutable { phones_.on_invite(arrived, clock_); });
    }
    void on_message(sip::InboundMessage message) override {
        later([this, arrived = std::move(message)] { phones_.on_message(arrived, clock_); });
    }
    void on_subscribe(sip::InboundSubscribe request) override {
        later([this, asked = std::move(request)] { phones_.on_subscribe(asked, clock_); });
    }
    void on_subscription_ended(sip::SubscriptionId id) override {
        later([this, id] { phones_.on_subscription_ended(id); });
    }
    void on_referred(DialogId dialog, sip::InboundReferral referral) override {
        later([this, dialog, wanted = std::move(referral)] { phones_.on_referred(dialog, wanted); });
    }
    void on_ended(DialogId dialog, EndReason reason) override {
        later([this, dialog, reason] { phones_.on_ended(dialog, reason); });
    }
    void on_progress(DialogId, int, std::string) override {}
    void on_answered(DialogId, std::string) override {}
    void on_acknowledged(DialogId, std::string) override {}
    void on_reoffer(DialogId, std::string) override {}
    void on_info_dtmf(DialogId, char, int) override {}
    void on_registration(sip::RegistrationEvent) override {}

    // To the stack.
    void answer_register(sip::RequestId id, int status, std::vector<sip::Header> headers) override {
        ua_.answer_register(id, status, std::move(headers));
    }
    DialogId invite(sip::OutboundInvite invite) override { return ua_.invite(std::move(invite)); }
    void add_response_header(DialogId dialog, sip::Header header) override {
        ua_.add_response_header(dialog, std::move(header));
    }
    void progress(DialogId dialog, int status, std::string sdp) override {
        ua_.progress(dialog, status, std::move(sdp));
    }
    void accept(DialogId dialog, std::string sdp) override { ua_.accept(dialog, std::move(sdp)); }
    void acknowledge(DialogId dialog, std::string sdp) override { ua_.acknowledge(dialog, std::move(sdp)); }
    void answer_reoffer(DialogId dialog, std::string sdp) override {
        ua_.answer_reoffer(dialog, std::move(sdp));
    }
    void refuse_reoffer(DialogId dialog, int status) override { ua_.refuse_reoffer(dialog, status); }
    void move(DialogId dialog, FlowId flow) override { ua_.move(dialog, flow); }
    void answer_referral(DialogId dialog, int status, std::string why) override {
        ua_.answer_referral(dialog, status, std::move(why));
    }
    void tell_referrer(DialogId dialog, int status) override { ua_.tell_referrer(dialog, status); }
    void answer_message(sip::MessageId id, int status, std::vector<sip::Header> headers) override {
        ua_.answer_message(id, status, std::move(headers));
    }
    void send_message(sip::OutboundMessage message) override { ua_.send_message(std::move(message)); }
    void answer_subscribe(sip::SubscriptionId id, int status, std::chrono::seconds expires,
                          std::vector<sip::Header> headers) override {
        ua_.answer_subscribe(id, status, expires, std::move(headers));
    }
    void notify(sip::SubscriptionId id, std::string summary, std::chrono::seconds left) override {
        ua_.notify(id, std::move(summary), left);
    }
    void set_owner(FlowId flow, const std::string& user) override { flows_->set_owner(flow, user); }
    void end(DialogId dialog, const EndReason& reason) override { ua_.end(dialog, reason); }

    // The world: every call is answered, every transfer begun, every message delivered.
    bool place(call::PagePlaced placed) override {
        later([this, session = placed.session, name = placed.name, sdp = placed.sdp] {
            phones_.send(session, http::Answer{name, "id", sdp + "a=end-of-candidates\r\n"}, clock_.now);
            phones_.send(session, http::Answered{name}, clock_.now);
        });
        return true;
    }
    bool on_page(SessionId, const std::string&, const call::Event&) override { return true; }
    bool transfer(SessionId session, const std::string& name, const std::string& to,
                  const std::string& with) override {
        transfers.push_back(to + with);
        for (const char* state : {"trying", "done"}) {
            phones_.send(session, http::TransferNews{name, state, "browser", to, "", 0}, clock_.now);
        }
        return true;
    }
    void write(SessionId session, const config::User& user, const http::SendMessage& message) override {
        texts.push_back(user.name + ": " + message.text);
        phones_.send(session, http::MessageSent{message.id, true, "", "", 200}, clock_.now);
        phones_.send(session, http::ReceivedMessage{"", "200", "Desk", "100", "To " + user.name, {}},
                     clock_.now);
    }
    std::vector<http::MessagesWaiting> mailboxes(const std::string&) const override { return mailboxes_; }
    void add(SessionId session, const config::User& user) override { listed_[session] = user.name; }
    void remove(SessionId session) override { listed_.erase(session); }

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    std::shared_ptr<sip::FlowTable> flows_ = std::make_shared<sip::FlowTable>();
    Clock clock_{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    std::map<SessionId, std::string> listed_;
    std::vector<http::MessagesWaiting> mailboxes_;
    Softphones phones_;
    sip::SipUa ua_;
    std::unique_ptr<edge::Edge> edge_;
    std::unique_ptr<http::WebDoor> door_;
    std::thread thread_;
};

inline config::Snapshot three_users() {
    auto config = std::make_shared<config::Config>();
    config->sip.domain = "gw.example";
    config->users.resize(3);
    config->users[0].name = "alice";
    config->users[0].numbers = {"100"};
    config->users[0].token = "alices-token";
    config->users[1].name = "bob";
    config->users[1].numbers = {"101"};
    config->users[1].token = "bobs-token";
    config->users[2].name = "carol";
    config->users[2].token = "a/b+c~d.e_f-g==";
    return config;
}

struct DoorTest : testing::Test {
    static std::string bearer(const std::string& token) { return "Authorization: Bearer " + token; }
    Door door{three_users()};
};

}  // namespace causeway::softphone
