#include "config/checks.hpp"
#include "config/kinds.hpp"

namespace causeway::config {
namespace {

/// Both or none, and files that can be read. True when there is a pair.
bool check_pair(const std::string& section, const std::string& certificate, const std::string& key,
                Findings& findings) {
    if (certificate.empty() != key.empty()) {
        findings.fault(
            section + (key.empty() ? ".certificate" : ".private_key"),
            key.empty() ? "a certificate without private_key" : "a private_key without certificate", "both");
        return false;
    }
    if (certificate.empty()) return false;
    check_file(section + ".certificate", certificate, findings);
    check_file(section + ".private_key", key, findings);
    return true;
}

void check_listeners(const Sip& sip, Findings& findings) {
    constexpr std::size_t kMost = 64;
    const bool has_own = check_pair("sip.tls", sip.tls.certificate, sip.tls.private_key, findings);
    if (!sip.listen_tls.empty() && !has_own && !findings.faulty("sip.tls.certificate") &&
        !findings.faulty("sip.tls.private_key")) {
        findings.fault("sip.listen_tls", "TLS without certificate", "certificate and private_key in sip.tls");
    }
    if (sip.listen_tls.size() > kMost) {
        findings.fault("sip.listen_tls", std::to_string(sip.listen_tls.size()) + " addresses", "at most 64");
    }
    const bool asks = sip.tls.client_certificates != ClientCertificates::off;
    if (asks && sip.tls.client_ca.empty()) {
        findings.fault("sip.tls.client_certificates", "client certificates that nobody could have signed",
                       "client_ca beside it: a PEM file of the authorities");
    }
    if (!sip.tls.client_ca.empty()) check_file("sip.tls.client_ca", sip.tls.client_ca, findings);
}

void check_trunk(const Trunk& trunk, const Sip& sip, const std::string& path, Findings& findings) {
    const TrunkTls& tls = trunk.tls;
    // Without a pair of its own it has that of sip.tls, which was looked at.
    if (findings.given(path + ".tls.certificate") || findings.given(path + ".tls.private_key")) {
        check_pair(path + ".tls", tls.certificate, tls.private_key, findings);
    }
    if (!tls.ca.empty()) check_file(path + ".tls.ca", tls.ca, findings);
    if (tls.client_names.empty()) return;
    if (sip.listen_tls.empty() || sip.tls.client_certificates == ClientCertificates::off) {
        findings.fault(path + ".tls.client_names", "names in certificates that nobody is asked for",
                       "sip.listen_tls, and sip.tls.client_certificates: optional or required");
    }
}

}  // namespace

void check_sip_tls(const Config& config, Findings& findings) {
    check_listeners(config.sip, findings);
    Unique names(findings);
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        const Trunk& trunk = config.trunks[i];
        const std::string path = item("trunks", i);
        check_trunk(trunk, config.sip, path, findings);
        for (std::size_t n = 0; n < trunk.tls.client_names.size(); ++n) {
            names.claim(trunk.tls.client_names[n], "an earlier trunk", item(path + ".tls.client_names", n),
                        quoted(trunk.tls.client_names[n]));
        }
    }
}

}  // namespace causeway::config
