#include "gateway/app/missing_codecs.hpp"

namespace causeway::app {

std::vector<std::string> leave_out_missing_codecs(config::Config& config,
                                                  const std::function<bool(sdp::Codec)>& can_encode) {
    std::vector<std::string> notes;
    const auto leave_out = [&](std::vector<sdp::Codec>& codecs, const std::string& where) {
        std::erase_if(codecs, [&](sdp::Codec codec) {
            const bool needs_none = sdp::is_only_heard(codec) || codec == sdp::Codec::clearmode;
            if (needs_none || can_encode(codec)) return false;
            notes.push_back(where + ": this machine's FFmpeg has no encoder for " +
                            std::string(sdp::codec_name(codec)) + "; it is not offered");
            return true;
        });
    };
    leave_out(config.media.browser_codecs, "media.browser_codecs");
    for (config::Trunk& trunk : config.trunks) leave_out(trunk.codecs, "trunk " + trunk.name);
    return notes;
}

}  // namespace causeway::app
