// Documents by URL: fresh ones at once, stale ones renewed, failures remembered for a while, so that a dead
// or slow server costs calls nothing but itself. Control thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "gateway/fetch/web_fetch.hpp"

namespace causeway::fetch {

struct CacheSettings {
    std::chrono::seconds longest{24 * 3600};         ///< no document is kept fresh for longer
    std::chrono::seconds shortest{60};               ///< nor for less
    std::chrono::seconds failures{60};               ///< a failure is the answer for so long
    std::chrono::seconds stale_if_error{24 * 3600};  ///< RFC 5861 §4; 0 for certificates
    std::size_t most = 1024;                         ///< documents; the least recently used goes first
};

/// The body, or why it could not be had.
using DocumentDone = std::function<void(const Result<std::string>&)>;

class DocumentCache {
  public:
    /// Whatever fetches as `WebFetch::get` does.
    using Fetch = std::function<void(const std::string& url, FetchDone done)>;

    /// `fetch` outlives the cache. `now` is the clock of the process (a test's own in tests).
    DocumentCache(WebFetch& fetch, CacheSettings settings, std::function<Instant()> now);
    DocumentCache(Fetch fetch, CacheSettings settings, std::function<Instant()> now);
    ~DocumentCache();
    DocumentCache(const DocumentCache&) = delete;
    DocumentCache& operator=(const DocumentCache&) = delete;

    /// May call `done` before it returns, when the answer is there.
    void get(const std::string& url, DocumentDone done);
    /// The copy that is there lacks something (an unknown kid): fetch anew, but at most once a minute for one
    /// URL; within that minute the copy is the answer.
    void renew(const std::string& url, DocumentDone done);

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace causeway::fetch
