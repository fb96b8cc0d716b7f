// causeway-speech: makes the calls of a list through a gateway of its own and writes what each end heard as
// WAV files, and says how late its own ends spoke: milliseconds, p99 and most. speech.py prepares the list
// and judges the files.
#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <cstdio>
#include <string>

#include "tests/load/child_process.hpp"
#include "tests/speech/speech_calls.hpp"

namespace causeway::speech {
namespace {

struct Options {
    std::string gateway;
    std::string calls;
    std::string voice;  ///< "{}" stands for the rate
    std::string out;
};

Result<VoiceFiles> read_voice(const std::string& pattern) {
    VoiceFiles voice;
    for (load::Sound* const sound : {&voice.at_8000, &voice.at_16000, &voice.at_48000}) {
        const int rate = sound == &voice.at_8000 ? 8000 : sound == &voice.at_16000 ? 16000 : 48000;
        auto read = load::read_wav(fmt::format(fmt::runtime(pattern), rate));
        if (!read) return read.error();
        *sound = std::move(*read);
    }
    return voice;
}

Result<void> run(const Options& options) {
    auto cases = read_cases(options.calls);
    if (!cases) return cases.error();
    const auto voice = read_voice(options.voice);
    if (!voice) return voice.error();

    SpeechCalls calls(*cases, *voice);
    const auto telephones = calls.listen();
    if (!telephones) return telephones.error();
    const auto plan = plan_gateway(options.gateway, options.out, *cases, *telephones);
    if (!plan) return plan.error();
    const auto gateway = load::ChildProcess::start(plan->command, options.out + "/speech-gateway.log", -1);
    if (!gateway) return gateway.error();
    const auto heard = calls.run(plan->url);
    if (!heard) return heard.error();
    const auto milliseconds = [](std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; };
    fmt::print("{:.1f} {:.1f}\n", milliseconds(calls.lateness().quantile(0.99)),
               milliseconds(calls.lateness().max()));
    for (const HeardCase& one : *heard) {
        const std::string name = options.out + "/" + one.name;
        for (const auto& [sound, ending] :
             {std::pair{&one.by_telephone, ".to_sip.wav"}, std::pair{&one.by_browser, ".to_browser.wav"}}) {
            const auto written = load::write_wav(name + ending, sound->sample_rate, sound->samples);
            if (!written) return written.error();
        }
    }
    return {};
}

}  // namespace
}  // namespace causeway::speech

int main(int count, char** words) {
    namespace po = boost::program_options;
    causeway::speech::Options options;
    po::options_description known("causeway-speech");
    known.add_options()("gateway", po::value(&options.gateway)->required(), "the causeway program")(
        "calls", po::value(&options.calls)->required(), "the list of calls")(
        "voice", po::value(&options.voice)->required(), "WAV files, {} is 8000, 16000 and 48000")(
        "out", po::value(&options.out)->required(), "a folder for what is heard");
    try {
        po::variables_map given;
        po::store(po::parse_command_line(count, words, known), given);
        po::notify(given);
    } catch (const po::error& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 2;
    }
    const auto done = causeway::speech::run(options);
    if (done) return 0;
    std::fprintf(stderr, "%s\n", done.error().detail.c_str());
    return 1;
}
