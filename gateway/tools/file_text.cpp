#include "gateway/tools/file_text.hpp"

#include <boost/program_options/errors.hpp>
#include <fstream>
#include <iterator>

namespace causeway::tools {

std::string file_text(const std::string& name) {
    std::ifstream stream(name, std::ios::binary);
    bool sound = stream.good();
    std::string text;
    try {
        text.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    } catch (const std::ios_base::failure&) {
        // A directory can be opened, but not read.
        sound = false;
    }
    if (!sound) throw boost::program_options::error("cannot read " + name);
    return text;
}

}  // namespace causeway::tools
