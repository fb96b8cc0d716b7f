#include "config/kinds.hpp"

#include <array>
#include <charconv>

#include "config/choice.hpp"

namespace causeway::config {
namespace {

using std::chrono::seconds;

constexpr std::array<std::pair<char, long>, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};

std::optional<long> to_number(std::string_view text) {
    long value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

constexpr std::array kRefusals{EndCause::not_found, EndCause::forbidden,   EndCause::declined,
                               EndCause::busy,      EndCause::unavailable, EndCause::over_limit,
                               EndCause::no_answer};

std::vector<std::string> refusal_codes() {
    std::vector<std::string> codes;
    for (const EndCause cause : kRefusals) codes.emplace_back(code(cause));
    return codes;
}

}  // namespace

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

Fit Boolean::parse(std::string_view text, bool& out) const {
    if (text != "true" && text != "false") return Misfit{expected(), suggestion(text, {"true", "false"})};
    out = text == "true";
    return {};
}

std::string Whole::expected() const {
    return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

std::optional<long> Whole::number(std::string_view text) const {
    const auto value = to_number(text);
    return value && *value >= min && *value <= max ? value : std::nullopt;
}

std::string Seconds::expected() const {
    return "a time from " + write(min) + " to " + write(max) + " such as 30s, 5m or 4h";
}

Fit Seconds::parse(std::string_view text, seconds& out) const {
    long unit = 1;
    for (const auto& [letter, length] : kUnits) {
        if (!text.empty() && text.back() == letter) {
            unit = length;
            text.remove_suffix(1);
            break;
        }
    }
    const auto count = to_number(text);
    if (!count || *count < 0 || *count > max.count() / unit || *count * unit < min.count()) {
        return Misfit{expected(), ""};
    }
    out = seconds(*count * unit);
    return {};
}

std::string Seconds::write(seconds value) const {
    for (const auto& [letter, length] : kUnits) {
        if (value.count() != 0 && value.count() % length == 0) {
            return std::to_string(value.count() / length) + letter;
        }
    }
    return "0s";
}

std::optional<std::pair<std::uint16_t, std::uint16_t>> PortRange::range(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = to_number(text.substr(0, dash));
    const auto last = to_number(text.substr(dash + 1));
    if (!first || !last || *first < 1024 || *last > 65535 || *first >= *last) return std::nullopt;
    return std::pair(static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last));
}

Fit Listen::parse(std::string_view text, SocketAddress& out) const {
    const bool bare_port = text.find(':') == std::string_view::npos;
    const bool any_address = bare_port || text.rfind(':') == 0;
    const std::string full = (bare_port ? "0.0.0.0:" : any_address ? "0.0.0.0" : "") + std::string(text);
    const auto address = SocketAddress::parse(full);
    if (!address) return Misfit{expected(), ""};
    out = *address;
    return {};
}

template struct Choice<sdp::Codec>;
template struct Choice<IceMode>;
template struct Choice<TrunkTransport>;
template struct Choice<ClientCertificates>;
template struct Choice<Reliability>;
template struct Choice<Redirects>;
template struct Choice<std::string>;

namespace {

template <class Codecs>
Choice<sdp::Codec> choice_of(const Codecs& codecs) {
    std::vector<std::pair<std::string, sdp::Codec>> words;
    for (const sdp::Codec codec : codecs) words.emplace_back(sdp::codec_name(codec), codec);
    return Choice<sdp::Codec>(std::move(words));
}

}  // namespace

Choice<sdp::Codec> codec_kind() {
    return choice_of(sdp::kCodecs);
}
Choice<sdp::Codec> browser_codec_kind() {
    using sdp::Codec;
    return choice_of(std::array{Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma, Codec::l16, Codec::l16_wb,
                                Codec::clearmode});
}
Choice<IceMode> ice_kind() {
    return Choice<IceMode>({{"full", IceMode::full}, {"lite", IceMode::lite}});
}
Choice<TrunkTransport> transport_kind() {
    return Choice<TrunkTransport>({{"udp", TrunkTransport::udp},
                                   {"tcp", TrunkTransport::tcp},
                                   {"tls", TrunkTransport::tls},
                                   {"auto", TrunkTransport::automatic}});
}
Choice<ClientCertificates> client_certificates_kind() {
    return Choice<ClientCertificates>({{"off", ClientCertificates::off},
                                       {"optional", ClientCertificates::optional},
                                       {"required", ClientCertificates::required}});
}
Choice<Reliability> reliability_kind() {
    return Choice<Reliability>({{"off", Reliability::off},
                                {"supported", Reliability::supported},
                                {"required", Reliability::required}});
}
Optional<bool> transfers_kind() {
    return Optional<bool>(Choice<bool>({{"allow", true}, {"refuse", false}}));
}
Choice<Redirects> redirects_kind() {
    return Choice<Redirects>({{"refuse", Redirects::refuse},
                              {"same-trunk", Redirects::same_trunk},
                              {"dial-plan", Redirects::dial_plan}});
}
Choice<std::string> level_kind() {
    return Choice<std::string>(
        {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}});
}

std::string Target::expected() const {
    return "\"trunk NAME\", \"user NAME\", \"demo\" or \"refuse REASON\"";
}

Fit Target::parse(std::string_view text, Route& out) const {
    const auto space = text.find(' ');
    const std::string verb(text.substr(0, space));
    const std::string_view rest = space == std::string_view::npos ? "" : text.substr(space + 1);
    if (verb == "trunk" || verb == "user") {
        if (name_kind().parse(rest, out.target_name)) return Misfit{expected(), ""};
        out.target = verb == "trunk" ? RouteTarget::trunk : RouteTarget::user;
    } else if (verb == "demo" && rest.empty()) {
        out.target = RouteTarget::demo;
    } else if (verb == "refuse") {
        if (!rest.empty() && !refusal_cause(rest)) {
            return Misfit{"refuse with " + joined(refusal_codes()), suggestion(rest, refusal_codes())};
        }
        out.target = RouteTarget::refuse;
        out.refuse_reason = rest.empty() ? code(EndCause::not_found) : rest;
    } else {
        return Misfit{expected(), suggestion(verb, {"trunk", "user", "demo", "refuse"})};
    }
    return {};
}

std::string Target::write(const Route& value) const {
    switch (value.target) {
        case RouteTarget::trunk:
            return "trunk " + value.target_name;
        case RouteTarget::user:
            return "user " + value.target_name;
        case RouteTarget::demo:
            return "demo";
        case RouteTarget::refuse:
            break;
    }
    return value.refuse_reason.empty() ? "refuse" : "refuse " + value.refuse_reason;
}

std::optional<EndCause> refusal_cause(std::string_view text) {
    for (const EndCause cause : kRefusals) {
        if (code(cause) == text) return cause;
    }
    return std::nullopt;
}

}  // namespace causeway::config
