#include "gateway/app/missing_codecs.hpp"

#include <algorithm>

namespace causeway::app {
namespace {

bool needs_no_encoder(sdp::Codec codec) {
    return sdp::is_only_heard(codec) || codec == sdp::Codec::clearmode;
}

}  // namespace

MissingCodecs leave_out_missing_codecs(config::Config& config,
                                       const std::function<bool(sdp::Codec)>& can_encode) {
    MissingCodecs found;
    const auto leave_out = [&](std::vector<sdp::Codec>& codecs, const std::string& where) {
        if (codecs.empty()) return;
        std::erase_if(codecs, [&](sdp::Codec codec) {
            if (needs_no_encoder(codec) || can_encode(codec)) return false;
            found.notes.push_back(where + ": this machine's FFmpeg has no encoder for " +
                                  std::string(sdp::codec_name(codec)) + "; it is not offered");
            return true;
        });
        if (std::all_of(codecs.begin(), codecs.end(), needs_no_encoder)) {
            found.faults.push_back(where + ": this machine can encode none of its codecs");
        }
    };
    leave_out(config.media.browser_codecs, "media.browser_codecs");
    for (config::Trunk& trunk : config.trunks) leave_out(trunk.codecs, "trunk " + trunk.name);
    return found;
}

}  // namespace causeway::app
