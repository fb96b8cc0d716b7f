#include "sip/ua/stacks.hpp"

#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport_tag.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>

#include "core/base/unique_fd.hpp"

namespace causeway::sip {
namespace {

/// Timer B and F (RFC 3261 §17.1): a silent trunk is given up after 16 s instead of 32.
constexpr unsigned kTimerBMilliseconds = 16000;
/// RFC 3261 §18.1.1 would have requests beyond 1300 bytes go by TCP, which a signed INVITE always is. A
/// trunk's transport is its operator's word, and whoever else listens there on TCP is not the trunk: the
/// network fragments them. OutboundInvite::tcp_above is for trunks that do listen.
constexpr unsigned kUdpMtu = 65535;
/// What one read of a connection may bring: many messages at once. The filter knows the limit of one.
constexpr usize_t kLongestRead = 1024 * 1024;
/// Peers that want to keep a connection say something every 120 s at least (RFC 5626 §4.4.1).
constexpr unsigned kIdleTcpMilliseconds = 130'000;
/// A peer that neither takes nor finishes a message for so long loses its connection.
constexpr unsigned kStuckTcpMilliseconds = 8'000;
constexpr unsigned kTcpQueue = 1000;
constexpr unsigned kMostPendingInvites = 2000;

nua_t* start(su_root_s* root, const SipUaSettings& settings, const StackPlan& plan,
             const msg_mclass_s* message_class, nua_callback_f callback, void* self) {
    nua_t* const stack = nua_create(
        root, callback, static_cast<nua_magic_t*>(self), NUTAG_URL(plan.uri.c_str()),
        NTATAG_MCLASS(message_class), NTATAG_MAXSIZE(kLongestRead), NTATAG_UDP_MTU(kUdpMtu),
        NTATAG_SIP_T1X64(kTimerBMilliseconds), NTATAG_MAX_PROCEEDING(kMostPendingInvites),
        NTATAG_MERGE_482(1), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), TPTAG_STUN_SERVER(1),
        TPTAG_IDLE(kIdleTcpMilliseconds), TPTAG_TIMEOUT(kStuckTcpMilliseconds), TPTAG_QUEUESIZE(kTcpQueue),
        TPTAG_PONG2PING(1), TPTAG_KEEPALIVE(static_cast<unsigned>(settings.tcp_keep_alive.count() * 1000)),
        NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0), NUTAG_AUTOACK(1),
        NUTAG_ENABLEINVITE(1), NUTAG_ENABLEMESSAGE(1), NUTAG_SESSION_TIMER(0), NUTAG_AUTO302(0),
        NUTAG_AUTO305(0), NUTAG_MAX_RETRY_AFTER(0), NUTAG_SERVICE_ROUTE_ENABLE(0), NUTAG_PATH_ENABLE(0),
        NUTAG_OUTBOUND("no-outbound no-natify no-validate no-options-keepalive"),
        NUTAG_DETECT_NETWORK_UPDATES(NUA_NW_DETECT_NOTHING),
        NUTAG_APPL_METHOD(static_cast<const char*>(nullptr)),
        NUTAG_APPL_METHOD("INVITE, INFO, UPDATE, MESSAGE, OPTIONS"),
        SIPTAG_ALLOW_STR("INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE"),
        SIPTAG_SUPPORTED_STR("replaces, norefersub"), NUTAG_APPL_METHOD("REGISTER, SUBSCRIBE"),
        NUTAG_ALLOW("REGISTER"), NUTAG_ALLOW("SUBSCRIBE"), NUTAG_ALLOW_EVENTS("message-summary"),
        NUTAG_APPL_EVENT("message-summary"), SIPTAG_USER_AGENT_STR(settings.user_agent.c_str()), TAG_END());
    if (stack == nullptr) throw std::runtime_error("sip: the stack does not start on " + plan.uri);
    return stack;
}

/// The address that the system would send from.
std::optional<SocketAddress> source_towards(const SocketAddress& peer) {
    const UniqueFd socket(::socket(peer.is_ipv6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), peer.data(), peer.size()) != 0) return std::nullopt;
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
    return SocketAddress(reinterpret_cast<const sockaddr*>(&own));
}

}  // namespace

Stacks::Stacks(su_root_s* root, const SipUaSettings& settings, const ListenPlan& plan,
               const msg_mclass_s* message_class, Callback callback, void* self)
    : plan_(plan), listeners_(settings.trunk_listeners) {
    for (const StackPlan& one : plan.stacks) {
        all_.push_back(
            start(root, settings, one, message_class, reinterpret_cast<nua_callback_f>(callback), self));
    }
    keep_silent_connections_away(plan);
}

Stacks::~Stacks() {
    if (finished_ < all_.size()) return;
    for (nua_s* stack : all_) nua_destroy(stack);
}

std::size_t Stacks::index_towards(const std::string& trunk, std::string_view uri) const {
    const std::string_view name = std::string_view(trunk).substr(0, trunk.find('/'));
    const auto listener = std::find_if(listeners_.begin(), listeners_.end(),
                                       [&](const auto& each) { return each.first == name; });
    const Way way = way_of(uri);
    std::optional<SocketAddress> named;
    if (listener != listeners_.end()) named = listener->second;
    std::optional<SocketAddress> source;
    if (way.to && !named) source = source_towards(*way.to);
    return choose_stack(plan_, way, named, source);
}

nua_s* Stacks::towards(const std::string& trunk, std::string_view uri, FlowId flow) const {
    if (flow != FlowId{}) return all_[plan_.entrance];
    return all_.size() == 1 ? all_.front() : all_[index_towards(trunk, uri)];
}

std::optional<SocketAddress> Stacks::udp_towards(const std::string& trunk, std::string_view uri) const {
    return plan_.stacks[index_towards(trunk, uri)].udp;
}

void Stacks::hurry() {
    for (nua_s* stack : all_) nua_set_params(stack, NTATAG_SIP_T1X64(100), TAG_END());
}

void Stacks::shut_down() {
    for (nua_s* stack : all_) nua_shutdown(stack);
}

}  // namespace causeway::sip
