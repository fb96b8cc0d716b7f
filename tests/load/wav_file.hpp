// Sound files as tests need them: 16 bits, PCM. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::load {

struct Sound {
    int sample_rate = 8000;
    std::vector<std::int16_t> samples;
};

/// Of several channels the first. An Error when there is no such file, or of another kind.
Result<Sound> read_wav(const std::string& path);
Result<void> write_wav(const std::string& path, int sample_rate, std::span<const std::int16_t> samples);

}  // namespace causeway::load
