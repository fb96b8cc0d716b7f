// Two SIP stacks of one process on loopback, calling each other: the fixture of most tests here.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "core/base/counters.hpp"
#include "sip_recorder.hpp"

namespace causeway::sip::test {

using What = Seen::What;

inline SipUaSettings loopback_settings() {
    SipUaSettings settings;
    settings.listen_udp = {*SocketAddress::parse("127.0.0.1", 0)};
    settings.listen_tcp = {*SocketAddress::parse("127.0.0.1", 0)};
    settings.domain = "gateway.test";
    settings.user_agent = "Causeway test";
    return settings;
}

inline std::string sdp_named(const std::string& name) {
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=" + name +
           "\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";
}

inline OutboundInvite invite_to(std::uint16_t port, const std::string& user,
                                const std::string& transport = "udp") {
    OutboundInvite invite;
    invite.call = make_call_id();
    invite.request_uri = "sip:" + user + "@127.0.0.1:" + std::to_string(port) + ";transport=" + transport;
    invite.from_uri = "sip:caller@gateway.test";
    invite.from_display = "The \"Caller\"";
    invite.to_uri = "sip:" + user + "@gateway.test";
    invite.sdp = sdp_named("offer");
    return invite;
}

class TwoAgents : public testing::Test {
  protected:
    TwoAgents()
        : here_(loopback_settings(), counters_, here), there_(loopback_settings(), counters_, there) {}

    /// Waits until a stack has forgotten all dialogs.
    static bool becomes_empty(const SipUa& agent) {
        const auto deadline = std::chrono::steady_clock::now() + SipRecorder::kPatience;
        while (agent.dialog_count() != 0) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }

    struct Call {
        DialogId here;
        DialogId there;
    };
    /// An answered, acknowledged call from here to there.
    Call connect(const std::string& transport = "udp") {
        const DialogId dialog = here_.invite(invite_to(there_.udp_port(), "600", transport));
        const auto invited = there.next(What::invite);
        if (!invited) ADD_FAILURE() << "no INVITE arrived";
        if (!invited) return {};
        there_.accept(invited->dialog, sdp_named("answer"));
        EXPECT_TRUE(here.next(What::answered));
        EXPECT_TRUE(there.next(What::acknowledged));
        return {dialog, invited->dialog};
    }

    Counters counters_;
    SipRecorder here;
    SipRecorder there;
    SipUa here_;
    SipUa there_;
};

}  // namespace causeway::sip::test
