#include <sys/stat.h>
#include <unistd.h>

#include "config/checks.hpp"
#include "config/kinds.hpp"

namespace causeway::config {

void check_file(const std::string& path, const std::string& file, Findings& findings) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || ::access(file.c_str(), R_OK) != 0) {
        findings.fault(path, quoted(file), "a PEM file that can be read");
    }
}

namespace {

void check_tls(const Http& http, Findings& findings) {
    const Tls& tls = http.tls;
    if (!tls.enabled) {
        if (!http.listen.is_loopback()) {
            findings.note("http listens on " + http.listen.to_string() +
                          " without TLS: browsers give the microphone to https pages only");
        }
        return;
    }
    if (tls.certificate.empty() != tls.private_key.empty()) {
        const bool lacks_key = tls.private_key.empty();
        findings.fault(lacks_key ? "http.tls.certificate" : "http.tls.private_key",
                       lacks_key ? "a certificate without private_key" : "a private_key without certificate",
                       "both");
    } else if (tls.certificate.empty() && !tls.self_signed) {
        findings.fault("http.tls.enabled", "TLS without certificate",
                       "certificate and private_key, or self_signed: true");
    }
    if (!tls.certificate.empty()) check_file("http.tls.certificate", tls.certificate, findings);
    if (!tls.private_key.empty()) check_file("http.tls.private_key", tls.private_key, findings);
}

void check_external(const std::string& path, const std::string& address, Findings& findings) {
    const auto parsed = SocketAddress::parse(address, 0);
    if (parsed && parsed->is_unspecified()) {
        findings.fault(path, quoted(address), "the address that others reach this host by");
    }
}

void check_webrtc(const WebRtc& webrtc, Findings& findings) {
    for (const auto& [path, server] :
         {std::pair("webrtc.stun", &webrtc.stun), std::pair("webrtc.turn", &webrtc.turn)}) {
        // RFC 8445 §2.7: a lite agent has host candidates only.
        if (webrtc.ice == IceMode::lite && !server->empty()) {
            findings.fault(path, "a server beside ice: lite", "ice: full, or no server");
        }
    }
    const bool has_password = !webrtc.turn_username.empty() && !webrtc.turn_password.empty();
    if (!webrtc.turn.empty() && !has_password && webrtc.turn_secret.empty() &&
        !findings.faulty("webrtc.turn_password") && !findings.faulty("webrtc.turn_secret")) {
        findings.fault("webrtc.turn", "a TURN server without credentials",
                       "turn_secret beside it, or turn_username and turn_password");
    }
    if (has_password && !webrtc.turn_secret.empty()) {
        findings.fault("webrtc.turn_secret", "a secret beside turn_username and turn_password",
                       "one of the two ways");
    }
    for (std::size_t i = 0; i < webrtc.external_addresses.size(); ++i) {
        check_external("webrtc.external_addresses[" + std::to_string(i) + "]", webrtc.external_addresses[i],
                       findings);
    }
}

}  // namespace

void check_settings(const Config& config, Findings& findings) {
    check_tls(config.http, findings);
    check_external("sip.external_address", config.sip.external_address, findings);
    check_external("media.external_address", config.media.external_address, findings);
    const auto media = SocketAddress::parse(config.media.address, 0);
    if (media && media->is_unspecified() && config.media.external_address.empty()) {
        findings.fault("media.address", quoted(config.media.address),
                       "one address, or media.external_address beside it: SDP has to name one");
    }
    check_webrtc(config.webrtc, findings);
    if (config.media.opus_complexity_min > config.media.opus_complexity) {
        findings.fault(
            "media.opus_complexity_min", std::to_string(config.media.opus_complexity_min),
            "at most media.opus_complexity (" + std::to_string(config.media.opus_complexity) + ")");
    }
    if (config.limits.calls_per_session > config.limits.calls) {
        findings.fault("limits.calls_per_session", std::to_string(config.limits.calls_per_session),
                       "at most limits.calls (" + std::to_string(config.limits.calls) + ")");
    }
    if (config.state_directory.empty()) {
        findings.fault("state_directory", "no directory", "the path of a directory to write to");
    }
}

}  // namespace causeway::config
