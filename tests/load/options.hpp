// The command line of causeway-load.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "core/sdp/audio_media.hpp"

namespace causeway::load {

struct Options {
    std::string system = "causeway";
    bool start = false;  ///< start one of our own
    std::string binary;  ///< what to start
    pid_t pid = 0;       ///< what to measure, when it runs already
    std::string url;
    std::string user;
    std::string password;

    std::vector<int> calls{50};  ///< one stage each
    double rate = 50;            ///< calls per second; 0: as many as the system takes
    std::chrono::seconds settle{3};
    std::chrono::seconds steady{20};
    std::chrono::seconds hold{0};  ///< after the last stage, with a line per minute
    /// Not 0: calls end after so long, and for `hold` new ones come at `rate`.
    std::chrono::seconds call_time{0};

    sdp::Codec browser_codec = sdp::Codec::pcmu;
    sdp::Codec sip_codec = sdp::Codec::pcmu;
    std::string profile = "aes80";
    std::string sound;  ///< WAV file
    int listeners = 10;

    int threads = 1;
    int system_threads = 0;
    bool pin = false;
    std::string address = "127.0.0.1";
    int sip_port = 0;
    std::string telephones;  ///< other SIP agents than ours, "192.0.2.1:5070"
    int calls_per_port = 250;
    int calls_per_connection = 50;
    std::string json;
    bool strict = false;  ///< a lost packet or a failed call is a failure of the run
};

/// Prints what is wrong, or the help, to `out`; nullopt then.
std::optional<Options> parse_options(int argc, const char* const* argv, std::ostream& out, int& exit_status);

/// "20s", "5m", "1h", "20".
std::optional<std::chrono::seconds> parse_duration(const std::string& text);
/// "50,100,200"
std::optional<std::vector<int>> parse_stages(const std::string& text);

}  // namespace causeway::load
