// Plain HTTP at the door: files, metrics, refusals, and strangers who waste time.
#include <sstream>

#include "tests/integration/http/door_fixture.hpp"

namespace causeway::http::testing {
namespace {

using beast::http::field;
using beast::http::verb;

TEST(HttpDoor, serves_the_page_and_the_script) {
    RunningDoor door;
    const auto page = request(door.port(), verb::get, "/");
    EXPECT_EQ(page.result_int(), 200U);
    EXPECT_NE(page.body().find("<title>Causeway phone</title>"), std::string::npos);
    const auto script = request(door.port(), verb::get, "/causeway.js");
    EXPECT_EQ(script[field::content_type], "text/javascript; charset=utf-8");
    EXPECT_EQ(script[field::access_control_allow_origin], "*");
    EXPECT_EQ(request(door.port(), verb::get, "/causeway.js", std::string(script[field::etag])).result_int(),
              304U);
}

TEST(HttpDoor, head_tells_the_length_without_the_body) {
    RunningDoor door;
    const auto full = request(door.port(), verb::get, "/causeway.js");
    const auto head = request(door.port(), verb::head, "/causeway.js");
    EXPECT_EQ(head[field::content_length], std::to_string(full.body().size()));
    EXPECT_TRUE(head.body().empty());
}

TEST(HttpDoor, counts_and_shows_its_counters) {
    RunningDoor door;
    EXPECT_EQ(request(door.port(), verb::get, "/healthz").body(), "ok\n");
    const std::string metrics = request(door.port(), verb::get, "/metrics").body();
    EXPECT_NE(metrics.find("\ncauseway_http_requests_total 2\n"), std::string::npos) << metrics;
}

TEST(HttpDoor, refuses_with_a_reason) {
    RunningDoor door;
    EXPECT_EQ(request(door.port(), verb::get, "/nothing").result_int(), 404U);
    EXPECT_EQ(request(door.port(), verb::post, "/").result_int(), 405U);
    EXPECT_EQ(request(door.port(), verb::get, "/v1/ws").result_int(), 400U);
    EXPECT_FALSE(request(door.port(), verb::get, "/nothing").body().empty());
}

TEST(HttpDoor, answers_several_requests_on_one_connection) {
    RunningDoor door;
    const std::string answers = raw_exchange(door.port(),
                                             "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                                             "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answers.find("200 OK"), answers.rfind("200 OK"));
}

TEST(HttpDoor, answers_garbage_and_excess_with_their_statuses_and_closes) {
    RunningDoor door;
    EXPECT_EQ(raw_exchange(door.port(), "rubbish\r\n\r\n").substr(0, 12), "HTTP/1.1 400");
    EXPECT_EQ(raw_exchange(door.port(), "GET / HTTP/1.1\r\nX: " + std::string(20000, 'x')).substr(0, 12),
              "HTTP/1.1 431");
    EXPECT_EQ(raw_exchange(door.port(), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
                  .substr(0, 12),
              "HTTP/1.1 413");
    EXPECT_EQ(request(door.port(), verb::get, "/healthz").result_int(), 200U);
}

/// Answers below /v1/tokens with what it was sent; noted on the door's thread.
WebDoorSettings echoing_settings() {
    WebDoorSettings settings = door_settings();
    settings.serve = [](const WebRequest& request) -> std::optional<WebAnswer> {
        if (request.path != "/v1/tokens") return std::nullopt;
        return WebAnswer{.status = 201,
                         .content_type = "text/plain",
                         .body = request.method + ' ' + request.authorization + ' ' + request.body};
    };
    return settings;
}

std::string post(const std::string& path, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nConnection: close\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(HttpDoor, hands_requests_to_whoever_serves_their_path) {
    RunningDoor door(echoing_settings());
    const std::string body(65536, 'b');
    const std::string answered = raw_exchange(door.port(), post("/v1/tokens?x", body));
    EXPECT_EQ(answered.substr(0, 12), "HTTP/1.1 201");
    EXPECT_NE(answered.find("\r\nX-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_NE(answered.find("\r\n\r\nPOST Bearer key " + body), std::string::npos);
    EXPECT_EQ(raw_exchange(door.port(), post("/elsewhere", "x")).substr(0, 12), "HTTP/1.1 405");
}

TEST(HttpDoor, a_head_of_a_served_path_tells_the_length_without_the_body) {
    RunningDoor door(echoing_settings());
    const auto head = request(door.port(), verb::head, "/v1/tokens");
    EXPECT_EQ(head.result_int(), 201U);
    EXPECT_EQ(head[field::content_length], "5");
    EXPECT_TRUE(head.body().empty());
}

TEST(HttpDoor, takes_64_kib_by_post_and_1_kib_otherwise_counted_or_in_chunks) {
    RunningDoor door(echoing_settings());
    EXPECT_EQ(raw_exchange(door.port(), post("/v1/tokens", std::string(65537, 'b'))).substr(0, 12),
              "HTTP/1.1 413");
    const auto chunked = [&](const std::string& method, std::size_t size) {
        std::stringstream text;
        text << method << " /v1/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
             << "Connection: close\r\n\r\n"
             << std::hex << size << "\r\n"
             << std::string(size, 'b') << "\r\n0\r\n\r\n";
        return raw_exchange(door.port(), text.str()).substr(0, 12);
    };
    EXPECT_EQ(chunked("POST", 65536), "HTTP/1.1 201");
    EXPECT_EQ(chunked("POST", 65537), "HTTP/1.1 413");
    EXPECT_EQ(chunked("GET", 1024), "HTTP/1.1 201");
    EXPECT_EQ(chunked("GET", 1025), "HTTP/1.1 413");
    EXPECT_EQ(
        raw_exchange(door.port(), "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n").substr(0, 12),
        "HTTP/1.1 413");
}

TEST(HttpDoor, an_upgrade_elsewhere_is_no_page_protocol) {
    RunningDoor door;
    Page page(door.port(), "https://shop.example", "/other");
    EXPECT_TRUE(page.upgrade_error);
    EXPECT_EQ(page.response.result_int(), 404U);
}

TEST(HttpDoor, connections_above_the_limit_are_closed_at_once_and_places_come_free) {
    WebDoorSettings settings = door_settings();
    settings.max_connections = 2;
    RunningDoor door(settings);
    {
        Page first(door.port());
        Page second(door.port());
        first.hello();
        second.hello();
        EXPECT_EQ(raw_exchange(door.port(), ""), "");
        EXPECT_EQ(door.count("http_connections_refused"), 1U);
    }
    ASSERT_TRUE(door.listener.wait_until([&] { return door.listener.closed.size() == 2; }));
    Page third(door.port());
    EXPECT_EQ(third.hello().at("type"), "welcome");
}

TEST(HttpDoor, a_port_in_use_is_an_error_with_the_address) {
    RunningDoor door;
    asio::io_context io;
    WebDoorSettings settings = door_settings();
    settings.listen = settings.listen.with_port(door.port());
    Counters counters;
    NotingListener listener;
    try {
        const WebDoor second(io, settings, counters, listener);
        FAIL() << "two doors on one port";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find(settings.listen.to_string()), std::string::npos)
            << error.what();
    }
}

TEST(HttpDoor, can_be_destroyed_with_its_loop_never_run_again) {
    asio::io_context io;
    Counters counters;
    NotingListener listener;
    asio::io_context client_io;
    std::optional<WebDoor> door(std::in_place, io, door_settings(), counters, listener);
    const auto socket = connect(client_io, door->port());
    io.run_for(std::chrono::milliseconds(20));
    door.reset();
    EXPECT_EQ(counters.snapshot()["http_connections_accepted"], 1U);
}

}  // namespace
}  // namespace causeway::http::testing
