#include "gateway/app/room_settings.hpp"

#include <algorithm>

#include "config/kinds.hpp"
#include "gateway/app/version.hpp"
#include "webrtc/ice/turn_credentials.hpp"

namespace causeway::app {

std::string product() {
    return std::string("causeway/") + kVersion;
}

sip::SipUaSettings sip_settings(const config::Config& config, std::shared_ptr<sip::FlowTable> flows) {
    sip::SipUaSettings settings;
    settings.listen_udp = config.sip.listen_udp;
    settings.listen_tcp = config.sip.listen_tcp;
    settings.domain = config.sip.domain;
    settings.external_address = config.sip.external_address;
    for (const std::string& pair : config.sip.external_addresses) {
        if (const auto both = config::parse_ip_pair(pair)) {
            settings.external_addresses.emplace_back(both->first, both->second.ip());
        }
    }
    settings.user_agent = product();
    for (const config::Trunk& trunk : config.trunks) {
        const auto& allowed = trunk.headers.allow_in;
        settings.headers_in.insert(settings.headers_in.end(), allowed.begin(), allowed.end());
        if (const auto own = SocketAddress::parse(trunk.listen)) {
            settings.trunk_listeners.emplace_back(trunk.name, *own);
        }
    }
    settings.keep_alive = config.sip.keep_alive;
    const bool by_tcp =
        std::any_of(config.trunks.begin(), config.trunks.end(), [](const config::Trunk& trunk) {
            const bool registers =
                trunk.register_ || std::any_of(trunk.accounts.begin(), trunk.accounts.end(),
                                               [](const auto& account) { return account.register_; });
            // DNS may choose TCP, too.
            return registers && (trunk.transport == config::TrunkTransport::tcp ||
                                 trunk.transport == config::TrunkTransport::automatic);
        });
    if (by_tcp) settings.tcp_keep_alive = config.sip.keep_alive;
    settings.flows = std::move(flows);
    settings.least_session_expires = config.sip.min_session_expires;
    return settings;
}

media::MediaSettings media_settings(const config::Config& config) {
    media::MediaSettings settings;
    settings.workers = config.media.workers;
    settings.sip_address = SocketAddress::parse(config.media.address, 0).value();
    settings.sip_port_min = config.media.port_min;
    settings.sip_port_max = config.media.port_max;
    settings.media_timeout = config.media.timeout;
    settings.opus.complexity = config.media.opus_complexity;
    settings.opus.bitrate = config.media.opus_bitrate;
    settings.opus_complexity_min = config.media.opus_complexity_min;
    settings.load_limit = config.limits.load / 100.0;
    settings.silence_suppression = config.media.silence_suppression;
    settings.jitter_max = std::chrono::milliseconds(config.media.jitter_buffer_max_ms);
    webrtc::BrowserLegSettings& browser = settings.browser;
    browser.ice_lite = config.webrtc.ice == config::IceMode::lite;
    browser.bind_addresses = config.webrtc.addresses;
    browser.external_addresses = config.webrtc.external_addresses;
    browser.port_min = config.webrtc.port_min;
    browser.port_max = config.webrtc.port_max;
    browser.opus_bitrate = config.media.opus_bitrate;
    browser.opus_dtx = config.media.silence_suppression;
    browser.comfort_noise = config.media.silence_suppression;
    browser.stun_server = config.webrtc.stun;
    browser.turn_server = config.webrtc.turn;
    browser.turn_username = config.webrtc.turn_username;
    browser.turn_password = config.webrtc.turn_password;
    browser.turn_secret = config.webrtc.turn_secret;
    browser.ice_tcp = config.webrtc.ice_tcp;
    settings.browser_may_return = config.http.resume_time.count() > 0;
    return settings;
}

http::IceServers ice_servers(const config::Config& config, std::string_view user, std::int64_t now) {
    constexpr std::int64_t kLife = 24 * 3600;
    http::IceServers ice;
    const config::WebRtc& webrtc = config.webrtc;
    if (!webrtc.stun.empty()) ice.servers.push_back({{"stun:" + webrtc.stun}, "", ""});
    // A password that all pages would share, and could keep, is not given away.
    if (webrtc.turn.empty() || webrtc.turn_secret.empty()) return ice;
    auto credentials =
        webrtc::make_turn_credentials(webrtc.turn_secret, user.empty() ? "guest" : user, now + kLife);
    ice.servers.push_back(
        {{"turn:" + webrtc.turn + "?transport=udp", "turn:" + webrtc.turn + "?transport=tcp"},
         std::move(credentials.username),
         std::move(credentials.password)});
    ice.seconds = kLife;
    return ice;
}

http::WebDoorSettings web_settings(const config::Config& config) {
    http::WebDoorSettings settings;
    settings.listen = config.http.listen;
    settings.tls = config.http.tls.enabled;
    settings.certificate_file = config.http.tls.certificate;
    settings.private_key_file = config.http.tls.private_key;
    settings.allowed_origins = config.http.allowed_origins;
    settings.messages_per_second = config.http.messages_per_second;
    settings.max_connections = config.http.max_connections;
    settings.product = product();
    return settings;
}

namespace {

/// A name that no other account of the trunk has: it may be known by one name in two realms.
std::string label_of(const config::Trunk& trunk, const config::TrunkAccount& account) {
    const auto same = std::count_if(trunk.accounts.begin(), trunk.accounts.end(),
                                    [&](const auto& other) { return other.username == account.username; });
    return trunk.name + "/" + account.username + (same > 1 ? "@" + account.realm : "");
}

}  // namespace

std::vector<sip::Registration> registrations(const config::Config& config,
                                             const std::map<std::string, std::string>& proxies,
                                             const std::set<std::string>& without) {
    std::vector<sip::Registration> wanted;
    for (const config::Trunk& trunk : config.trunks) {
        if (without.contains(trunk.name)) continue;
        const std::string registrar = trunk.registrar.empty() ? trunk.address : trunk.registrar;
        const std::string transport = config::uri_transport(trunk.transport);
        const auto proxy = proxies.find(trunk.name);
        const auto add = [&](const std::string& label, const std::string& user,
                             sip::DigestCredentials credentials) {
            wanted.push_back({label, "sip:" + registrar + transport, "sip:" + user + "@" + registrar,
                              std::move(credentials), trunk.expires,
                              proxy == proxies.end() ? std::string() : proxy->second});
        };
        if (trunk.register_) add(trunk.name, trunk.username, {trunk.username, trunk.password, trunk.realm});
        for (const config::TrunkAccount& account : trunk.accounts) {
            if (!account.register_) continue;
            add(label_of(trunk, account), account.user, {account.username, account.password, account.realm});
        }
    }
    return wanted;
}

std::vector<sip::Mailbox> mailboxes(const config::Config& config) {
    std::vector<sip::Mailbox> wanted;
    for (const config::Trunk& trunk : config.trunks) {
        if (!trunk.mwi) continue;
        const std::string registrar = trunk.registrar.empty() ? trunk.address : trunk.registrar;
        const std::string transport = trunk.transport == config::TrunkTransport::tcp ? ";transport=tcp" : "";
        const auto add = [&](const std::string& user, const sip::DigestCredentials& who) {
            const std::string address = "sip:" + user + "@" + registrar;
            wanted.push_back(
                {trunk.name, address, address + transport, who.username, who.password, who.realm});
        };
        if (trunk.register_) add(trunk.username, {trunk.username, trunk.password, trunk.realm});
        for (const config::TrunkAccount& account : trunk.accounts) {
            if (account.register_) add(account.user, {account.username, account.password, account.realm});
        }
    }
    return wanted;
}

SocketAddress gateway_sip_address(const config::Config& config) {
    const SocketAddress listen =
        config.sip.listen_udp.empty() ? config.sip.listen_tcp.front() : config.sip.listen_udp.front();
    if (!listen.is_unspecified()) return listen;
    return SocketAddress::parse(listen.is_ipv6() ? "::1" : "127.0.0.1", listen.port()).value();
}

}  // namespace causeway::app
