// What `causeway --demo` runs: loopback only, no account, no second server; guests may call the demo exchange
// and nothing else.
#include "config/loader.hpp"

namespace causeway::config {

Config demo_config() {
    Config config;
    const SocketAddress sip = SocketAddress::parse("127.0.0.1", 5060).value();
    config.sip.listen_udp = {sip};
    config.sip.listen_tcp = {sip};
    config.demo.enabled = true;
    config.guests.enabled = true;
    config.guests.may_call = {"/60[0-7]/"};
    config.guests.number_range = "7000-7999";
    Route to_demo;
    to_demo.to = "/60[0-7]/";
    to_demo.target = RouteTarget::demo;
    config.routes = {to_demo};
    config.log.records = config.state_directory + "/calls.jsonl";
    return config;
}

}  // namespace causeway::config
