// Verifies callers for the call room: fetches what verification needs, verifies, answers by an event. Keeps
// what must be remembered between calls: used assertions and PASSporTs, permissions in use, fetched
// documents. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/jose/certificate.hpp"
#include "gateway/call/ports.hpp"
#include "gateway/fetch/document_cache.hpp"
#include "gateway/fetch/web_fetch.hpp"
#include "gateway/identity/capability/capability_ledger.hpp"
#include "gateway/identity/replay_cache.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}

namespace causeway::app {

class IdentityDesk : public call::IdentityPort {
  public:
    /// `answer` takes CallerChecked and PassportsChecked, never before check_* has returned.
    using Answer = std::function<void(CallId, const call::Event&)>;

    /// Throws std::runtime_error with the file that failed.
    IdentityDesk(boost::asio::io_context& io, config::Snapshot config, const jose::SigningKey& token_key,
                 Counters& counters, Answer answer);
    ~IdentityDesk() override;

    void check_caller(CallId call, call::CheckCaller check) override;
    void check_passports(CallId call, call::CheckPassports check) override;
    void release_capability(const std::string& id) override;

    /// A permission to call, read and not counted: for a page that logs in with one.
    identity::ReadCapability read_capability(const std::string& token) const;

  private:
    struct CallerCheck;
    struct PassportCheck;

    void find_keys(const std::shared_ptr<CallerCheck>& check, bool anew);
    void find_key_set(const std::shared_ptr<CallerCheck>& check, const std::string& url, bool anew);
    void introspect(const std::shared_ptr<CallerCheck>& check);
    void verify(const std::shared_ptr<CallerCheck>& check, const identity::KeySet& keys,
                const std::string& introspection);
    void unavailable(const std::shared_ptr<CallerCheck>& check, const std::string& why);
    void finish(const std::shared_ptr<CallerCheck>& check);
    void finish(const std::shared_ptr<PassportCheck>& check);
    void answer_later(CallId call, call::Event answer);
    /// The chain in a fetched document; parsed chains are kept while their text stays the same.
    Result<jose::CertificateChain> chain_of(const std::string& url, const Result<std::string>& text);

    // Given.
    boost::asio::io_context& io_;
    const config::Snapshot config_;
    Counters& counters_;
    const Answer answer_;
    const std::vector<identity::IdentityProvider> providers_;
    const std::vector<identity::CapabilityIssuer> issuers_;
    const std::optional<jose::TrustStore> roots_;
    // Owned. Whoever fetches calls nobody back once it is gone; answers on their way find the desk closed.
    const std::shared_ptr<const bool> open_ = std::make_shared<const bool>(true);
    fetch::WebFetch fetch_;
    fetch::DocumentCache provider_documents_;
    fetch::DocumentCache certificates_;
    identity::ReplayCache assertions_;
    identity::ReplayCache passports_;
    identity::CapabilityLedger ledger_;
    struct KeptChain {
        std::string text;
        std::optional<jose::CertificateChain> chain;
    };
    std::map<std::string, KeptChain> chains_;
};

}  // namespace causeway::app
