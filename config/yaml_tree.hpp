// YAML text as a bounded tree with places: what yaml-cpp's events say, with aliases copied out and counted,
// so that no document can grow beyond its limits. The only door to yaml-cpp.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/place.hpp"

namespace causeway::config {

struct YamlNode {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    Place place;
    std::string text;             ///< of a scalar
    bool plain = false;           ///< a scalar without quotes
    std::vector<YamlNode> items;  ///< of a list or map
    std::string key;              ///< when this is a value in a map
    Place key_place;
};

/// The document cannot be read at all.
class YamlError : public std::runtime_error {
  public:
    YamlError(Place at, const std::string& what_found, std::string what_expected)
        : std::runtime_error(what_found), place(at), expected(std::move(what_expected)) {}
    Place place;
    std::string expected;
};

/// The one document in `text`; an empty text is a null node. Throws YamlError, nothing else.
YamlNode parse_yaml(std::string_view text);

}  // namespace causeway::config
