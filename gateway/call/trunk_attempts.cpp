// Where a call to the telephone network goes, and where next when that fails. RFC 3261 §16.7 (which answers
// another server may mend), §21.5.4.
#include <algorithm>

#include "gateway/call/step_context.hpp"
#include "gateway/trunks/trunk_board.hpp"
#include "gateway/trunks/weighted_order.hpp"

namespace causeway::call {
namespace {

constexpr int kMostAttempts = 8;

const config::Trunk* trunk_by_name(const config::Config& config, const std::string& name) {
    for (const config::Trunk& trunk : config.trunks) {
        if (trunk.name == name) return &trunk;
    }
    return nullptr;
}

EndReason reason_of(trunks::Obstacle obstacle, const std::string& fault) {
    using trunks::Obstacle;
    const auto unreachable = [](std::string detail) {
        return EndReason{EndCause::trunk_unreachable, Side::sip, std::move(detail), {}};
    };
    switch (obstacle) {
        case Obstacle::unresolved:
            return unreachable("The address of the telephone network cannot be found: " + fault + ".");
        case Obstacle::down:
            return unreachable("The telephone network does not answer at the moment.");
        case Obstacle::pausing:
            return unreachable("The telephone network takes no calls for a while.");
        case Obstacle::calls:
        case Obstacle::rate:
        case Obstacle::none:
            break;
    }
    return {
        EndCause::over_limit, Side::gateway, "Too many calls to the telephone network at the moment.", {}};
}

/// Not a word of what was called or who calls: of the server.
bool another_may_mend(const EndReason& reason) {
    // RFC 3261 §21.5; 4xx and 6xx are about the call.
    if (reason.sip_status) return *reason.sip_status >= 500 && *reason.sip_status < 600;
    return reason.cause == EndCause::trunk_unreachable || reason.cause == EndCause::trunk_timeout;
}

}  // namespace

void StepContext::choose_ways(const std::string& target) {
    const config::Config& config = *call_.config;
    Ways& ways = call_.ways;
    if (const config::Trunk* trunk = trunk_by_name(config, target)) ways.trunks = {trunk};
    for (const config::TrunkGroup& group : config.trunk_groups) {
        if (group.name != target) continue;
        std::vector<trunks::Ranked> ranks;
        for (const config::GroupMember& member : group.trunks) {
            ranks.push_back({member.priority, member.weight});
        }
        for (const std::size_t each : trunks::weighted_order(ranks, call_.chance)) {
            if (const auto* trunk = trunk_by_name(config, group.trunks[each].trunk)) {
                ways.trunks.push_back(trunk);
            }
        }
    }
    if (board() == nullptr) return;
    std::stable_partition(ways.trunks.begin(), ways.trunks.end(),
                          [this](const config::Trunk* trunk) { return !board()->is_doubted(trunk->name); });
}

bool StepContext::take_next_way() {
    Ways& ways = call_.ways;
    if (!ways.servers.empty()) {
        ways.server = ways.servers.front();
        ways.servers.erase(ways.servers.begin());
        return true;
    }
    while (ways.next < ways.trunks.size()) {
        const config::Trunk& trunk = *ways.trunks[ways.next++];
        if (board() != nullptr) {
            const auto obstacle = board()->obstacle(trunk.name);
            if (obstacle != trunks::Obstacle::none) {
                ways.obstacle = reason_of(obstacle, board()->fault_of_name(trunk.name));
                continue;
            }
            ways.servers = board()->endpoints(trunk.name, call_.chance);
        }
        ways.server.reset();
        if (!ways.servers.empty()) {
            ways.server = ways.servers.front();
            ways.servers.erase(ways.servers.begin());
        }
        call_.trunk = &trunk;
        call_.slot = trunk.name;
        call_.record.trunk = trunk.name;
        return true;
    }
    return false;
}

bool StepContext::is_over_limit() const {
    if (board() == nullptr || call_.trunk == nullptr) return false;
    const auto obstacle = board()->obstacle(call_.trunk->name);
    return obstacle == trunks::Obstacle::calls || obstacle == trunks::Obstacle::rate;
}

void StepContext::note_outcome(const EndReason& reason) {
    if (call_.record.attempts.empty()) return;
    accounting::AttemptFigures& attempt = call_.record.attempts.back();
    if (!attempt.outcome.empty()) return;
    attempt.outcome = code(reason.cause);
    attempt.status = reason.sip_status;
}

bool StepContext::tried_again(const EndReason& reason) {
    // RFC 8224 §6.1.1: once more, signed anew.
    const bool disliked = reason.sip_status == 438 && call_.signed_identity && !call_.signed_again;
    const bool anew = call_.phase == Phase::inviting && disliked;
    if (!anew && !may_insist(reason)) return tried_elsewhere(reason);
    // What the first attempt described is not the second's answer.
    call_.last_progress_sdp.clear();
    note_outcome(reason);
    if (anew) call_.signed_again = true;
    send_invite(!anew);
    return true;
}

bool StepContext::tried_elsewhere(const EndReason& reason) {
    if (call_.phase != Phase::inviting || call_.to_demo || call_.trunk == nullptr) return false;
    note_outcome(reason);
    if (!another_may_mend(reason)) return false;
    if (!reason.sip_status && call_.ways.server) act(DoubtTrunk{call_.trunk->name, *call_.ways.server});
    // Whoever heard something is not called a second time.
    if (call_.early || call_.attempts >= kMostAttempts || !take_next_way()) return false;
    // What the first attempt described is not the second's answer.
    call_.last_progress_sdp.clear();
    call_.early_updated = false;
    call_.signed_again = false;
    send_invite();
    return true;
}

void StepContext::on(const SipPaused& event) {
    if (call_.phase != Phase::inviting || call_.trunk == nullptr || !call_.ways.server) return;
    act(PauseTrunk{call_.trunk->name, *call_.ways.server, event.time});
}

}  // namespace causeway::call
