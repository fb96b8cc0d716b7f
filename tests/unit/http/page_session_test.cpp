#include "gateway/http/page_session.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace causeway::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr Instant kStart{std::chrono::hours(1)};
const std::string kHello = R"({"type":"hello","version":1})";
const std::string kPassword = R"({"type":"hello","version":1,"user":"ann","password":"guess"})";
const std::string kWatch = R"({"type":"statistics","call":"c1","on":true})";
const std::string kHangUp = R"({"type":"hangup","call":"c1"})";

struct NotedLine : PageLine {
    void send(const ServerMessage& message) override { sent.push_back(message); }
    void close(std::uint16_t status, std::string_view) override { closed = status; }
    std::string last_error() const {
        const auto* error = sent.empty() ? nullptr : std::get_if<ProtocolError>(&sent.back());
        return error == nullptr ? "" : error->code;
    }
    std::vector<ServerMessage> sent;
    int closed = 0;
};

struct NotedListener : WebDoorListener {
    std::optional<Authenticated> authenticate(SessionId, const Hello& hello) override {
        ++asked;
        if (!hello.user.empty()) return std::nullopt;
        if (!hello.capability.empty()) {
            return Authenticated{
                .user = "", .guest = false, .number = "", .numbers = {}, .capability = hello.capability};
        }
        return Authenticated{.user = "", .guest = true, .number = "", .numbers = {}};
    }
    std::optional<Authenticated> resume(const Hello& hello, const std::string& origin) override {
        if (*hello.resume != "good" || origin != "https://a.example") return std::nullopt;
        Authenticated who{.user = "ann", .guest = false, .number = "100", .numbers = {}};
        who.before = before;
        return who;
    }
    void complete(SessionInfo&, const Hello& hello, Welcome& welcome) override {
        if (hello.resume) welcome.resume = "next";
    }
    void on_session_open(const SessionInfo& info) override {
        opened.push_back(info.session);
        last = info;
    }
    void on_message(SessionId, ClientMessage) override { ++messages; }
    void on_session_closed(SessionId id) override { closed.push_back(id); }
    SessionInfo last;
    SessionId before{};
    int asked = 0;
    int messages = 0;
    std::vector<SessionId> opened;
    std::vector<SessionId> closed;
};

struct PageSessionTest : ::testing::Test {
    static WebDoorSettings settings() {
        WebDoorSettings out;
        out.messages_per_second = 10;
        return out;
    }
    PageSession page(NotedLine& to, std::string origin = "https://a.example") {
        return PageSession(door, to, std::move(origin), SocketAddress());
    }

    Counters counters;
    NotedListener listener;
    std::shared_ptr<DoorState> door = std::make_shared<DoorState>(settings(), counters, listener);
    NotedLine line;
};

TEST_F(PageSessionTest, opens_by_hello_and_closes_once) {
    {
        PageSession session = page(line);
        session.on_text(kHello, kStart);
        EXPECT_TRUE(std::holds_alternative<Welcome>(line.sent.at(0)));
        EXPECT_EQ(door->sessions.size(), 1U);
        session.on_closed();
        session.on_closed();
    }
    EXPECT_EQ(listener.closed, listener.opened);
    EXPECT_EQ(listener.closed.size(), 1U);
    EXPECT_TRUE(door->sessions.empty());
}

TEST_F(PageSessionTest, that_never_opened_is_never_reported_closed) {
    { PageSession session = page(line); }
    EXPECT_TRUE(listener.closed.empty());
}

TEST_F(PageSessionTest, refuses_a_guest_without_origin) {
    PageSession session = page(line, "");
    session.on_text(kHello, kStart);
    EXPECT_EQ(line.last_error(), "not-authenticated");
    EXPECT_TRUE(listener.opened.empty());
}

TEST_F(PageSessionTest, that_comes_with_a_permission_to_call_is_a_guests_and_keeps_it) {
    const std::string hello = R"({"type":"hello","version":1,"capability":"a.b.c"})";
    NotedLine elsewhere;
    PageSession without_origin = page(elsewhere, "");
    without_origin.on_text(hello, kStart);
    EXPECT_EQ(elsewhere.last_error(), "not-authenticated");
    PageSession session = page(line);
    session.on_text(hello, kStart);
    ASSERT_EQ(listener.opened.size(), 1U);
    EXPECT_EQ(listener.last.who.capability, "a.b.c");
    EXPECT_EQ(std::get<Welcome>(line.sent.at(0)).user, "");
}

TEST_F(PageSessionTest, comes_back_by_a_secret_and_closes_the_connection_that_it_left) {
    NotedLine old;
    PageSession left = page(old);
    left.on_text(kHello, kStart);
    listener.before = listener.opened.at(0);
    PageSession session = page(line);
    session.on_text(R"({"type":"hello","version":1,"resume":"good"})", kStart);
    EXPECT_EQ(std::get<Welcome>(line.sent.at(0)).user, "ann");
    EXPECT_EQ(std::get<Welcome>(line.sent.at(0)).resume, "next");
    EXPECT_EQ(old.closed, 1000);
}

TEST_F(PageSessionTest, with_a_secret_that_is_not_good_may_try_otherwise) {
    PageSession session = page(line);
    session.on_text(R"({"type":"hello","version":1,"resume":"bad"})", kStart);
    EXPECT_EQ(line.last_error(), "not-authenticated");
    EXPECT_EQ(std::get<ProtocolError>(line.sent.back()).field, "resume");
    session.on_text(R"({"type":"hello","version":1,"resume":""})", kStart);
    EXPECT_TRUE(std::holds_alternative<Welcome>(line.sent.back()));
}

TEST_F(PageSessionTest, with_a_bad_secret_beside_a_login_is_logged_in) {
    PageSession session = page(line);
    session.on_text(R"({"type":"hello","version":1,"resume":"bad","token":"t"})", kStart);
    EXPECT_TRUE(std::holds_alternative<Welcome>(line.sent.back()));
}

TEST_F(PageSessionTest, reads_no_faster_than_the_rate_and_says_so_once) {
    PageSession session = page(line);
    session.on_text(kHello, kStart);
    for (int i = 0; i < 60; ++i) session.on_text(kWatch, kStart);
    EXPECT_EQ(listener.messages, 19);
    EXPECT_EQ(line.sent.size(), 2U);
    EXPECT_EQ(line.last_error(), "rate-limit");
    EXPECT_EQ(line.closed, 0);
    session.on_text(kWatch, kStart + seconds(1));
    EXPECT_EQ(listener.messages, 20);
}

TEST_F(PageSessionTest, hears_a_hangup_above_the_rate) {
    PageSession session = page(line);
    session.on_text(kHello, kStart);
    for (int i = 0; i < 30; ++i) session.on_text(kWatch, kStart);
    EXPECT_EQ(listener.messages, 19);
    session.on_text(kHangUp, kStart);
    EXPECT_EQ(listener.messages, 20);
}

TEST_F(PageSessionTest, closes_on_one_who_floods_on_and_on) {
    PageSession session = page(line);
    session.on_text(kHello, kStart);
    for (int i = 0; i < 200; ++i) session.on_text(kWatch, kStart);
    EXPECT_EQ(line.closed, 1008);
    session.on_text(kWatch, kStart + std::chrono::hours(1));
    EXPECT_EQ(listener.messages, 19);
}

TEST_F(PageSessionTest, bears_twice_the_rate_for_ever) {
    PageSession session = page(line);
    session.on_text(kHello, kStart);
    for (int i = 0; i < 2000; ++i) session.on_text(kWatch, kStart + i * milliseconds(51));
    EXPECT_EQ(line.closed, 0);
}

TEST_F(PageSessionTest, closes_on_a_flood_of_pings) {
    PageSession session = page(line);
    for (int i = 0; i < 200; ++i) session.on_control_frame(kStart);
    EXPECT_EQ(line.closed, 1008);
}

TEST_F(PageSessionTest, passwords_are_tried_at_a_bounded_rate_over_all_pages) {
    std::vector<std::unique_ptr<NotedLine>> lines;
    std::vector<std::unique_ptr<PageSession>> sessions;
    for (int i = 0; i < 30; ++i) {
        lines.push_back(std::make_unique<NotedLine>());
        sessions.push_back(
            std::make_unique<PageSession>(door, *lines.back(), "https://a.example", SocketAddress()));
        sessions.back()->on_text(kPassword, kStart);
    }
    EXPECT_EQ(listener.asked, 20);
    EXPECT_EQ(lines.back()->last_error(), "rate-limit");
}

TEST_F(PageSessionTest, survives_the_end_of_its_door) {
    PageSession session = page(line);
    session.on_text(kHello, kStart);
    door->listener = nullptr;
    session.on_text(kWatch, kStart);
    session.on_closed();
    EXPECT_EQ(listener.messages, 0);
    EXPECT_TRUE(listener.closed.empty());
}

}  // namespace
}  // namespace causeway::http
