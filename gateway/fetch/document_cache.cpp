#include "gateway/fetch/document_cache.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace causeway::fetch {
namespace {

constexpr std::chrono::seconds kBetweenRenewals{60};

using Copy = std::shared_ptr<const Result<std::string>>;

struct Entry {
    std::string url;
    Copy body;     ///< null: none yet
    Copy failure;  ///< of the last fetch; null when it went well
    Instant fresh_until;
    Instant failure_until;
    std::optional<Instant> renewed;
    bool fetching = false;
    std::vector<DocumentDone> waiting;
};

}  // namespace

class DocumentCache::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(Fetch fetch, CacheSettings settings, std::function<Instant()> now)
        : fetch_(std::move(fetch)), settings_(settings), now_(std::move(now)) {}

    void get(const std::string& url, DocumentDone done) {
        Entry* const entry = find_or_make(url);
        if (entry == nullptr) return done(Error{"too many documents"});
        if (const Copy copy = answer_of(*entry)) return done(*copy);
        wait_for_fetch(*entry, std::move(done));
    }

    void renew(const std::string& url, DocumentDone done) {
        Entry* const entry = find_or_make(url);
        if (entry == nullptr) return done(Error{"too many documents"});
        const Instant now = now_();
        const bool too_soon = entry->renewed && now - *entry->renewed < kBetweenRenewals;
        const Copy copy = answer_of(*entry);
        // Without a body it is a first fetch, or a failure that is still remembered.
        if (copy && (!entry->body || (too_soon && !entry->fetching))) return done(*copy);
        if (entry->body && !entry->fetching) entry->renewed = now;
        wait_for_fetch(*entry, std::move(done));
    }

    void close() { closed_ = true; }

  private:
    using Entries = std::list<Entry>;

    /// Within `stale_if_error` of a copy that is not fresh any more (RFC 5861 §4).
    bool may_serve_stale(const Entry& entry) const {
        return entry.body && now_() < entry.fresh_until + settings_.stale_if_error;
    }

    /// What can be said without a fetch; null: nothing.
    Copy answer_of(const Entry& entry) const {
        const Instant now = now_();
        if (entry.body && now < entry.fresh_until) return entry.body;
        if (entry.failure && now < entry.failure_until)
            return may_serve_stale(entry) ? entry.body : entry.failure;
        return nullptr;
    }

    Entry* find_or_make(const std::string& url);
    bool make_room();
    void wait_for_fetch(Entry& entry, DocumentDone done);
    void on_fetched(const std::string& url, const Result<Document>& result);

    // Given.
    Fetch fetch_;
    CacheSettings settings_;
    std::function<Instant()> now_;
    // State.
    bool closed_ = false;
    Entries entries_;  // the most recently used first
    std::unordered_map<std::string, Entries::iterator> by_url_;
};

Entry* DocumentCache::Impl::find_or_make(const std::string& url) {
    const auto found = by_url_.find(url);
    if (found != by_url_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        return &entries_.front();
    }
    if (!make_room()) return nullptr;
    entries_.emplace_front();
    entries_.front().url = url;
    by_url_.emplace(url, entries_.begin());
    return &entries_.front();
}

/// Whoever waits for a document is not forgotten: what is being fetched stays.
bool DocumentCache::Impl::make_room() {
    if (entries_.size() < settings_.most) return true;
    const auto idle =
        std::find_if(entries_.rbegin(), entries_.rend(), [](const Entry& entry) { return !entry.fetching; });
    if (idle == entries_.rend()) return false;
    by_url_.erase(idle->url);
    entries_.erase(std::next(idle).base());
    return true;
}

void DocumentCache::Impl::wait_for_fetch(Entry& entry, DocumentDone done) {
    entry.waiting.push_back(std::move(done));
    if (std::exchange(entry.fetching, true)) return;
    const std::string url = entry.url;
    fetch_(url, [weak = weak_from_this(), url](const Result<Document>& result) {
        const auto self = weak.lock();
        if (self && !self->closed_) self->on_fetched(url, result);
    });
}

void DocumentCache::Impl::on_fetched(const std::string& url, const Result<Document>& result) {
    const auto found = by_url_.find(url);
    if (found == by_url_.end()) return;
    Entry& entry = *found->second;
    entry.fetching = false;
    const Instant now = now_();
    if (result) {
        entry.body = std::make_shared<const Result<std::string>>(boost::system::in_place_value, result->body);
        entry.failure = nullptr;
        entry.fresh_until = now + std::clamp(result->fresh_for, settings_.shortest, settings_.longest);
    } else {
        if (!may_serve_stale(entry)) entry.body = nullptr;
        entry.failure = std::make_shared<const Result<std::string>>(result.error());
        entry.failure_until = now + settings_.failures;
    }
    // Held here: whoever is called may call this cache, or end it.
    const Copy answer = entry.body ? entry.body : entry.failure;
    for (const DocumentDone& done : std::exchange(entry.waiting, {})) {
        if (closed_) return;
        done(*answer);
    }
}

DocumentCache::DocumentCache(WebFetch& fetch, CacheSettings settings, std::function<Instant()> now)
    : DocumentCache([&fetch](const std::string& url, FetchDone done) { fetch.get(url, std::move(done)); },
                    settings, std::move(now)) {}

DocumentCache::DocumentCache(Fetch fetch, CacheSettings settings, std::function<Instant()> now)
    : impl_(std::make_shared<Impl>(std::move(fetch), settings, std::move(now))) {}

DocumentCache::~DocumentCache() {
    impl_->close();
}

void DocumentCache::get(const std::string& url, DocumentDone done) {
    impl_->get(url, std::move(done));
}

void DocumentCache::renew(const std::string& url, DocumentDone done) {
    impl_->renew(url, std::move(done));
}

}  // namespace causeway::fetch
