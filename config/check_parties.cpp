#include <algorithm>

#include "config/checks.hpp"
#include "config/kinds.hpp"

namespace causeway::config {
namespace {

void check_trunk(const Trunk& trunk, const std::string& path, Findings& findings) {
    if (!findings.given(path + ".name")) findings.fault(path, "a trunk without name", "a line `name: ...`");
    if (!findings.given(path + ".address") && !findings.faulty(path + ".address")) {
        findings.fault(path, "trunk " + quoted(trunk.name) + " without address", "a line `address: ...`");
    }
    if (trunk.name == "demo") {
        findings.fault(path + ".name", "\"demo\"", "another name: this one is the demo exchange's");
    }
    if (findings.faulty(path + ".username") || findings.faulty(path + ".password")) return;
    const bool registers =
        trunk.register_ || std::any_of(trunk.accounts.begin(), trunk.accounts.end(),
                                       [](const auto& account) { return account.register_; });
    if (trunk.mwi && !registers) {
        findings.fault(path + ".mwi", "a mailbox without a registration",
                       "register: true beside it, or at one of its accounts");
    }
    if (trunk.register_ && (trunk.username.empty() || trunk.password.empty())) {
        findings.fault(path + ".register", "register without credentials", "username and password beside it");
    } else if (trunk.username.empty() != trunk.password.empty()) {
        findings.fault(trunk.username.empty() ? path + ".password" : path + ".username",
                       trunk.username.empty() ? "a password without username" : "a username without password",
                       "both or none");
    }
}

/// A trunk over TCP needs the stack to have a TCP transport at all.
void check_transport(const Trunk& trunk, const Sip& sip, const std::string& path, Findings& findings) {
    if (!sip.listen_tcp.empty() || findings.faulty("sip.listen_tcp")) return;
    if (trunk.tcp_above > 0) {
        findings.fault(path + ".tcp_above", std::to_string(trunk.tcp_above),
                       "sip.listen_tcp to name an address when long requests go by TCP");
    }
    if (trunk.transport != TrunkTransport::tcp) return;
    findings.fault(path + ".transport", "\"tcp\"", "sip.listen_tcp to name an address when a trunk uses TCP");
}

/// The way out that a trunk names must be one.
void check_listener(const Trunk& trunk, const Sip& sip, const std::string& path, Findings& findings) {
    if (trunk.listen.empty() || findings.faulty(path + ".listen")) return;
    const bool tls = trunk.transport == TrunkTransport::tls;
    const bool tcp = trunk.transport == TrunkTransport::tcp;
    const bool any = trunk.transport == TrunkTransport::automatic;
    const std::string key = any   ? "sip.listen_udp, sip.listen_tcp or sip.listen_tls"
                            : tls ? "sip.listen_tls"
                            : tcp ? "sip.listen_tcp"
                                  : "sip.listen_udp";
    const auto& all = tls ? sip.listen_tls : tcp ? sip.listen_tcp : sip.listen_udp;
    const auto own = SocketAddress::parse(trunk.listen);
    if (findings.faulty(key) || !own) return;
    const auto has = [&](const auto& list) {
        return std::find(list.begin(), list.end(), *own) != list.end();
    };
    if (any ? !has(sip.listen_udp) && !has(sip.listen_tcp) && !has(sip.listen_tls) : !has(all)) {
        findings.fault(path + ".listen", quoted(trunk.listen), "one of the addresses of " + key);
        return;
    }
    const auto with_port = SocketAddress::parse(trunk.address);
    const auto peer = with_port ? with_port : SocketAddress::parse(trunk.address, 0);
    if (peer && peer->is_ipv6() != own->is_ipv6()) {
        findings.fault(
            path + ".listen", quoted(trunk.listen),
            peer->is_ipv6() ? "an IPv6 address, as the trunk's is" : "an IPv4 address, as the trunk's is");
    }
}

void check_codecs(const std::vector<sdp::Codec>& codecs, const std::string& path, Findings& findings) {
    for (std::size_t i = 0; i < codecs.size(); ++i) {
        const auto end = codecs.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(codecs.begin(), end, codecs[i]) == end) continue;
        findings.fault(item(path, i), quoted(codec_kind().write(codecs[i])) + " again", "each codec once");
        return;
    }
    const auto speaks = [](sdp::Codec codec) {
        return !sdp::is_only_heard(codec) && codec != sdp::Codec::clearmode;
    };
    if (codecs.empty() || findings.faulty(path) || std::any_of(codecs.begin(), codecs.end(), speaks)) return;
    findings.fault(path, "nothing that a voice can be sent with",
                   "another codec than ilbc and clearmode too");
}

/// Keys in SDP are as secret as the signalling that carries them.
void check_srtp(const Trunk& trunk, Findings& findings) {
    const bool has_keys = trunk.srtp == sdp::SrtpPolicy::optional || trunk.srtp == sdp::SrtpPolicy::required;
    // What DNS chooses may be UDP.
    const bool in_clear = trunk.transport != TrunkTransport::tls;
    if (has_keys && in_clear) {
        findings.note("trunk " + quoted(trunk.name) +
                      ": its SRTP keys travel in clear: whoever reads its signalling can listen");
    }
    if (trunk.srtp == sdp::SrtpPolicy::dtls && trunk.out.stir == StirOut::base &&
        trunk.out.mky == Mky::never) {
        findings.note("trunk " + quoted(trunk.name) +
                      ": with srtp: dtls nothing is signed as long as out.mky is never");
    }
}

void check_trunks(const Config& config, Findings& findings) {
    Unique names(findings);
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        const Trunk& trunk = config.trunks[i];
        const std::string path = item("trunks", i);
        check_trunk(trunk, path, findings);
        check_transport(trunk, config.sip, path, findings);
        check_listener(trunk, config.sip, path, findings);
        check_codecs(trunk.codecs, path + ".codecs", findings);
        check_srtp(trunk, findings);
        if (!trunk.name.empty()) {
            names.claim(trunk.name, "an earlier trunk", path + ".name", "trunk " + quoted(trunk.name));
        }
    }
}

bool in_range(const std::string& number, const std::string& range_text) {
    const auto range = parse_number_range(range_text);
    if (!range || number.size() != range_text.find('-')) return false;
    const auto value = Whole(0, 999'999'999).number(number);
    return value && *value >= range->first && *value <= range->second;
}

void check_users(const Config& config, Findings& findings) {
    Unique names(findings), numbers(findings), tokens(findings);
    for (std::size_t i = 0; i < config.users.size(); ++i) {
        const User& user = config.users[i];
        const std::string path = item("users", i);
        const std::string owner = "user " + quoted(user.name);
        if (user.name.empty()) {
            findings.fault(path, "a user without name", "a line `name: ...`");
        } else {
            names.claim(user.name, "an earlier user", path + ".name", owner);
        }
        const bool misread = findings.faulty(path + ".token") || findings.faulty(path + ".password_hash");
        if (user.token.empty() && user.password_hash.empty() && !misread) {
            findings.fault(path, owner + " without token and password_hash", "at least one of them");
        }
        if (!user.token.empty()) tokens.claim(user.token, "an earlier user", path + ".token", "a token");
        for (std::size_t n = 0; n < user.numbers.size(); ++n) {
            const std::string number_path = item(path + ".numbers", n);
            const std::string shown = "number " + quoted(user.numbers[n]);
            numbers.claim(user.numbers[n], owner, number_path, shown);
            if (config.guests.enabled && in_range(user.numbers[n], config.guests.number_range)) {
                findings.fault(number_path, shown, "one outside guests.number_range");
            }
        }
    }
}

}  // namespace

void check_parties(const Config& config, Findings& findings) {
    check_trunks(config, findings);
    check_users(config, findings);
    check_codecs(config.media.browser_codecs, "media.browser_codecs", findings);
    if (config.guests.enabled && config.guests.may_call.empty() && !findings.faulty("guests.may_call")) {
        findings.fault("guests.enabled", "guests enabled, but no number that they may call",
                       "patterns in guests.may_call");
    }
}

}  // namespace causeway::config
