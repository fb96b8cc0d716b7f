#include "gateway/call/caller_info.hpp"

namespace causeway::call {

std::string attest_of(const identity::InboundCaller& caller) {
    return caller.network_asserted ? "network-asserted" : letter(caller.attest);
}

http::CallerInfo caller_info(const identity::InboundCaller& caller) {
    return {.number = caller.number,
            .display = caller.display,
            .verstat = std::string(to_string(caller.verstat)),
            .attest = attest_of(caller),
            .method = std::string(to_string(caller.method)),
            .signer = caller.signer,
            .media_bound = caller.media_bound,
            .privacy = caller.privacy,
            .reason = caller.reason};
}

}  // namespace causeway::call
