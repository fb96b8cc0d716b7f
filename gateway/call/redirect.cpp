// A trunk says: not here, but there (RFC 3261 §8.1.3.4). Whether its word is followed is the operator's;
// where it leads is the dial plan's or the same trunk's, never an address of the trunk's choice.
#include <algorithm>
#include <string>
#include <utility>

#include "gateway/call/diversion.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/routing/called_number.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/number_format.hpp"

namespace causeway::call {
namespace {

constexpr std::size_t kMostRedirections = 5;

}  // namespace

void StepContext::on(const SipRedirected& event) {
    call_.dialog.reset();
    if (call_.phase == Phase::ended || call_.phase == Phase::idle) return;
    EndReason reason = from_sip_status(event.status, "Redirected");
    note_outcome(reason);
    if (call_.phase != Phase::inviting || call_.trunk == nullptr) return finish(std::move(reason));
    if (call_.diverted.size() >= kMostRedirections) {
        reason.detail = "The called number was redirected too often.";
        return finish(std::move(reason));
    }
    for (const sip::RedirectTarget& target : event.targets) {
        if (follow(target, event.status)) return;
    }
    if (call_.trunk->redirects != config::Redirects::refuse && !event.targets.empty()) {
        reason.detail = "The called number is redirected to where this call may not go.";
    }
    finish(std::move(reason));
}

bool StepContext::follow(const sip::RedirectTarget& target, int status) {
    const std::string number = trunks::number_in(routing::called_number(target.user), call_.trunk->numbers);
    if (!identity::is_dialable(number)) return false;
    std::string to = number;
    std::string way = call_.trunk->name;
    switch (call_.trunk->redirects) {
        case config::Redirects::refuse:
            return false;
        case config::Redirects::same_trunk:
            break;
        case config::Redirects::dial_plan: {
            const auto route = environment_.dial_plan.route({number, call_.from, "", call_.trunk->name});
            if (route.target != config::RouteTarget::trunk) return false;
            to = route.to;
            way = route.target_name;
            break;
        }
    }
    // RFC 3261 §8.1.3.4: no target twice.
    const std::string here = call_.trunk->name + ' ' + call_.to;
    const std::string place = way + ' ' + to;
    if (place == here || std::find(call_.tried.begin(), call_.tried.end(), place) != call_.tried.end()) {
        return false;
    }
    call_.tried.push_back(here);
    call_.tried.push_back(place);
    const Ways before = std::exchange(call_.ways, {});
    choose_ways(way);
    if (!take_next_way()) {
        call_.ways = before;
        return false;
    }
    call_.diverted.push_back({call_.to, "", std::string(diversion_reason(status)), status});
    call_.to = to;
    call_.record.redirected_to = to;
    call_.last_progress_sdp.clear();
    send_invite();
    return true;
}

}  // namespace causeway::call
