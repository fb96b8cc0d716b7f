// The captured offers in tests/data/sdp. Tests run in the root of the source tree.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace causeway::test {

/// The whole file, bytes as they are; throws if it is not there.
inline std::string sdp_file(const std::string& name) {
    std::ifstream file("tests/data/sdp/" + name, std::ios::binary);
    if (!file) throw std::runtime_error("no test data: " + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// `text` with the first `from` replaced by `to`; throws when there is none, so that no test goes blind.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not in the text: " + from);
    return text.replace(at, from.size(), to);
}

}  // namespace causeway::test
