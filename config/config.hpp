// All of the configuration as one immutable value. A call keeps the snapshot it was born with. Defaults are
// the member initialisers; config/causeway.yaml explains each option to the operator.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/socket_address.hpp"
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

    Http();
};

struct Sip {
    std::vector<SocketAddress> listen_udp;  ///< default 127.0.0.1:5060 when neither is given
    std::vector<SocketAddress> listen_tcp;
    std::string domain = "localhost";
    std::string external_address;
    std::chrono::seconds ring_timeout{60};
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
    int opus_bitrate = 32000;
    int jitter_buffer_max_ms = 200;

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
};

enum class TrunkTransport { udp, tcp };

struct Trunk {
    std::string name;
    std::string address;  ///< host or IP, with optional port
    TrunkTransport transport = TrunkTransport::udp;
    std::string username;
    std::string password;
    std::string realm;
    std::vector<sdp::Codec> codecs;  ///< offered in this order; default pcmu pcma
    bool register_ = false;          ///< key `register`
    std::string registrar;           ///< default: `address`
    std::chrono::seconds expires{300};
    bool trusted = false;  ///< P-Asserted-Identity is believed from it and sent to it
    std::vector<std::string>
        sources;  ///< IP addresses or CIDR that its calls come from; default: `address` when numeric
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
    std::string target_name;    ///< trunk or user
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
};

struct Limits {
    int calls = 1000;
    int calls_per_session = 4;
    std::chrono::seconds call_duration{4 * 3600};
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

struct Config {
    Http http;
    Sip sip;
    Media media;
    WebRtc webrtc;
    std::vector<Trunk> trunks;
    std::vector<Route> routes;
    std::vector<User> users;
    Guests guests;
    Limits limits;
    Log log;
    Demo demo;
    std::string state_directory = "causeway-data";
};

using Snapshot = std::shared_ptr<const Config>;

}  // namespace causeway::config
