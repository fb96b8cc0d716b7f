// Calls through a running gateway in which a voice speaks both ways at once, each over a wire as bad as
// wanted, and both ends keep what they hear. On one loop's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "tests/load/door.hpp"
#include "tests/load/histogram.hpp"
#include "tests/load/wav_file.hpp"
#include "tests/speech/impairment.hpp"

namespace causeway::speech {

struct SpeechCase {
    std::string name;
    sdp::Codec browser{};
    sdp::Codec sip{};
    ImpairmentSettings wire;  ///< from each end towards the gateway
};
/// Lines of "name browser sip loss burst delay_ms jitter_ms reorder". An Error names the line.
Result<std::vector<SpeechCase>> read_cases(const std::string& path);

/// The voice at the rates that codecs are fed with.
struct VoiceFiles {
    load::Sound at_8000;
    load::Sound at_16000;
    load::Sound at_48000;
    const load::Sound& at(int sample_rate) const;
};

struct HeardCase {
    std::string name;
    load::Sound by_telephone;
    load::Sound by_browser;
};

/// The configuration and command line of a gateway for these cases, in `folder`, and its page door's URL.
Result<load::SubjectPlan> plan_gateway(const std::string& binary, const std::string& folder,
                                       const std::vector<SpeechCase>& cases, const SocketAddress& telephones);

/// Makes all calls at once, lets the voice speak to its end, hangs up. An Error says which call failed and
/// why.
class SpeechCalls {
  public:
    SpeechCalls(std::vector<SpeechCase> cases, const VoiceFiles& voice);
    ~SpeechCalls();

    /// Where the telephones listen.
    Result<SocketAddress> listen();
    Result<std::vector<HeardCase>> run(const std::string& url);
    /// How late the mouths themselves spoke: what they miss is not the gateway's.
    const load::Histogram& lateness() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::speech
