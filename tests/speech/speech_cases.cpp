// What is to be called, and the gateway that it is called through: a trunk for each codec, whose numbers are
// those of the calls that want it.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "tests/load/free_port.hpp"
#include "tests/speech/speech_calls.hpp"

namespace causeway::speech {
namespace {

Duration milliseconds(int count) {
    return std::chrono::milliseconds(count);
}

}  // namespace

Result<std::vector<SpeechCase>> read_cases(const std::string& path) {
    std::ifstream file(path);
    if (!file) return Error{path + " cannot be opened"};
    std::vector<SpeechCase> cases;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        SpeechCase one;
        std::string browser;
        std::string sip;
        int delay = 0;
        int jitter = 0;
        if (!(words >> one.name >> browser >> sip >> one.wire.loss >> one.wire.burst_length >> delay >>
              jitter >> one.wire.reorder))
            return Error{fmt::format("{}:{} is no call", path, cases.size() + 1)};
        const auto browser_codec = sdp::codec_from_name(browser);
        const auto sip_codec = sdp::codec_from_name(sip);
        if (!browser_codec || !sip_codec)
            return Error{fmt::format("{}:{} names no codec of ours", path, cases.size() + 1)};
        one.browser = *browser_codec;
        one.sip = *sip_codec;
        one.wire.delay = milliseconds(delay);
        one.wire.jitter = milliseconds(jitter);
        cases.push_back(std::move(one));
    }
    return cases;
}

const load::Sound& VoiceFiles::at(int sample_rate) const {
    return sample_rate == 48000 ? at_48000 : sample_rate == 16000 ? at_16000 : at_8000;
}

Result<load::SubjectPlan> plan_gateway(const std::string& binary, const std::string& folder,
                                       const std::vector<SpeechCase>& cases,
                                       const SocketAddress& telephones) {
    const auto http_port = load::free_tcp_port();
    if (!http_port) return http_port.error();
    const auto sip_port = load::free_udp_port();
    if (!sip_port) return sip_port.error();
    std::map<std::string_view, std::vector<std::string>> numbers;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const load::CallIndex index{static_cast<std::uint32_t>(i)};
        numbers[sdp::codec_name(cases[i].sip)].push_back(load::called_number(index));
    }
    std::string trunks = "trunks:\n";
    std::string routes = "routes:\n";
    for (const auto& [codec, called] : numbers) {
        trunks += fmt::format("  - {{name: {}, address: '{}', codecs: [{}]}}\n", codec,
                              telephones.to_string(), codec);
        for (const std::string& number : called)
            routes += fmt::format("  - {{to: '{}', target: trunk {}}}\n", number, codec);
    }
    const std::string path = folder + "/speech-gateway.yaml";
    std::ofstream file(path);
    file << fmt::format(
                "http: {{listen: '127.0.0.1:{http}', messages_per_second: 1000}}\n"
                "sip: {{listen_udp: ['127.0.0.1:{sip}']}}\n"
                "media: {{ports: 10000-14999}}\n"
                "webrtc: {{addresses: [127.0.0.1], ports: 15000-19999}}\n"
                "guests: {{enabled: true, may_call: ['*']}}\n"
                "limits: {{calls: {calls}, calls_per_session: {calls}}}\n"
                "log: {{level: warning}}\n"
                "state_directory: {folder}/gateway-state\n",
                fmt::arg("http", *http_port), fmt::arg("sip", *sip_port),
                fmt::arg("calls", cases.size() + 10), fmt::arg("folder", folder))
         << trunks << routes;
    file.close();
    if (!file) return Error{path + " cannot be written"};
    return load::SubjectPlan{
        {binary, "--config", path}, fmt::format("ws://127.0.0.1:{}/v1/ws", *http_port), {}};
}

}  // namespace causeway::speech
