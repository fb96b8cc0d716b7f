#include "gateway/web/web_files.hpp"

#include <algorithm>
#include <iterator>

namespace causeway::web {

#include "embedded_files.inc"

const WebFile* find(std::string_view path) {
    const auto* found = std::find_if(std::begin(kFiles), std::end(kFiles),
                                     [path](const WebFile& file) { return file.path == path; });
    return found == std::end(kFiles) ? nullptr : found;
}

}  // namespace causeway::web
