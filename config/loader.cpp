#include "config/loader.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/checks.hpp"
#include "config/findings.hpp"
#include "config/schema.hpp"
#include "config/yaml_reader.hpp"

namespace causeway::config {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;

/// Certificates are named relative to the file that names them.
void make_absolute(std::string& path, const std::string& config_file) {
    if (path.empty()) return;
    std::error_code fault;
    const auto directory = std::filesystem::absolute(config_file, fault).parent_path();
    if (!fault) path = (directory / path).lexically_normal().string();
}

/// Defaults that depend on other values.
void complete(Config& config, const std::string& file, const Findings& findings) {
    if (config.sip.listen_udp.empty() && config.sip.listen_tcp.empty()) {
        config.sip.listen_udp = {SocketAddress::parse("127.0.0.1", 5060).value()};
    }
    if (config.media.browser_codecs.empty()) config.media.browser_codecs = Media{}.browser_codecs;
    for (Trunk& trunk : config.trunks) {
        if (trunk.codecs.empty()) trunk.codecs = {sdp::Codec::pcmu, sdp::Codec::pcma};
        if (trunk.registrar.empty()) trunk.registrar = trunk.address;
        if (trunk.sources.empty()) {
            auto address = SocketAddress::parse(trunk.address, 0);
            if (!address) address = SocketAddress::parse(trunk.address);
            if (address) trunk.sources = {address->ip()};
        }
    }
    if (!findings.given("log.records")) config.log.records = config.state_directory + "/calls.jsonl";
    make_absolute(config.http.tls.certificate, file);
    make_absolute(config.http.tls.private_key, file);
}

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
    const auto at = places.find(path);
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
        check_settings(loaded.config, findings);
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
