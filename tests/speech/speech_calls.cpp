#include "tests/speech/speech_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/base/counters.hpp"
#include "core/loop/event_loop.hpp"
#include "tests/load/browser_client.hpp"
#include "tests/load/causeway_door.hpp"
#include "tests/load/sip_agent.hpp"
#include "tests/load/sip_sound.hpp"
#include "tests/speech/impaired_relay.hpp"
#include "tests/speech/voice.hpp"
#include "transcode/codec.hpp"

namespace causeway::speech {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kBetweenCalls = milliseconds(20);
constexpr auto kStep = milliseconds(50);
constexpr auto kDoorPatience = seconds(15);
constexpr auto kSetUpPatience = seconds(30);
constexpr auto kEcho = seconds(2);  ///< what is still on its way when the last word was said

/// A wire that begins to be bad where the end's packets leave it; what comes back is untouched.
load::Detour through(ImpairedRelay& relay) {
    auto reached = std::make_shared<std::optional<SocketAddress>>();
    return {.announce = [&relay](const SocketAddress&) { return relay.far(); },
            .reach =
                [&relay, reached](const SocketAddress& theirs) {
                    // The first is where sound goes. Reports of a port of their own go straight.
                    if (!*reached) *reached = theirs;
                    if (theirs != **reached) return theirs;
                    relay.set_target(theirs);
                    return relay.near();
                }};
}

sdp::AudioFormat format_of(sdp::Codec codec, PayloadType type) {
    return {.codec = codec, .payload_type = type, .fmtp = codec == sdp::Codec::opus ? "useinbandfec=1" : ""};
}

}  // namespace

class SpeechCalls::Impl final : public load::DoorListener {
  public:
    Impl(std::vector<SpeechCase> cases, const VoiceFiles& voice)
        : cases_(std::move(cases)),
          voice_(voice),
          batches_(loop_),
          clock_(loop_, batches_),
          ground_{loop_, batches_, clock_, certificate_, counters_} {}

    Result<SocketAddress> listen() {
        load::SipAgent::Events events;
        events.on_invite = [this](const std::string& number, std::string_view offer) -> Result<std::string> {
            const auto index = load::call_of_number(number);
            if (!index) return Error{"not one of our numbers"};
            return on_sip_offer(*index, offer);
        };
        auto agent =
            load::SipAgent::open(ground_, SocketAddress::parse("127.0.0.1", 0).value(), std::move(events));
        if (!agent) return agent.error();
        agent_ = std::move(*agent);
        return agent_->local();
    }

    Result<std::vector<HeardCase>> run(const std::string& url) {
        if (auto opened = open_door(url); !opened) return opened.error();
        for (std::size_t i = 0; i < cases_.size(); ++i) {
            if (auto placed = place(i); !placed) return placed.error();
            run_for(kBetweenCalls);
        }
        const auto all_connected = [this] {
            return std::all_of(calls_.begin(), calls_.end(), [](const auto& call) { return call->talking; });
        };
        if (!run_until(all_connected, kSetUpPatience)) return Error{first_fault()};
        const auto all_said = [this] {
            return std::all_of(calls_.begin(), calls_.end(), [](const auto& call) {
                return call->browser_mouth->finished() && call->sip_mouth->finished();
            });
        };
        const auto length = seconds(voice_.at_8000.samples.size() / 8000 + 30);
        if (!run_until(all_said, length)) return Error{first_fault()};
        run_for(kEcho);
        for (std::uint32_t i = 0; i < calls_.size(); ++i) door_->hang_up({i});
        run_for(seconds(1));
        return collect();
    }

    const load::Histogram& lateness() const { return clock_.lateness(); }

  private:
    struct Call {
        std::unique_ptr<ImpairedRelay> browser_wire;
        std::unique_ptr<ImpairedRelay> sip_wire;
        std::unique_ptr<Mouth> browser_mouth;
        std::unique_ptr<Mouth> sip_mouth;
        Ear browser_ear;
        Ear sip_ear;
        PayloadType sip_type{};
        std::unique_ptr<load::BrowserClient> browser;
        std::unique_ptr<load::SipSound> sip;
        bool srtp_up = false;
        bool connected = false;
        bool talking = false;
        std::string fault;
    };

    void run_for(Duration length) {
        const Instant until = std::chrono::steady_clock::now() + length;
        while (std::chrono::steady_clock::now() < until) loop_.run_once(milliseconds(5));
    }

    template <class Condition>
    bool run_until(Condition condition, Duration patience) {
        const Instant until = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > until || any_fault()) return false;
            run_for(kStep);
        }
        return true;
    }

    bool any_fault() const {
        return std::any_of(calls_.begin(), calls_.end(),
                           [](const auto& call) { return !call->fault.empty(); });
    }

    std::string first_fault() const {
        for (std::size_t i = 0; i < calls_.size(); ++i) {
            if (!calls_[i]->fault.empty()) return cases_[i].name + ": " + calls_[i]->fault;
        }
        return "not all calls came up or to their end";
    }

    /// A gateway that is just starting is asked again.
    Result<void> open_door(const std::string& url) {
        load::DoorSettings settings;
        settings.url = url;
        settings.sip_agents = agent_->local();
        door_ = load::make_causeway_door(loop_, settings);
        const Instant until = std::chrono::steady_clock::now() + kDoorPatience;
        for (;;) {
            std::optional<Result<void>> told;
            door_->open(static_cast<int>(cases_.size()), *this,
                        [&told](Result<void> result) { told = result; });
            while (!told) loop_.run_once(milliseconds(5));
            if (*told || std::chrono::steady_clock::now() > until) return *told;
            run_for(milliseconds(100));
        }
    }

    Result<std::unique_ptr<ImpairedRelay>> wire(const SpeechCase& one, const std::string& end) {
        ImpairmentSettings towards = one.wire;
        towards.seed = seed_of(one.name + end);
        return ImpairedRelay::open(loop_, towards, {});
    }

    Result<void> place(std::size_t i) {
        const SpeechCase& one = cases_[i];
        const int loss = static_cast<int>(std::lround(one.wire.loss * 100));
        calls_.push_back(std::make_unique<Call>());
        Call& call = *calls_.back();
        auto browser_wire = wire(one, ".browser");
        if (!browser_wire) return browser_wire.error();
        auto sip_wire = wire(one, ".telephone");
        if (!sip_wire) return sip_wire.error();
        call.browser_wire = std::move(*browser_wire);
        call.sip_wire = std::move(*sip_wire);
        auto browser_mouth = Mouth::make(format_of(one.browser, {}),
                                         voice_.at(transcode::best_sample_rate(one.browser)), loss);
        if (!browser_mouth) return browser_mouth.error();
        auto sip_mouth =
            Mouth::make(format_of(one.sip, {}), voice_.at(transcode::best_sample_rate(one.sip)), loss);
        if (!sip_mouth) return sip_mouth.error();
        call.browser_mouth = std::move(*browser_mouth);
        call.sip_mouth = std::move(*sip_mouth);

        const SocketAddress local = SocketAddress::parse("127.0.0.1", 0).value();
        auto browser_port = load::BrowserPort::open(ground_, local);
        if (!browser_port) return browser_port.error();
        browser_ports_.push_back(std::move(*browser_port));
        auto sip_port = load::SipSoundPort::open(ground_, local);
        if (!sip_port) return sip_port.error();
        sip_ports_.push_back(std::move(*sip_port));

        load::BrowserClient::Events events;
        events.on_srtp_up = [this, &call] {
            call.srtp_up = true;
            talk(call);
        };
        events.on_failed = [&call](const std::string& reason) { call.fault = reason; };
        call.browser = std::make_unique<load::BrowserClient>(
            ground_, *browser_ports_.back(),
            load::BrowserSettings{.formats = {load::browser_format(one.browser)},
                                  .ptime_ms = 20,
                                  .srtp_profiles = "",
                                  .attributes = {},
                                  .source = call.browser_mouth.get(),
                                  .sink = &call.browser_ear,
                                  .detour = through(*call.browser_wire)},
            std::move(events));
        call.sip =
            std::make_unique<load::SipSound>(ground_, *sip_ports_.back(),
                                             load::SipSoundSettings{.codec = one.sip,
                                                                    .fmtp = "",
                                                                    .events = false,
                                                                    .ptime_ms = 20,
                                                                    .source = call.sip_mouth.get(),
                                                                    .sink = &call.sip_ear,
                                                                    .detour = through(*call.sip_wire)});
        door_->call({static_cast<std::uint32_t>(i)}, call.browser->offer());
        return {};
    }

    void talk(Call& call) {
        if (!call.srtp_up || !call.connected || call.talking) return;
        call.talking = true;
        call.browser->start_sound();
        call.sip->start_sound();
    }

    void on_answer(load::CallIndex index, std::string_view sdp) override {
        Call& call = *calls_.at(index.value);
        if (const auto taken = call.browser->accept(sdp); !taken) call.fault = taken.error().detail;
    }
    void on_candidate(load::CallIndex index, std::string_view candidate) override {
        calls_.at(index.value)->browser->add_candidate(candidate);
    }
    void on_connected(load::CallIndex index) override {
        calls_.at(index.value)->connected = true;
        talk(*calls_.at(index.value));
    }
    void on_ended(load::CallIndex index, std::string_view reason) override {
        if (!reason.empty()) calls_.at(index.value)->fault = reason;
    }
    Result<std::string> on_sip_offer(load::CallIndex index, std::string_view offer) override {
        Call& call = *calls_.at(index.value);
        const auto parts = load::read_sip_sdp(offer);
        if (!parts) return parts.error();
        const auto* format = load::find_format(parts->formats, cases_.at(index.value).sip);
        if (format == nullptr) return Error{"the codec is not offered"};
        call.sip_type = format->payload_type;
        return call.sip->answer(offer);
    }

    Result<std::vector<HeardCase>> collect() const {
        std::vector<HeardCase> all;
        for (std::size_t i = 0; i < cases_.size(); ++i) {
            const SpeechCase& one = cases_[i];
            const Call& call = *calls_[i];
            auto by_telephone =
                call.sip_ear.heard(format_of(one.sip, call.sip_type), transcode::best_sample_rate(one.sip));
            if (!by_telephone) return by_telephone.error();
            const PayloadType browser_type = load::browser_format(one.browser).payload_type;
            auto by_browser = call.browser_ear.heard(format_of(one.browser, browser_type),
                                                     transcode::best_sample_rate(one.browser));
            if (!by_browser) return by_browser.error();
            if (by_telephone->samples.empty() || by_browser->samples.empty())
                return Error{
                    fmt::format("{}: nothing was heard ({} packets by the telephone, {} by the browser)",
                                one.name, call.sip_ear.packets(), call.browser_ear.packets())};
            all.push_back({one.name, std::move(*by_telephone), std::move(*by_browser)});
        }
        return all;
    }

    // Given.
    const std::vector<SpeechCase> cases_;
    const VoiceFiles& voice_;
    // Owned.
    EventLoop loop_;
    load::DatagramBatches batches_;
    load::MediaClock clock_;
    dtls::Certificate certificate_;
    Counters counters_;
    const load::Ground ground_;
    std::unique_ptr<load::SipAgent> agent_;
    std::unique_ptr<load::Door> door_;
    std::vector<std::unique_ptr<load::BrowserPort>> browser_ports_;
    std::vector<std::unique_ptr<load::SipSoundPort>> sip_ports_;
    std::vector<std::unique_ptr<Call>> calls_;
};

SpeechCalls::SpeechCalls(std::vector<SpeechCase> cases, const VoiceFiles& voice)
    : impl_(std::make_unique<Impl>(std::move(cases), voice)) {}

SpeechCalls::~SpeechCalls() = default;

Result<SocketAddress> SpeechCalls::listen() {
    return impl_->listen();
}

const load::Histogram& SpeechCalls::lateness() const {
    return impl_->lateness();
}

Result<std::vector<HeardCase>> SpeechCalls::run(const std::string& url) {
    return impl_->run(url);
}

}  // namespace causeway::speech
