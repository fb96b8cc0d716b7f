// One fetch at a time: what is taken, what is refused and in which words.
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/integration/fetch/fetch_fixture.hpp"

namespace causeway::fetch {
namespace {

using namespace std::chrono_literals;
using test::Wire;

TEST_F(Fetching, a_document_comes_with_its_freshness) {
    std::string request;
    const auto server = serve([&](Wire& wire) {
        request = wire.request();
        wire.answer("hello", "Cache-Control: public\r\nCache-Control: max-age=300\r\nAge: 100\r\n");
    });
    Slot slot;
    fetch_->get(server->url("/a?b=c"), slot.done());
    EXPECT_EQ(slot.times, 0) << "never before the call returns";
    run_until([&] { return slot.times > 0; });
    EXPECT_EQ(slot.text, "hello");
    EXPECT_EQ(slot.fresh_for, 200s);
    EXPECT_EQ(request.rfind("GET /a?b=c HTTP/1.1\r\n", 0), 0U) << request;
    EXPECT_NE(request.find("Host: localhost:" + std::to_string(server->port()) + "\r\n"), request.npos);
    EXPECT_NE(request.find("Connection: close\r\n"), request.npos);
    EXPECT_EQ(counted("fetch_started"), 1U);
    EXPECT_EQ(counted("fetch_failed"), 0U);
}

TEST_F(Fetching, a_chunked_body_and_one_that_ends_with_the_connection_are_taken) {
    const auto server = serve([](Wire& wire) {
        if (wire.path() == "/chunked") {
            wire.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        } else {
            wire.send("HTTP/1.1 200 OK\r\n\r\nto the end");
        }
    });
    EXPECT_EQ(fetched(server->url("/chunked")), "abcde");
    EXPECT_EQ(fetched(server->url("/end")), "to the end");
}

TEST_F(Fetching, an_address_literal_that_is_listed_is_verified_as_an_address) {
    const auto server = serve([](Wire& wire) { wire.answer("by number"); });
    EXPECT_EQ(fetched(server->url("/", "127.0.0.1")), "by number");
}

TEST_F(Fetching, a_form_is_posted_with_basic_authorisation) {
    std::string request;
    const auto server = serve([&](Wire& wire) {
        request = wire.request();
        wire.answer("{\"active\":true}");
    });
    Slot slot;
    fetch_->post_form(server->url("/introspect"), "token=abc", "Aladdin", "open: sesame", slot.done());
    run_until([&] { return slot.times > 0; });
    EXPECT_EQ(slot.text, "{\"active\":true}");
    EXPECT_EQ(request.rfind("POST /introspect HTTP/1.1\r\n", 0), 0U) << request;
    EXPECT_NE(request.find("Content-Type: application/x-www-form-urlencoded\r\n"), request.npos);
    // "Aladdin:open%3A+sesame"
    EXPECT_NE(request.find("Authorization: Basic QWxhZGRpbjpvcGVuJTNBK3Nlc2FtZQ==\r\n"), request.npos)
        << request;
    EXPECT_EQ(request.substr(request.size() - 9), "token=abc");
}

TEST_F(Fetching, a_certificate_for_another_host_is_refused) {
    const auto server = serve_as(root_, {"other.example"}, [](Wire& wire) { wire.answer("evil"); });
    EXPECT_EQ(fetched(server->url("/")), "error: TLS: hostname mismatch");
    EXPECT_EQ(server->requests("/"), 0);
}

TEST_F(Fetching, a_certificate_of_an_unknown_authority_is_refused) {
    const auto stranger = test::TestCertificate::root({.common_name = "Stranger"});
    const auto server = serve_as(stranger, {"localhost"}, [](Wire& wire) { wire.answer("evil"); });
    EXPECT_EQ(fetched(server->url("/")), "error: TLS: unable to get local issuer certificate");
    EXPECT_EQ(server->requests("/"), 0);
    EXPECT_EQ(counted("fetch_failed"), 1U);
}

TEST_F(Fetching, roots_that_cannot_be_read_are_an_error_of_the_configuration) {
    FetchSettings settings = usual_settings();
    settings.ca_file = "/does/not/exist.pem";
    EXPECT_THROW(make(settings), std::runtime_error);
}

TEST_F(Fetching, a_redirect_is_not_followed) {
    const auto server = serve([](Wire& wire) {
        if (wire.path() == "/to") return wire.answer("there");
        wire.send("HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 99999999999\r\n\r\n");
    });
    EXPECT_EQ(fetched(server->url("/from")), "error: redirect");
    EXPECT_EQ(server->requests("/to"), 0);
}

TEST_F(Fetching, another_status_than_200_is_an_error) {
    const auto server = serve([](Wire& wire) {
        wire.send("HTTP/1.1 " + wire.path().substr(1) + " Evil words\r\nContent-Length: 0\r\n\r\n");
    });
    EXPECT_EQ(fetched(server->url("/404")), "error: status 404");
    EXPECT_EQ(fetched(server->url("/503")), "error: status 503");
    EXPECT_EQ(fetched(server->url("/204")), "error: status 204");
    EXPECT_EQ(fetched(server->url("/103")), "error: status 103");
}

TEST_F(Fetching, an_answer_that_is_not_http_is_refused) {
    const auto server = serve([](Wire& wire) {
        if (wire.path() == "/nothing") return;
        wire.send("SSH-2.0-evil\x1b[2J\nwords\r\n\r\n");
    });
    const std::string words = fetched(server->url("/"));
    EXPECT_EQ(words.rfind("error: not HTTP: ", 0), 0U) << words;
    EXPECT_EQ(words.find("evil"), words.npos);
    EXPECT_EQ(words.find('\n'), words.npos);
    EXPECT_EQ(fetched(server->url("/nothing")), "error: connection lost");
}

TEST_F(Fetching, an_encoded_body_is_refused) {
    const auto server = serve([](Wire& wire) {
        wire.answer("x",
                    wire.path() == "/gzip" ? "Content-Encoding: gzip\r\n" : "Content-Encoding: Identity\r\n");
    });
    EXPECT_EQ(fetched(server->url("/gzip")), "error: encoded content");
    EXPECT_EQ(fetched(server->url("/plain")), "x");
}

TEST_F(Fetching, a_body_of_100_megabytes_is_refused_at_its_announcement) {
    const auto server = serve([](Wire& wire) {
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        wire.hang();
    });
    EXPECT_EQ(fetched(server->url("/")), "error: too long");
}

TEST_F(Fetching, a_chunked_body_of_100_megabytes_is_cut_at_the_limit) {
    std::atomic<std::size_t> sent{0};
    std::atomic<bool> over{false};
    const auto server = serve([&](Wire& wire) {
        const std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (sent < 104857600 && wire.send(chunk)) sent += 0x4000;
        over = true;
    });
    EXPECT_EQ(fetched(server->url("/")), "error: too long");
    run_until([&] { return over.load(); });
    EXPECT_LT(sent, 104857600U);
}

TEST_F(Fetching, the_limit_of_a_body_is_exact) {
    FetchSettings settings = usual_settings();
    settings.longest_body = 10;
    make(settings);
    const auto server = serve([](Wire& wire) {
        const std::string body(wire.path().back() == '0' ? 10 : 11, 'x');
        if (wire.path().rfind("/told", 0) == 0) return wire.answer(body);
        if (wire.path().rfind("/end", 0) == 0) {
            wire.send("HTTP/1.1 200 OK\r\n\r\n" + body);
            return;
        }
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (const char c : body) wire.send(std::string("1\r\n") + c + "\r\n");
        wire.send("0\r\n\r\n");
    });
    for (const char* way : {"/told", "/end", "/chunked"}) {
        EXPECT_EQ(fetched(server->url(std::string(way) + "10")), "xxxxxxxxxx") << way;
        EXPECT_EQ(fetched(server->url(std::string(way) + "11")), "error: too long") << way;
    }
}

TEST_F(Fetching, a_body_that_breaks_off_is_no_document) {
    const auto server =
        serve([](Wire& wire) { wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"); });
    const std::string words = fetched(server->url("/"));
    EXPECT_EQ(words.rfind("error: body incomplete", 0), 0U) << words;
}

TEST_F(Fetching, a_header_that_does_not_end_is_refused) {
    const auto server = serve([](Wire& wire) {
        wire.send("HTTP/1.1 200 OK\r\n");
        while (wire.send("X-More: " + std::string(100, 'x') + "\r\n")) {
        }
    });
    EXPECT_EQ(fetched(server->url("/")), "error: header too long");
}

TEST_F(Fetching, a_server_that_drips_is_cut_when_the_time_is_over) {
    FetchSettings settings = usual_settings();
    settings.time = 300ms;
    make(settings);
    const auto server = serve([](Wire& wire) {
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
        while (wire.send("x")) std::this_thread::sleep_for(10ms);
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(fetched(server->url("/")), "error: time-out");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms);
    run_until([&] { return server->open_now() == 0; });
    EXPECT_EQ(counted("fetch_timed_out"), 1U);
}

TEST_F(Fetching, a_tls_handshake_that_never_ends_is_cut_when_the_time_is_over) {
    FetchSettings settings = usual_settings();
    settings.time = 500ms;
    make(settings);
    const auto server = serve(nullptr);
    EXPECT_EQ(fetched(server->url("/", "127.0.0.1")), "error: time-out");
    run_until([&] { return server->open_now() == 0; });
    EXPECT_EQ(server->connections(), 1);
}

TEST_F(Fetching, a_port_where_nobody_listens_is_an_error_at_once) {
    std::string url;
    {
        url = serve([](Wire&) {})->url("/");
    }
    const std::string words = fetched(url);
    EXPECT_EQ(words.rfind("error: connect: ", 0), 0U) << words;
}

TEST_F(Fetching, a_name_that_leads_to_a_private_address_is_refused) {
    FetchSettings settings = usual_settings();
    settings.private_hosts = {"localhost:5000"};
    make(settings);
    EXPECT_EQ(fetched("https://localhost:8443/"), "error: address not allowed");
    EXPECT_EQ(counted("fetch_refused_address"), 1U);
}

TEST_F(Fetching, a_private_host_listed_with_its_port_is_fetched_from) {
    const auto server = serve([](Wire& wire) { wire.answer("ours"); });
    FetchSettings settings = usual_settings();
    settings.private_hosts = {"localhost:" + std::to_string(server->port())};
    make(settings);
    EXPECT_EQ(fetched(server->url("/")), "ours");
    EXPECT_EQ(fetched(server->url("/", "127.0.0.1")), "error: address not allowed");
    EXPECT_EQ(server->connections(), 1);
}

TEST_F(Fetching, a_url_that_breaks_the_rules_is_answered_later_and_counted) {
    Slot slot;
    fetch_->get("http://localhost/", slot.done());
    EXPECT_EQ(slot.times, 0);
    run_until([&] { return slot.times > 0; });
    EXPECT_EQ(slot.text, "error: https only");
    EXPECT_EQ(counted("fetch_refused_url"), 1U);
    EXPECT_EQ(counted("fetch_started"), 0U);
}

}  // namespace
}  // namespace causeway::fetch
