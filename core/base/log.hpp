// Logging: one line per happening, the call id on each line that belongs to a call. spdlog stays in log.cpp.
#pragma once

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include "core/base/ids.hpp"

namespace causeway::log {

enum class Level { debug, info, warning, error };

struct Settings {
    Level level = Level::info;
    std::string file;  ///< empty: standard error
};

/// Starts the log thread (asynchronous, overruns the oldest line, never blocks a caller). Call once, from
/// main.
void start(const Settings& settings);
/// Writes out what is queued and ends the log thread.
void stop();

/// Lines below the level cost a comparison only. Before `start`, lines go to standard output (tests).
bool enabled(Level level);
/// Control characters in `text` are escaped: a peer cannot forge a line.
void write(Level level, std::string_view text);
void write(Level level, CallId call, std::string_view text);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void debug(CallId call, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, call, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(CallId call, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, call, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(CallId call, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning))
        write(Level::warning, call, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(CallId call, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, call, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace causeway::log
