#include "gateway/app/kept_secrets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/base/unique_fd.hpp"

namespace causeway::app {
namespace {

void write_private(const std::string& path, const std::string& text) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
    }
}

}  // namespace

jose::SigningKey kept_key(const std::string& directory, const std::string& file) {
    const std::string path = (std::filesystem::path(directory) / file).string();
    if (std::ifstream in(path); in) {
        std::ostringstream text;
        text << in.rdbuf();
        auto key = jose::SigningKey::from_pem(text.str());
        if (!key) throw std::runtime_error(path + ": " + key.error().detail);
        return *key;
    }
    std::filesystem::create_directories(directory);
    const jose::SigningKey key = jose::SigningKey::generate();
    write_private(path, key.pem());
    return key;
}

}  // namespace causeway::app
