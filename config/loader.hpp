// YAML file -> Config, with every fault found at once.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/place.hpp"

namespace causeway::config {

/// One fault: where it is, what stands there, what was expected and, for an unknown key, the nearest known
/// one.
struct Fault {
    std::string file;
    int line = 0;    ///< from 1; 0 when the fault belongs to no place
    int column = 0;  ///< from 1
    std::string found;
    std::string expected;
    std::string hint;

    friend bool operator==(const Fault&, const Fault&) = default;
};

/// "causeway.yaml:12:5: found ..., expected ...; did you mean ...?"
std::string to_string(const Fault& fault);

struct Loaded {
    Config config;
    std::vector<Fault> faults;       ///< empty: `config` is usable
    std::vector<std::string> notes;  ///< not wrong, but worth a warning; none beside faults
    std::string file;
    std::map<std::string, Place> places;  ///< of the values given, by path such as `http.tls.certificate`

    /// A fault of a value that only its user can judge, such as a certificate. When the value is a default,
    /// it stands at the nearest part that is given.
    Fault fault(const std::string& path, std::string found, std::string expected) const;
};

/// Never throws; total on any bytes up to 1 MiB. `file` is for messages and relative paths.
Loaded load_text(std::string_view yaml, const std::string& file);
Loaded load_file(const std::string& path);

/// The configuration of `causeway --demo`.
Config demo_config();

/// Effective values as YAML that `load_text` takes; secrets as "********".
std::string print(const Config& config);

}  // namespace causeway::config
