#include "webrtc/ice/ice_agent.hpp"

#include <fmt/format.h>
#include <nice/interfaces.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/counters.hpp"
#include "core/base/footprint.hpp"
#include "core/base/random.hpp"
#include "core/loop/event_loop.hpp"
#include "core/stun/message.hpp"
#include "webrtc/ice/candidate.hpp"
#include "webrtc/ice/consent.hpp"
#include "webrtc/ice/farewell.hpp"
#include "webrtc/ice/ice_socket.hpp"
#include "webrtc/ice/nice_handles.hpp"
#include "webrtc/ice/pump.hpp"
#include "webrtc/ice/turn_credentials.hpp"

namespace causeway::webrtc {
namespace {

constexpr guint kComponent = NICE_COMPONENT_TYPE_RTP;
constexpr std::size_t kMaxRemoteCandidates = 100;
// A page may be slow to apply the answer; RFC 8445 §14.3 would give up after 39.5 s.
constexpr Duration kTimeToConnect = std::chrono::seconds(30);
/// As long as a telephone may ring, and more.
constexpr Duration kTimeToBegin = std::chrono::minutes(11);
// libnice answers a browser's check with its own at its next beat only, and a caller waits meanwhile. So the
// beat is a short one, but served every 5 ms (RFC 8445 §14.2) unless something was read.
constexpr guint kPacing = 1;
constexpr int kBeat = 5;              // ms
constexpr int kBeatAfterReading = 1;  // ms
// libnice counts its idle time in beats: 5 s of it.
constexpr guint kIdle = 1000;
// Then nothing is left to do: fifty beats, the fewest that libnice takes, a quarter of a second.
constexpr guint kIdleOnceSelected = 50;
constexpr int kBeatOnceSelected = 5;  // ms
// Where we send no consent checks (lite, relayed), silence for as long ends it too.
constexpr Duration kSilence = std::chrono::seconds(30);
// A server looks at the time when an allocation is made; what stands is refreshed all the same.
constexpr std::chrono::hours kTurnLife{24};

std::vector<SocketAddress> all_local_addresses() {
    std::vector<SocketAddress> addresses;
    GList* const ips = nice_interfaces_get_local_ips(TRUE);
    for (GList* item = ips; item != nullptr; item = item->next) {
        // Link-local IPv6 addresses come with a scope that the other side cannot use: not readable here.
        const auto address = SocketAddress::parse(static_cast<const char*>(item->data), 0);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
            addresses.push_back(*address);
        }
    }
    g_list_free_full(ips, g_free);
    return addresses;
}

Result<std::vector<SocketAddress>> parse_addresses(const std::vector<std::string>& texts) {
    std::vector<SocketAddress> addresses;
    for (const std::string& text : texts) {
        const auto address = SocketAddress::parse(text, 0);
        if (!address) return Error{fmt::format("'{}' is not an IP address", text)};
        addresses.push_back(*address);
    }
    return addresses;
}

}  // namespace

class IceAgent::Impl final : private IceSocketListener {
  public:
    Impl(EventLoop& loop, const IceSettings& settings, Counters& counters, IceListener& listener);
    ~Impl() override;

    Result<IceLocal> start(const IceRemote& remote);
    void add_remote_candidate(std::string_view text);
    bool send(std::span<const std::uint8_t> datagram);
    bool selected() const { return selected_; }
    void will_touch(Footprint footprint);
    void add_sending_to(Footprint& footprint) const;

  private:
    // Doors for libnice: they note what happened and go no deeper.
    static void on_new_candidate(NiceAgent*, NiceCandidate* candidate, gpointer self) noexcept;
    static void on_gathering_done(NiceAgent*, guint, gpointer self) noexcept;
    static void on_new_remote(NiceAgent* agent, NiceCandidate* candidate, gpointer self) noexcept;
    static void on_new_pair(NiceAgent*, guint, guint, NiceCandidate*, NiceCandidate*, gpointer self) noexcept;
    static void on_receive(NiceAgent*, guint, guint, guint size, gchar* bytes, gpointer self) noexcept;

    Result<void> make_agent(const IceRemote& remote);
    Result<void> use_servers();
    Result<void> gather();
    void after_pump();
    void tell_candidates();
    void use_selected_pair();
    void slow_down();
    bool is_controlling() const;
    bool checks_consent() const { return !settings_.lite && socket_.selected(); }
    void on_timer(Instant now);
    void keep_consent(Instant now);
    void fail(std::string_view detail);

    void on_datagram(rtp::PacketBuffer& datagram, Instant now) override;
    bool is_ours(std::span<const std::uint8_t> head) override;
    void on_stun(std::span<const std::uint8_t> message, Instant now) override;
    void answer_check(std::span<const std::uint8_t> message, Instant now);

    // Given.
    EventLoop& loop_;
    const IceSettings settings_;
    IceListener& listener_;
    Counter& candidate_ignored_;
    Counter& candidate_over_limit_;
    Counter& bad_consent_;
    Counter& bad_check_;
    Counter& too_long_;

    // Owned. The agent goes before the pump: its sources live in the pump's context.
    std::unique_ptr<Pump> pump_;
    NiceAgentHandle agent_;
    GSocketHandle selected_socket_;
    IceSocket socket_;
    Timer timer_;
    std::optional<Consent> consent_;

    // State.
    std::vector<SocketAddress> external_;
    std::string remote_ufrag_;
    std::string username_;  ///< of the checks that come
    std::string local_password_;
    guint stream_ = 0;
    std::size_t remote_candidates_ = 0;
    std::vector<std::string> untold_candidates_;
    bool gathering_done_ = false;
    bool end_told_ = false;
    bool pair_changed_ = false;
    bool selected_ = false;
    bool failed_ = false;
    Instant give_up_{};
    Instant last_heard_{};
};

IceAgent::Impl::Impl(EventLoop& loop, const IceSettings& settings, Counters& counters, IceListener& listener)
    : loop_(loop),
      settings_(settings),
      listener_(listener),
      candidate_ignored_(counters.counter("ice_candidate_ignored")),
      candidate_over_limit_(counters.counter("ice_candidate_over_limit")),
      bad_consent_(counters.counter("ice_bad_consent_answer")),
      bad_check_(counters.counter("ice_bad_check")),
      too_long_(counters.counter("ice_datagram_too_long")),
      pump_(std::make_unique<Pump>(loop, [this] { after_pump(); })),
      socket_(loop, counters, *this),
      timer_(loop, [this](Instant now) { on_timer(now); }) {}

IceAgent::Impl::~Impl() {
    if (agent_ != nullptr) {
        g_signal_handlers_disconnect_by_data(agent_.get(), this);
        nice_agent_attach_recv(agent_.get(), stream_, kComponent, pump_->context(), nullptr, nullptr);
    }
    if (agent_ != nullptr && !settings_.turn_server.empty()) {
        pump_->tell_nobody();
        say_farewell(loop_, std::move(pump_), std::move(agent_));
    } else {
        // libnice closes its sockets with the agent: they must be out of the loop before.
        pump_->stop();
    }
}

Result<IceLocal> IceAgent::Impl::start(const IceRemote& remote) {
    // RFC 8445 §6.1.1: two lite agents have nobody to check; libnice cannot do it and no browser is lite.
    if (remote.lite && settings_.lite) return Error{"both sides are ICE lite"};
    const auto external = parse_addresses(settings_.external_addresses);
    if (!external) return external.error();
    external_ = *external;
    remote_ufrag_ = remote.ufrag;
    if (auto made = make_agent(remote); !made) return made.error();
    if (auto used = use_servers(); !used) return used.error();
    if (auto gathered = gather(); !gathered) return gathered.error();

    IceLocal local;
    gchar* ufrag = nullptr;
    gchar* password = nullptr;
    nice_agent_get_local_credentials(agent_.get(), stream_, &ufrag, &password);
    local.ufrag = GlibString(ufrag).get();
    local.password = GlibString(password).get();
    username_ = local.ufrag + ":" + remote.ufrag;
    local_password_ = local.password;
    local.candidates = std::exchange(untold_candidates_, {});
    local.end_of_candidates = end_told_ = gathering_done_;
    consent_.emplace(
        Consent::Credentials{
            .local_ufrag = local.ufrag, .remote_ufrag = remote.ufrag, .remote_password = remote.password},
        fill_random);
    pump_->wait_at_least(kBeat, kBeatAfterReading);
    give_up_ = loop_.now() + (remote.may_wait ? kTimeToBegin : kTimeToConnect);
    timer_.arm(give_up_);
    pump_->schedule();
    return local;
}

Result<void> IceAgent::Impl::make_agent(const IceRemote& remote) {
    // No NICE_AGENT_OPTION_CONSENT_FRESHNESS: see consent.hpp.
    unsigned flags = NICE_AGENT_OPTION_REGULAR_NOMINATION | NICE_AGENT_OPTION_ICE_TRICKLE;
    if (settings_.lite) flags |= NICE_AGENT_OPTION_LITE_MODE;
    agent_.reset(nice_agent_new_full(pump_->context(), NICE_COMPATIBILITY_RFC5245,
                                     static_cast<NiceAgentOption>(flags)));
    g_object_set(agent_.get(), "upnp", FALSE, "ice-tcp", static_cast<gboolean>(settings_.tcp),
                 "stun-pacing-timer", kPacing, "idle-timeout", kIdle, "controlling-mode",
                 static_cast<gboolean>(remote.we_control || remote.lite), nullptr);
    g_signal_connect(agent_.get(), "new-candidate-full", G_CALLBACK(on_new_candidate), this);
    g_signal_connect(agent_.get(), "candidate-gathering-done", G_CALLBACK(on_gathering_done), this);
    g_signal_connect(agent_.get(), "new-remote-candidate-full", G_CALLBACK(on_new_remote), this);
    g_signal_connect(agent_.get(), "new-selected-pair-full", G_CALLBACK(on_new_pair), this);

    stream_ = nice_agent_add_stream(agent_.get(), 1);
    if (stream_ == 0) return Error{"libnice refused a stream"};
    nice_agent_set_port_range(agent_.get(), stream_, kComponent, settings_.port_min, settings_.port_max);
    nice_agent_set_remote_credentials(agent_.get(), stream_, remote.ufrag.c_str(), remote.password.c_str());
    return {};
}

Result<void> IceAgent::Impl::use_servers() {
    if (!settings_.stun_server.empty()) {
        const auto server = SocketAddress::parse(settings_.stun_server);
        if (!server) return Error{"the STUN server is not an address: " + server.error().detail};
        g_object_set(agent_.get(), "stun-server", server->ip().c_str(), "stun-server-port",
                     static_cast<guint>(server->port()), nullptr);
    }
    if (!settings_.turn_server.empty()) {
        const auto server = SocketAddress::parse(settings_.turn_server);
        if (!server) return Error{"the TURN server is not an address: " + server.error().detail};
        TurnCredentials credentials{settings_.turn_username, settings_.turn_password};
        if (!settings_.turn_secret.empty()) {
            const auto end = std::chrono::system_clock::now() + kTurnLife;
            credentials = make_turn_credentials(settings_.turn_secret, "gateway",
                                                std::chrono::system_clock::to_time_t(end));
        }
        nice_agent_set_relay_info(agent_.get(), stream_, kComponent, server->ip().c_str(), server->port(),
                                  credentials.username.c_str(), credentials.password.c_str(),
                                  NICE_RELAY_TYPE_TURN_UDP);
    }
    return {};
}

Result<void> IceAgent::Impl::gather() {
    // Departs from RFC 8445 §5.1.1.1 (no loopback candidates): a browser on the same machine is a common
    // first call, and Chromium may have no other address.
    const auto addresses = settings_.bind_addresses.empty()
                               ? Result<std::vector<SocketAddress>>(all_local_addresses())
                               : parse_addresses(settings_.bind_addresses);
    if (!addresses) return addresses.error();
    for (const SocketAddress& address : *addresses) {
        NiceAddress nice = to_nice(address);
        nice_agent_add_local_address(agent_.get(), &nice);
    }
    nice_agent_attach_recv(agent_.get(), stream_, kComponent, pump_->context(), on_receive, this);
    if (nice_agent_gather_candidates(agent_.get(), stream_) == FALSE) {
        return Error{"no free UDP port on any local address"};
    }
    return {};
}

void IceAgent::Impl::add_remote_candidate(std::string_view text) {
    if (agent_ == nullptr || failed_) return;
    if (text.empty()) {
        if (!selected_ && give_up_ > loop_.now() + kTimeToConnect) {
            give_up_ = loop_.now() + kTimeToConnect;
            timer_.arm(give_up_);
        }
        nice_agent_peer_candidate_gathering_done(agent_.get(), stream_);
        return pump_->schedule();
    }
    if (remote_candidates_ == kMaxRemoteCandidates) return candidate_over_limit_.add();
    ++remote_candidates_;
    const auto parsed = parse_candidate(text);
    const auto* const candidate = std::get_if<Candidate>(&parsed);
    // A candidate of another generation is not for this agent (RFC 8838 §4.1.1).
    if (candidate == nullptr || (!candidate->ufrag.empty() && candidate->ufrag != remote_ufrag_)) {
        return candidate_ignored_.add();
    }
    socket_.admit(candidate->address);
    const NiceCandidateHandle nice = to_nice(*candidate, stream_);
    GSList one{nice.get(), nullptr};
    if (nice_agent_set_remote_candidates(agent_.get(), stream_, kComponent, &one) < 1)
        candidate_ignored_.add();
    pump_->schedule();
}

bool IceAgent::Impl::send(std::span<const std::uint8_t> datagram) {
    if (!selected_) return false;
    if (socket_.selected()) return socket_.send(datagram);
    const gint sent = nice_agent_send(agent_.get(), stream_, kComponent, static_cast<guint>(datagram.size()),
                                      reinterpret_cast<const gchar*>(datagram.data()));
    pump_->schedule();
    return sent == static_cast<gint>(datagram.size());
}

void IceAgent::Impl::on_new_candidate(NiceAgent*, NiceCandidate* candidate, gpointer self) noexcept {
    auto& impl = *static_cast<Impl*>(self);
    // A browser cannot be connected to: of ours by TCP, those that wait are of use.
    if (candidate->transport != NICE_CANDIDATE_TRANSPORT_UDP &&
        candidate->transport != NICE_CANDIDATE_TRANSPORT_TCP_PASSIVE) {
        return;
    }
    impl.untold_candidates_.push_back(format_candidate(advertised(to_candidate(*candidate), impl.external_)));
}

void IceAgent::Impl::on_gathering_done(NiceAgent*, guint, gpointer self) noexcept {
    static_cast<Impl*>(self)->gathering_done_ = true;
}

void IceAgent::Impl::on_new_remote(NiceAgent*, NiceCandidate* candidate, gpointer self) noexcept {
    // Peer-reflexive ones: a page without microphone permission tells only `.local` names.
    static_cast<Impl*>(self)->socket_.admit(to_address(candidate->addr));
}

void IceAgent::Impl::on_new_pair(NiceAgent*, guint, guint, NiceCandidate*, NiceCandidate*,
                                 gpointer self) noexcept {
    static_cast<Impl*>(self)->pair_changed_ = true;
}

void IceAgent::Impl::on_receive(NiceAgent*, guint, guint, guint size, gchar* bytes, gpointer self) noexcept {
    auto& impl = *static_cast<Impl*>(self);
    rtp::PacketBuffer received;
    const std::span<std::uint8_t> room = received.fresh();
    if (size > room.size()) return impl.too_long_.add();
    std::memcpy(room.data(), bytes, size);
    received.resize(size);
    impl.on_datagram(received, impl.loop_.now());
}

void IceAgent::Impl::after_pump() {
    if (failed_) return;
    tell_candidates();
    if (std::exchange(pair_changed_, false)) use_selected_pair();
}

void IceAgent::Impl::tell_candidates() {
    for (const std::string& candidate : std::exchange(untold_candidates_, {})) {
        listener_.on_ice_candidate(candidate);
    }
    if (gathering_done_ && !std::exchange(end_told_, true)) listener_.on_ice_candidate("");
}

void IceAgent::Impl::use_selected_pair() {
    NiceCandidate* local = nullptr;
    NiceCandidate* remote = nullptr;
    if (nice_agent_get_selected_pair(agent_.get(), stream_, kComponent, &local, &remote) == FALSE) return;
    const SocketAddress address = to_address(remote->addr);
    // None for a relayed pair, and of no use for one by TCP, whose frames libnice makes: both stay with it.
    selected_socket_.reset(local->transport == NICE_CANDIDATE_TRANSPORT_UDP
                               ? nice_agent_get_selected_socket(agent_.get(), stream_, kComponent)
                               : nullptr);
    const int fd = selected_socket_ == nullptr ? -1 : g_socket_get_fd(selected_socket_.get());
    socket_.admit(address);
    socket_.select(fd, address);
    if (fd >= 0) {
        pump_->intercept(fd, [this] { return socket_.drain(loop_.now()); });
    } else {
        pump_->intercept(-1, nullptr);
    }
    slow_down();
    last_heard_ = loop_.now();
    consent_->start(last_heard_);
    timer_.arm(last_heard_);
    if (!std::exchange(selected_, true)) listener_.on_ice_selected();
}

void IceAgent::Impl::slow_down() {
    // Or libnice would go on looking, for 5 s, whether there is something left to check.
    pump_->wait_at_least(kBeatOnceSelected, kBeatOnceSelected);
    g_object_set(agent_.get(), "idle-timeout", kIdleOnceSelected, nullptr);
    // Nor shall it wait for a last candidate that a page may never name (not every libnice stops then);
    // later ones start it again.
    nice_agent_peer_candidate_gathering_done(agent_.get(), stream_);
    pump_->schedule();
}

bool IceAgent::Impl::is_controlling() const {
    gboolean controlling = FALSE;
    g_object_get(agent_.get(), "controlling-mode", &controlling, nullptr);
    return controlling != FALSE;
}

void IceAgent::Impl::on_timer(Instant now) {
    if (failed_) return;
    if (!selected_) return fail("no path to the other side was found within 30 s");
    if (checks_consent()) return keep_consent(now);
    if (now >= last_heard_ + kSilence) return fail("nothing was heard for 30 s");
    timer_.arm(last_heard_ + kSilence);
}

void IceAgent::Impl::keep_consent(Instant now) {
    // RFC 7675 §5.1: no more is sent without consent.
    if (consent_->expired(now)) return fail("no answer to consent checks for 30 s");
    const auto request = consent_->request(now, is_controlling());
    if (!request.empty()) socket_.send(request);
    timer_.arm(consent_->deadline());
}

void IceAgent::Impl::fail(std::string_view detail) {
    failed_ = true;
    selected_ = false;
    listener_.on_ice_failed(detail);
}

void IceAgent::Impl::on_datagram(rtp::PacketBuffer& datagram, Instant now) {
    if (failed_) return;
    last_heard_ = now;
    listener_.on_ice_datagram(datagram, now);
}

void IceAgent::Impl::will_touch(Footprint footprint) {
    footprint.add_bytes(this, sizeof(IceSocketListener));
    footprint.add(settings_.tcp, failed_, last_heard_);
    socket_.will_touch(footprint);
}

void IceAgent::Impl::add_sending_to(Footprint& footprint) const {
    footprint.add(socket_, selected_);
}

bool IceAgent::Impl::is_ours(std::span<const std::uint8_t> head) {
    // A lite agent checks nothing itself: the browser's consent checks are its sign of life.
    if (settings_.lite) last_heard_ = loop_.now();
    return consent_->is_answer(head);
}

void IceAgent::Impl::on_stun(std::span<const std::uint8_t> message, Instant now) {
    if (failed_) return;
    if (consent_->is_answer(message)) {
        if (!consent_->answered(message, now)) bad_consent_.add();
    } else if (stun::is_request(message)) {
        answer_check(message, now);
    }
    // What else there is, indications to keep NATs open and answers to libnice's old checks, needs nothing.
}

void IceAgent::Impl::answer_check(std::span<const std::uint8_t> message, Instant now) {
    // RFC 7675 §5.1, RFC 8445 §7.3: on the selected pair nothing but an answer is left to do. Roles were
    // settled before; attributes that we do not know change nothing.
    const auto transaction = stun::authentic_request(message, username_, local_password_);
    if (!transaction) return bad_check_.add();
    last_heard_ = now;
    std::array<std::uint8_t, stun::kMaxRequest> answer;
    const std::size_t size = stun::write_success(*transaction, socket_.remote(), local_password_, answer);
    socket_.send(std::span(answer).first(size));
}

IceAgent::IceAgent(EventLoop& loop, const IceSettings& settings, Counters& counters, IceListener& listener)
    : impl_(std::make_unique<Impl>(loop, settings, counters, listener)) {}

IceAgent::~IceAgent() = default;

Result<IceLocal> IceAgent::start(const IceRemote& remote) {
    return impl_->start(remote);
}

void IceAgent::add_remote_candidate(std::string_view candidate) {
    impl_->add_remote_candidate(candidate);
}

bool IceAgent::send(std::span<const std::uint8_t> datagram) {
    return impl_->send(datagram);
}

void IceAgent::will_touch(Footprint footprint) {
    impl_->will_touch(footprint);
}

void IceAgent::add_sending_to(Footprint& footprint) const {
    impl_->add_sending_to(footprint);
}

bool IceAgent::selected() const {
    return impl_->selected();
}

}  // namespace causeway::webrtc
