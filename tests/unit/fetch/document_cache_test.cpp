#include "gateway/fetch/document_cache.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace causeway::fetch {
namespace {

using std::chrono::seconds;

/// A cache whose fetches are answered by hand, at times that the test sets.
class DocumentCaching : public testing::Test {
  protected:
    void make(CacheSettings settings = {}) {
        cache_ = std::make_unique<DocumentCache>(
            [this](const std::string& url, FetchDone done) { asked_.emplace_back(url, std::move(done)); },
            settings, [this] { return now_; });
    }
    void SetUp() override { make(); }

    DocumentDone into(std::string& answer) {
        return [&answer](const Result<std::string>& body) {
            answer = body ? *body : "error: " + body.error().detail;
        };
    }
    /// The answer when it is there at once, else "".
    std::string get(const std::string& url = "u") {
        auto answer = std::make_shared<std::string>();
        cache_->get(url, [answer](const Result<std::string>& body) {
            *answer = body ? *body : "error: " + body.error().detail;
        });
        return *answer;
    }
    void answer(const Result<Document>& result) {
        ASSERT_FALSE(asked_.empty());
        const FetchDone done = std::exchange(asked_.front().second, nullptr);
        asked_.erase(asked_.begin());
        done(result);
    }
    void arrives(const std::string& body, seconds fresh_for) { answer(Document{body, fresh_for}); }
    void fails() { answer(Error{"time-out"}); }

    Instant now_{std::chrono::hours{1000}};
    std::vector<std::pair<std::string, FetchDone>> asked_;
    std::unique_ptr<DocumentCache> cache_;
};

TEST_F(DocumentCaching, a_document_is_fetched_once_while_it_is_fresh) {
    std::string first;
    cache_->get("u", into(first));
    arrives("one", seconds{100});
    EXPECT_EQ(first, "one");
    now_ += seconds{99};
    EXPECT_EQ(get(), "one");
    EXPECT_TRUE(asked_.empty());
    now_ += seconds{1};
    EXPECT_EQ(get(), "");
    EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(DocumentCaching, all_who_ask_meanwhile_share_one_fetch) {
    std::string first, second, third;
    cache_->get("u", into(first));
    cache_->get("u", into(second));
    cache_->renew("u", into(third));
    EXPECT_EQ(asked_.size(), 1U);
    arrives("one", seconds{100});
    EXPECT_EQ(first + second + third, "oneoneone");
}

TEST_F(DocumentCaching, freshness_is_kept_within_its_bounds) {
    get();
    arrives("one", seconds{0});
    now_ += seconds{59};
    EXPECT_EQ(get(), "one");
    now_ += seconds{1};
    EXPECT_EQ(get(), "");
    arrives("two", seconds{1000000});
    now_ += seconds{24 * 3600 - 1};
    EXPECT_EQ(get(), "two");
    now_ += seconds{1};
    EXPECT_EQ(get(), "");
}

TEST_F(DocumentCaching, a_failure_is_remembered_for_a_minute) {
    std::string first;
    cache_->get("u", into(first));
    fails();
    EXPECT_EQ(first, "error: time-out");
    now_ += seconds{59};
    EXPECT_EQ(get(), "error: time-out");
    std::string renewed;
    cache_->renew("u", into(renewed));
    EXPECT_EQ(renewed, "error: time-out");
    EXPECT_TRUE(asked_.empty());
    now_ += seconds{1};
    EXPECT_EQ(get(), "");
    arrives("back", seconds{100});
    EXPECT_EQ(get(), "back");
}

TEST_F(DocumentCaching, a_stale_copy_serves_while_its_server_is_down) {
    get();
    arrives("one", seconds{100});
    now_ += seconds{100};
    std::string stale;
    cache_->get("u", into(stale));
    EXPECT_EQ(stale, "") << "the server is asked first";
    fails();
    EXPECT_EQ(stale, "one");
    EXPECT_EQ(get(), "one") << "for the time of a remembered failure without asking";
    EXPECT_TRUE(asked_.empty());
    now_ += seconds{60};
    EXPECT_EQ(get(), "");
    fails();
    now_ += seconds{24 * 3600};
    stale.clear();
    cache_->get("u", into(stale));
    fails();
    EXPECT_EQ(stale, "error: time-out") << "a day after it was fresh it is too old";
}

TEST_F(DocumentCaching, a_stale_copy_ends_with_its_time_even_while_a_failure_is_remembered) {
    make({.stale_if_error = seconds{130}});
    get();
    arrives("one", seconds{100});
    now_ += seconds{200};
    get();
    fails();
    EXPECT_EQ(get(), "one");
    now_ += seconds{30};
    EXPECT_EQ(get(), "error: time-out");
}

TEST_F(DocumentCaching, without_stale_if_error_an_old_copy_never_serves) {
    make({.stale_if_error = seconds{0}});
    get();
    arrives("one", seconds{100});
    now_ += seconds{100};
    std::string old;
    cache_->get("u", into(old));
    fails();
    EXPECT_EQ(old, "error: time-out");
}

TEST_F(DocumentCaching, a_copy_that_lacks_something_is_renewed_at_most_once_a_minute) {
    get();
    arrives("old keys", seconds{3600});
    std::string keys;
    cache_->renew("u", into(keys));
    EXPECT_EQ(keys, "");
    arrives("new keys", seconds{3600});
    EXPECT_EQ(keys, "new keys");
    EXPECT_EQ(get(), "new keys");
    now_ += seconds{59};
    keys.clear();
    cache_->renew("u", into(keys));
    EXPECT_EQ(keys, "new keys");
    EXPECT_TRUE(asked_.empty());
    now_ += seconds{1};
    cache_->renew("u", into(keys));
    EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(DocumentCaching, while_a_renewal_runs_others_get_the_copy_that_is_there) {
    get();
    arrives("old keys", seconds{3600});
    std::string keys;
    cache_->renew("u", into(keys));
    EXPECT_EQ(get(), "old keys");
    EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(DocumentCaching, a_renewal_that_fails_leaves_the_fresh_copy) {
    get();
    arrives("old keys", seconds{3600});
    std::string keys;
    cache_->renew("u", into(keys));
    fails();
    EXPECT_EQ(keys, "old keys");
    EXPECT_EQ(get(), "old keys");
    now_ += seconds{10};
    cache_->renew("u", into(keys));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(DocumentCaching, the_least_recently_used_document_goes_first) {
    make({.most = 2});
    for (const char* url : {"a", "b"}) {
        get(url);
        arrives(url, seconds{100});
    }
    EXPECT_EQ(get("a"), "a");
    get("c");
    arrives("c", seconds{100});
    EXPECT_EQ(get("a"), "a");
    EXPECT_EQ(get("c"), "c");
    EXPECT_EQ(get("b"), "");
}

TEST_F(DocumentCaching, a_document_that_somebody_waits_for_is_not_dropped) {
    make({.most = 1});
    std::string first, second;
    cache_->get("a", into(first));
    cache_->get("b", into(second));
    EXPECT_EQ(second, "error: too many documents");
    arrives("a", seconds{100});
    EXPECT_EQ(first, "a");
    cache_->get("b", into(second));
    EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(DocumentCaching, a_cache_that_is_gone_calls_nobody) {
    std::string first;
    cache_->get("u", into(first));
    cache_.reset();
    arrives("late", seconds{100});
    EXPECT_EQ(first, "");
}

TEST_F(DocumentCaching, whoever_is_answered_may_end_the_cache) {
    std::string second;
    cache_->get("u", [this](const Result<std::string>&) { cache_.reset(); });
    cache_->get("u", into(second));
    arrives("one", seconds{100});
    EXPECT_EQ(second, "");
}

TEST_F(DocumentCaching, whoever_is_answered_may_ask_again) {
    std::string inner;
    cache_->get("u", [&](const Result<std::string>&) { cache_->get("u", into(inner)); });
    arrives("one", seconds{100});
    EXPECT_EQ(inner, "one");
}

}  // namespace
}  // namespace causeway::fetch
