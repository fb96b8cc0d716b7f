// RFC 3264 §5 to §8 for one audio stream per SIP dialog.
#include "core/sdp/sip_audio.hpp"

#include <algorithm>
#include <array>

#include "core/sdp/audio_section.hpp"
#include "core/sdp/format_parameters.hpp"
#include "core/sdp/session.hpp"
#include "core/sdp/sip_transport.hpp"
#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

constexpr PayloadType kComfortNoise{13};

/// RFC 3551 §6 where it has one. The dynamic ones never change, since a payload type keeps its meaning
/// through a dialog (RFC 3264 §8.3.2); those after 100 stay clear of the events'.
std::uint8_t own_payload_type(Codec codec) {
    switch (codec) {
        case Codec::pcmu:
            return 0;
        case Codec::gsm:
            return 3;
        case Codec::pcma:
            return 8;
        case Codec::g722:
            return 9;
        case Codec::g729:
            return 18;
        case Codec::opus:
            return 96;
        case Codec::amr_wb:
            return 97;
        case Codec::amr:
            return 99;
        case Codec::speex_wb:
            return 104;
        case Codec::speex:
            return 105;
        case Codec::l16_wb:
            return 106;
        case Codec::l16:
            return 107;
        case Codec::ilbc:
            return 108;
        case Codec::clearmode:
            return 109;
    }
    return 127;
}

constexpr std::array kOwnEvents{EventFormat{PayloadType{101}, 8000}, EventFormat{PayloadType{102}, 48000},
                                EventFormat{PayloadType{103}, 16000}};

/// AMR in both packings, since RFC 4867 §8.3.1 lets an answer only choose: bandwidth-efficient goes first.
void add_own_formats(std::vector<AudioFormat>& formats, Codec codec) {
    const std::uint8_t payload_type = own_payload_type(codec);
    formats.push_back({codec, PayloadType{payload_type}, own_fmtp(codec, "")});
    if (codec != Codec::amr && codec != Codec::amr_wb) return;
    const auto next = static_cast<std::uint8_t>(payload_type + 1);
    formats.push_back({codec, PayloadType{next}, own_fmtp(codec, "octet-align=1")});
}

bool sends(Direction direction) {
    return direction == Direction::sendrecv || direction == Direction::sendonly;
}

/// RFC 3264 §8.4: an address of zeros asks for no media, as hold was written before directions.
Direction without_receiving(Direction direction) {
    return both(direction, Direction::sendonly);
}

/// One audio section as the peer describes it, formats left as given in `formats`. `ptime_ms`: when it says
/// nothing of it.
Result<AudioMedia> describe(const Session& session, const MediaSection& section, AudioFormats formats,
                            int ptime_ms) {
    if (!is_known_profile(section)) return Error{"the audio uses " + in_quotes(section.protocol)};
    if (formats.formats.empty()) {
        return Error{"the audio has none of our codecs, only " + format_names(section)};
    }
    const auto address = read_address(session, section);
    if (!address) return address.error();
    AudioMedia media;
    media.rtp = *address;
    media.rtcp = read_rtcp(section, *address);
    media.formats = std::move(formats.formats);
    media.events = std::move(formats.events);
    media.comfort_noise = formats.comfort_noise;
    media.ptime_ms = read_ptime(section, ptime_ms);
    media.direction = read_direction(session, section);
    media.extended = read_extended_reports(session, section);
    read_transport(session, section, media);
    if (media.rtp.is_unspecified()) media.direction = without_receiving(media.direction);
    return media;
}

/// Our RTP socket is of one family and cannot send to the other. Hold by zeros is no address at all.
Result<> reachable(const AudioMedia& peer, const SocketAddress& own) {
    if (peer.rtp.is_unspecified() || peer.rtp.is_ipv6() == own.is_ipv6()) return {};
    return Error{"the media address " + peer.rtp.ip() + " cannot be reached from an " +
                 (own.is_ipv6() ? "IPv6" : "IPv4") + " address"};
}

/// The section of an offer that we take, and what it says.
struct Chosen {
    std::size_t index = 0;
    AudioMedia media;
};

/// What `own` makes of one section of an offer.
Result<AudioMedia> usable(const Session& session, const MediaSection& section, const OwnSecurity& own,
                          int ptime_ms) {
    // RFC 3264 §5.1: an offered port of zero is a stream that is not wanted.
    if (section.port == 0) return Error{"the audio is switched off (port 0)"};
    auto media = describe(session, section, read_formats(section), ptime_ms);
    if (!media) return media.error();
    auto agreed = agree_on_offer(*media, own);
    if (!agreed) return agreed.error();
    media->agreed = std::move(*agreed);
    return media;
}

/// The first usable audio section; when the same audio is offered plain and encrypted, as FreeSWITCH does,
/// the encrypted one. The error tells why the first audio section was not.
Result<Chosen> choose_section(const Session& session, const OwnSecurity& own, int ptime_ms) {
    std::optional<Error> why;
    std::optional<Chosen> chosen;
    bool fax = false;
    for (std::size_t i = 0; i < session.media.size(); ++i) {
        fax = fax || session.media[i].kind == "image";
        if (session.media[i].kind != "audio") continue;
        auto media = usable(session, session.media[i], own, ptime_ms);
        if (!media) {
            if (!why) why = media.error();
        } else if (!chosen || (chosen->media.agreed.protection == Protection::none &&
                               media->agreed.protection != Protection::none)) {
            chosen = Chosen{i, std::move(*media)};
        }
    }
    if (chosen) return std::move(*chosen);
    // A call that turns into a fax switches its audio off.
    if (fax) return Error{"fax (T.38) is not carried here"};
    if (why) return *why;
    return Error{session.media.empty() ? "the SDP describes no media" : "the SDP has no audio section"};
}

Session own_session(const SipLocal& local) {
    constexpr std::uint64_t kMostOfSigned = ~std::uint64_t{0} >> 1;  // peers read them as signed 64 bits
    Session session;
    session.add('o', "- " + std::to_string(local.session_id & kMostOfSigned) + " " +
                         std::to_string(local.session_version & kMostOfSigned) + " " + connection(local.rtp));
    session.add('s', "-");
    session.add('c', connection(local.rtp));
    return session;
}

MediaSection own_section(const AudioMedia& media, std::string protocol) {
    MediaSection section;
    section.kind = "audio";
    section.port = media.rtp.port();
    section.protocol = std::move(protocol);
    write_formats(section, media);
    section.add_attribute("ptime:" + std::to_string(media.ptime_ms));
    section.add_attribute(std::string(attribute_name(media.direction)));
    write_extended_reports(section, media.extended);
    return section;
}

/// RFC 3264 §6: port 0 and at least one of the offered formats.
MediaSection rejected(const MediaSection& offered) {
    MediaSection section;
    section.kind = offered.kind;
    section.protocol = offered.protocol;
    section.formats = offered.formats;
    if (section.formats.empty()) section.formats = {"0"};
    return section;
}

/// Formats of the answer: the codecs that we allow, in the offer's order, each once. What cannot be encoded
/// is taken only when nothing is sent.
std::vector<AudioFormat> common_formats(const AudioMedia& offer, const std::vector<Codec>& allowed,
                                        Direction ours) {
    std::vector<AudioFormat> common;
    for (const AudioFormat& format : offer.formats) {
        const auto same_codec = [&](const AudioFormat& f) { return f.codec == format.codec; };
        if (std::find(allowed.begin(), allowed.end(), format.codec) == allowed.end()) continue;
        if (std::any_of(common.begin(), common.end(), same_codec)) continue;
        if (is_only_heard(format.codec) && sends(ours)) continue;
        common.push_back(format);
    }
    return common;
}

/// RFC 3264 §6: the answer's t= line equals the offer's. Anything but two numbers is not repeated.
std::string time_of(const Session& offer) {
    const auto parts = words(offer.value('t').value_or(""));
    if (parts.size() != 2 || !number<std::uint64_t>(parts[0]) || !number<std::uint64_t>(parts[1]))
        return "0 0";
    return std::string(parts[0]) + " " + std::string(parts[1]);
}

/// Some peers answer with a dynamic payload type of the offer and no rtpmap for it.
void fill_from_offer(AudioFormats& formats, const MediaSection& section, const AudioMedia& offer) {
    for (const std::string& text : section.formats) {
        const auto payload_type = number<std::uint8_t>(text);
        if (!payload_type || *payload_type < 96) continue;
        const auto is_it = [&](const auto& f) { return f.payload_type.value == *payload_type; };
        const auto described = [&](std::string_view map) {
            return map.substr(0, map.find(' ')) == std::string_view(text);
        };
        const auto maps = section.attributes("rtpmap");
        if (std::any_of(maps.begin(), maps.end(), described)) continue;
        const auto format = std::find_if(offer.formats.begin(), offer.formats.end(), is_it);
        if (format != offer.formats.end()) formats.formats.push_back(*format);
        const auto event = std::find_if(offer.events.begin(), offer.events.end(), is_it);
        if (event != offer.events.end()) formats.events.push_back(*event);
    }
}

/// RFC 4867 §8.3.1: an answer has the offer's octet-align. One that forgets it under the offer's own payload
/// type means it all the same.
void remember_packing(AudioFormats& formats, const AudioMedia& offer) {
    for (AudioFormat& format : formats.formats) {
        if (fmtp_value(format.fmtp, "octet-align")) continue;
        for (const AudioFormat& offered : offer.formats) {
            if (offered.codec != format.codec || offered.payload_type != format.payload_type) continue;
            const auto amr = read_amr_parameters(offered.codec, offered.fmtp);
            if (amr && amr->octet_align) format.fmtp = "octet-align=1;" + format.fmtp;
        }
    }
}

/// RFC 3264 §6.1: what was not offered does not count.
void keep_offered(AudioFormats& formats, const AudioMedia& offer) {
    if (!offer.comfort_noise) formats.comfort_noise.reset();
    std::erase_if(formats.formats, [&](const AudioFormat& format) {
        return std::none_of(offer.formats.begin(), offer.formats.end(),
                            [&](const AudioFormat& f) { return f.codec == format.codec; });
    });
    std::erase_if(formats.events, [&](const EventFormat& event) {
        return std::none_of(offer.events.begin(), offer.events.end(),
                            [&](const EventFormat& e) { return e.clock_rate == event.clock_rate; });
    });
}

}  // namespace

SipDescription make_sip_offer(const SipLocal& local) {
    AudioMedia media;
    media.rtp = local.rtp;
    media.ptime_ms = local.ptime_ms;
    media.direction = local.direction;
    // RFC 8866 §5.13: who does not know a=rtcp-xr ignores it. Reports go only to those who declare it too.
    media.extended = {.reference_time = true, .voip_metrics = true};
    for (const Codec codec : local.codecs) {
        if (!is_only_heard(codec)) add_own_formats(media.formats, codec);
    }
    for (const EventFormat& event : kOwnEvents) {
        const auto fits = [&](const AudioFormat& f) { return rtp_clock_rate(f.codec) == event.clock_rate; };
        // 8000 always: some peers know no other events.
        if (event.clock_rate == 8000 || std::any_of(media.formats.begin(), media.formats.end(), fits)) {
            media.events.push_back(event);
        }
    }
    if (local.silence_suppression && wants_comfort_noise(media.formats)) media.comfort_noise = kComfortNoise;
    std::string protocol = declare_offer(local.security, media);
    Session session = own_session(local);
    session.add('t', "0 0");
    session.media.push_back(own_section(media, std::move(protocol)));
    write_transport(session, session.media.back(), media);
    return {serialise(session), std::move(media)};
}

Result<AudioMedia> parse_sip_offer(std::string_view text, const OwnSecurity& own) {
    const auto session = parse_session(text);
    if (!session) return session.error();
    auto chosen = choose_section(*session, own, SipLocal{}.ptime_ms);
    if (!chosen) return chosen.error();
    return std::move(chosen->media);
}

Result<SipDescription> make_sip_answer(std::string_view offer_text, const SipLocal& local) {
    const auto offer = parse_session(offer_text);
    if (!offer) return offer.error();
    auto chosen = choose_section(*offer, local.security, local.ptime_ms);
    if (!chosen) return chosen.error();
    const MediaSection& offered = offer->media[chosen->index];

    if (const auto same_family = reachable(chosen->media, local.rtp); !same_family)
        return same_family.error();
    AudioMedia media;
    media.rtp = local.rtp;
    // What the peer likes to hear is what we like to hear from it: some send what they receive.
    media.ptime_ms = chosen->media.ptime_ms;
    // RFC 3264 §6.1: the offer's direction seen from here, narrowed to what we want ourselves.
    media.direction = both(reversed(chosen->media.direction), local.direction);
    media.formats = common_formats(chosen->media, local.codecs, media.direction);
    if (media.formats.empty()) {
        return Error{"no codec is common: the offer has only " + format_names(offered)};
    }
    media.events = fitting_events(chosen->media.events, media.formats);
    if (wants_comfort_noise(media.formats)) media.comfort_noise = chosen->media.comfort_noise;
    media.extended = chosen->media.extended;
    declare_answer(local.security, chosen->media, chosen->media.agreed, media);

    Session answer = own_session(local);
    answer.add('t', time_of(*offer));
    for (std::size_t i = 0; i < offer->media.size(); ++i) {
        answer.media.push_back(i == chosen->index ? own_section(media, offered.protocol)
                                                  : rejected(offer->media[i]));
    }
    write_transport(answer, answer.media[chosen->index], media);
    AudioMedia remote = std::move(chosen->media);
    remote.formats = media.formats;
    remote.events = media.events;
    remote.comfort_noise = media.comfort_noise;
    return SipDescription{serialise(answer), std::move(media), std::move(remote)};
}

Result<AudioMedia> parse_sip_answer(std::string_view text, const AudioMedia& offer) {
    const auto session = parse_session(text);
    if (!session) return session.error();
    if (session->media.empty()) return Error{"the answer describes no media"};
    // RFC 3264 §6: as many streams as were offered; those that were refused before stay so.
    const auto used =
        std::find_if(session->media.begin(), session->media.end(),
                     [](const MediaSection& each) { return each.kind == "audio" && each.port != 0; });
    const MediaSection& section = used == session->media.end() ? session->media.front() : *used;
    if (section.kind != "audio")
        return Error{"the answer's first section is " + in_quotes(section.kind) + ", not audio"};
    if (section.port == 0) return Error{"the answer refuses the audio (port 0)"};
    AudioFormats formats = read_formats(section);
    fill_from_offer(formats, section, offer);
    remember_packing(formats, offer);
    keep_offered(formats, offer);
    if (formats.formats.empty()) {
        return Error{"the answer takes none of the offered codecs, only " + format_names(section)};
    }
    auto media = describe(*session, section, std::move(formats), offer.ptime_ms);
    if (!media) return media.error();
    if (const auto same_family = reachable(*media, offer.rtp); !same_family) return same_family.error();
    auto agreed = agree_on_answer(*media, offer);
    if (!agreed) return agreed.error();
    media->agreed = std::move(*agreed);
    media->rtcp_mux = media->rtcp_mux && offer.rtcp_mux;
    return media;
}

}  // namespace causeway::sdp
