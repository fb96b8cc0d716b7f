#include "core/sdp/format_parameters.hpp"

#include <algorithm>

namespace causeway::sdp {

namespace {

/// Without the spaces, tabs and quotes around it.
std::string_view bare(std::string_view text) {
    constexpr std::string_view kAround = " \t\"'";
    const auto begin = text.find_first_not_of(kAround);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kAround) - begin + 1);
}

constexpr std::uint16_t all_modes(Codec codec) {
    return codec == Codec::amr ? 0x0FF : 0x1FF;
}

/// "0,2,4,7"; nullopt when a mode is not the codec's.
std::optional<std::uint16_t> read_mode_set(Codec codec, std::string_view text) {
    unsigned modes = 0;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto mode = number<unsigned>(bare(text.substr(0, comma)));
        if (!mode || *mode > 8 || (all_modes(codec) >> *mode & 1) == 0) return std::nullopt;
        modes |= 1U << *mode;
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    if (modes == 0) return std::nullopt;
    return static_cast<std::uint16_t>(modes);
}

std::string own_amr_fmtp(Codec codec, std::string_view fmtp) {
    const AmrParameters amr = read_amr_parameters(codec, fmtp).value_or(AmrParameters{});
    std::string text;
    if (amr.octet_align) text += "octet-align=1;";
    if (amr.has_mode_set) {
        // RFC 4867 §8.3.1: an answer has the offer's mode-set.
        std::string separator = "mode-set=";
        for (unsigned mode = 0; mode <= 8; ++mode) {
            if ((amr.modes >> mode & 1) == 0) continue;
            text += std::exchange(separator, ",") + std::to_string(mode);
        }
        text += ';';
    }
    return text + "mode-change-capability=2";
}

bool is_amr(Codec codec) {
    return codec == Codec::amr || codec == Codec::amr_wb;
}

}  // namespace

std::optional<std::string_view> fmtp_value(std::string_view fmtp, std::string_view name) {
    while (!fmtp.empty()) {
        const auto end = std::min(fmtp.find(';'), fmtp.size());
        const std::string_view parameter = fmtp.substr(0, end);
        const auto equals = std::min(parameter.find('='), parameter.size());
        if (equal_ignoring_case(bare(parameter.substr(0, equals)), name)) {
            return bare(parameter.substr(std::min(equals + 1, parameter.size())));
        }
        fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
    }
    return std::nullopt;
}

std::optional<AmrParameters> read_amr_parameters(Codec codec, std::string_view fmtp) {
    const auto is_on = [fmtp](std::string_view name) {
        return fmtp_number<int>(fmtp, name).value_or(0) != 0;
    };
    if (is_on("crc") || is_on("robust-sorting") || fmtp_value(fmtp, "interleaving")) return std::nullopt;
    AmrParameters amr;
    amr.octet_align = is_on("octet-align");
    amr.modes = all_modes(codec);
    if (const auto text = fmtp_value(fmtp, "mode-set"); text && !text->empty()) {
        const auto modes = read_mode_set(codec, *text);
        if (!modes) return std::nullopt;
        amr.modes = *modes;
        amr.has_mode_set = true;
    }
    amr.mode_change_period = fmtp_number<int>(fmtp, "mode-change-period") == 2 ? 2 : 1;
    amr.mode_change_neighbor = is_on("mode-change-neighbor");
    return amr;
}

int ilbc_frame_ms(std::string_view fmtp) {
    return fmtp_number<int>(fmtp, "mode") == 20 ? 20 : 30;
}

bool is_usable(Codec codec, std::string_view fmtp) {
    return !is_amr(codec) || read_amr_parameters(codec, fmtp).has_value();
}

bool is_same_packing(const AudioFormat& a, const AudioFormat& b) {
    if (a.codec != b.codec) return false;
    if (a.codec == Codec::ilbc) return ilbc_frame_ms(a.fmtp) == ilbc_frame_ms(b.fmtp);
    if (!is_amr(a.codec)) return true;
    const auto left = read_amr_parameters(a.codec, a.fmtp);
    const auto right = read_amr_parameters(b.codec, b.fmtp);
    return left && right && left->octet_align == right->octet_align && left->modes == right->modes;
}

std::string own_fmtp(Codec codec, std::string_view fmtp) {
    switch (codec) {
        case Codec::opus:
            return "minptime=10;useinbandfec=1";
        case Codec::g729:
            return "annexb=no";  // RFC 7261 §3.3: so neither side sends silence frames
        case Codec::amr:
        case Codec::amr_wb:
            return own_amr_fmtp(codec, fmtp);
        case Codec::ilbc:
            return "mode=" + std::to_string(ilbc_frame_ms(fmtp));
        default:
            return "";
    }
}

}  // namespace causeway::sdp
