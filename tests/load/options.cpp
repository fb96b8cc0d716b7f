#include "tests/load/options.hpp"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <charconv>
#include <iostream>
#include <limits>

#include "tests/load/door.hpp"

namespace causeway::load {
namespace {

namespace po = boost::program_options;

std::optional<int> whole_number(const std::string& text) {
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

template <class Value>
Value demand(std::optional<Value> value, const std::string& option, const std::string& text) {
    if (!value) throw po::error("--" + option + " cannot be \"" + text + "\"");
    return *value;
}

po::options_description describe(Options& options) {
    po::options_description all("causeway-load puts calls on a gateway and tells what they cost.\nOptions");
    const auto flag = [](bool& value) { return po::bool_switch(&value); };
    all.add_options()          //
        ("help", "this text")  //
        ("start", po::value<std::string>(),
         "start this system for the run: causeway, rtpengine, janus, reference")                      //
        ("binary", po::value(&options.binary), "the program to start")                                //
        ("system", po::value<std::string>(), "the system that runs already, at --url")                //
        ("url", po::value(&options.url), "its control address: ws://127.0.0.1:8088/v1/ws")            //
        ("pid", po::value(&options.pid), "its process, to measure CPU and memory of")                 //
        ("user", po::value(&options.user), "log in to it; default: a guest")                          //
        ("password", po::value(&options.password), "of that user")                                    //
        ("sip-port", po::value(&options.sip_port), "where our SIP agents listen; default: any port")  //
        ("address", po::value(&options.address), "our own address; default 127.0.0.1")                //
        ("calls", po::value<std::string>(), "calls at once, one stage each: 50,100,200; default 50")  //
        ("rate", po::value<std::string>(), "new calls a second, or max; default 50")                  //
        ("settle", po::value<std::string>(), "time between set-up and measuring; default 3s")         //
        ("steady", po::value<std::string>(), "time to measure each stage for; default 20s")           //
        ("hold", po::value<std::string>(), "then go on for so long (1h), with a line per minute")     //
        ("call-time", po::value<std::string>(),
         "calls end after so long; for --hold, new ones come at --rate")  //
        ("telephones", po::value(&options.telephones),
         "a started system calls these SIP agents instead of ours: 127.0.0.1:5070")  //
        ("codec", po::value<std::string>(),
         "browser and SIP side: pcmu-pcmu (default), opus-pcmu, opus-g722, ...")                            //
        ("profile", po::value(&options.profile), "SRTP: aes80 (default) or gcm")                            //
        ("sound", po::value(&options.sound), "a 16-bit WAV file to speak; default: a made voice")           //
        ("listeners", po::value(&options.listeners), "converted calls whose sound is decoded; default 10")  //
        ("threads", po::value(&options.threads), "of the generator; default 1")                             //
        ("system-threads", po::value(&options.system_threads), "media threads of a started system")         //
        ("pin", flag(options.pin), "generator on core 0, a started system on core 1")                       //
        ("calls-per-port", po::value(&options.calls_per_port),
         "calls that share a socket of ours; default 250")  //
        ("calls-per-connection", po::value(&options.calls_per_connection),
         "calls on one WebSocket; default 50")                               //
        ("json", po::value(&options.json), "write the report to this file")  //
        ("strict", flag(options.strict), "exit with 1 when a call failed or a packet was lost");
    return all;
}

void read_codecs(const std::string& text, Options& options) {
    // "opus-pcmu"; a name may hold a hyphen itself ("amr-wb"), so each split is tried.
    for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + 1)) {
        const auto browser = sdp::codec_from_name(text.substr(0, at));
        const auto sip = sdp::codec_from_name(text.substr(at + 1));
        if (!browser || !sip) continue;
        options.browser_codec = *browser;
        options.sip_codec = *sip;
        return;
    }
    throw po::error("--codec cannot be \"" + text + "\"");
}

void refuse_senseless_numbers(const Options& options) {
    const auto within = [](const char* option, int value, int least, int most) {
        if (value < least || value > most)
            throw po::error(fmt::format("--{} is {} to {}, not {}", option, least, most, value));
    };
    if (options.steady.count() < 1) throw po::error("--steady is a second at least");
    within("threads", options.threads, 1, 9);
    within("system-threads", options.system_threads, 0, 1024);
    within("listeners", options.listeners, 0, 1'000'000);
    within("calls-per-port", options.calls_per_port, 1, 1'000'000);
    within("calls-per-connection", options.calls_per_connection, 1, 1'000'000);
    within("sip-port", options.sip_port, 0, 65535);
    within("pid", options.pid, 0, std::numeric_limits<int>::max());
}

void interpret(const po::variables_map& given, Options& options) {
    const auto text = [&](const char* name) { return given[name].as<std::string>(); };
    const auto duration = [&](const char* name, std::chrono::seconds& value) {
        if (given.count(name) != 0) value = demand(parse_duration(text(name)), name, text(name));
    };
    duration("settle", options.settle);
    duration("steady", options.steady);
    duration("hold", options.hold);
    duration("call-time", options.call_time);
    if (given.count("calls") != 0)
        options.calls = demand(parse_stages(text("calls")), "calls", text("calls"));
    if (given.count("rate") != 0) {
        const auto rate = whole_number(text("rate"));
        if (text("rate") != "max" && rate.value_or(0) < 1)
            throw po::error("--rate is max or a whole number from 1 on, not \"" + text("rate") + "\"");
        options.rate = rate.value_or(0);
    }
    if (given.count("codec") != 0) read_codecs(text("codec"), options);
    if (given.count("start") != 0) {
        options.start = true;
        options.system = text("start");
    } else if (given.count("system") != 0) {
        options.system = text("system");
    }
    const System* const system = find_system(options.system);
    if (system == nullptr) throw po::error("there is no system \"" + options.system + "\"");
    if (options.start && system->plan == nullptr)
        throw po::error(options.system + " can only be attached to");
    if (!options.start && options.url.empty()) throw po::error("either --start or --url is needed");
    if (options.profile != "aes80" && options.profile != "gcm") {
        throw po::error("--profile cannot be \"" + options.profile + "\"");
    }
    if (!options.telephones.empty() && (!options.start || options.call_time.count() == 0)) {
        throw po::error("--telephones needs --start and --call-time: what they hear is not measured");
    }
    if (options.call_time.count() != 0 && (options.hold <= options.call_time || options.rate == 0)) {
        throw po::error("--call-time needs a --rate and a longer --hold");
    }
    refuse_senseless_numbers(options);
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = whole_number(text.substr(0, digits));
    const std::string unit = text.substr(digits);
    if (!number) return std::nullopt;
    if (unit.empty() || unit == "s") return std::chrono::seconds(*number);
    if (unit == "m") return std::chrono::minutes(*number);
    if (unit == "h") return std::chrono::hours(*number);
    return std::nullopt;
}

std::optional<std::vector<int>> parse_stages(const std::string& text) {
    std::vector<int> stages;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const auto calls = whole_number(text.substr(at, comma - at));
        if (!calls || *calls < 1 || (!stages.empty() && *calls <= stages.back())) return std::nullopt;
        stages.push_back(*calls);
        at = comma + 1;
    }
    return stages;
}

std::optional<Options> parse_options(int argc, const char* const* argv, std::ostream& out, int& exit_status) {
    Options options;
    const po::options_description all = describe(options);
    try {
        po::variables_map given;
        po::store(po::parse_command_line(argc, argv, all), given);
        if (given.count("help") != 0) {
            out << all;
            exit_status = 0;
            return std::nullopt;
        }
        po::notify(given);
        interpret(given, options);
        return options;
    } catch (const po::error& fault) {
        out << "causeway-load: " << fault.what() << "\n";
        exit_status = 2;
        return std::nullopt;
    }
}

}  // namespace causeway::load
