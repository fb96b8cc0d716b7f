#include "gateway/fetch/web_fetch.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <map>
#include <set>
#include <utility>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "gateway/fetch/address_rules.hpp"
#include "gateway/fetch/https_exchange.hpp"
#include "gateway/fetch/name_lookup.hpp"
#include "gateway/fetch/url_rules.hpp"

namespace causeway::fetch {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kLongestLine = 1024;
// One slow host takes neither all places nor all of the line.
constexpr std::size_t kMostAtOneHost = 4;
constexpr std::size_t kLongestLineOfOneHost = 64;
constexpr std::size_t kMostAddressesTried = 4;

/// As the value of a form (URL Standard §5.2): RFC 6749 §2.3.1 wants it so within HTTP Basic.
std::string form_encoded(const std::string& text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._*";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (kPlain.find(c) != kPlain.npos) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += {'%', kHex[octet >> 4U], kHex[octet & 15U]};
        }
    }
    return out;
}

/// RFC 7617 §2.
std::string basic(const std::string& user, const std::string& password) {
    const std::string plain = form_encoded(user) + ':' + form_encoded(password);
    std::string coded(4 * ((plain.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                        reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    coded.resize(static_cast<std::size_t>(size));
    return "Basic " + coded;
}

/// One fetch with all who wait for it.
struct Job {
    Job(asio::io_context& io, Exchange what) : exchange(std::move(what)), timer(io) {}

    std::string url;  ///< of a GET, by which others join; "" for a POST
    Exchange exchange;
    std::vector<FetchDone> waiting;
    asio::steady_timer timer;
    bool running = false;                ///< or in line
    std::vector<std::string> addresses;  ///< where it holds a place, none until they are known
    std::shared_ptr<NameLookup::Ticket> lookup;
    std::shared_ptr<OpenExchange> open;
};

using Tally = std::map<std::string, std::size_t, std::less<>>;

std::size_t count(const Tally& tally, const std::string& key) {
    const auto found = tally.find(key);
    return found == tally.end() ? 0 : found->second;
}

void take_one(Tally& tally, const std::string& key) {
    const auto found = tally.find(key);
    if (found != tally.end() && --found->second == 0) tally.erase(found);
}

}  // namespace

class WebFetch::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::io_context& io, FetchSettings settings, Counters& counters)
        : io_(io),
          settings_(std::move(settings)),
          private_hosts_(settings_.private_hosts),
          tls_(make_client_context(settings_.ca_file)),
          started_(counters.counter("fetch_started")),
          joined_(counters.counter("fetch_joined")),
          failed_(counters.counter("fetch_failed")),
          timed_out_(counters.counter("fetch_timed_out")),
          refused_url_(counters.counter("fetch_refused_url")),
          refused_address_(counters.counter("fetch_refused_address")),
          refused_busy_(counters.counter("fetch_refused_busy")),
          lookup_(io) {}

    void get(const std::string& url, FetchDone done) {
        const auto same = gets_.find(url);
        if (same != gets_.end()) {
            joined_.add();
            same->second->waiting.push_back(std::move(done));
            return;
        }
        begin(url, Exchange{}, std::move(done));
    }

    void post_form(const std::string& url, std::string body, const std::string& user,
                   const std::string& password, FetchDone done) {
        Exchange exchange;
        exchange.post = true;
        exchange.body = std::move(body);
        if (!user.empty()) exchange.authorization = basic(user, password);
        begin(url, std::move(exchange), std::move(done));
    }

    void close() {
        closed_ = true;
        for (const auto& job : jobs_) stop(*job);
        gets_.clear();
        line_.clear();
        jobs_.clear();
    }

  private:
    using JobPtr = std::shared_ptr<Job>;

    /// A handler for later that does nothing when this object or the job is gone.
    template <class Step>
    auto later(const JobPtr& job, Step step) {
        return [weak = weak_from_this(), weak_job = std::weak_ptr<Job>(job), step](auto&&... args) {
            const auto self = weak.lock();
            const auto wanted = weak_job.lock();
            if (self && !self->closed_ && wanted) step(*self, wanted, std::forward<decltype(args)>(args)...);
        };
    }

    void begin(const std::string& url, Exchange exchange, FetchDone done);
    void refuse(Error error, FetchDone done);
    bool has_room(const Job& job) const;
    bool line_has_room(const Job& job) const;
    void start(const JobPtr& job);
    void start_next();
    void dial(const JobPtr& job, const Result<Addresses>& found);
    void finish(const JobPtr& job, const Result<Document>& result);
    /// Ends the job's own activities; nobody is told.
    static void stop(Job& job);

    // Given.
    asio::io_context& io_;
    FetchSettings settings_;
    PrivateHosts private_hosts_;
    std::shared_ptr<asio::ssl::context> tls_;
    Counter& started_;
    Counter& joined_;
    Counter& failed_;
    Counter& timed_out_;
    Counter& refused_url_;
    Counter& refused_address_;
    Counter& refused_busy_;
    // State.
    bool closed_ = false;
    std::set<JobPtr> jobs_;
    std::map<std::string, JobPtr> gets_;
    std::list<JobPtr> line_;
    std::size_t running_ = 0;
    Tally hosts_running_;
    Tally hosts_in_line_;
    Tally addresses_;
    NameLookup lookup_;
};

void WebFetch::Impl::refuse(Error error, FetchDone done) {
    failed_.add();
    asio::post(io_, [weak = weak_from_this(), error = std::move(error), done = std::move(done)] {
        const auto self = weak.lock();
        if (self && !self->closed_) done(error);
    });
}

void WebFetch::Impl::begin(const std::string& url, Exchange exchange, FetchDone done) {
    auto target = check_url(url, private_hosts_);
    if (!target) {
        refused_url_.add();
        return refuse(target.error(), std::move(done));
    }
    exchange.target = std::move(*target);
    exchange.longest_body = settings_.longest_body;
    exchange.deadline = std::chrono::steady_clock::now() + settings_.time;
    const auto job = std::make_shared<Job>(io_, std::move(exchange));
    const bool start_now = has_room(*job);
    if (!start_now && !line_has_room(*job)) {
        refused_busy_.add();
        return refuse(Error{"too many fetches"}, std::move(done));
    }
    job->waiting.push_back(std::move(done));
    jobs_.insert(job);
    if (!job->exchange.post) {
        job->url = url;
        gets_.emplace(url, job);
    }
    // All of it counts, waiting in line too: a caller's call waits as long.
    job->timer.expires_at(job->exchange.deadline);
    job->timer.async_wait(later(job, [](Impl& self, const JobPtr& late, ErrorCode error) {
        if (error) return;
        self.timed_out_.add();
        self.finish(late, Error{"time-out"});
    }));
    if (start_now) return start(job);
    ++hosts_in_line_[job->exchange.target.host];
    line_.push_back(job);
}

bool WebFetch::Impl::has_room(const Job& job) const {
    return running_ < settings_.most_at_once &&
           count(hosts_running_, job.exchange.target.host) < kMostAtOneHost;
}

bool WebFetch::Impl::line_has_room(const Job& job) const {
    return line_.size() < kLongestLine &&
           count(hosts_in_line_, job.exchange.target.host) < kLongestLineOfOneHost;
}

void WebFetch::Impl::start(const JobPtr& job) {
    started_.add();
    job->running = true;
    ++running_;
    const Target& target = job->exchange.target;
    ++hosts_running_[target.host];
    auto step = later(job, [](Impl& self, const JobPtr& found_for, const Result<Addresses>& found) {
        self.dial(found_for, found);
    });
    if (target.literal) {
        const Result<Addresses> found = Addresses{target.literal->with_port(target.port)};
        asio::post(io_, [step, found] { step(found); });
    } else {
        job->lookup = lookup_.find(target.host, target.port, step);
    }
}

void WebFetch::Impl::start_next() {
    for (auto next = line_.begin(); next != line_.end() && running_ < settings_.most_at_once;) {
        const JobPtr job = *next;
        if (!has_room(*job)) {
            ++next;
            continue;
        }
        next = line_.erase(next);
        take_one(hosts_in_line_, job->exchange.target.host);
        start(job);
    }
}

/// The connection goes to one of these addresses and no other: nothing is looked up again.
void WebFetch::Impl::dial(const JobPtr& job, const Result<Addresses>& found) {
    if (!found) return finish(job, found.error());
    Addresses addresses = *found;
    if (!job->exchange.target.may_be_private) {
        std::erase_if(addresses, [](const SocketAddress& address) { return !is_public(address); });
    }
    if (addresses.empty()) {
        refused_address_.add();
        return finish(job, Error{"address not allowed"});
    }
    if (addresses.size() > kMostAddressesTried) addresses.resize(kMostAddressesTried);
    // A server may have any number of names: half of all places are left to others.
    const std::size_t most = std::max<std::size_t>(1, settings_.most_at_once / 2);
    if (std::any_of(addresses.begin(), addresses.end(),
                    [&](const SocketAddress& each) { return count(addresses_, each.ip()) >= most; })) {
        refused_busy_.add();
        return finish(job, Error{"too many fetches from one address"});
    }
    for (const SocketAddress& each : addresses) ++addresses_[job->addresses.emplace_back(each.ip())];
    job->exchange.addresses = std::move(addresses);
    job->open = start_exchange(io_, tls_, job->exchange,
                               later(job, [](Impl& self, const JobPtr& ended, Result<Document> result) {
                                   self.finish(ended, result);
                               }));
}

void WebFetch::Impl::stop(Job& job) {
    job.timer.cancel();
    job.lookup.reset();
    if (job.open) job.open->cancel();
    job.open.reset();
}

void WebFetch::Impl::finish(const JobPtr& job, const Result<Document>& result) {
    // A second end (the timer's beside the answer's in one round) finds nothing left.
    if (jobs_.erase(job) == 0) return;
    stop(*job);
    if (!job->url.empty()) gets_.erase(job->url);
    if (job->running) {
        --running_;
        take_one(hosts_running_, job->exchange.target.host);
        for (const std::string& address : job->addresses) take_one(addresses_, address);
    } else {
        line_.remove(job);
        take_one(hosts_in_line_, job->exchange.target.host);
    }
    if (!result) {
        failed_.add();
        log::debug("a fetch from {} failed: {}", job->exchange.target.host, result.error().detail);
    }
    start_next();
    for (const FetchDone& done : std::exchange(job->waiting, {})) {
        if (closed_) return;
        done(result);
    }
}

WebFetch::WebFetch(asio::io_context& io, FetchSettings settings, Counters& counters)
    : impl_(std::make_shared<Impl>(io, std::move(settings), counters)) {}

WebFetch::~WebFetch() {
    impl_->close();
}

void WebFetch::get(const std::string& url, FetchDone done) {
    impl_->get(url, std::move(done));
}

void WebFetch::post_form(const std::string& url, std::string body, const std::string& user,
                         const std::string& password, FetchDone done) {
    impl_->post_form(url, std::move(body), user, password, std::move(done));
}

}  // namespace causeway::fetch
