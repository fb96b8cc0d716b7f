// What is to be called, and the gateway that it is called through: a trunk for each codec, whose numbers are
// those of the calls that want it.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "core/base/unique_fd.hpp"
#include "tests/speech/speech_calls.hpp"

namespace causeway::speech {
namespace {

Duration milliseconds(int count) {
    return std::chrono::milliseconds(count);
}

std::string config_name(sdp::Codec codec) {
    if (codec == sdp::Codec::l16_wb) return "l16-wb";
    if (codec == sdp::Codec::speex_wb) return "speex-wb";
    std::string name(sdp::encoding_name(codec));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return name;
}

std::uint16_t free_port(int type) {
    const UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    const SocketAddress any = SocketAddress::parse("127.0.0.1", 0).value();
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    auto* const address = reinterpret_cast<sockaddr*>(&name);
    if (::bind(fd.get(), any.data(), any.size()) != 0 || ::getsockname(fd.get(), address, &size) != 0)
        return 0;
    return SocketAddress(address).port();
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

const Sound& VoiceFiles::at(int sample_rate) const {
    return sample_rate == 48000 ? at_48000 : sample_rate == 16000 ? at_16000 : at_8000;
}

int sample_rate_of(sdp::Codec codec) {
    switch (codec) {
        case sdp::Codec::opus:
            return 48000;
        case sdp::Codec::g722:
        case sdp::Codec::amr_wb:
        case sdp::Codec::speex_wb:
        case sdp::Codec::l16_wb:
            return 16000;
        default:
            return 8000;
    }
}

Result<load::SubjectPlan> plan_gateway(const std::string& binary, const std::string& folder,
                                       const std::vector<SpeechCase>& cases,
                                       const SocketAddress& telephones) {
    const std::uint16_t http_port = free_port(SOCK_STREAM);
    std::map<std::string, std::vector<std::string>> numbers;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const load::CallIndex index{static_cast<std::uint32_t>(i)};
        numbers[config_name(cases[i].sip)].push_back(load::called_number(index));
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
                fmt::arg("http", http_port), fmt::arg("sip", free_port(SOCK_DGRAM)),
                fmt::arg("calls", cases.size() + 10), fmt::arg("folder", folder))
         << trunks << routes;
    file.close();
    if (!file) return Error{path + " cannot be written"};
    return load::SubjectPlan{
        {binary, "--config", path}, fmt::format("ws://127.0.0.1:{}/v1/ws", http_port), {}};
}

}  // namespace causeway::speech
