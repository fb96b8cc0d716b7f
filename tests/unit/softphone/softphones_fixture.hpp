// A world of recorders around softphones.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/counters.hpp"
#include "gateway/softphone/softphones.hpp"

namespace causeway::softphone {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

inline config::Snapshot two_users() {
    auto config = std::make_shared<config::Config>();
    config->sip.domain = "gw.example";
    config->users.resize(2);
    config->users[0].name = "alice";
    config->users[0].display = "Alice";
    config->users[0].numbers = {"100", "+4930100"};
    config->users[0].token = "alices-token";
    config->users[1].name = "bob";
    config->users[1].numbers = {"101"};
    config->users[1].token = "bobs-token";
    return config;
}

/// Keeps what it is asked for, as lines.
struct World : SipPort, CallPort, TextPort, Directory {
    void answer_register(sip::RequestId, int status, std::vector<sip::Header> headers) override {
        registered = status;
        answers = std::move(headers);
    }
    DialogId invite(sip::OutboundInvite sent) override {
        invites.push_back(std::move(sent));
        return {900 + invites.size()};
    }
    void add_response_header(DialogId, sip::Header header) override { answers.push_back(std::move(header)); }
    void progress(DialogId, int status, std::string sdp) override {
        said.push_back(std::to_string(status) + ' ' + sdp);
    }
    void accept(DialogId, std::string sdp) override { said.push_back("200 " + sdp); }
    void acknowledge(DialogId, std::string sdp) override { said.push_back("ACK " + sdp); }
    void answer_reoffer(DialogId, std::string sdp) override { said.push_back("re200 " + sdp); }
    void refuse_reoffer(DialogId, int status) override { said.push_back("re" + std::to_string(status)); }
    void move(DialogId dialog, FlowId flow) override {
        said.push_back("move " + std::to_string(dialog.value) + " to " + std::to_string(flow.value));
    }
    void answer_referral(DialogId dialog, int status, std::string why) override {
        said.push_back("refer " + std::to_string(dialog.value) + ' ' + std::to_string(status) +
                       (why.empty() ? "" : ' ' + why));
    }
    void tell_referrer(DialogId dialog, int status) override {
        said.push_back("notify " + std::to_string(dialog.value) + ' ' + std::to_string(status));
    }
    void answer_message(sip::MessageId message, int status, std::vector<sip::Header> headers) override {
        said.push_back("message " + std::to_string(message.value) + ' ' + std::to_string(status));
        answers = std::move(headers);
    }
    void send_message(sip::OutboundMessage message) override { messages.push_back(std::move(message)); }
    void answer_subscribe(sip::SubscriptionId subscription, int status, std::chrono::seconds expires,
                          std::vector<sip::Header> headers) override {
        said.push_back("subscribe " + std::to_string(subscription.value) + ' ' + std::to_string(status) +
                       " for " + std::to_string(expires.count()));
        answers = std::move(headers);
    }
    void notify(sip::SubscriptionId subscription, std::string summary, std::chrono::seconds left) override {
        said.push_back("notify " + std::to_string(subscription.value) + " for " +
                       std::to_string(left.count()) + ": " + summary);
    }
    void write(SessionId session, const config::User& user, const http::SendMessage& message) override {
        written.push_back({session, user.name, message});
    }
    std::vector<http::MessagesWaiting> mailboxes(const std::string&) const override { return voice_mail; }
    void set_owner(FlowId flow, const std::string& user) override { owners[flow] = user; }
    void end(DialogId dialog, const EndReason& reason) override {
        said.push_back("end " + std::to_string(dialog.value) + ' ' + std::to_string(sip_status(reason)));
    }

    bool place(call::PagePlaced event) override {
        placed.push_back(std::move(event));
        return true;
    }
    bool on_page(SessionId session, const std::string& name, const call::Event& event) override {
        events.push_back({session, name, event});
        return knows_calls;
    }
    bool transfer(SessionId session, const std::string& name, const std::string& to,
                  const std::string& with) override {
        transfers.push_back(std::to_string(session.value) + ' ' + name + " to '" + to + "' with '" + with +
                            "'");
        return knows_calls;
    }
    void on_session_closed(SessionId session) override { closed.push_back(session); }

    void add(SessionId session, const config::User& user) override { listed[session] = user.name; }
    void remove(SessionId session) override { listed.erase(session); }

    struct Happened {
        SessionId session;
        std::string name;
        call::Event event;
    };
    struct Written {
        SessionId session;
        std::string user;
        http::SendMessage message;
    };
    std::vector<sip::OutboundMessage> messages;
    std::vector<Written> written;
    std::vector<http::MessagesWaiting> voice_mail;
    int registered = 0;
    std::vector<sip::Header> answers;
    std::vector<sip::OutboundInvite> invites;
    std::vector<std::string> said;
    std::map<FlowId, std::string> owners;
    std::vector<call::PagePlaced> placed;
    std::vector<Happened> events;
    std::vector<SessionId> closed;
    std::vector<std::string> transfers;
    std::map<SessionId, std::string> listed;
    bool knows_calls = true;
};

class SoftphonesTest : public testing::Test {
  protected:
    SoftphonesTest() : phones(two_users(), "secret", {world, world, world, world}, counters) {}

    static sip::InboundRegister register_of(const std::string& user, FlowId flow,
                                            const std::string& instance = "i1") {
        sip::InboundRegister request;
        request.flow = flow;
        request.source = *SocketAddress::parse("192.0.2.9", 4000);
        request.request_uri = "sip:gw.example";
        request.to_user = user;
        request.to_host = "gw.example";
        request.contacts = {
            {"sip:x" + instance + "@y.invalid;transport=ws", "<urn:uuid:" + instance + ">", 1, 600U}};
        request.sip_call_id = "c" + std::to_string(flow.value);
        request.cseq = 1;
        request.authorization = {"Bearer " + user + "s-token"};
        request.supports_outbound = true;
        return request;
    }
    static sip::InboundInvite invite_of(const std::string& from, FlowId flow,
                                        const std::string& host = "gw.example") {
        sip::InboundInvite invite;
        invite.dialog = {77};
        invite.flow = flow;
        invite.transport = sip::Transport::wss;
        invite.source = *SocketAddress::parse("192.0.2.9", 4000);
        invite.from_user = from;
        invite.from_uri = "sip:" + from + "@" + host;
        invite.request_uri = "sip:200@gw.example";
        invite.to_user = "200";
        invite.sdp = "offer";
        return invite;
    }
    void registers(const std::string& user, FlowId flow, const std::string& instance = "i1") {
        phones.on_register(register_of(user, flow, instance), clock);
        ASSERT_EQ(world.registered, 200);
    }
    bool invites(sip::InboundInvite invite) { return phones.on_invite(invite, clock); }
    void is_told(const http::ServerMessage& message) { phones.send(session(), message, clock.now); }
    SessionId session() const { return world.listed.begin()->first; }
    std::string header(const std::string& name) const {
        for (const auto& [each, value] : world.answers) {
            if (each == name) return value;
        }
        return {};
    }
    template <class Event>
    const Event* last_event() const {
        return world.events.empty() ? nullptr : std::get_if<Event>(&world.events.back().event);
    }
    void rings() {
        registers("alice", {5});
        http::Incoming incoming{"in1", "in1", "200", "Telephone", "100", {}};
        is_told(incoming);
    }

    Counters counters;
    World world;
    Clock clock{Instant{} + 1000s, WallTime{} + 1'700'000'000s};
    Softphones phones;
};

}  // namespace causeway::softphone
