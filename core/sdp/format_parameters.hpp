// What strangers write into fmtp, read tolerantly: any order, any case, odd spaces, quotes, unknown
// parameters. Pure; total on hostile bytes. RFC 4867 §8.1 (AMR), RFC 3952 §5 (iLBC), RFC 4856 §2.1.9 (G.729).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/sdp/audio_media.hpp"
#include "core/sdp/words.hpp"

namespace causeway::sdp {

/// The value of a parameter such as "mode" in "octet-align=1; Mode = \"20\"", without quotes and spaces
/// around it; "" for a bare name. The first of that name counts.
std::optional<std::string_view> fmtp_value(std::string_view fmtp, std::string_view name);

/// The same as a decimal number; nullopt when it is none.
template <class Number>
std::optional<Number> fmtp_number(std::string_view fmtp, std::string_view name) {
    const auto value = fmtp_value(fmtp, name);
    return value ? number<Number>(*value) : std::nullopt;
}

/// RFC 4867 §8.1 and §8.2: how AMR and AMR-WB are packed, and what the peer allows to be sent.
struct AmrParameters {
    bool octet_align = false;
    std::uint16_t modes = 0;            ///< bit n: mode n may be sent; all of the codec's without a mode-set
    bool has_mode_set = false;          ///< the peer restricted them
    int mode_change_period = 1;         ///< a mode holds for a multiple of so many frames: 1 or 2
    bool mode_change_neighbor = false;  ///< only to the next mode up or down
};
/// nullopt for what is not spoken here: interleaving, robust sorting, CRCs, and mode-sets without any mode.
std::optional<AmrParameters> read_amr_parameters(Codec codec, std::string_view fmtp);

/// RFC 3952 §5: 20 or 30 ms; 30 when it is not said.
int ilbc_frame_ms(std::string_view fmtp);

/// Nothing in the fmtp stands in the way of using the codec.
bool is_usable(Codec codec, std::string_view fmtp);

/// Both name the same codec and pack it alike, so that payloads of one may go on as the other.
bool is_same_packing(const AudioFormat& a, const AudioFormat& b);

/// The fmtp that we declare for a format, made anew from what the peer's fmtp (or an earlier one of ours)
/// means;
/// "" if the codec needs none.
std::string own_fmtp(Codec codec, std::string_view fmtp);

}  // namespace causeway::sdp
