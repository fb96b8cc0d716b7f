#include "config/complete.hpp"

#include <algorithm>
#include <filesystem>

#include "config/checks.hpp"

namespace causeway::config {
namespace {

/// Certificates and keys are named relative to the file that names them.
void make_absolute(std::string& path, const std::string& config_file) {
    if (path.empty()) return;
    std::error_code fault;
    const auto directory = std::filesystem::absolute(config_file, fault).parent_path();
    if (!fault) path = (directory / path).lexically_normal().string();
}

void make_files_absolute(Config& config, const std::string& file) {
    for (std::string* path :
         {&config.http.tls.certificate, &config.http.tls.private_key, &config.stir.certificate,
          &config.stir.private_key, &config.stir.roots, &config.stir.crls, &config.fetch.ca_file,
          &config.sip.tls.certificate, &config.sip.tls.private_key, &config.sip.tls.client_ca}) {
        make_absolute(*path, file);
    }
    for (Trunk& trunk : config.trunks) {
        make_absolute(trunk.out.certificate, file);
        make_absolute(trunk.out.private_key, file);
        make_absolute(trunk.tls.ca, file);
        make_absolute(trunk.tls.certificate, file);
        make_absolute(trunk.tls.private_key, file);
    }
    for (TokenIssuer& issuer : config.tokens) make_absolute(issuer.public_key, file);
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

void fill(std::string& value, const std::string& fallback) {
    if (value.empty()) value = fallback;
}

void complete_trust(Trunk& trunk, const Config& config, bool stir_given) {
    TrunkIn& in = trunk.in;
    TrunkOut& out = trunk.out;
    if (!in.pai) in.pai = trunk.trusted ? PaiIn::accept : PaiIn::ignore;
    if (!in.orig_from) in.orig_from = *in.pai == PaiIn::accept ? OrigFrom::pai : OrigFrom::from;
    // Without roots no signature could pass; then nothing is fetched for one either.
    if (!stir_given && config.stir.roots.empty()) in.stir = StirIn::ignore;
    if (!trunk.transfers) trunk.transfers = trunk.trusted;
    if (!out.pai) out.pai = trunk.trusted ? PaiOut::send : PaiOut::never;
    fill(out.anonymous_uri, "sip:anonymous@" + config.sip.domain);
}

/// "sip.example:5061", "192.0.2.1", "[2001:db8::1]:5061" without the port and the brackets.
std::string host_of(const std::string& address) {
    if (const auto with_port = SocketAddress::parse(address)) return with_port->ip();
    if (SocketAddress::parse(address, 0)) return address;
    if (!address.empty() && address.front() == '[') return address.substr(1, address.find(']') - 1);
    return address.substr(0, address.find(':'));
}

void complete_trunk_tls(Trunk& trunk, const SipTls& own) {
    TrunkTls& tls = trunk.tls;
    for (std::string& name : tls.client_names) name = lower(name);
    if (trunk.transport != TrunkTransport::tls && trunk.transport != TrunkTransport::automatic) return;
    fill(tls.server_name, host_of(trunk.address));
    if (tls.certificate.empty() && tls.private_key.empty()) {
        tls.certificate = own.certificate;
        tls.private_key = own.private_key;
    }
}

/// RFC 3263 §4.1: DNS chooses for a name without port, and where it cannot, UDP it is.
void complete_transport(Trunk& trunk, bool given) {
    const bool bare_name =
        trunk.address.find(':') == std::string::npos && !SocketAddress::parse(trunk.address, 0);
    if (!given && bare_name) trunk.transport = TrunkTransport::automatic;
    if (trunk.transport == TrunkTransport::automatic && !bare_name) trunk.transport = TrunkTransport::udp;
}

void complete_trunk(Trunk& trunk) {
    if (trunk.codecs.empty()) trunk.codecs = {sdp::Codec::pcmu, sdp::Codec::pcma};
    if (trunk.registrar.empty()) trunk.registrar = trunk.address;
    if (!trunk.numbers.in) trunk.numbers.in = trunk.numbers.out;
    for (TrunkAccount& account : trunk.accounts) fill(account.user, account.username);
    if (!trunk.sources.empty()) return;
    auto address = SocketAddress::parse(trunk.address, 0);
    if (!address) address = SocketAddress::parse(trunk.address);
    if (address) trunk.sources = {address->ip()};
}

void complete_identity(Config& config, const Findings& findings) {
    if (config.identity.enabled && config.identity.domain.empty()) {
        config.identity.domain = lower(config.sip.domain);
    }
    if (findings.given("assertion.replay_window")) return;
    // Remember each assertion for as long as it could be used again.
    for (const IdentityProvider& provider : config.identity_providers) {
        config.assertion.replay_window =
            std::max(config.assertion.replay_window, provider.max_age + provider.skew);
    }
}

}  // namespace

void complete(Config& config, const std::string& file, const Findings& findings) {
    if (config.sip.listen_udp.empty() && config.sip.listen_tcp.empty()) {
        config.sip.listen_udp = {SocketAddress::parse("127.0.0.1", 5060).value()};
    }
    if (config.media.browser_codecs.empty()) config.media.browser_codecs = Media{}.browser_codecs;
    make_files_absolute(config, file);
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        complete_transport(config.trunks[i], findings.given(item("trunks", i) + ".transport"));
        complete_trunk_tls(config.trunks[i], config.sip.tls);
        complete_trunk(config.trunks[i]);
        complete_trust(config.trunks[i], config, findings.given(item("trunks", i) + ".in.stir"));
    }
    complete_identity(config, findings);
    if (!findings.given("log.records")) config.log.records = config.state_directory + "/calls.jsonl";
}

}  // namespace causeway::config
