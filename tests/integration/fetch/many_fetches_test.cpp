// Many fetches at once: places, lines, merging, endings, and the cache on top with a server that changes.
#include <gtest/gtest.h>

#include <list>

#include "gateway/fetch/document_cache.hpp"
#include "tests/integration/fetch/fetch_fixture.hpp"

namespace causeway::fetch {
namespace {

using namespace std::chrono_literals;
using test::Wire;

TEST_F(Fetching, parallel_fetches_of_one_url_are_one_at_the_server) {
    const auto server = serve([](Wire& wire) { wire.answer("shared"); });
    std::list<Slot> slots(20);
    for (Slot& slot : slots) fetch_->get(server->url("/keys"), slot.done());
    for (Slot& slot : slots) run_until([&] { return slot.times > 0; });
    for (const Slot& slot : slots) EXPECT_EQ(slot.text, "shared");
    EXPECT_EQ(server->requests("/keys"), 1);
    EXPECT_EQ(server->connections(), 1);
    EXPECT_EQ(counted("fetch_joined"), 19U);
    EXPECT_EQ(fetched(server->url("/keys")), "shared");
    EXPECT_EQ(server->requests("/keys"), 2) << "afterwards it is another one";
}

TEST_F(Fetching, posts_are_never_merged) {
    const auto server = serve([](Wire& wire) { wire.answer("ok"); });
    std::list<Slot> slots(3);
    for (Slot& slot : slots) fetch_->post_form(server->url("/i"), "token=1", "", "", slot.done());
    for (Slot& slot : slots) run_until([&] { return slot.times > 0; });
    EXPECT_EQ(server->requests("/i"), 3);
}

TEST_F(Fetching, a_slow_server_does_not_disturb_fifty_fetches_from_another) {
    const auto slow = serve([](Wire& wire) { wire.hang(); });
    const auto quick = serve([](Wire& wire) { wire.answer("quick " + wire.path()); });
    std::list<Slot> stuck(60);
    int number = 0;
    for (Slot& slot : stuck) fetch_->get(slow->url("/" + std::to_string(number++)), slot.done());
    run_until([&] { return slow->open_now() == 4; });
    std::list<Slot> slots(50);
    number = 0;
    for (Slot& slot : slots) {
        fetch_->get(quick->url("/" + std::to_string(number++), "127.0.0.1"), slot.done());
    }
    for (Slot& slot : slots) run_until([&] { return slot.times > 0; });
    number = 0;
    for (const Slot& slot : slots) EXPECT_EQ(slot.text, "quick /" + std::to_string(number++));
    EXPECT_EQ(slow->connections(), 4);
    for (const Slot& slot : stuck) EXPECT_EQ(slot.times, 0) << "the slow server's time is not over yet";
}

TEST_F(Fetching, the_line_for_one_host_is_bounded_and_its_time_counts) {
    FetchSettings settings = usual_settings();
    settings.time = 1s;
    make(settings);
    const auto slow = serve([](Wire& wire) { wire.hang(); });
    std::list<Slot> slots(4 + 64 + 1);
    int number = 0;
    for (Slot& slot : slots) fetch_->get(slow->url("/" + std::to_string(number++)), slot.done());
    for (Slot& slot : slots) run_until([&] { return slot.times > 0; });
    EXPECT_EQ(slots.back().text, "error: too many fetches");
    EXPECT_EQ(slots.front().text, "error: time-out");
    EXPECT_EQ(counted("fetch_refused_busy"), 1U);
    EXPECT_EQ(counted("fetch_timed_out"), 68U);
    // All places are free again.
    const auto quick = serve([](Wire& wire) { wire.answer("free"); });
    EXPECT_EQ(fetched(quick->url("/")), "free");
}

TEST_F(Fetching, one_server_of_many_names_leaves_half_of_the_places) {
    FetchSettings settings = usual_settings();
    settings.most_at_once = 4;
    make(settings);
    const auto slow = serve([](Wire& wire) { wire.hang(); });
    Slot first, second, third;
    fetch_->get(slow->url("/1"), first.done());
    fetch_->get(slow->url("/2"), second.done());
    run_until([&] { return slow->open_now() == 2; });
    fetch_->get(slow->url("/3", "127.0.0.1"), third.done());
    run_until([&] { return third.times > 0; });
    EXPECT_EQ(third.text, "error: too many fetches from one address");
}

TEST_F(Fetching, after_the_end_in_mid_fetch_nobody_is_called) {
    const auto server = serve([](Wire& wire) {
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        wire.hang();
    });
    const auto mute = serve(nullptr);
    std::list<Slot> slots(6);
    auto slot = slots.begin();
    fetch_->get(server->url("/body"), (slot++)->done());
    fetch_->get(server->url("/body"), (slot++)->done());
    fetch_->get(mute->url("/handshake", "127.0.0.1"), (slot++)->done());
    run_until([&] { return server->requests("/body") == 1 && mute->open_now() == 1; });
    fetch_->get(server->url("/looking-up"), (slot++)->done());
    fetch_->get("http://refused/", (slot++)->done());
    fetch_->post_form(server->url("/post"), "x", "", "", (slot++)->done());
    fetch_.reset();
    run_until([&] { return server->open_now() == 0 && mute->open_now() == 0; });
    io_.restart();
    io_.run();
    for (const Slot& each : slots) EXPECT_EQ(each.times, 0);
}

TEST_F(Fetching, whoever_is_answered_may_end_it_all) {
    const auto server = serve([](Wire& wire) { wire.answer("x"); });
    Slot second;
    bool first = false;
    fetch_->get(server->url("/"), [&](const Result<Document>&) {
        first = true;
        fetch_.reset();
    });
    fetch_->get(server->url("/"), second.done());
    run_until([&] { return first; });
    io_.restart();
    io_.run();
    EXPECT_EQ(second.times, 0);
}

/// The cache with a clock of the test's own over real fetches.
class CachedFetching : public Fetching {
  protected:
    std::string ask(void (DocumentCache::*how)(const std::string&, DocumentDone), const std::string& url) {
        std::string answer;
        (cache_.*how)(url, [&](const Result<std::string>& body) {
            answer = body ? *body : "error: " + body.error().detail;
        });
        run_until([&] { return !answer.empty(); });
        return answer;
    }
    std::string get(const std::string& url) { return ask(&DocumentCache::get, url); }
    std::string renew(const std::string& url) { return ask(&DocumentCache::renew, url); }

    Instant now_{1000h};
    DocumentCache cache_{*fetch_, {}, [this] { return now_; }};
};

TEST_F(CachedFetching, rotated_keys_are_found_by_a_renewal_once_a_minute) {
    std::atomic<int> key{1};
    const auto server = serve(
        [&](Wire& wire) { wire.answer("key " + std::to_string(key), "Cache-Control: max-age=3600\r\n"); });
    const std::string url = server->url("/jwks");
    EXPECT_EQ(get(url), "key 1");
    key = 2;
    EXPECT_EQ(get(url), "key 1");
    EXPECT_EQ(renew(url), "key 2");
    EXPECT_EQ(get(url), "key 2");
    key = 3;
    EXPECT_EQ(renew(url), "key 2");
    EXPECT_EQ(server->requests("/jwks"), 2);
    now_ += 60s;
    EXPECT_EQ(renew(url), "key 3");
}

TEST_F(CachedFetching, a_copy_outlives_its_server_for_a_day) {
    std::string url;
    {
        const auto server = serve([](Wire& wire) { wire.answer("keys", "Cache-Control: max-age=100\r\n"); });
        url = server->url("/jwks");
        EXPECT_EQ(get(url), "keys");
    }
    now_ += 101s;
    EXPECT_EQ(get(url), "keys");
    now_ += 24h;
    const std::string words = get(url);
    EXPECT_EQ(words.rfind("error: connect: ", 0), 0U) << words;
}

}  // namespace
}  // namespace causeway::fetch
