// An identity desk between a call that asks and servers on loopback that know.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/app/identity_desk.hpp"
#include "tests/integration/fetch/fetch_fixture.hpp"

namespace causeway::app {

class Desk : public fetch::Fetching {
  protected:
    Desk() {
        config_->fetch.ca_file = ca_file_;
        config_->fetch.private_hosts = {"localhost"};
    }
    ~Desk() override {
        if (!roots_file_.empty()) ::unlink(roots_file_.c_str());
    }

    void open() {
        desk_ = std::make_unique<IdentityDesk>(
            io_, config_, token_key_, counters_,
            [this](CallId call, const call::Event& event) { answers_.emplace_back(call, event); });
    }

    /// A server of documents by path; others are 404.
    std::unique_ptr<test::HttpsServer> library() {
        return serve([this](test::Wire& wire) {
            std::string body;
            {
                const std::lock_guard lock(mutex_);
                last_request_ = wire.request();
                const auto found = documents_.find(wire.path());
                if (found != documents_.end()) body = found->second;
            }
            if (body.empty()) {
                wire.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            } else {
                wire.answer(body, "Cache-Control: max-age=600\r\n");
            }
        });
    }
    void put(const std::string& path, const std::string& body) {
        const std::lock_guard lock(mutex_);
        documents_[path] = body;
    }
    std::string last_request() {
        const std::lock_guard lock(mutex_);
        return last_request_;
    }

    void run_until_answers(std::size_t count) {
        run_until([&] { return answers_.size() >= count; });
    }
    template <class Event>
    const Event& answer(std::size_t index) const {
        return std::get<Event>(answers_.at(index).second);
    }

    /// Trusts the certificates of `root` for PASSporTs.
    void trust(const test::TestCertificate& root) {
        roots_file_ = testing::TempDir() + "desk-roots-XXXXXX";
        const int file = ::mkstemp(roots_file_.data());
        if (file >= 0) ::close(file);
        std::ofstream(roots_file_) << root.pem();
        config_->stir.roots = roots_file_;
    }

    static std::int64_t now() {
        return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    }

    std::shared_ptr<config::Config> config_ = std::make_shared<config::Config>();
    jose::SigningKey token_key_ = jose::SigningKey::generate();
    std::vector<std::pair<CallId, call::Event>> answers_;
    std::unique_ptr<IdentityDesk> desk_;

  private:
    std::mutex mutex_;
    std::map<std::string, std::string> documents_;
    std::string last_request_;
    std::string roots_file_;
};

}  // namespace causeway::app
