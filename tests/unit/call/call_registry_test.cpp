// The registry finds calls by page, dialog and id, and keeps nothing of a call that has retired.
#include "gateway/call/call_registry.hpp"

#include <set>

#include "call_fixture.hpp"
#include "core/base/counters.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::call {
namespace {

/// All ports at once; notes what is asked.
struct World : PagePort, SipPort, media::MediaPort, TimerPort, RecordPort, IdentityPort {
    void send(SessionId session, const http::ServerMessage& message) override {
        sent.emplace_back(session, message);
    }
    DialogId invite(sip::OutboundInvite invite) override {
        invited.push_back(invite.sip_call_id);
        return DialogId{++last_dialog};
    }
    void add_response_header(DialogId, sip::Header) override {}
    void progress(DialogId, int) override {}
    void check_caller(CallId call, CheckCaller) override { checked.push_back(call); }
    void check_passports(CallId call, CheckPassports) override { checked.push_back(call); }
    void release_capability(const std::string& id) override { released.push_back(id); }
    void accept(DialogId, std::string) override {}
    void end(DialogId dialog, const EndReason&) override { ended.insert(dialog); }
    void answer_reoffer(DialogId, std::string) override {}
    void acknowledge(DialogId, std::string) override {}
    void refer(DialogId, sip::OutboundReferral) override {}
    void answer_referral(DialogId, int) override {}
    void tell_referrer(DialogId, int) override {}
    void refuse_reoffer(DialogId, int, const std::string&) override {}
    void info_digit(DialogId, char, int) override {}
    void reoffer(DialogId, std::string) override {}
    void set_options(DialogId, const sip::DialogOptions&) override {}
    void reoffer(media::ReofferMedia) override {}
    void open(media::OpenMedia command) override { opened.insert(command.call); }
    void connect(media::ConnectMedia) override {}
    void add_remote_candidate(CallId, std::string) override {}
    void send_digit(CallId, char, int) override {}
    void close(CallId call) override { closed.insert(call); }
    bool has_room() const override { return room; }
    void arm(CallId call, TimerKind kind, Duration) override { armed.insert({call, kind}); }
    void disarm(CallId call, TimerKind kind) override { armed.erase({call, kind}); }
    void write(const accounting::CallRecord& record) override { records.push_back(record); }

    template <class Message>
    int count(SessionId session) const {
        int found = 0;
        for (const auto& [to, message] : sent) {
            if (to == session && std::holds_alternative<Message>(message)) ++found;
        }
        return found;
    }

    std::vector<std::pair<SessionId, http::ServerMessage>> sent;
    std::set<DialogId> ended;
    std::vector<CallId> checked;
    std::vector<std::string> released;
    std::vector<std::string> invited;
    std::set<CallId> opened;
    std::set<CallId> closed;
    std::set<std::pair<CallId, TimerKind>> armed;
    std::vector<accounting::CallRecord> records;
    std::uint64_t last_dialog = 100;
    bool room = true;
};

class CallRegistryTest : public CallTest {
  protected:
    CallRegistryTest()
        : calls({world, world, world, world, world, world}, pages, counters, config,
                std::make_shared<const IdentityBook>(identity)) {}

    /// Places alice's call and brings it to an INVITE; its id.
    CallId place_call(const std::string& name) {
        auto placed = alice_calls("911");
        placed.name = name;
        const auto before = world.checked.size();
        EXPECT_TRUE(calls.place(placed));
        const CallId id = world.checked.size() > before ? world.checked.back() : CallId{};
        calls.on_identity(id, CallerChecked{});
        calls.on_media(id, media_opened());
        calls.on_media(id, MediaConnected{});
        return id;
    }

    World world;
    Counters counters;
    CallRegistry calls;
};

TEST_F(CallRegistryTest, a_call_is_found_by_its_page_and_its_dialog_until_it_retires) {
    const CallId id = place_call("c1");
    calls.on_dialog(DialogId{world.last_dialog}, SipAnswered{kPhoneSdp});
    EXPECT_EQ(world.count<http::Answered>(kPage), 1);
    EXPECT_TRUE(calls.on_page(kPage, "c1", PageHungUp{kPage}));
    EXPECT_TRUE(world.ended.contains(DialogId{world.last_dialog}));
    EXPECT_FALSE(calls.on_page(kPage, "c1", PageHungUp{kPage})) << "the page may use the name again";
    EXPECT_EQ(calls.size(), 1u) << "the media is still being closed";
    calls.on_media(id, MediaClosed{});
    EXPECT_EQ(calls.size(), 0u);
    ASSERT_EQ(world.records.size(), 1u);
    EXPECT_TRUE(world.armed.empty());
}

TEST_F(CallRegistryTest, the_calls_of_a_page_that_comes_back_go_on_there) {
    const CallId id = place_call("c1");
    calls.on_dialog(DialogId{world.last_dialog}, SipAnswered{kPhoneSdp});
    calls.on_session_closed(kPage, true);
    EXPECT_EQ(calls.size(), 1u);
    EXPECT_TRUE(world.armed.contains({id, TimerKind::resume}));
    const auto resumed = calls.resume(kPage, kOtherPage);
    ASSERT_EQ(resumed.size(), 1u);
    EXPECT_EQ(resumed[0], (http::ResumedCall{"c1", to_string(id), "answered", false, "", "911"}));
    EXPECT_FALSE(world.armed.contains({id, TimerKind::resume}));
    EXPECT_FALSE(calls.on_page(kPage, "c1", PageHungUp{kPage}));
    EXPECT_TRUE(calls.on_page(kOtherPage, "c1", PageHungUp{kOtherPage}));
    calls.on_media(id, MediaClosed{});
    EXPECT_EQ(calls.size(), 0u);
}

TEST_F(CallRegistryTest, a_connection_that_is_still_open_is_left_behind_too) {
    const CallId id = place_call("c1");
    EXPECT_EQ(calls.resume(kPage, kOtherPage).size(), 1u);
    calls.on_session_closed(kPage);
    EXPECT_TRUE(world.closed.empty()) << "the call is no longer that connection's";
    EXPECT_TRUE(calls.on_page(kOtherPage, "c1", PageHungUp{kOtherPage}));
    calls.on_media(id, MediaClosed{});
}

TEST_F(CallRegistryTest, there_is_nothing_to_come_back_to_once_the_time_is_over) {
    const CallId id = place_call("c1");
    calls.on_session_closed(kPage, true);
    calls.on_timer(id, TimerKind::resume);
    EXPECT_TRUE(world.closed.contains(id));
    EXPECT_TRUE(calls.resume(kPage, kOtherPage).empty());
    calls.on_media(id, MediaClosed{});
    EXPECT_EQ(calls.size(), 0u);
}

TEST_F(CallRegistryTest, a_name_in_use_is_refused) {
    place_call("c1");
    EXPECT_FALSE(calls.place(alice_calls("911")));
    EXPECT_EQ(calls.size(), 1u);
}

TEST_F(CallRegistryTest, a_page_has_no_more_calls_than_allowed) {
    for (int i = 0; i < config->limits.calls_per_session; ++i) place_call("c" + std::to_string(i));
    auto placed = alice_calls("911");
    placed.name = "one-too-many";
    calls.place(placed);
    ASSERT_EQ(world.records.size(), 1u);
    EXPECT_EQ(world.records.front().reason.cause, EndCause::over_limit);
}

TEST_F(CallRegistryTest, without_room_on_the_media_threads_calls_are_refused_counted_and_recorded) {
    world.room = false;
    place_call("c1");
    calls.on_invite(phone_calls("+12155551212").invite);
    EXPECT_EQ(calls.size(), 0u);
    EXPECT_TRUE(world.opened.empty());
    ASSERT_EQ(world.records.size(), 2u);
    for (const auto& record : world.records) EXPECT_EQ(record.reason.cause, EndCause::overloaded);
    EXPECT_EQ(counters.counter("call_ended_overloaded").value(), 2u);
}

TEST_F(CallRegistryTest, a_page_that_leaves_ends_its_calls) {
    const CallId first = place_call("c1");
    const CallId second = place_call("c2");
    calls.on_session_closed(kPage);
    EXPECT_EQ(world.closed, (std::set<CallId>{first, second}));
    calls.on_media(first, MediaClosed{});
    calls.on_media(second, MediaClosed{});
    EXPECT_EQ(calls.size(), 0u);
}

TEST_F(CallRegistryTest, a_refused_call_leaves_nothing_behind) {
    for (int i = 0; i < 100; ++i) calls.place(alice_calls("1234"));
    EXPECT_EQ(calls.size(), 0u);
    EXPECT_EQ(world.records.size(), 100u);
    EXPECT_TRUE(world.armed.empty());
    EXPECT_EQ(world.count<http::Ended>(kPage), 100);
}

TEST_F(CallRegistryTest, statistics_go_to_the_page_that_asked) {
    const CallId id = place_call("c1");
    media::MediaStatistics figures;
    figures.call = id;
    calls.on_statistics(figures);
    EXPECT_EQ(world.count<http::Statistics>(kPage), 0);
    EXPECT_TRUE(calls.watch_statistics(kPage, "c1", true));
    calls.on_statistics(figures);
    EXPECT_EQ(world.count<http::Statistics>(kPage), 1);
    EXPECT_FALSE(calls.watch_statistics(kOtherPage, "c1", true)) << "not its call";
}

TEST_F(CallRegistryTest, a_running_call_shows_how_it_sounds) {
    const CallId id = place_call("c1");
    media::MediaStatistics figures;
    figures.call = id;
    figures.browser_codec = "opus";
    figures.from_browser.lost = 7;
    figures.from_browser.call.mos_avg = 3.9;
    calls.on_statistics(figures);
    const auto running = calls.running();
    ASSERT_EQ(running.size(), 1u);
    EXPECT_EQ(running.front().record.browser.codec, "opus");
    EXPECT_EQ(running.front().record.browser.received.lost, 7u);
    EXPECT_EQ(running.front().record.browser.received.mos_avg, 3.9);
}

TEST_F(CallRegistryTest, shutting_down_ends_all_calls_and_then_reports) {
    const CallId id = place_call("c1");
    calls.on_invite(phone_calls("+12155551212").invite);
    bool done = false;
    calls.shut_down([&] { done = true; });
    EXPECT_FALSE(done);
    calls.on_media(id, MediaClosed{});
    EXPECT_TRUE(done);
    EXPECT_EQ(world.records.size(), 2u);
}

TEST_F(CallRegistryTest, late_news_of_a_dialog_that_is_over_is_ignored) {
    const CallId id = place_call("c1");
    const DialogId dialog{world.last_dialog};
    calls.on_page(kPage, "c1", PageHungUp{kPage});
    calls.on_media(id, MediaClosed{});
    calls.on_dialog(dialog, SipAnswered{kPhoneSdp});
    calls.on_dialog(dialog, SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_EQ(calls.size(), 0u);
}

CallerChecked permitted(const std::string& id) {
    CallerChecked checked;
    checked.capability.emplace();
    checked.capability->id = id;
    checked.capability->number = "+12155550000";
    return checked;
}

TEST_F(CallRegistryTest, a_permission_that_is_read_when_its_call_is_gone_is_given_back) {
    auto placed = alice_calls("911");
    placed.capability = "token";
    ASSERT_TRUE(calls.place(placed));
    const CallId id = world.checked.back();
    calls.on_page(kPage, "c1", PageHungUp{kPage});
    EXPECT_EQ(calls.size(), 0u);
    calls.on_identity(id, permitted("t1"));
    EXPECT_EQ(world.released, std::vector<std::string>{"t1"});
    calls.on_identity(id, CallerChecked{});
    calls.on_identity(id, PassportsChecked{});
    EXPECT_EQ(world.released.size(), 1u);
    EXPECT_TRUE(world.opened.empty());
}

TEST_F(CallRegistryTest, a_permission_in_use_is_given_back_at_shutdown) {
    auto placed = alice_calls("911");
    placed.capability = "token";
    calls.place(placed);
    calls.on_identity(world.checked.back(), permitted("t1"));
    EXPECT_TRUE(world.released.empty());
    calls.shut_down([] {});
    EXPECT_EQ(world.released, std::vector<std::string>{"t1"});
}

TEST_F(CallRegistryTest, the_attempt_that_follows_an_invalid_identity_header_has_a_dialog_of_its_own) {
    test::CertificateWish wish;
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_number("12155551212"))};
    const auto root = test::TestCertificate::root();
    const auto leaf = root.issue(wish);
    TrunkIdentity& carrier = identity.trunks["carrier"];
    carrier.trust.stir_out = identity::OutboundStir::shaken;
    carrier.signer = std::make_shared<const identity::PassportSigner>(
        *identity::PassportSigner::make(leaf.key(), *jose::CertificateChain::from_pem(leaf.chain_pem()),
                                        "https://cert.example/a.pem", 1795266000));
    CallRegistry signing({world, world, world, world, world, world}, pages, counters, config,
                         std::make_shared<const IdentityBook>(identity));
    signing.place(alice_calls("911"));
    const CallId id = world.checked.back();
    signing.on_identity(id, CallerChecked{});
    signing.on_media(id, media_opened());
    signing.on_media(id, MediaConnected{});
    const DialogId first{world.last_dialog};
    signing.on_dialog(first, SipEnded{from_sip_status(438, "Invalid Identity Header")});
    const DialogId second{world.last_dialog};
    EXPECT_NE(first, second);
    ASSERT_EQ(world.invited.size(), 2u);
    EXPECT_NE(world.invited[0], world.invited[1]);
    signing.on_dialog(first, SipAnswered{kPhoneSdp});
    EXPECT_EQ(world.count<http::Answered>(kPage), 0) << "the first dialog is over";
    signing.on_dialog(second, SipAnswered{kPhoneSdp});
    EXPECT_EQ(world.count<http::Answered>(kPage), 1);
    signing.on_page(kPage, "c1", PageHungUp{kPage});
    EXPECT_EQ(world.ended, std::set<DialogId>{second});
}

}  // namespace
}  // namespace causeway::call
