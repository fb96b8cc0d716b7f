// Keys that the gateway makes for itself and keeps in its state directory, mode 0600. At start only: errors
// are exceptions.
#pragma once

#include <string>

#include "core/jose/key.hpp"

namespace causeway::app {

/// The P-256 key in `directory`/`file`, made when it is not there. Throws std::runtime_error with the file's
/// name.
jose::SigningKey kept_key(const std::string& directory, const std::string& file);

}  // namespace causeway::app
