#include "tests/load/wav_file.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace causeway::load {
namespace {

std::uint32_t little(std::string_view bytes, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

void append(std::string& bytes, std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

Error unfit(const std::string& path) {
    return Error{path + " is no WAV file of 16 bits with sound in it"};
}

}  // namespace

Result<Sound> read_wav(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{path + " cannot be opened"};
    const std::string all{std::istreambuf_iterator<char>(file), {}};
    const std::string_view bytes = all;
    if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") return unfit(path);
    Sound sound;
    std::size_t frame = 0;  // bytes of all channels
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
        const std::string_view kind = bytes.substr(at, 4);
        const std::string_view body = bytes.substr(at + 8, little(bytes.substr(at + 4), 4));
        if (kind == "fmt ") {
            if (body.size() < 16 || little(body, 2) != 1 || little(body.substr(14), 2) != 16)
                return unfit(path);
            frame = 2 * std::size_t{little(body.substr(2), 2)};
            sound.sample_rate = static_cast<int>(little(body.substr(4), 4));
        } else if (kind == "data") {
            if (frame == 0 || body.size() < frame || sound.sample_rate <= 0) return unfit(path);
            for (std::size_t i = 0; i + frame <= body.size(); i += frame)
                sound.samples.push_back(static_cast<std::int16_t>(little(body.substr(i), 2)));
            return sound;
        }
        at += 8 + body.size() + body.size() % 2;
    }
    return unfit(path);
}

Result<void> write_wav(const std::string& path, int sample_rate, std::span<const std::int16_t> samples) {
    const auto size = static_cast<std::uint32_t>(samples.size() * 2);
    const auto rate = static_cast<std::uint32_t>(sample_rate);
    std::string head = "RIFF";
    append(head, 36 + size, 4);
    head += "WAVEfmt ";
    append(head, 16, 4);
    append(head, 1, 2);  // PCM
    append(head, 1, 2);  // channels
    append(head, rate, 4);
    append(head, rate * 2, 4);
    append(head, 2, 2);
    append(head, 16, 2);
    head += "data";
    append(head, size, 4);
    std::ofstream file(path, std::ios::binary);
    file.write(head.data(), static_cast<std::streamsize>(head.size()));
    file.write(reinterpret_cast<const char*>(samples.data()), static_cast<std::streamsize>(size));
    if (!file) return Error{path + " cannot be written"};
    return {};
}

}  // namespace causeway::load
