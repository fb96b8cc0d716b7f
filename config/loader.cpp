#include "config/loader.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "config/checks.hpp"
#include "config/complete.hpp"
#include "config/findings.hpp"
#include "config/schema.hpp"
#include "config/yaml_reader.hpp"

namespace causeway::config {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;

}  // namespace

std::string to_string(const Fault& fault) {
    std::string text = fault.file;
    if (fault.line > 0) text += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
    text += ": found " + fault.found + ", expected " + fault.expected;
    if (!fault.hint.empty()) text += "; " + fault.hint;
    // The YAML library's messages quote the file.
    return printable(text);
}

Fault Loaded::fault(const std::string& path, std::string found, std::string expected) const {
    std::string part = path;
    while (!part.empty() && !places.contains(part)) part = parent_path(part);
    const auto at = places.find(part);
    const Place place = at == places.end() ? Place{} : at->second;
    return {file, place.line, place.column, std::move(found), std::move(expected), ""};
}

Loaded load_text(std::string_view yaml, const std::string& file) {
    Loaded loaded;
    Findings findings(file);
    try {
        const YamlNode root = parse_yaml(yaml);
        YamlReader reader(root, "", findings);
        describe(reader, loaded.config);
        reader.finish();
        complete(loaded.config, file, findings);
        check_ports(loaded.config, findings);
        check_routes(loaded.config, findings);
        check_parties(loaded.config, findings);
        check_groups(loaded.config, findings);
        check_settings(loaded.config, findings);
        check_identity(loaded.config, findings);
        check_trust(loaded.config, findings);
        check_sip_tls(loaded.config, findings);
    } catch (const YamlError& fault) {
        findings.fault_at(fault.place, "", fault.what(), fault.expected);
    }
    loaded.file = file;
    loaded.faults = findings.take_faults();
    loaded.places = findings.take_places();
    if (loaded.faults.empty()) loaded.notes = findings.take_notes();
    return loaded;
}

Loaded load_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(kMaxBytes + 1, '\0');
    if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) {
        const std::string why = errno == 0 ? "" : std::string(" (") + std::strerror(errno) + ")";
        Loaded loaded;
        loaded.faults = {{path, 0, 0, "no readable file" + why, "a configuration file", ""}};
        return loaded;
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return load_text(text, path);
}

}  // namespace causeway::config
