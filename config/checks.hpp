// Faults that no single value has: what must fit together before anything is opened.
#pragma once

#include <map>
#include <string>

#include "config/config.hpp"
#include "config/findings.hpp"

namespace causeway::config {

/// Addresses and port ranges that would collide.
void check_ports(const Config& config, Findings& findings);
/// Routes, and the trunks, users and groups they name; guests' patterns.
void check_routes(const Config& config, Findings& findings);
/// Trunks, users, guests: names, numbers, credentials.
void check_parties(const Config& config, Findings& findings);
/// Trunks beside one another: groups, accounts, number formats.
void check_groups(const Config& config, Findings& findings);
/// TLS, ICE, media, limits.
void check_settings(const Config& config, Findings& findings);
/// Identity providers, and who may present which number.
void check_identity(const Config& config, Findings& findings);
/// TLS of the SIP side: listeners and trunks.
void check_sip_tls(const Config& config, Findings& findings);
/// What trunks are believed and told; certificates, tokens.
void check_trust(const Config& config, Findings& findings);

/// The file that `path` names can be read.
void check_file(const std::string& path, const std::string& file, Findings& findings);

/// `trunks[2]`
inline std::string item(const std::string& list, std::size_t index) {
    return list + "[" + std::to_string(index) + "]";
}

/// Remembers which value was first to use a word.
class Unique {
  public:
    explicit Unique(Findings& findings) : findings_(findings) {}

    void claim(const std::string& word, const std::string& owner, const std::string& path,
               const std::string& what) {
        const auto [first, fresh] = owners_.emplace(word, owner);
        if (!fresh) findings_.fault(path, what + " again", "another than that of " + first->second);
    }

  private:
    Findings& findings_;
    std::map<std::string, std::string> owners_;
};

}  // namespace causeway::config
