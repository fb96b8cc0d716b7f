// How the generator starts a Causeway of its own. Limits are set so that nothing but the machine stands in
// the way; ports lie below the kernel's ephemeral ones, which the clients use.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "tests/load/causeway_door.hpp"
#include "tests/load/free_port.hpp"

namespace causeway::load {

Result<SubjectPlan> plan_causeway(const SubjectSettings& settings) {
    const auto http_port = free_tcp_port();
    if (!http_port) return http_port.error();
    const auto sip_port = free_udp_port();
    if (!sip_port) return sip_port.error();
    const std::string file = settings.folder + "/causeway.yaml";
    std::ofstream out(file);
    out << fmt::format(
        "http: {{listen: '127.0.0.1:{}', messages_per_second: 1000}}\n"
        "sip: {{listen_udp: ['127.0.0.1:{}']}}\n"
        "media: {{ports: 10000-19999, workers: {}, browser_codecs: [{}],\n"
        // Cost at one quality, up to a full core.
        "  opus_complexity: 5, opus_complexity_min: 5}}\n"
        "webrtc: {{addresses: [127.0.0.1], ports: 20000-29999}}\n"
        "guests: {{enabled: true, may_call: ['load-*']}}\n"
        "limits: {{calls: {}, calls_per_session: {}, load: 100}}\n"
        "log: {{level: warning}}\n"
        "state_directory: {}/state\n",
        *http_port, *sip_port, settings.threads, sdp::codec_name(settings.browser_codec), settings.calls + 10,
        settings.calls + 10, settings.folder);
    std::string trunks = "trunks:\n";
    std::string routes = "routes:\n";
    for (int thread = 0; thread < settings.generator_threads; ++thread) {
        const auto port = static_cast<std::uint16_t>(settings.sip_agents.port() + thread);
        const std::string agents = settings.telephones.empty()
                                       ? settings.sip_agents.with_port(port).to_string()
                                       : settings.telephones;
        trunks += fmt::format("  - {{name: load{}, address: '{}', codecs: [{}]}}\n", thread, agents,
                              sdp::codec_name(settings.sip_codec));
        routes += fmt::format("  - {{to: 'load-{}*', target: trunk load{}}}\n", thread, thread);
    }
    out << trunks << routes;
    out.close();
    if (!out) return Error{fmt::format("{} cannot be written", file)};
    const std::string binary = settings.binary.empty() ? "causeway" : settings.binary;
    return SubjectPlan{{binary, "--config", file}, fmt::format("ws://127.0.0.1:{}/v1/ws", *http_port), {}};
}

}  // namespace causeway::load
