#include "core/base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

namespace causeway::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string escaped(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            clean.push_back(c);
        } else {
            fmt::format_to(std::back_inserter(clean), "\\x{:02x}", byte);
        }
    }
    return clean;
}

}  // namespace

void start(const Settings& settings) {
    spdlog::init_thread_pool(8192, 1);
    std::shared_ptr<spdlog::sinks::sink> sink;
    if (settings.file.empty()) {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
    }
    auto logger = std::make_shared<spdlog::async_logger>("causeway", std::move(sink), spdlog::thread_pool(),
                                                         spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger->set_level(spdlog_level(settings.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void stop() {
    // The writing thread is joined before the file that it writes to goes.
    const auto kept = spdlog::default_logger();
    spdlog::shutdown();
}

bool enabled(Level level) {
    const auto* logger = spdlog::default_logger_raw();
    return logger != nullptr && logger->should_log(spdlog_level(level));
}

void write(Level level, std::string_view text) {
    if (auto* logger = spdlog::default_logger_raw()) logger->log(spdlog_level(level), escaped(text));
}

void write(Level level, CallId call, std::string_view text) {
    if (auto* logger = spdlog::default_logger_raw()) {
        logger->log(spdlog_level(level), "[" + to_string(call) + "] " + escaped(text));
    }
}

}  // namespace causeway::log
