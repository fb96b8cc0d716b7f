// Calls to trunks that want to make the offer: our INVITE has none, theirs comes with the 200, whose ACK has
// our answer, or with a reliable provisional response, whose PRACK has it. RFC 3261 §13.2.1, RFC 3262 §5.
#include <utility>

#include "gateway/call/step_context.hpp"

namespace causeway::call {

bool StepContext::answer_late_offer(const std::string& sdp, bool answered) {
    auto answer = sdp::make_sip_answer(sdp, next_local_description());
    const auto plan = answer ? plan_media(answer->remote) : Result<transcode::BridgePlan>(answer.error());
    if (!plan) {
        // One of several telephones: another may offer better. It would repeat a response without a PRACK.
        if (!answered) {
            act(Acknowledge{});
        } else {
            finish(EndCause::no_common_codec, Side::sip, plan.error().detail);
        }
        return false;
    }
    call_.described = *answer;
    if (!connect_media(answer->remote, answered)) return false;
    act(Acknowledge{std::move(answer->sdp)});
    return true;
}

}  // namespace causeway::call
