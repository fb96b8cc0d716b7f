// The course of the generator's calls: paced, placed, followed through the door's events, hung up.
#include <chrono>

#include "tests/load/generator_impl.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

constexpr int kMostUnanswered = 16;  ///< with `rate` 0
constexpr double kHangUpsPerSecond = 400;
constexpr auto kPace = 1ms;

}  // namespace

void Generator::Impl::place_calls(int count, double rate) {
    to_place_ = count;
    rate_ = rate;
    paced_ = 0;
    pace_began_ = loop_.now();
    pacer_.arm(loop_.now());
}

void Generator::Impl::pace(Instant now) {
    const double seconds = std::chrono::duration<double>(now - pace_began_).count();
    if (!to_hang_up_.empty()) {
        for (; paced_ < seconds * kHangUpsPerSecond && !to_hang_up_.empty(); ++paced_) {
            door_->hang_up(to_hang_up_.back());
            to_hang_up_.pop_back();
        }
    }
    while (to_place_ > 0 && (rate_ > 0 ? paced_ < seconds * rate_ : unanswered_ < kMostUnanswered)) {
        --to_place_;
        ++paced_;
        place_one();
    }
    hang_up_due(now);
    if (to_place_ > 0 || !to_hang_up_.empty() || !due_.empty()) pacer_.arm(now + kPace);
}

void Generator::Impl::hang_up_due(Instant now) {
    while (!due_.empty() && due_.front().at <= now) {
        LoadCall* const call = find(due_.front().call);
        if (call != nullptr && !call->leaving) leave(*call);
        due_.pop_front();
    }
}

void Generator::Impl::leave(LoadCall& call) {
    call.leaving = true;
    call.browser->stop_sound();
    if (call.sip) call.sip->stop_sound();
    door_->hang_up(call.index);
}

BrowserPort* Generator::Impl::browser_port() {
    const auto each = static_cast<std::size_t>(settings_.calls_per_port);
    if (calls_.size() >= each * browser_ports_.size()) {
        auto port = BrowserPort::open(ground_, *SocketAddress::parse(settings_.address, 0));
        if (port) browser_ports_.push_back(std::move(*port));
    }
    return browser_ports_.empty() ? nullptr : browser_ports_[made_ % browser_ports_.size()].get();
}

SipSoundPort* Generator::Impl::sip_port() {
    const auto each = static_cast<std::size_t>(settings_.calls_per_port);
    if (calls_.size() >= each * sip_ports_.size()) {
        auto port = SipSoundPort::open(ground_, *SocketAddress::parse(settings_.address, 0));
        if (port) sip_ports_.push_back(std::move(*port));
    }
    return sip_ports_.empty() ? nullptr : sip_ports_[made_ % sip_ports_.size()].get();
}

void Generator::Impl::place_one() {
    ++progress.placed;
    BrowserPort* const browser_at = browser_port();
    SipSoundPort* const sip_at = sip_port();
    const CallIndex index{settings_.thread * kCallsPerThread + made_};
    if (browser_at == nullptr || sip_at == nullptr) return fail(index, "the generator has no port left");
    const bool listens = made_++ < static_cast<std::uint32_t>(settings_.listeners);
    auto made = std::make_unique<LoadCall>();
    LoadCall& call = *made;
    call.index = index;
    call.browser_source.emplace(*settings_.browser_sound, window_, index.value, stamped_);
    call.sip_source.emplace(*settings_.sip_sound, window_, index.value, stamped_);
    call.browser_meter.emplace(window_, result_.to_browser, *call.sip_source, settings_.browser_sound->codec,
                               index.value, stamped_, listens);
    call.sip_meter.emplace(window_, result_.to_sip, *call.browser_source, settings_.sip_sound->codec,
                           index.value, stamped_, listens);
    const OfferedFormat format = browser_format(settings_.browser_sound->codec);
    const std::uint32_t clock = sdp::rtp_clock_rate(settings_.browser_sound->codec);
    BrowserClient::Events events;
    events.on_srtp_up = [this, index] {
        LoadCall* const up = find(index);
        up->srtp_up = true;
        setup_.srtp.add(wire_time() - up->answered);
        check_established(*up);
    };
    events.on_failed = [this, index](const std::string& reason) { fail(index, reason); };
    call.browser = std::make_unique<BrowserClient>(ground_, *browser_at,
                                                   BrowserSettings{.formats = {format, event_format(clock)},
                                                                   .srtp_profiles = settings_.srtp_profiles,
                                                                   .source = &*call.browser_source,
                                                                   .sink = &*call.browser_meter},
                                                   std::move(events));
    if (!settings_.other_telephones) {
        call.sip = std::make_unique<SipSound>(
            ground_, *sip_at,
            SipSoundSettings{
                .codec = settings_.sip_sound->codec, .source = &*call.sip_source, .sink = &*call.sip_meter});
    }
    calls_[index.value] = std::move(made);
    ++unanswered_;
    call.sent = wire_time();
    door_->call(index, call.browser->offer());
}

LoadCall* Generator::Impl::find(CallIndex index) {
    const auto found = calls_.find(index.value);
    return found == calls_.end() ? nullptr : found->second.get();
}

void Generator::Impl::on_answer(CallIndex index, std::string_view sdp) {
    LoadCall* const call = find(index);
    if (call == nullptr || call->answered != 0) return;
    call->answered = wire_time();
    setup_.answer.add(call->answered - call->sent);
    if (const auto taken = call->browser->accept(sdp); !taken) fail(index, taken.error().detail);
}

void Generator::Impl::on_candidate(CallIndex index, std::string_view candidate) {
    if (LoadCall* const call = find(index)) call->browser->add_candidate(candidate);
}

void Generator::Impl::on_connected(CallIndex index) {
    LoadCall* const call = find(index);
    if (call == nullptr || call->connected) return;
    call->connected = true;
    call->browser->start_sound();
    if (call->sip) call->sip->start_sound();
    check_established(*call);
}

void Generator::Impl::check_established(LoadCall& call) {
    if (!call.srtp_up || !call.connected || call.established) return;
    call.established = true;
    --unanswered_;
    setup_.connected.add(wire_time() - call.sent);
    ++progress.established;
    ++progress.up;
    progress.last_established = loop_.now();
    if (settings_.call_time == Duration{}) return;
    due_.push_back({loop_.now() + settings_.call_time, call.index});
    if (!pacer_.armed()) pacer_.arm(loop_.now() + kPace);
}

void Generator::Impl::on_ended(CallIndex index, std::string_view reason) {
    LoadCall* const call = find(index);
    if (call == nullptr) return;
    if (!call->leaving) return fail(index, reason.empty() ? "ended" : std::string(reason));
    if (call->established) --progress.up;
    ++progress.completed;
    calls_.erase(index.value);
}

void Generator::Impl::fail(CallIndex index, const std::string& reason) {
    ++setup_.failures[reason];
    LoadCall* const call = find(index);
    if (call == nullptr || !call->established) ++progress.failed;
    if (call == nullptr) return;
    if (call->established) {
        --progress.up;
        ++ended_;
    } else {
        --unanswered_;
    }
    door_->hang_up(index);
    agent_->hang_up(called_number(index));
    calls_.erase(index.value);
}

Result<std::string> Generator::Impl::on_invite(const std::string& number, std::string_view offer) {
    const auto index = call_of_number(number);
    if (!index) return Error{"not one of our numbers"};
    return on_sip_offer(*index, offer);
}

Result<std::string> Generator::Impl::on_sip_offer(CallIndex index, std::string_view offer) {
    LoadCall* const call = find(index);
    if (call == nullptr || !call->sip) return Error{"that call is gone"};
    return call->sip->answer(offer);
}

void Generator::Impl::begin_goodbye() {
    to_place_ = 0;
    for (const auto& [index, call] : calls_) {
        if (std::exchange(call->leaving, true)) continue;
        call->browser->stop_sound();
        if (call->sip) call->sip->stop_sound();
        to_hang_up_.push_back(call->index);
    }
    paced_ = 0;
    pace_began_ = loop_.now();
    pacer_.arm(loop_.now());
}

}  // namespace causeway::load
