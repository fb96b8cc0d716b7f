// Sound files: what is written is read, of several channels the first, and what is no sound is refused.
#include "tests/load/wav_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace causeway::load {
namespace {

using namespace std::string_literals;

class WavFile : public ::testing::Test {
  protected:
    ~WavFile() override { std::remove(path_.c_str()); }

    Result<Sound> read(const std::string& bytes) const {
        std::ofstream(path_, std::ios::binary) << bytes;
        return read_wav(path_);
    }

    const std::string path_ = testing::TempDir() + "causeway-wav-file-test.wav";
};

TEST_F(WavFile, what_is_written_is_read) {
    const std::array<std::int16_t, 4> samples{0, 1, -2, 32767};
    ASSERT_TRUE(write_wav(path_, 16000, samples));
    const auto sound = read_wav(path_);
    ASSERT_TRUE(sound) << sound.error().detail;
    EXPECT_EQ(sound->sample_rate, 16000);
    EXPECT_EQ(sound->samples, std::vector<std::int16_t>(samples.begin(), samples.end()));
}

TEST_F(WavFile, of_two_channels_the_first_is_read_and_other_chunks_are_passed_over) {
    const auto sound = read(
        "RIFF\0\0\0\0WAVELIST\1\0\0\0x\0fmt \20\0\0\0\1\0\2\0\x40\x1F\0\0\0\x7D\0\0\4\0\20\0"
        "data\10\0\0\0\1\0\x63\0\2\0\x63\0"s);
    ASSERT_TRUE(sound) << sound.error().detail;
    EXPECT_EQ(sound->sample_rate, 8000);
    EXPECT_EQ(sound->samples, (std::vector<std::int16_t>{1, 2}));
}

TEST_F(WavFile, what_holds_no_sound_of_16_bits_is_refused) {
    const std::string head = "RIFF\0\0\0\0WAVE"s;
    EXPECT_FALSE(read("")) << "nothing";
    EXPECT_FALSE(read(head)) << "no chunk";
    EXPECT_FALSE(read(head + "data\4\0\0\0\1\0\2\0"s)) << "sound of no kind";
    EXPECT_FALSE(read(head + "fmt \20\0\0\0\1\0\0\0\x40\x1F\0\0\0\x7D\0\0\4\0\20\0data\4\0\0\0\1\0\2\0"s))
        << "no channel";
    EXPECT_FALSE(read(head + "fmt \20\0\0\0\7\0\1\0\x40\x1F\0\0\0\x7D\0\0\4\0\10\0data\4\0\0\0\1\0\2\0"s))
        << "mu-law";
    EXPECT_FALSE(read(head + "fmt \377\377\377\377\1\0"s)) << "cut off";
}

}  // namespace
}  // namespace causeway::load
