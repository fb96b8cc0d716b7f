// How the load generator reaches a system under test: it gives an offer, gets an answer, and learns when the
// far side is up. One implementation per system: Causeway here, others in rivals/. Everything happens on the
// thread of one EventLoop; a generator with several threads makes one door per thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/loop/event_loop.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::load {

/// One call of a run; never used again for another call of the same run.
using CallIndex = StrongId<struct CallIndexTag, std::uint32_t>;

/// Thread 2 of the generator numbers its calls from 2000000 on.
inline constexpr std::uint32_t kCallsPerThread = 1'000'000;

/// The number that a call dials, "load-0000017": the user part of the INVITE's request URI. By it the
/// generator's SIP user agent knows which of its calls an INVITE belongs to.
std::string called_number(CallIndex call);
/// The inverse; nullopt for any other text.
std::optional<CallIndex> call_of_number(std::string_view number);

/// What a door needs to know before it opens.
struct DoorSettings {
    std::string url;                ///< control address of the system, in the door's own form; "" its default
    SocketAddress sip_agents;       ///< where the generator's SIP user agents listen (UDP)
    sdp::Codec browser_codec{};     ///< the one codec that the browser side offers
    sdp::Codec sip_codec{};         ///< the one codec that the SIP side takes
    int calls_per_connection = 50;  ///< doors that keep connections open share each among so many calls
    std::string user;               ///< for systems that ask who is calling; "" a guest
    std::string password;
};

/// What a door tells. Each `call` ends in exactly one `on_ended`, with or without an answer before.
class DoorListener {
  public:
    virtual ~DoorListener() = default;

    /// The answer for the browser client. Called once per call, before `on_connected`.
    virtual void on_answer(CallIndex call, std::string_view sdp) = 0;
    /// A candidate of the system that comes after its answer: without "a=", "" at the end. Optional.
    virtual void on_candidate(CallIndex call, std::string_view candidate) = 0;
    /// The far side has answered: sound may flow both ways.
    virtual void on_connected(CallIndex call) = 0;
    /// It is over. `reason` is empty after our own `hang_up`, else in the system's words.
    virtual void on_ended(CallIndex call, std::string_view reason) = 0;
    /// Only for systems that speak no SIP (rtpengine): the offer that they made for the SIP side; gives the
    /// user agent's answer. Called inside `call`'s course, never from within `call` itself.
    virtual Result<std::string> on_sip_offer(CallIndex call, std::string_view offer) = 0;
};

/// Asynchronous; calls the listener from the loop, never from within the methods below.
class Door {
  public:
    virtual ~Door() = default;

    /// Connects, authenticates and does whatever makes the first call quick; `expected` calls are going to
    /// be up at once. `done` is called once. After an Error, `open` may be called again: a system that is
    /// just starting is asked every 100 ms.
    virtual void open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) = 0;
    /// `offer` is complete (its candidates are in it).
    virtual void call(CallIndex call, std::string offer) = 0;
    /// Also before an answer. `on_ended` follows.
    virtual void hang_up(CallIndex call) = 0;
};

/// How to start a system of one's own for a run.
struct SubjectPlan {
    std::vector<std::string> command;  ///< program (absolute, or searched in PATH) and arguments
    std::string url;                   ///< for DoorSettings
    /// Also measured, with their children, when they run beside `command`'s process. Usually empty.
    std::vector<pid_t> others;
};

/// What the system is to be prepared for.
struct SubjectSettings {
    std::string folder;  ///< empty, for configuration and logs; removed after the run
    std::string binary;  ///< "": the system's own default
    SocketAddress
        sip_agents;  ///< where its calls shall go to; thread 1's ("load-1...") to the next port, and so on
    std::string telephones;  ///< not "": these agents are called instead, "192.0.2.1:5070"
    int generator_threads = 1;
    int calls = 0;    ///< at most so many at once
    int threads = 0;  ///< media threads of the system; 0: its own default
    sdp::Codec browser_codec{};
    sdp::Codec sip_codec{};
};

/// Writes configuration into the folder and says what to run in the foreground. SIGTERM ends it.
using PlanSubject = Result<SubjectPlan> (*)(const SubjectSettings& settings);
using MakeDoor = std::unique_ptr<Door> (*)(EventLoop& loop, const DoorSettings& settings);

/// One system that the generator can speak to. `systems.cpp` holds the table of all.
struct System {
    std::string_view name;  ///< as `--system` and `--start` name it
    MakeDoor make_door;
    PlanSubject plan;  ///< null: it can only be attached to
};

const System* find_system(std::string_view name);

}  // namespace causeway::load
