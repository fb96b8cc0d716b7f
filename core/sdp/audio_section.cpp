#include "core/sdp/audio_section.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "core/sdp/format_parameters.hpp"
#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

struct RtpMap {
    std::string_view encoding;
    std::uint32_t clock_rate = 0;
    std::uint32_t channels = 1;
};

/// The part after "<payload type> " in the first such attribute.
std::optional<std::string_view> value_for(const MediaSection& section, std::string_view attribute,
                                          std::string_view format) {
    for (const std::string_view value : section.attributes(attribute)) {
        const auto space = value.find(' ');
        if (space == std::string_view::npos || value.substr(0, space) != format) continue;
        const auto begin = value.find_first_not_of(' ', space);
        return begin == std::string_view::npos ? std::string_view{} : value.substr(begin);
    }
    return std::nullopt;
}

/// "opus/48000/2"
std::optional<RtpMap> parse_rtpmap(std::string_view text) {
    text = text.substr(0, text.find(' '));
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    RtpMap map{.encoding = text.substr(0, slash)};
    text.remove_prefix(slash + 1);
    const auto second = text.find('/');
    const auto clock_rate = number<std::uint32_t>(text.substr(0, second));
    if (!clock_rate) return std::nullopt;
    map.clock_rate = *clock_rate;
    if (second != std::string_view::npos) {
        const auto channels = number<std::uint32_t>(text.substr(second + 1));
        if (!channels) return std::nullopt;
        map.channels = *channels;
    }
    return map;
}

/// What the payload type stands for: by its rtpmap, else by RFC 3551 §6.
std::optional<RtpMap> rtpmap_of(const MediaSection& section, std::string_view format, std::uint8_t number) {
    if (const auto text = value_for(section, "rtpmap", format)) return parse_rtpmap(*text);
    if (number == 0) return RtpMap{"PCMU", 8000, 1};
    if (number == 3) return RtpMap{"GSM", 8000, 1};
    if (number == 8) return RtpMap{"PCMA", 8000, 1};
    if (number == 9) return RtpMap{"G722", 8000, 1};
    if (number == 13) return RtpMap{"CN", 8000, 1};
    if (number == 18) return RtpMap{"G729", 8000, 1};
    return std::nullopt;
}

/// Some telephones name G.729 by its annexes; the bits are the same.
bool is_spelt(std::string_view encoding, Codec codec) {
    if (equal_ignoring_case(encoding, encoding_name(codec))) return true;
    if (codec != Codec::g729) return false;
    return equal_ignoring_case(encoding, "G729A") || equal_ignoring_case(encoding, "G729B") ||
           equal_ignoring_case(encoding, "G729AB");
}

std::optional<Codec> codec_of(const RtpMap& map) {
    for (const Codec codec : kCodecs) {
        if (!is_spelt(map.encoding, codec) || map.clock_rate != rtp_clock_rate(codec)) continue;
        // RFC 7587 §7 wants opus/48000/2; some peers leave the channels out. The others are mono.
        const std::uint32_t most = codec == Codec::opus ? 2 : 1;
        if (map.channels < 1 || map.channels > most) return std::nullopt;
        return codec;
    }
    return std::nullopt;
}

bool is_multicast(const SocketAddress& address) {
    if (address.is_ipv6())
        return IN6_IS_ADDR_MULTICAST(&reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
    // With the class E addresses and broadcast behind them.
    return ntohl(reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr.s_addr) >> 28 >= 14;
}

/// "IN IP4 192.0.2.1", with a TTL of multicast cut off.
Result<SocketAddress> parse_connection(std::string_view text, std::uint16_t port) {
    const auto parts = words(text);
    if (parts.size() != 3) return Error{"the connection line " + in_quotes(text) + " is not readable"};
    if (!equal_ignoring_case(parts[0], "IN"))
        return Error{"the network type is " + in_quotes(parts[0]) + ", not IN"};
    const auto address = SocketAddress::parse(parts[2].substr(0, parts[2].find('/')), port);
    if (!address)
        return Error{"the connection address " + in_quotes(parts[2]) + " is not a numeric IP address"};
    if (equal_ignoring_case(parts[1], "IP6") != address->is_ipv6())
        return Error{"the connection address " + in_quotes(parts[2]) + " is not of type " +
                     in_quotes(parts[1])};
    if (is_multicast(*address))
        return Error{"the connection address " + in_quotes(parts[2]) + " is no single host"};
    return *address;
}

std::optional<Direction> direction_in(const Lines& level) {
    for (const Line& line : level.lines) {
        if (line.type != 'a') continue;
        for (const Direction direction :
             {Direction::sendrecv, Direction::sendonly, Direction::recvonly, Direction::inactive}) {
            if (line.value == attribute_name(direction)) return direction;
        }
    }
    return std::nullopt;
}

}  // namespace

AudioFormats read_formats(const MediaSection& section) {
    AudioFormats found;
    std::bitset<128> seen;
    for (const std::string& format : section.formats) {
        const auto payload_type = number<std::uint8_t>(format);
        if (!payload_type || *payload_type > 127 || seen[*payload_type]) continue;
        seen.set(*payload_type);
        const auto map = rtpmap_of(section, format, *payload_type);
        if (!map) continue;
        if (equal_ignoring_case(map->encoding, "telephone-event") && map->clock_rate != 0) {
            found.events.push_back({PayloadType{*payload_type}, map->clock_rate});
        } else if (equal_ignoring_case(map->encoding, "CN") && map->clock_rate == 8000) {
            if (!found.comfort_noise) found.comfort_noise = PayloadType{*payload_type};
        } else if (const auto codec = codec_of(*map)) {
            const auto fmtp = value_for(section, "fmtp", format).value_or("");
            if (!is_usable(*codec, fmtp)) continue;
            found.formats.push_back({*codec, PayloadType{*payload_type}, std::string(fmtp)});
        }
    }
    return found;
}

std::string format_names(const MediaSection& section) {
    std::string names;
    std::size_t count = 0;
    for (const std::string& format : section.formats) {
        if (++count > 8) return names + ", ...";
        const auto payload_type = number<std::uint8_t>(format);
        const auto map = payload_type ? rtpmap_of(section, format, *payload_type) : std::nullopt;
        if (!names.empty()) names += ", ";
        const std::string name = in_quotes(map ? map->encoding : std::string_view(format));
        names += name.substr(1, name.size() - 2);
    }
    return names.empty() ? "none" : names;
}

Direction read_direction(const Session& session, const MediaSection& section) {
    if (const auto direction = direction_in(section)) return *direction;
    return direction_in(session).value_or(Direction::sendrecv);
}

std::string_view attribute_name(Direction direction) {
    switch (direction) {
        case Direction::sendrecv:
            return "sendrecv";
        case Direction::sendonly:
            return "sendonly";
        case Direction::recvonly:
            return "recvonly";
        case Direction::inactive:
            return "inactive";
    }
    return "sendrecv";
}

Direction both(Direction a, Direction b) {
    const auto sends = [](Direction d) { return d == Direction::sendrecv || d == Direction::sendonly; };
    const auto receives = [](Direction d) { return d == Direction::sendrecv || d == Direction::recvonly; };
    const bool send = sends(a) && sends(b);
    const bool receive = receives(a) && receives(b);
    if (send) return receive ? Direction::sendrecv : Direction::sendonly;
    return receive ? Direction::recvonly : Direction::inactive;
}

int read_ptime(const MediaSection& section, int unsaid) {
    // Some peers write fractions ("ptime:20.0"); the whole milliseconds count.
    const auto milliseconds = [&](std::string_view name) {
        const auto text = section.attribute(name).value_or("");
        return number<int>(text.substr(0, text.find('.')));
    };
    int ptime = milliseconds("ptime").value_or(unsaid);
    if (const auto most = milliseconds("maxptime")) ptime = std::min(ptime, *most);
    return std::clamp(ptime, 10, 120);
}

ExtendedReports read_extended_reports(const Session& session, const MediaSection& section) {
    ExtendedReports reports;
    for (const std::string_view word : words(attribute_of(session, section, "rtcp-xr").value_or(""))) {
        const std::string_view name = word.substr(0, word.find('='));
        if (name == "rcvr-rtt") reports.reference_time = true;
        if (name == "voip-metrics") reports.voip_metrics = true;
    }
    return reports;
}

void write_extended_reports(MediaSection& section, const ExtendedReports& reports) {
    std::string text = "rtcp-xr:";
    if (reports.reference_time) text += "rcvr-rtt=all";
    if (reports.voip_metrics) text += reports.reference_time ? " voip-metrics" : "voip-metrics";
    if (reports != ExtendedReports{}) section.add_attribute(text);
}

Result<SocketAddress> read_address(const Session& session, const MediaSection& section) {
    // RFC 8866 §5.7: the section's own line goes before the session's.
    if (const auto line = section.value('c')) return parse_connection(*line, section.port);
    if (const auto line = session.value('c')) return parse_connection(*line, section.port);
    return Error{"there is no connection line (c=)"};
}

std::optional<SocketAddress> read_rtcp(const MediaSection& section, const SocketAddress& rtp) {
    const auto value = section.attribute("rtcp");
    if (!value) return std::nullopt;
    const auto space = std::min(value->find(' '), value->size());
    const auto port = number<std::uint16_t>(value->substr(0, space));
    if (!port || *port == 0) return std::nullopt;
    if (space == value->size()) return rtp.with_port(*port);
    const auto address = parse_connection(value->substr(space), *port);
    if (!address) return std::nullopt;
    return *address;
}

std::string connection(const SocketAddress& address) {
    return (address.is_ipv6() ? "IN IP6 " : "IN IP4 ") + address.ip();
}

std::vector<EventFormat> fitting_events(const std::vector<EventFormat>& offered,
                                        const std::vector<AudioFormat>& chosen) {
    std::vector<EventFormat> fitting;
    for (const EventFormat& event : offered) {
        const auto same_clock = [&](const EventFormat& e) { return e.clock_rate == event.clock_rate; };
        const auto fits = [&](const AudioFormat& f) { return rtp_clock_rate(f.codec) == event.clock_rate; };
        if (std::any_of(fitting.begin(), fitting.end(), same_clock)) continue;
        // RFC 4733 §2.1: events share the clock of the audio that they stand in for.
        if (std::any_of(chosen.begin(), chosen.end(), fits)) fitting.push_back(event);
    }
    if (fitting.empty() && !offered.empty()) fitting.push_back(offered.front());
    return fitting;
}

bool wants_comfort_noise(const std::vector<AudioFormat>& formats) {
    return std::any_of(formats.begin(), formats.end(), [](const AudioFormat& format) {
        switch (format.codec) {
            case Codec::pcmu:
            case Codec::pcma:
            case Codec::g722:
            case Codec::gsm:
            case Codec::l16:
                return true;
            default:
                return false;
        }
    });
}

void write_formats(MediaSection& section, const AudioMedia& media) {
    const auto write = [&](PayloadType payload_type, const std::string& map, std::string_view fmtp) {
        const std::string text = std::to_string(payload_type.value);
        section.formats.push_back(text);
        section.add_attribute("rtpmap:" + text + " " + map);
        if (!fmtp.empty()) section.add_attribute("fmtp:" + text + " " + std::string(fmtp));
    };
    for (const AudioFormat& format : media.formats) {
        std::string map(encoding_name(format.codec));
        map += "/" + std::to_string(rtp_clock_rate(format.codec));
        if (format.codec == Codec::opus) map += "/2";  // RFC 7587 §7
        write(format.payload_type, map, own_fmtp(format.codec, format.fmtp));
    }
    if (media.comfort_noise) write(*media.comfort_noise, "CN/8000", "");
    for (const EventFormat& event : media.events) {
        write(event.payload_type, "telephone-event/" + std::to_string(event.clock_rate), "0-15");
    }
}

}  // namespace causeway::sdp
