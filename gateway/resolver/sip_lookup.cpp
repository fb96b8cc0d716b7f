#include "gateway/resolver/sip_lookup.hpp"

#include <algorithm>
#include <memory>

namespace causeway::resolver {
namespace {

using namespace std::chrono_literals;
using config::TrunkTransport;

constexpr std::size_t kMostServers = 8;
constexpr std::size_t kMostServices = 4;
/// RFC 2308: nothing is asked for again at once.
constexpr std::chrono::seconds kRetry = 5s;
constexpr std::chrono::seconds kShortest = 1s;
constexpr std::chrono::seconds kLongest = 3600s;

bool is_plain(TrunkTransport transport) {
    return transport == TrunkTransport::udp || transport == TrunkTransport::tcp;
}

/// RFC 3263 §4.1
std::string service_of(TrunkTransport transport) {
    if (transport == TrunkTransport::udp) return "SIP+D2U";
    return transport == TrunkTransport::tcp ? "SIP+D2T" : "SIPS+D2T";
}
std::string srv_name(TrunkTransport transport, const std::string& host) {
    if (transport == TrunkTransport::udp) return "_sip._udp." + host;
    return (transport == TrunkTransport::tcp ? "_sip._tcp." : "_sips._tcp.") + host;
}

bool same_word(const std::string& a, const std::string& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

class Lookup : public std::enable_shared_from_this<Lookup> {
  public:
    Lookup(Ask ask, LookupRequest request, std::function<void(trunks::Destination)> done)
        : ask_(std::move(ask)), request_(std::move(request)), done_(std::move(done)) {}

    void start() {
        if (request_.port != 0) return ask_addresses_of_host();
        ask(request_.host, RecordType::naptr,
            [](Lookup& self, const DnsAnswer& answer) { self.on_naptr(answer); });
    }

  private:
    struct Service {
        std::string name;
        TrunkTransport transport;
    };
    struct Host {
        trunks::HostPort place;
        TrunkTransport transport;
    };

    template <class Next>
    void ask(const std::string& name, RecordType type, Next next) {
        ask_(name, type, [self = shared_from_this(), next](Result<DnsAnswer> answer) {
            if (!answer) {
                self->fault_ = answer.error().detail;
                return next(*self, DnsAnswer{});
            }
            const bool any = !answer->addresses.empty() || !answer->srv.empty() || !answer->naptr.empty();
            if (any) self->ttl_ = std::min(self->ttl_, answer->ttl);
            next(*self, *answer);
        });
    }

    /// The transports that count, best first as far as that is our choice.
    std::vector<TrunkTransport> transports() const {
        if (request_.transport != TrunkTransport::automatic) return {request_.transport};
        return request_.able;
    }

    void on_naptr(const DnsAnswer& answer) {
        // RFC 3263 §4.1: the domain's order stands before ours; what we cannot do is passed over.
        std::vector<std::pair<std::pair<int, int>, Service>> ranked;
        for (const NaptrRecord& record : answer.naptr) {
            if (!same_word(record.flags, "s") || record.replacement.empty()) continue;
            for (const TrunkTransport each : transports()) {
                if (!same_word(record.service, service_of(each))) continue;
                ranked.push_back({{record.order, record.preference}, {record.replacement, each}});
            }
        }
        std::stable_sort(ranked.begin(), ranked.end(),
                         [](const auto& x, const auto& y) { return x.first < y.first; });
        if (ranked.size() > kMostServices) ranked.resize(kMostServices);
        for (auto& [rank, service] : ranked) services_.push_back(std::move(service));
        // RFC 3263 §4.1: without such records each service that we could use is asked for.
        if (services_.empty()) {
            for (const TrunkTransport each : transports()) {
                services_.push_back({srv_name(each, request_.host), each});
            }
        }
        ask_services();
    }

    void ask_services() {
        if (services_.empty()) return ask_addresses_of_host();
        waiting_ = services_.size();
        answers_.resize(services_.size());
        for (std::size_t i = 0; i < services_.size(); ++i) {
            ask(services_[i].name, RecordType::srv, [i](Lookup& self, const DnsAnswer& next) {
                self.answers_[i] = next.srv;
                if (--self.waiting_ == 0) self.on_services();
            });
        }
    }

    void on_services() {
        bool any = false;
        for (std::size_t i = 0; i < services_.size(); ++i) {
            any = any || !answers_[i].empty();
            on_srv(static_cast<int>(i), std::move(answers_[i]));
        }
        if (!any) return ask_addresses_of_host();
        ask_all();
    }

    void on_srv(int service, std::vector<SrvRecord> records) {
        // RFC 2782: "." says that there is no such service.
        if (records.size() == 1 && records.front().target.empty()) {
            fault_ = "its domain offers no such service";
            return;
        }
        std::stable_sort(records.begin(), records.end(),
                         [](const SrvRecord& a, const SrvRecord& b) { return a.priority < b.priority; });
        if (records.size() > kMostServers) records.resize(kMostServers);
        // RFC 3263 §4.3: another transport's servers come after all of this one's.
        constexpr int kPrioritiesOfSrv = 65536;
        for (const SrvRecord& record : records) {
            if (record.target.empty() || hosts_.size() >= kMostServers) continue;
            add_server(record.target, record.port, service * kPrioritiesOfSrv + record.priority,
                       record.weight, services_[static_cast<std::size_t>(service)].transport);
        }
    }

    void ask_addresses_of_host() {
        // RFC 3263 §4.1: of a name alone nothing tells of more than UDP.
        TrunkTransport transport = request_.transport;
        if (transport == TrunkTransport::automatic) {
            transport = TrunkTransport::udp;
            const auto& able = request_.able;
            if (std::find(able.begin(), able.end(), transport) == able.end() && !able.empty()) {
                transport = able.back();
            }
        }
        const std::uint16_t usual = is_plain(transport) ? 5060 : 5061;
        add_server(request_.host, request_.port != 0 ? request_.port : usual, 0, 0, transport);
        ask_all();
    }

    void add_server(const std::string& host, std::uint16_t port, int priority, int weight,
                    TrunkTransport transport) {
        hosts_.push_back({{host, port}, transport});
        found_.servers.push_back({priority, weight, {}});
    }

    void ask_all() {
        waiting_ = hosts_.size() * ((request_.ipv4 ? 1U : 0U) + (request_.ipv6 ? 1U : 0U));
        if (waiting_ == 0) return finish();
        for (std::size_t i = 0; i < hosts_.size(); ++i) {
            const auto add = [i](Lookup& self, const DnsAnswer& answer) { self.on_addresses(i, answer); };
            if (request_.ipv6) ask(hosts_[i].place.host, RecordType::aaaa, add);
            if (request_.ipv4) ask(hosts_[i].place.host, RecordType::a, add);
        }
    }

    void on_addresses(std::size_t server, const DnsAnswer& answer) {
        for (const SocketAddress& address : answer.addresses) {
            found_.servers[server].endpoints.push_back(
                {address.with_port(hosts_[server].place.port), hosts_[server].transport});
        }
        if (--waiting_ == 0) finish();
    }

    void finish() {
        std::erase_if(found_.servers, [](const trunks::Server& server) { return server.endpoints.empty(); });
        if (found_.servers.empty()) {
            found_.fault = fault_.empty() ? request_.host + " has no address" : fault_;
            found_.ttl = kRetry;
        } else {
            found_.ttl = std::clamp(ttl_, kShortest, kLongest);
        }
        done_(std::move(found_));
    }

    // Given.
    Ask ask_;
    LookupRequest request_;
    std::function<void(trunks::Destination)> done_;
    // State.
    std::vector<Service> services_;  ///< best first
    std::vector<std::vector<SrvRecord>> answers_;
    std::vector<Host> hosts_;  ///< as found_.servers
    trunks::Destination found_;
    std::chrono::seconds ttl_ = kLongest;
    std::size_t waiting_ = 0;
    std::string fault_;
};

}  // namespace

void look_up(const Ask& ask, const LookupRequest& request, std::function<void(trunks::Destination)> done) {
    std::make_shared<Lookup>(ask, request, std::move(done))->start();
}

}  // namespace causeway::resolver
