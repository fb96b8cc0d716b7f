// The static files of the phone page, built into the binary. Any thread.
#pragma once

#include <string_view>

namespace causeway::web {

struct WebFile {
    std::string_view path;          ///< "/index.html"
    std::string_view content_type;  ///< with charset
    std::string_view version;       ///< changes with the content
    std::string_view content;
};

/// nullptr when there is no such file.
const WebFile* find(std::string_view path);

}  // namespace causeway::web
