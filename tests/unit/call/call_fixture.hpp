// A call and the little world that it steps in: two users, a guest, trunks, routes; what it asks for is
// recorded.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/call/call_machine.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::call {

extern const char kBrowserOffer[];
extern const char kPhoneSdp[];

class KnownPages : public PageDirectory {
  public:
    std::vector<SessionId> sessions_of_user(std::string_view user) const override;
    std::vector<SessionId> sessions_of_guest_number(std::string_view number) const override;
    bool is_connected(SessionId session) const override;
    std::vector<SessionId> alice{SessionId{1}, SessionId{2}};
};

class CallTest : public testing::Test {
  protected:
    CallTest();

    /// A call to which nothing has happened yet.
    void reset();
    /// Steps the call and keeps what it asked for in `actions`. A caller without an assertion is checked at
    /// once.
    void happens(const Event& event);

    template <class Wanted>
    const Wanted* asked() const {
        for (const Action& action : actions) {
            if (const auto* found = std::get_if<Wanted>(&action)) return found;
        }
        return nullptr;
    }
    template <class Message>
    const Message* told(SessionId session) const {
        for (const Action& action : actions) {
            const auto* tell = std::get_if<TellPage>(&action);
            if (tell == nullptr || tell->session != session) continue;
            if (const auto* found = std::get_if<Message>(&tell->message)) return found;
        }
        return nullptr;
    }

    static PagePlaced alice_calls(const std::string& to);
    static SipInvited phone_calls(const std::string& to, const std::string& sdp = kPhoneSdp);
    static MediaOpened media_opened();
    /// Through all steps up to INVITE sent / pages ringing / both talking.
    void browser_call_up_to_invite();
    void browser_call_up_to_talking();
    void phone_call_up_to_ringing();
    void phone_call_up_to_talking();

    std::shared_ptr<config::Config> config;
    std::unique_ptr<routing::DialPlan> dial_plan;
    KnownPages pages;
    IdentityBook identity;
    WallTime now{};
    int running_calls = 0;
    bool shutting_down = false;
    bool overloaded = false;
    std::unique_ptr<trunks::TrunkBoard> board;  ///< none: all trunks are well
    bool checks_by_hand = false;                ///< the test itself says CallerChecked
    Call call;
    Actions actions;
};

inline constexpr SessionId kPage{1};
inline constexpr SessionId kOtherPage{2};
inline constexpr DialogId kDialog{77};

}  // namespace causeway::call
