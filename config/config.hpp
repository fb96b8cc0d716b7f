// All of the configuration as one immutable value. A call keeps the snapshot it was born with. Defaults are
// the member initialisers; config/causeway.yaml explains each option to the operator.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/socket_address.hpp"
#include "core/rtp/latch.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::config {

struct Tls {
    bool enabled = false;
    bool self_signed = false;  ///< make and keep a certificate in `state_directory` when none is configured
    std::string certificate;   ///< PEM file, chain included
    std::string private_key;   ///< PEM file
};

struct Http {
    SocketAddress listen;  ///< default 127.0.0.1:8088
    Tls tls;
    std::vector<std::string> allowed_origins;
    int messages_per_second = 50;
    int max_connections = 2000;
    std::string operator_token;            ///< for the dashboard's calls; "" shows none
    std::chrono::seconds resume_time{30};  ///< a call waits so long for a page that is lost; 0: not at all

    Http();
};

enum class ClientCertificates { off, optional, required };

/// Of `sip.listen_tls`.
struct SipTls {
    std::string certificate;  ///< PEM file, chain included
    std::string private_key;
    std::string client_ca;  ///< PEM file: whose certificates peers that connect may have
    ClientCertificates client_certificates = ClientCertificates::off;
};

struct Sip {
    std::vector<SocketAddress> listen_udp;  ///< default 127.0.0.1:5060 when neither is given
    std::vector<SocketAddress> listen_tcp;
    std::vector<SocketAddress> listen_tls;
    SipTls tls;
    bool websocket = false;                       ///< SIP over WebSocket on the port of `http` (RFC 7118)
    std::chrono::seconds keep_alive{30};          ///< on TLS connections that we keep open; 0 never
    std::vector<std::string> external_addresses;  ///< "10.0.0.5=203.0.113.5", before external_address
    std::string domain = "localhost";
    std::string external_address;
    std::chrono::seconds ring_timeout{60};
    std::string nameserver;  ///< "ip:port" that is asked for trunks' names; "": as the system does
    std::chrono::seconds session_expires{1800};    ///< RFC 4028; 0: no session timer of our own
    std::chrono::seconds min_session_expires{90};  ///< shorter wishes of others are refused
};

struct Media {
    std::string address = "127.0.0.1";  ///< where RTP towards SIP is bound
    std::string external_address;
    std::uint16_t port_min = 20000;
    std::uint16_t port_max = 29999;
    int workers = 0;                         ///< 0: one per core
    std::chrono::seconds timeout{30};        ///< no packet from a side that should send: the call ends
    std::vector<sdp::Codec> browser_codecs;  ///< default opus g722 pcmu pcma
    int opus_complexity = 5;
    int opus_complexity_min = 0;  ///< what load may lower it to
    int opus_bitrate = 32000;
    int jitter_buffer_max_ms = 200;
    bool silence_suppression = false;  ///< comfort noise instead of silent packets (RFC 3389, Opus DTX)

    Media();
};

enum class IceMode { full, lite };

struct WebRtc {
    IceMode ice = IceMode::full;
    std::vector<std::string> addresses;  ///< empty: all interfaces
    std::vector<std::string> external_addresses;
    std::uint16_t port_min = 30000;
    std::uint16_t port_max = 39999;
    std::string stun;  ///< "ip:port"
    std::string turn;  ///< "ip:port"
    std::string turn_username;
    std::string turn_password;
    std::string turn_secret;  ///< instead of both: time-limited credentials, for pages too
    bool ice_tcp = false;     ///< browsers may come by TCP (RFC 6544), where UDP is blocked
};

enum class TrunkTransport {
    udp,
    tcp,
    tls,
    automatic,  ///< `auto`: what DNS says of the trunk's name (RFC 3263 §4.1)
};

/// RFC 3262, for one trunk: key `100rel`.
enum class Reliability { off, supported, required };

enum class PaiIn { accept, ignore };
enum class StirIn { ignore, verify, require };
enum class OrigFrom { from, pai };
enum class OnFail { tag, reject };
enum class PaiOut { send, never };
enum class StirOut { none, base, shaken };
enum class Mky { automatic, never };
/// `network`: no attestation, a trusted network's P-Asserted-Identity is enough.
enum class AttestLevel { network, c, b, a };

/// What is believed of a trunk's calls. Absent values follow from the trunk's `trust`.
struct TrunkIn {
    std::optional<PaiIn> pai;  ///< default: accept when trusted, else ignore
    StirIn stir = StirIn::verify;
    std::optional<OrigFrom> orig_from;  ///< default: pai when it is accepted, else from
    OnFail on_fail = OnFail::tag;
    AttestLevel min_attest_for_name = AttestLevel::a;
};

/// What a trunk is told of our callers.
struct TrunkOut {
    std::optional<PaiOut> pai;  ///< default: send when trusted, else never
    StirOut stir = StirOut::none;
    AttestLevel attest_max = AttestLevel::a;  ///< not `network`
    Mky mky = Mky::automatic;
    std::string anonymous_uri;    ///< default sip:anonymous@<sip.domain>
    std::string identity_header;  ///< "X-WebRTC-Identity"; only to trusted trunks; "" none
    std::string certificate;      ///< PEM chain; these three: default those of `stir`
    std::string private_key;
    std::string x5u;
};

/// What is done to the level of one direction's sound. Anything of it makes the call a transcoded one.
struct Sound {
    int gain_db = 0;
    bool high_pass = false;  ///< hum and wind are taken out
    bool agc = false;        ///< speech is brought to one level, slowly
};

/// Levels of a trunk's calls, by direction.
struct TrunkSound {
    Sound from_trunk;
    Sound to_trunk;
};

/// OPTIONS as a sign of life (RFC 3261 §11).
struct TrunkHealth {
    std::chrono::seconds options{0};  ///< how often; 0 never
    int down_after = 3;               ///< failures in a row
    int up_after = 2;                 ///< answers in a row
};

/// 0: as many as the gateway takes.
struct TrunkLimits {
    int calls = 0;
    int calls_per_second = 0;
};

/// How a trunk writes telephone numbers: +4930123, 4930123, 004930123, 030123.
enum class NumberForm { as_is, e164, digits, international, national };

struct TrunkNumbers {
    NumberForm out = NumberForm::as_is;
    std::optional<NumberForm> in;  ///< default: as `out`
    std::string country;           ///< "49"
    std::string national_prefix = "0";
    std::string international_prefix = "00";
    std::string prefix;  ///< before every called number: the digit for an outside line
};

/// What the operator adds to our INVITEs, takes out of them, and lets into the page.
struct TrunkHeaders {
    std::vector<std::pair<std::string, std::string>> add;  ///< name, template (docs/trunks.md)
    std::vector<std::string> remove;
    std::vector<std::string> allow_in;
};

/// One of several subscriptions of a trunk.
struct TrunkAccount {
    std::string username;
    std::string password;
    std::string realm;
    std::string user;                  ///< of its address of record; default: username
    std::vector<std::string> numbers;  ///< callers that it is used for; none: the rest
    bool register_ = false;
};

/// ";transport=tls", for URIs of the trunk; "" for UDP.
std::string uri_transport(TrunkTransport transport);

/// Of a trunk with `transport: tls`, or whose calls come over TLS.
struct TrunkTls {
    std::string ca;  ///< PEM file: whose certificate its server may have; "" the system's authorities
    std::string certificate;  ///< ours, when it asks for one; default: that of sip.tls
    std::string private_key;
    std::string server_name;                ///< what its certificate must be for; default: the address' host
    std::vector<std::string> client_names;  ///< a verified certificate for one of these: the call is its
};

/// How digits reach a trunk's peer, and are expected from it.
enum class TrunkDtmf {
    rfc4733,         ///< as events; as tones where they were not agreed and the call is converted anyway
    info,            ///< INFO with application/dtmf-relay
    inband,          ///< as tones in the sound, made and heard
    automatic,       ///< `auto`: events when they were agreed, else tones
    automatic_info,  ///< `auto-info`: events, else INFO when the peer allows it, else tones
};

/// What a 3xx of a trunk is worth: nothing, another number behind the same trunk, or what the dial plan says.
enum class Redirects { refuse, same_trunk, dial_plan };

struct Trunk {
    std::string name;
    std::string address;  ///< host or IP, with optional port
    TrunkTransport transport = TrunkTransport::udp;
    int tcp_above = 0;   ///< with UDP: a longer INVITE goes by TCP; 0 never
    std::string listen;  ///< the address of sip.listen_* that its calls leave by; "": by family and route
    TrunkTls tls;
    std::string username;
    std::string password;
    std::string realm;
    std::vector<sdp::Codec> codecs;  ///< offered in this order; default pcmu pcma
    bool register_ = false;          ///< key `register`
    std::string registrar;           ///< default: `address`
    std::chrono::seconds expires{300};
    Reliability reliability = Reliability::off;  ///< key `100rel`
    bool trusted = false;  ///< key `trust`: trusted or untrusted; inside our Spec(T) (RFC 3325)
    TrunkIn in;
    TrunkOut out;
    TrunkSound sound;
    sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
    rtp::SourceRule rtp_source = rtp::SourceRule::learn;
    TrunkDtmf dtmf = TrunkDtmf::rfc4733;
    int ptime_ms = 20;  ///< key `ptime`: length of a packet that we like to get; and that we send it, unless
                        ///< it says otherwise
    bool late_offer = false;  ///< our INVITEs have no offer: it makes one, we answer
    std::optional<bool>
        transfers;  ///< whether its REFERs are followed: allow or refuse; default: when trusted
    Redirects redirects = Redirects::refuse;
    bool mwi = false;  ///< its voice mailboxes are watched (RFC 3842); needs `register`
    std::vector<std::string>
        sources;  ///< IP addresses or CIDR that its calls come from; default: those of `address`
    std::chrono::seconds answer_within{4};  ///< silent for longer: the next trunk of a group is tried
    TrunkHealth health;
    TrunkLimits limits;
    TrunkNumbers numbers;
    TrunkHeaders headers;
    std::vector<TrunkAccount> accounts;
};

struct GroupMember {
    std::string trunk;
    int priority = 1;  ///< lower ones first (RFC 2782)
    int weight = 1;    ///< share among those of one priority
};

/// Trunks for the same calls, a target of routes as a trunk is.
struct TrunkGroup {
    std::string name;
    std::vector<GroupMember> trunks;
};

enum class RouteTarget { refuse, trunk, user, demo };

/// One ordered rule; all given patterns must match. A pattern is a literal with `*` (any run) and `?` (one
/// character), or `/regex/` (ECMAScript, whole value).
struct Route {
    std::string to;        ///< "" matches all
    std::string from;      ///< caller's number or user name
    std::string page;      ///< calling page's URL; matches only calls from pages
    std::string trunk_in;  ///< calls that came from this trunk; "" any
    RouteTarget target = RouteTarget::refuse;
    std::string target_name;    ///< trunk, trunk group or user
    std::string rewrite_to;     ///< new called number; `$1`.. are the groups of a /regex/, `$0` the whole
    std::string rewrite_from;   ///< new caller number
    std::string refuse_reason;  ///< code of an EndCause, default "not-found"
    std::string refuse_text;
    int line = 0;  ///< in the file, for logs
};

struct User {
    std::string name;
    std::string display;
    std::vector<std::string> numbers;  ///< first is the caller id of its calls
    std::string token;                 ///< plain shared token, or ""
    std::string password_hash;  ///< "scrypt$N$r$p$salt$hash" (made by `causeway --hash-password`), or ""
};

struct Guests {
    bool enabled = false;
    std::vector<std::string> may_call;  ///< patterns as in Route.to
    std::string number_range;           ///< "7000-7999": each connected guest gets one, or "" for none
    std::string number;                 ///< presented to trunks for guests; "" anonymous
};

enum class IdpBinding { contents, oidc_nonce, dpop, introspection };

/// Somebody whose word about a web user is taken.
struct IdentityProvider {
    std::string domain;
    std::vector<std::string> protocols{"default"};
    std::string issuer;
    std::string jwks_uri;                       ///< https; or
    bool discovery = false;                     ///< from <issuer>/.well-known/openid-configuration
    IdpBinding binding = IdpBinding::contents;  ///< contents, oidc-nonce, dpop, introspection
    std::string typ;
    std::vector<std::string> algs{"ES256"};
    std::vector<std::string> audiences;
    std::string name_claim = "sub";
    std::vector<std::pair<std::string, std::string>> require_claims;  ///< name, JSON text of the value
    std::vector<std::string> may_assert;
    std::chrono::seconds max_age{300};
    std::chrono::seconds skew{30};
    AttestLevel attest_cap = AttestLevel::a;
    std::string introspection_endpoint;
    std::string client_id;
    std::string client_secret;
};

/// Who may present which number; the first row about a caller counts.
struct NumberRow {
    std::string identity;         ///< user@domain or *@domain; or
    std::string session_account;  ///< a user's name, or "guest"
    std::vector<std::string> numbers;
    std::string default_;  ///< key `default`; "" the first number
    AttestLevel max_attest = AttestLevel::a;
    std::string display;
    bool require_assertion = false;
};

enum class UnlistedNumber { reject, default_number, attest_b };
enum class OnMissing { reject, session };

struct Assertion {
    OnMissing on_none = OnMissing::session;
    OnMissing on_unknown_idp = OnMissing::session;
    OnMissing on_unavailable = OnMissing::reject;
    bool dtls_before_invite = true;
    std::chrono::seconds replay_window{360};
};

/// Our own right to numbers, and whose word of others' is taken.
struct Stir {
    std::string certificate;  ///< PEM chain, leaf first
    std::string private_key;
    std::string x5u;     ///< where peers fetch the chain
    bool serve = false;  ///< the gateway serves the chain at /stir/certificate.pem
    std::string roots;   ///< PEM of the STI-CA roots
    std::string crls;    ///< PEM
    std::chrono::seconds freshness{60};
};

/// The gateway as identity provider of its callers.
struct GatewayIdentity {
    bool enabled = false;
    std::string domain;  ///< public name; default sip.domain
    std::string protocol = "sipgw1";
};

/// An application server that may hand out permissions to call.
struct TokenIssuer {
    std::string name;
    std::string public_key;  ///< PEM file (ES256), or
    std::string secret;      ///< shared, at least 32 characters (HS256)
    std::string api_key;     ///< for POST /v1/tokens; "" not allowed
    std::chrono::seconds longest_life{3600};
};

/// What may be fetched for verification.
struct Fetch {
    std::string ca_file;
    std::vector<std::string> private_hosts;
};

struct Limits {
    int calls = 1000;
    int calls_per_session = 4;
    std::chrono::seconds call_duration{4 * 3600};
    int load = 85;  ///< percent of a media core: above it new calls are refused; 100 never refuses
};

struct Log {
    std::string level = "info";                         ///< debug info warning error
    std::string file;                                   ///< "" standard error
    std::string records = "causeway-data/calls.jsonl";  ///< one JSON line per call attempt; "" none
};

/// The embedded demo exchange.
struct Demo {
    bool enabled = false;
    SocketAddress listen;  ///< default 127.0.0.1:5070

    Demo();
};

struct Config;
/// Whether anything of SIP comes or goes by TLS or WebSocket.
bool needs_edge(const Config& config);

struct Config {
    Http http;
    Sip sip;
    Media media;
    WebRtc webrtc;
    std::vector<Trunk> trunks;
    std::vector<TrunkGroup> trunk_groups;
    std::vector<Route> routes;
    std::vector<User> users;
    Guests guests;
    std::vector<IdentityProvider> identity_providers;
    std::vector<NumberRow> numbers;
    UnlistedNumber unlisted_number = UnlistedNumber::reject;
    Assertion assertion;
    Stir stir;
    GatewayIdentity identity;
    std::vector<TokenIssuer> tokens;
    Fetch fetch;
    Limits limits;
    Log log;
    Demo demo;
    std::string state_directory = "causeway-data";
};

using Snapshot = std::shared_ptr<const Config>;

}  // namespace causeway::config
