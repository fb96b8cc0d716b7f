#include "gateway/app/gateway.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "core/rtp/srtp_evp.hpp"
#include "gateway/accounting/call_record.hpp"
#include "gateway/accounting/quality_metrics.hpp"
#include "gateway/app/connected_pages.hpp"
#include "gateway/app/control_timers.hpp"
#include "gateway/app/edge_settings.hpp"
#include "gateway/app/http_calls.hpp"
#include "gateway/app/identity_desk.hpp"
#include "gateway/app/identity_settings.hpp"
#include "gateway/app/identity_web.hpp"
#include "gateway/app/kept_secrets.hpp"
#include "gateway/app/listeners.hpp"
#include "gateway/app/message_desk.hpp"
#include "gateway/app/page_events.hpp"
#include "gateway/app/readiness.hpp"
#include "gateway/app/room_settings.hpp"
#include "gateway/app/softphone_door.hpp"
#include "gateway/app/trunk_desk.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/demo/exchange.hpp"
#include "gateway/edge/edge.hpp"
#include "gateway/http/self_signed.hpp"
#include "gateway/http/web_door.hpp"
#include "gateway/media/media_workers.hpp"
#include "gateway/trunks/trunk_board.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::app {
namespace {

/// Calls have this long to say goodbye when the gateway stops.
constexpr std::chrono::seconds kFarewell{4};

http::WebDoorSettings door_settings(const config::Config& config) {
    http::WebDoorSettings settings = web_settings(config);
    if (settings.tls && settings.certificate_file.empty()) {
        const auto made = http::make_self_signed(config.state_directory, config.sip.domain);
        settings.certificate_file = made.certificate;
        settings.private_key_file = made.private_key;
    }
    return settings;
}

/// What signs permissions for application servers must outlive a restart, as they do.
jose::SigningKey token_key(const config::Config& config) {
    const bool mints = std::any_of(config.tokens.begin(), config.tokens.end(),
                                   [](const config::TokenIssuer& issuer) { return !issuer.api_key.empty(); });
    return mints ? kept_key(config.state_directory, "token-key.pem") : jose::SigningKey::generate();
}

}  // namespace

class Gateway::Impl : call::PagePort, call::SipPort, call::RecordPort, call::IdentityPort {
  public:
    explicit Impl(config::Snapshot config);
    ~Impl();
    void run();

  private:
    // The ports of the call, each one line.
    void send(SessionId session, const http::ServerMessage& message) override {
        if (softphones_->send(session, message) || http_calls_.tell(session, message)) return;
        door_->send(session, message);
    }
    /// The TLS connection to a trunk; none towards a server of it that is reached by another transport.
    FlowId flow_towards(const std::string& trunk, const std::string& server) const {
        const bool by_tls = server.empty() || server.ends_with(";transport=tls");
        return edge_ && by_tls && !trunk.empty() ? edge_->flow_of_trunk(trunk) : FlowId{};
    }
    DialogId invite(sip::OutboundInvite invite) override {
        invite.flow = flow_towards(invite.trunk, invite.proxy);
        return sip_->invite(std::move(invite));
    }
    void add_response_header(DialogId dialog, sip::Header header) override {
        sip_->add_response_header(dialog, std::move(header));
    }
    void progress(DialogId dialog, int status) override { sip_->progress(dialog, status, ""); }
    void accept(DialogId dialog, std::string sdp) override { sip_->accept(dialog, std::move(sdp)); }
    void end(DialogId dialog, const EndReason& reason) override { sip_->end(dialog, reason); }
    void acknowledge(DialogId dialog, std::string sdp) override { sip_->acknowledge(dialog, std::move(sdp)); }
    void answer_reoffer(DialogId dialog, std::string sdp) override {
        sip_->answer_reoffer(dialog, std::move(sdp));
    }
    void refer(DialogId dialog, sip::OutboundReferral referral) override {
        sip_->refer(dialog, std::move(referral));
    }
    void answer_referral(DialogId dialog, int status) override { sip_->answer_referral(dialog, status); }
    void tell_referrer(DialogId dialog, int status) override { sip_->tell_referrer(dialog, status); }
    void refuse_reoffer(DialogId dialog, int status, const std::string& why) override {
        sip_->refuse_reoffer(dialog, status, why);
    }
    void info_digit(DialogId dialog, char digit, int duration_ms) override {
        sip_->info_digit(dialog, digit, duration_ms);
    }
    void reoffer(DialogId dialog, std::string sdp) override { sip_->reoffer(dialog, std::move(sdp)); }
    void set_options(DialogId dialog, const sip::DialogOptions& options) override {
        sip_->set_options(dialog, options);
    }
    void write(const accounting::CallRecord& record) override {
        records_.write(record);
        recent_calls_.add(record);
        quality_.add(record);
    }
    void check_caller(CallId call, call::CheckCaller check) override {
        desk_->check_caller(call, std::move(check));
    }
    void check_passports(CallId call, call::CheckPassports check) override {
        desk_->check_passports(call, std::move(check));
    }
    void release_capability(const std::string& id) override { desk_->release_capability(id); }

    /// TLS and WebSocket in front of the SIP stack, when configured.
    void start_edge();
    void await_signal();
    void shut_down();
    std::map<std::string, double> gauges() const;
    /// What the door does not know itself: /readyz, whether new calls are taken now; and identity's.
    std::optional<http::WebAnswer> serve(const http::WebRequest& request);

    /// Stands in for the media workers while they and the registry, which need each other, are being made.
    class MediaDoor;

    // Given.
    config::Snapshot config_;
    // Owned, in the order of making; taken down in reverse but for what ~Impl says.
    Counters counters_;
    boost::asio::io_context io_{1};
    accounting::RecordWriter records_;
    RecentCalls recent_calls_;
    accounting::QualityMetrics quality_;
    std::shared_ptr<const call::IdentityBook> identity_;
    const jose::SigningKey token_key_;
    std::unique_ptr<IdentityDesk> desk_;
    IdentityWeb identity_web_;
    ConnectedPages pages_;
    std::unique_ptr<MediaDoor> media_door_;
    ControlTimers timers_;
    trunks::TrunkBoard board_;
    std::unique_ptr<TrunkDesk> trunk_desk_;
    call::CallRegistry calls_;
    MessageDesk messages_;
    std::unique_ptr<SoftphoneDoor> softphones_;
    SipEvents sip_events_;
    MediaEvents media_events_;
    PageEvents page_events_;
    HttpCalls http_calls_;
    std::unique_ptr<media::MediaWorkers> media_;
    std::shared_ptr<sip::FlowTable> flows_;  ///< null: neither TLS nor WebSocket
    std::unique_ptr<sip::SipUa> sip_;
    std::unique_ptr<edge::Edge> edge_;
    std::unique_ptr<demo::Exchange> exchange_;
    std::unique_ptr<http::WebDoor> door_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer farewell_;
    // State.
    bool stopping_ = false;
};

class Gateway::Impl::MediaDoor : public media::MediaPort {
  public:
    explicit MediaDoor(const std::unique_ptr<media::MediaWorkers>& workers) : workers_(workers) {}
    void open(media::OpenMedia command) override { workers_->open(std::move(command)); }
    void connect(media::ConnectMedia command) override { workers_->connect(std::move(command)); }
    void reoffer(media::ReofferMedia command) override { workers_->reoffer(std::move(command)); }
    void add_remote_candidate(CallId call, std::string candidate) override {
        workers_->add_remote_candidate(call, std::move(candidate));
    }
    void send_digit(CallId call, char digit, int duration_ms) override {
        workers_->send_digit(call, digit, duration_ms);
    }
    void open_other(CallId call) override { workers_->open_other(call); }
    void close_other(CallId call) override { workers_->close_other(call); }
    void join(media::JoinTelephones command) override { workers_->join(std::move(command)); }
    void release_browser(CallId call) override { workers_->release_browser(call); }
    void send_digit_to_other(CallId call, char digit, int duration_ms) override {
        workers_->send_digit_to_other(call, digit, duration_ms);
    }
    void close(CallId call) override { workers_->close(call); }
    bool has_room() const override { return workers_->has_room(); }

  private:
    const std::unique_ptr<media::MediaWorkers>& workers_;
};

Gateway::Impl::Impl(config::Snapshot config)
    : config_(std::move(config)),
      records_(config_->log.records),
      identity_(
          identity_book(*config_, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()))),
      token_key_(token_key(*config_)),
      identity_web_(config_, identity_, token_key_, recent_calls_, [this] { return calls_.running(); }),
      pages_(config_),
      media_door_(std::make_unique<MediaDoor>(media_)),
      timers_(io_, [this](CallId call, call::TimerKind kind) { calls_.on_timer(call, kind); }),
      board_(*config_),
      trunk_desk_(std::make_unique<TrunkDesk>(io_, config_, board_, counters_)),
      calls_({*this, *this, *media_door_, timers_, *this, *this}, pages_, counters_, config_, identity_,
             &board_),
      messages_(config_, identity_, pages_, calls_, board_,
                {[this](SessionId session, const http::ServerMessage& message) { send(session, message); },
                 [this](sip::OutboundMessage message) {
                     if (message.flow == FlowId{}) {
                         message.flow = flow_towards(message.trunk, message.proxy);
                     }
                     sip_->send_message(std::move(message));
                 },
                 [this](sip::MessageId id, int status) { sip_->answer_message(id, status); },
                 [this](const std::string& user) { softphones_->on_mailbox_news(user); }}),
      softphones_(
          std::make_unique<SoftphoneDoor>(io_, config_, flows_, sip_, calls_, pages_, messages_, counters_)),
      sip_events_(io_, calls_, *trunk_desk_, messages_, *softphones_),
      media_events_(io_, calls_),
      page_events_(
          pages_, calls_, messages_, counters_,
          [this](SessionId session, const http::ServerMessage& message) { send(session, message); },
          [this](const std::string& token) { return desk_->read_capability(token); },
          config_->http.resume_time,
          [this](const std::string& user) {
              const auto now = std::chrono::system_clock::now();
              return ice_servers(*config_, user, std::chrono::system_clock::to_time_t(now));
          }),
      http_calls_(io_, config_, pages_, calls_, counters_,
                  [this](const std::string& token) { return desk_->read_capability(token); }),
      media_(std::make_unique<media::MediaWorkers>(media_settings(*config_), counters_, media_events_)),
      flows_(config::needs_edge(*config_) ? std::make_shared<sip::FlowTable>() : nullptr),
      sip_(std::make_unique<sip::SipUa>(sip_settings(*config_, flows_), counters_, sip_events_)),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      farewell_(io_) {
    // Its self-test takes a tenth of a second: not at the first call's cost.
    rtp::initialise_srtp();
    if (config_->demo.enabled) {
        exchange_ =
            std::make_unique<demo::Exchange>(config_->demo.listen, gateway_sip_address(*config_), counters_);
    }
    desk_ = std::make_unique<IdentityDesk>(
        io_, config_, token_key_, counters_,
        [this](CallId call, const call::Event& event) { calls_.on_identity(call, event); });
    http::WebDoorSettings settings = door_settings(*config_);
    settings.serve = [this](const http::WebRequest& request) { return serve(request); };
    settings.serve_later = [this](const http::WebRequest& request, HttpCalls::Respond respond) {
        return http_calls_.serve(request, std::move(respond));
    };
    settings.gauges = [this] { return gauges(); };
    settings.more_metrics = [this] { return quality_.text(); };
    start_edge();
    if (config_->sip.websocket) {
        settings.sip = [this](std::shared_ptr<edge::MessageStream> stream, const edge::WebSocketPeer& peer) {
            edge_->take(std::move(stream), peer);
        };
    }
    door_ = std::make_unique<http::WebDoor>(io_, std::move(settings), counters_, page_events_);
    trunk_desk_->start({[this](sip::Probe probe) {
                            probe.flow = flow_towards(probe.trunk, probe.proxy);
                            sip_->probe(std::move(probe));
                        },
                        [this](std::vector<sip::Registration> wanted) {
                            for (sip::Registration& one : wanted) {
                                // Of one of several accounts: "trunk/account".
                                const std::string trunk = one.trunk.substr(0, one.trunk.find('/'));
                                one.flow = flow_towards(trunk, one.proxy);
                            }
                            sip_->register_trunks(std::move(wanted));
                        },
                        [this](const std::string& trunk, std::vector<SocketAddress> addresses) {
                            if (edge_) edge_->lead(trunk, std::move(addresses));
                        }});
    sip_->watch_mailboxes(mailboxes(*config_));
}

Gateway::Impl::~Impl() {
    // SIP first, so that its farewells find the exchange; media next; nobody may post after that.
    sip_.reset();
    exchange_.reset();
    media_.reset();
    door_.reset();
    edge_.reset();
    desk_.reset();
}

void Gateway::Impl::start_edge() {
    if (!flows_) return;
    edge_ = std::make_unique<edge::Edge>(io_, edge_settings(*config_), flows_, counters_);
    edge_->start(sip_->flow_entrance(), [this](FlowId flow) {
        sip_->flow_changed(flow);
        softphones_->on_flow_changed(flow);
    });
}

void Gateway::Impl::run() {
    await_signal();
    notify_service_manager("READY=1");
    io_.run();
}

void Gateway::Impl::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& fault, int signal) {
        if (fault) return;
        if (signal == SIGHUP) {
            records_.reopen();
            if (edge_) edge_->reload();
        } else {
            shut_down();
        }
        await_signal();
    });
}

void Gateway::Impl::shut_down() {
    if (stopping_) return io_.stop();
    stopping_ = true;
    log::info("stopping: {} calls to end", calls_.size());
    notify_service_manager("STOPPING=1");
    farewell_.expires_after(kFarewell);
    farewell_.async_wait([this](const boost::system::error_code& fault) {
        if (!fault) io_.stop();
    });
    calls_.shut_down([this] {
        door_->close();
        // The pages' close frames need a moment to leave.
        farewell_.expires_after(std::chrono::milliseconds(200));
        farewell_.async_wait([this](const boost::system::error_code& fault) {
            if (!fault) io_.stop();
        });
    });
}

std::map<std::string, double> Gateway::Impl::gauges() const {
    std::map<std::string, double> gauges{{"calls_running", static_cast<double>(calls_.size())},
                                         {"media_calls_running", static_cast<double>(media_->call_count())},
                                         {"media_has_room", media_->has_room() ? 1 : 0},
                                         {"sip_dialogs_running", static_cast<double>(sip_->dialog_count())}};
    gauges["softphones_registered"] = static_cast<double>(softphones_->registered());
    trunk_desk_->add_gauges(gauges);
    std::size_t number = 0;
    for (const media::WorkerFigures& worker : media_->figures()) {
        const std::string label = "{worker=\"" + std::to_string(number++) + "\"}";
        gauges["media_busy" + label] = worker.busy;
        gauges["media_calls" + label] = static_cast<double>(worker.calls);
        gauges["media_opus_complexity" + label] = worker.opus_complexity;
    }
    return gauges;
}

std::optional<http::WebAnswer> Gateway::Impl::serve(const http::WebRequest& request) {
    if (request.path != "/readyz" || request.method != "GET") return identity_web_.serve(request);
    http::WebAnswer answer{.content_type = "text/plain; charset=utf-8",
                           .body = "ready\n" + trunk_desk_->report()};
    if (stopping_ || !media_->has_room()) {
        answer.status = 503;
        answer.body = stopping_ ? "closing\n" : "overloaded\n";
        answer.headers.emplace_back("Retry-After", "5");
    }
    return answer;
}

Gateway::Gateway(config::Snapshot config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Gateway::~Gateway() = default;
void Gateway::run() {
    impl_->run();
}

}  // namespace causeway::app
