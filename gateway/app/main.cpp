// causeway: the command. Reads the options, checks the configuration, runs the gateway.
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "config/loader.hpp"
#include "core/base/descriptor_limit.hpp"
#include "core/base/log.hpp"
#include "gateway/app/edge_settings.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/identity_settings.hpp"
#include "gateway/app/missing_codecs.hpp"
#include "gateway/app/options.hpp"
#include "gateway/app/version.hpp"
#include "gateway/demo/numbers.hpp"
#include "gateway/http/password_hash.hpp"
#include "gateway/http/tls_files.hpp"
#include "gateway/tools/commands.hpp"
#include "transcode/codec.hpp"

namespace {

using namespace causeway;

int print_password_hash() {
    std::string password;
    if (!std::getline(std::cin, password) || password.empty()) {
        std::cerr << "causeway: no password on standard input.\n";
        return app::kExitUsage;
    }
    std::cout << http::hash_password(password) << '\n';
    return EXIT_SUCCESS;
}

/// Beside the faults of the configuration, those of the certificate that it names.
config::Loaded load(const app::Options& options) {
    config::Loaded loaded;
    if (options.demo) {
        loaded.config = config::demo_config();
        return loaded;
    }
    loaded = config::load_file(options.config_file);
    if (!loaded.faults.empty()) return loaded;
    loaded.faults =
        app::identity_faults(loaded, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    for (config::Fault& fault : app::edge_faults(loaded)) loaded.faults.push_back(std::move(fault));
    const config::Tls& tls = loaded.config.http.tls;
    if (!tls.enabled || tls.certificate.empty()) return loaded;
    if (const auto fault = http::check_tls_files(tls.certificate, tls.private_key)) {
        const std::string path = fault->in_private_key ? "http.tls.private_key" : "http.tls.certificate";
        loaded.faults.push_back(loaded.fault(path, fault->found, fault->expected));
    }
    return loaded;
}

log::Level level_of(const std::string& name) {
    if (name == "debug") return log::Level::debug;
    if (name == "warning") return log::Level::warning;
    if (name == "error") return log::Level::error;
    return log::Level::info;
}

std::string page_address(const config::Config& config) {
    const SocketAddress& listen = config.http.listen;
    const bool local = listen.is_unspecified() || listen.is_loopback();
    const std::string scheme = config.http.tls.enabled ? "https://" : "http://";
    // Browsers give a page the microphone only over https or on localhost.
    return scheme + (local ? "localhost:" + std::to_string(listen.port()) : listen.to_string()) + "/";
}

void greet(const config::Config& config) {
    std::cout << "Causeway " << app::kVersion << " is running. Open " << page_address(config) << '\n';
    if (config.demo.enabled) {
        std::cout << "Numbers to dial:\n";
        for (const demo::Number& number : demo::numbers()) {
            std::cout << "  " << number.number << "  " << number.description << '\n';
        }
    }
    std::cout << "Ctrl-C stops it." << std::endl;
}

/// libnice takes two blocks of 64 kB per agent and uses a page of each. As mappings of their own they stay
/// that small also after thousands of calls, when the heap would give them pages that others had filled.
void keep_large_blocks_apart() {
    constexpr int kLarge = 48 * 1024;
    mallopt(M_MMAP_THRESHOLD, kLarge);
}

int run(const config::Config& config) {
    keep_large_blocks_apart();
    raise_descriptor_limit();
    log::start({level_of(config.log.level), config.log.file});
    int status = EXIT_SUCCESS;
    try {
        app::Gateway gateway(std::make_shared<const config::Config>(config));
        greet(config);
        gateway.run();
        log::info("stopped");
    } catch (const std::exception& fault) {
        std::cerr << "causeway: cannot start: " << fault.what() << '\n';
        status = EXIT_FAILURE;
    }
    log::stop();
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && tools::is_command(argv[1])) {
        return tools::run({argv + 1, argv + argc}, std::cin, std::cout, std::cerr);
    }
    const auto options = app::parse_options(argc, argv, std::cerr);
    if (!options) return app::kExitUsage;
    using Mode = app::Options::Mode;
    if (options->mode == Mode::help) {
        app::print_help(std::cout);
        return EXIT_SUCCESS;
    }
    if (options->mode == Mode::version) {
        std::cout << "causeway " << app::kVersion << '\n';
        return EXIT_SUCCESS;
    }
    if (options->mode == Mode::hash_password) return print_password_hash();

    config::Loaded loaded = load(*options);
    app::MissingCodecs missing = app::leave_out_missing_codecs(loaded.config, transcode::can_encode);
    for (std::string& note : missing.notes) loaded.notes.push_back(std::move(note));
    for (const config::Fault& fault : loaded.faults) std::cerr << config::to_string(fault) << '\n';
    for (const std::string& note : loaded.notes) std::cerr << "note: " << note << '\n';
    for (const std::string& fault : missing.faults) std::cerr << fault << '\n';
    if (!loaded.faults.empty() || !missing.faults.empty()) return app::kExitUsage;
    if (options->mode == Mode::print_config) {
        std::cout << config::print(loaded.config);
        return EXIT_SUCCESS;
    }
    if (options->mode == Mode::check_config) {
        std::cout << "The configuration is good.\n";
        return EXIT_SUCCESS;
    }
    return run(loaded.config);
}
