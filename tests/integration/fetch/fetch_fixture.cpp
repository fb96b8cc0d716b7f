#include "tests/integration/fetch/fetch_fixture.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <fstream>

namespace causeway::fetch {

Fetching::Fetching() {
    std::string path = testing::TempDir() + "fetch-roots-XXXXXX";
    const int file = ::mkstemp(path.data());
    if (file >= 0) ::close(file);
    ca_file_ = path;
    std::ofstream(ca_file_) << root_.pem();
    make(usual_settings());
}

Fetching::~Fetching() {
    ::unlink(ca_file_.c_str());
}

FetchSettings Fetching::usual_settings() const {
    FetchSettings settings;
    settings.ca_file = ca_file_;
    settings.private_hosts = {"localhost", "127.0.0.1"};
    // Only where a test is about the time may it run out, however slow the machine.
    settings.time = std::chrono::seconds{9};
    return settings;
}

void Fetching::make(FetchSettings settings) {
    fetch_ = std::make_unique<WebFetch>(io_, std::move(settings), counters_);
}

std::unique_ptr<test::HttpsServer> Fetching::serve(test::HttpsServer::Answer answer) const {
    return serve_as(root_, {"localhost"}, std::move(answer));
}

std::unique_ptr<test::HttpsServer> Fetching::serve_as(const test::TestCertificate& root,
                                                      const std::vector<std::string>& names,
                                                      test::HttpsServer::Answer answer) const {
    test::CertificateWish wish;
    // RFC 5280 §4.2.1.6, in DER: the names as dNSName, and 127.0.0.1 as iPAddress.
    std::string list("\x87\x04\x7f\x00\x00\x01", 6);
    for (const std::string& name : names) {
        list += '\x82';
        list += static_cast<char>(name.size());
        list += name;
    }
    wish.extensions.push_back(
        {"2.5.29.17", std::string("\x30") + static_cast<char>(list.size()) + list, false});
    const test::TestCertificate leaf = root.issue(wish);
    return std::make_unique<test::HttpsServer>(leaf.chain_pem(), leaf.key_pem(), std::move(answer));
}

void Fetching::run_until(const std::function<bool()>& ready) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!ready()) {
        ASSERT_LT(std::chrono::steady_clock::now(), limit) << "nothing came";
        io_.restart();
        io_.run_one_for(std::chrono::milliseconds{20});
    }
}

std::string Fetching::fetched(const std::string& url) {
    Slot slot;
    fetch_->get(url, slot.done());
    run_until([&] { return slot.times > 0; });
    return slot.text;
}

std::uint64_t Fetching::counted(const std::string& name) const {
    const auto all = counters_.snapshot();
    const auto found = all.find(name);
    return found == all.end() ? 0 : found->second;
}

}  // namespace causeway::fetch
