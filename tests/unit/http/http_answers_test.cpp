#include "gateway/http/http_answers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/http/door_state.hpp"

namespace causeway::http {
namespace {

struct NoListener : WebDoorListener {
    std::optional<Authenticated> authenticate(SessionId, const Hello&) override { return std::nullopt; }
    void on_session_open(const SessionInfo&) override {}
    void on_message(SessionId, ClientMessage) override {}
    void on_session_closed(SessionId) override {}
};

struct HttpAnswersTest : ::testing::Test {
    static WebDoorSettings settings() {
        WebDoorSettings out;
        out.gauges = [] { return std::map<std::string, double>{{"calls_running", 3}}; };
        return out;
    }
    HttpAnswer get(std::string target, std::string tag = "", std::string host = "gw.example:8088") const {
        return answer(
            {.method = "GET", .target = std::move(target), .host = std::move(host), .if_none_match = tag},
            door);
    }

    Counters counters;
    NoListener listener;
    DoorState door{settings(), counters, listener};
};

std::string header(const HttpAnswer& answer, const std::string& name) {
    const auto found = std::find_if(answer.headers.begin(), answer.headers.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == answer.headers.end() ? "" : found->second;
}

TEST_F(HttpAnswersTest, the_page_and_its_files_are_there) {
    EXPECT_NE(get("/").body.find("<title>Causeway phone</title>"), std::string::npos);
    EXPECT_NE(get("/client.js?v=1").body.find("export class Causeway"), std::string::npos);
    for (const auto& [path, type] :
         std::map<std::string, std::string>{{"/", "text/html; charset=utf-8"},
                                            {"/phone.js", "text/javascript; charset=utf-8"},
                                            {"/dashboard", "text/html; charset=utf-8"},
                                            {"/dashboard.js", "text/javascript; charset=utf-8"},
                                            {"/identity.js", "text/javascript; charset=utf-8"},
                                            {"/caller.js", "text/javascript; charset=utf-8"},
                                            {"/sounds.js", "text/javascript; charset=utf-8"},
                                            {"/phone.css", "text/css; charset=utf-8"},
                                            {"/icons.svg", "image/svg+xml"}}) {
        const HttpAnswer found = get(path);
        EXPECT_EQ(found.status, 200) << path;
        EXPECT_EQ(header(found, "Content-Type"), type) << path;
        EXPECT_EQ(header(found, "Access-Control-Allow-Origin"), "*") << path;
        EXPECT_EQ(header(found, "X-Content-Type-Options"), "nosniff") << path;
    }
}

TEST_F(HttpAnswersTest, every_file_that_the_page_names_exists) {
    for (const std::string path : {"/", "/phone.js", "/phone_view.js", "/causeway.js", "/client.js",
                                   "/call.js", "/call_element.js", "/dashboard", "/dashboard.js"}) {
        const std::string body = get(path).body;
        for (const std::string mark : {"src=\"/", "href=\"/", "from \"./"}) {
            for (std::size_t at = body.find(mark); at != std::string::npos; at = body.find(mark, at + 1)) {
                const std::size_t start = at + mark.size();
                const std::string name = body.substr(start, body.find_first_of("\"#", start) - start);
                EXPECT_EQ(get("/" + name).status, 200) << name;
            }
        }
    }
}

TEST_F(HttpAnswersTest, the_page_may_run_own_scripts_only_and_connect_home_only) {
    const std::string policy = header(get("/"), "Content-Security-Policy");
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
    EXPECT_NE(policy.find("connect-src 'self' ws://gw.example:8088 wss://gw.example:8088"),
              std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    for (const char* page : {"/", "/dashboard"}) {
        EXPECT_EQ(get(page).body.find("<style"), std::string::npos);
        EXPECT_EQ(get(page).body.find("style="), std::string::npos);
        EXPECT_EQ(get(page).body.find("onclick="), std::string::npos);
    }
}

TEST_F(HttpAnswersTest, scripts_put_the_words_of_strangers_in_as_text) {
    for (const char* path : {"/phone.js", "/phone_view.js", "/caller.js", "/dashboard.js"}) {
        const std::string body = get(path).body;
        ASSERT_FALSE(body.empty()) << path;
        for (const char* markup : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"}) {
            EXPECT_EQ(body.find(markup), std::string::npos) << path << ": " << markup;
        }
    }
}

TEST_F(HttpAnswersTest, the_script_demands_no_peer_identity_of_the_browser) {
    // It would make Firefox offer c-webrtc only, which a gateway must refuse (RFC 8833 §3).
    const std::string body = get("/call.js").body;
    const std::size_t start = body.find("new RTCPeerConnection(");
    ASSERT_NE(start, std::string::npos);
    EXPECT_EQ(body.substr(start, body.find(");", start) - start).find("peerIdentity"), std::string::npos);
    EXPECT_EQ(body.find("new RTCPeerConnection(", start + 1), std::string::npos);
}

TEST_F(HttpAnswersTest, a_forged_host_does_not_reach_the_policy) {
    EXPECT_EQ(header(get("/", "", "x; script-src *"), "Content-Security-Policy").find("script-src *"),
              std::string::npos);
}

TEST_F(HttpAnswersTest, an_unchanged_file_is_not_sent_again) {
    const std::string tag = header(get("/causeway.js"), "ETag");
    ASSERT_FALSE(tag.empty());
    EXPECT_EQ(get("/causeway.js", tag).status, 304);
    EXPECT_TRUE(get("/causeway.js", tag).body.empty());
    EXPECT_EQ(get("/causeway.js", "\"other\"").status, 200);
}

TEST_F(HttpAnswersTest, unknown_addresses_and_methods_are_refused_with_a_reason) {
    for (const char* path : {"/nothing", "/../etc/passwd", "//", "/index.html/", "*", ""}) {
        EXPECT_EQ(get(path).status, 404) << path;
        EXPECT_FALSE(get(path).body.empty());
    }
    const HttpAnswer refused =
        answer({.method = "POST", .target = "/", .host = "", .if_none_match = ""}, door);
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(header(refused, "Allow"), "GET, HEAD");
    EXPECT_EQ(get("/v1/ws").status, 400);
}

TEST_F(HttpAnswersTest, health_follows_the_door) {
    EXPECT_EQ(get("/healthz").status, 200);
    door.closing = true;
    EXPECT_EQ(get("/healthz").status, 503);
}

TEST_F(HttpAnswersTest, metrics_are_counters_and_gauges_in_prometheus_text) {
    counters.counter("rtp_wrong_source").add(7);
    const std::string body = get("/metrics").body;
    EXPECT_NE(
        body.find("# TYPE causeway_rtp_wrong_source_total counter\ncauseway_rtp_wrong_source_total 7\n"),
        std::string::npos);
    EXPECT_NE(body.find("# TYPE causeway_calls_running gauge\ncauseway_calls_running 3\n"),
              std::string::npos);
}

TEST(MetricsText, labelled_gauges_of_one_name_are_typed_once) {
    EXPECT_EQ(metrics_text({}, {{"media_busy{worker=\"0\"}", 0.25}, {"media_busy{worker=\"1\"}", 0.5}}),
              "# TYPE causeway_media_busy gauge\n"
              "causeway_media_busy{worker=\"0\"} 0.25\ncauseway_media_busy{worker=\"1\"} 0.5\n");
}

/// A door behind which somebody else answers below /identity, and notes what was asked.
struct ServedAnswersTest : HttpAnswersTest {
    ServedAnswersTest() : served{with_serve(), counters, listener} {}
    WebDoorSettings with_serve() {
        WebDoorSettings out;
        out.serve = [this](const WebRequest& request) -> std::optional<WebAnswer> {
            asked.push_back(request);
            if (request.path != "/identity/verify") return std::nullopt;
            return WebAnswer{.status = 403,
                             .body = "{}",
                             .headers = {{"cache-control", "max-age=60"}, {"Retry-After", "5"}}};
        };
        return out;
    }

    std::vector<WebRequest> asked;
    DoorState served;
};

TEST_F(ServedAnswersTest, the_path_the_body_and_the_authorization_are_asked_first) {
    const HttpAnswer found = answer({.method = "POST",
                                     .target = "/identity/verify?x=1",
                                     .host = "gw.example",
                                     .if_none_match = "",
                                     .authorization = "Bearer b",
                                     .body = "token"},
                                    served);
    EXPECT_EQ(found.status, 403);
    EXPECT_EQ(found.body, "{}");
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].method, "POST");
    EXPECT_EQ(asked[0].path, "/identity/verify");
    EXPECT_EQ(asked[0].body, "token");
    EXPECT_EQ(asked[0].authorization, "Bearer b");
}

TEST_F(ServedAnswersTest, its_answer_carries_the_doors_security_headers_and_its_own) {
    const HttpAnswer found =
        answer({.method = "GET", .target = "/identity/verify", .host = "", .if_none_match = ""}, served);
    EXPECT_EQ(header(found, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(found, "Referrer-Policy"), "no-referrer");
    EXPECT_NE(header(found, "Content-Security-Policy").find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(header(found, "Content-Type"), "application/json");
    EXPECT_EQ(header(found, "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(header(found, "Retry-After"), "5");
    EXPECT_EQ(header(found, "Cache-Control"), "");
    EXPECT_EQ(header(found, "cache-control"), "max-age=60");
}

TEST_F(ServedAnswersTest, a_head_is_asked_as_a_get) {
    answer({.method = "HEAD", .target = "/identity/verify", .host = "", .if_none_match = ""}, served);
    EXPECT_EQ(asked.at(0).method, "GET");
}

TEST_F(ServedAnswersTest, what_it_does_not_know_is_the_doors_own) {
    const HttpAnswer health =
        answer({.method = "GET", .target = "/healthz", .host = "", .if_none_match = ""}, served);
    EXPECT_EQ(health.body, "ok\n");
    const HttpAnswer refused =
        answer({.method = "POST", .target = "/nothing", .host = "", .if_none_match = ""}, served);
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(asked.size(), 2U);
}

}  // namespace
}  // namespace causeway::http
