// What the tests of fetching share: a root of their own, a server's certificate, a loop and its fetcher.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "core/base/counters.hpp"
#include "gateway/fetch/web_fetch.hpp"
#include "tests/integration/fetch/https_server.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::fetch {

/// Where an answer goes: "" until it is there; errors as "error: ...".
struct Slot {
    std::string text;
    std::chrono::seconds fresh_for{0};
    int times = 0;

    FetchDone done() {
        return [this](const Result<Document>& result) {
            ++times;
            text = result ? result->body : "error: " + result.error().detail;
            if (result) fresh_for = result->fresh_for;
        };
    }
};

class Fetching : public testing::Test {
  protected:
    Fetching();
    ~Fetching() override;

    /// With the test's root and localhost and 127.0.0.1 as private hosts, unless `settings` say otherwise.
    FetchSettings usual_settings() const;
    void make(FetchSettings settings);
    std::unique_ptr<test::HttpsServer> serve(test::HttpsServer::Answer answer) const;
    /// For these names, signed by the test's root.
    std::unique_ptr<test::HttpsServer> serve_as(const test::TestCertificate& root,
                                                const std::vector<std::string>& names,
                                                test::HttpsServer::Answer answer) const;
    /// Runs the loop until `ready`; fails the test after ten seconds.
    void run_until(const std::function<bool()>& ready);
    std::string fetched(const std::string& url);
    std::uint64_t counted(const std::string& name) const;

    test::TestCertificate root_ = test::TestCertificate::root({.common_name = "Test Root"});
    std::string ca_file_;
    Counters counters_;
    boost::asio::io_context io_;
    std::unique_ptr<WebFetch> fetch_;
};

}  // namespace causeway::fetch
