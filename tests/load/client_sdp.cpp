#include "tests/load/client_sdp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/sdp/dtls_attributes.hpp"

namespace causeway::load {
namespace {

/// Calls `see(line)` for each line without its end.
template <class See>
void each_line(std::string_view text, See see) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        see(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// True when `line` begins with `prefix`, which is then cut off.
bool cut(std::string_view& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) return false;
    line.remove_prefix(prefix.size());
    return true;
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) found.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

template <class Number>
Number number(std::string_view text, int base = 10) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

std::string format_lines(const std::vector<OfferedFormat>& formats) {
    std::string lines;
    for (const OfferedFormat& format : formats) {
        const int type = format.payload_type.value;
        lines += fmt::format("a=rtpmap:{} {}\r\n", type, format.rtpmap);
        if (!format.fmtp.empty()) lines += fmt::format("a=fmtp:{} {}\r\n", type, format.fmtp);
    }
    return lines;
}

std::string format_list(const std::vector<OfferedFormat>& formats) {
    std::string list;
    for (const OfferedFormat& format : formats) list += fmt::format(" {}", format.payload_type.value);
    return list;
}

std::string_view family(const SocketAddress& address) {
    return address.is_ipv6() ? "IP6" : "IP4";
}

std::string rtpmap(sdp::Codec codec) {
    return fmt::format("{}/{}{}", sdp::encoding_name(codec), sdp::rtp_clock_rate(codec),
                       codec == sdp::Codec::opus ? "/2" : "");
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return result;
}

/// The static payload types whose rtpmap may be left out (RFC 3551 §6).
std::string static_rtpmap(int type) {
    switch (type) {
        case 0:
            return "PCMU/8000";
        case 3:
            return "GSM/8000";
        case 8:
            return "PCMA/8000";
        case 9:
            return "G722/8000";
        case 18:
            return "G729/8000";
        default:
            return {};
    }
}

/// Port and formats of an m=audio line, without "m=audio ".
void read_media_line(std::string_view line, std::uint16_t& port, std::vector<OfferedFormat>& formats) {
    const auto parts = words(line);
    if (parts.size() < 3) return;
    port = number<std::uint16_t>(parts[0]);
    for (std::size_t i = 2; i < parts.size(); ++i) {
        const auto type = number<std::uint8_t>(parts[i]);
        formats.push_back({PayloadType{type}, static_rtpmap(type), {}});
    }
}

void read_format_line(std::string_view line, std::vector<OfferedFormat>& formats) {
    const bool is_map = cut(line, "a=rtpmap:");
    if (!is_map && !cut(line, "a=fmtp:")) return;
    const std::size_t space = std::min(line.find(' '), line.size());
    const auto type = number<std::uint8_t>(line.substr(0, space));
    const std::string value(line.substr(std::min(space + 1, line.size())));
    for (OfferedFormat& format : formats) {
        if (format.payload_type.value == type) (is_map ? format.rtpmap : format.fmtp) = value;
    }
}

}  // namespace

OfferedFormat browser_format(sdp::Codec codec) {
    switch (codec) {
        case sdp::Codec::opus:
            return {PayloadType{111}, rtpmap(codec), "minptime=10;useinbandfec=1"};
        case sdp::Codec::pcmu:
            return {PayloadType{0}, rtpmap(codec), {}};
        case sdp::Codec::pcma:
            return {PayloadType{8}, rtpmap(codec), {}};
        case sdp::Codec::g722:
            return {PayloadType{9}, rtpmap(codec), {}};
        default:
            return {PayloadType{100}, rtpmap(codec), {}};
    }
}

OfferedFormat event_format(std::uint32_t clock_rate) {
    return {PayloadType{static_cast<std::uint8_t>(clock_rate == 48000 ? 110 : 126)},
            fmt::format("telephone-event/{}", clock_rate),
            {}};
}

std::string make_browser_offer(const BrowserOfferParts& parts) {
    std::string sdp = fmt::format(
        "v=0\r\no=- {} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        "m=audio {} UDP/TLS/RTP/SAVPF{}\r\nc=IN {} {}\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
        "a=candidate:1 1 udp 2122260223 {} {} typ host\r\na=end-of-candidates\r\n"
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=ice-options:trickle\r\na=fingerprint:{}\r\na=setup:actpass\r\n"
        "a=mid:0\r\na=sendrecv\r\na=msid:- load\r\na=rtcp-mux\r\n",
        parts.ssrc.value, parts.candidate.port(), format_list(parts.formats), family(parts.candidate),
        parts.candidate.ip(), parts.candidate.ip(), parts.candidate.port(), parts.ice_ufrag,
        parts.ice_password, sdp::fingerprint_text(parts.fingerprint));
    sdp += format_lines(parts.formats);
    if (parts.ptime_ms != 20) sdp += fmt::format("a=ptime:{}\r\n", parts.ptime_ms);
    for (const std::string& attribute : parts.attributes) sdp += "a=" + attribute + "\r\n";
    return sdp + fmt::format("a=ssrc:{} cname:load\r\n", parts.ssrc.value);
}

Result<BrowserAnswerParts> read_browser_answer(std::string_view sdp) {
    BrowserAnswerParts parts;
    sdp::MediaSection fingerprints;
    bool has_audio = false;
    each_line(sdp, [&](std::string_view line) {
        if (cut(line, "m=audio ")) {
            const auto fields = words(line);
            has_audio = fields.size() > 2 && fields[0] != "0";
            if (has_audio) parts.payload_type = PayloadType{number<std::uint8_t>(fields[2])};
        } else if (cut(line, "a=ice-ufrag:")) {
            parts.ice_ufrag = line;
        } else if (cut(line, "a=ice-pwd:")) {
            parts.ice_password = line;
        } else if (cut(line, "a=fingerprint:")) {
            fingerprints.add_attribute("fingerprint:" + std::string(line));
        } else if (cut(line, "a=setup:")) {
            parts.peer_is_dtls_client = line == "active";
        } else if (line.starts_with("a=candidate:")) {
            if (const auto address = candidate_address(line.substr(2))) parts.candidates.push_back(*address);
        }
    });
    if (!has_audio) return Error{"the answer takes no audio"};
    if (parts.ice_ufrag.empty() || parts.ice_password.empty()) return Error{"the answer has no ICE password"};
    auto read = sdp::read_fingerprints({}, fingerprints);
    if (!read) return Error{"the answer has no fingerprint: " + read.error().detail};
    parts.fingerprints = std::move(*read);
    return parts;
}

std::optional<SocketAddress> candidate_address(std::string_view candidate) {
    const auto fields = words(candidate);
    if (fields.size() < 8 || fields[1] != "1" || lower(fields[2]) != "udp") return std::nullopt;
    auto address = SocketAddress::parse(fields[4], number<std::uint16_t>(fields[5]));
    if (!address || address->port() == 0) return std::nullopt;
    return *address;
}

std::string make_sip_sdp(const SocketAddress& rtp, const std::vector<OfferedFormat>& formats, int ptime_ms) {
    return fmt::format(
        "v=0\r\no=load {} 1 IN {} {}\r\ns=-\r\nc=IN {} {}\r\nt=0 0\r\nm=audio {} RTP/AVP{}\r\n{}"
        "a=ptime:{}\r\na=sendrecv\r\n",
        rtp.port(), family(rtp), rtp.ip(), family(rtp), rtp.ip(), rtp.port(), format_list(formats),
        format_lines(formats), ptime_ms);
}

Result<SipOfferParts> read_sip_sdp(std::string_view sdp) {
    SipOfferParts parts;
    std::string ip;
    std::uint16_t port = 0;
    std::uint16_t rtcp_port = 0;
    bool mux = false;
    each_line(sdp, [&](std::string_view line) {
        if (cut(line, "m=audio ")) {
            read_media_line(line, port, parts.formats);
        } else if (cut(line, "c=IN IP4 ") || cut(line, "c=IN IP6 ")) {
            ip = line;
        } else if (cut(line, "a=rtcp:")) {
            rtcp_port = number<std::uint16_t>(line);
        } else if (line == "a=rtcp-mux") {
            mux = true;
        } else {
            read_format_line(line, parts.formats);
        }
    });
    const auto address = SocketAddress::parse(ip, port);
    if (!address || port == 0) return Error{"the offer has no address for audio"};
    if (parts.formats.empty()) return Error{"the offer has no formats"};
    parts.rtp = *address;
    if (rtcp_port == 0) rtcp_port = static_cast<std::uint16_t>(mux ? port : port + 1);
    parts.rtcp = parts.rtp.with_port(rtcp_port);
    return parts;
}

const OfferedFormat* find_format(const std::vector<OfferedFormat>& formats, sdp::Codec codec) {
    const std::string wanted = lower(rtpmap(codec));
    for (const OfferedFormat& format : formats) {
        // The number of channels may be left out when it is one.
        const std::string map = lower(format.rtpmap);
        if (map == wanted || map == wanted + "/1") return &format;
    }
    return nullptr;
}

}  // namespace causeway::load
