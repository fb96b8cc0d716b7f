// One thread of the load generator: its loop, its door, its clients, and what it measures of them. The public
// methods are for the controlling thread and wait for the answer.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "tests/load/door.hpp"
#include "tests/load/meter.hpp"

namespace causeway::load {

struct GeneratorSettings {
    const System* system = nullptr;
    DoorSettings door;          ///< `sip_agents` is filled in by the generator
    std::string srtp_profiles;  ///< OpenSSL's names
    std::string address = "127.0.0.1";
    std::uint16_t sip_port = 0;  ///< 0: any
    std::uint32_t thread = 0;
    int calls_per_port = 250;
    Duration call_time{};           ///< calls are hung up after it; 0: they stay
    bool other_telephones = false;  ///< whoever answers on the SIP side, it is not us
    int listeners = 10;             ///< calls whose sound is decoded, when it is converted
    int core = -1;
    std::shared_ptr<const SoundLoop> browser_sound;
    std::shared_ptr<const SoundLoop> sip_sound;
};

/// How calls were set up, since `take_setup`. Values are nanoseconds.
struct Setup {
    Histogram answer;                ///< call sent to the system's SDP answer
    Histogram srtp;                  ///< SDP answer to SRTP keyed
    Histogram connected;             ///< call sent to both: far side up, SRTP keyed
    Histogram first_packet_browser;  ///< call sent to the first packet heard
    Histogram first_packet_sip;
    std::map<std::string, int> failures;  ///< by reason

    void merge(const Setup& other);
};

/// What the generator itself spent, and what it did not manage.
struct OwnWork {
    Histogram lateness;  ///< of our own clock
    std::uint64_t skipped_frames = 0;
    std::uint64_t overflows = 0;  ///< datagrams that we did not read in time
    double cpu_seconds = 0;
    double seconds = 0;

    void merge(const OwnWork& other);
};

/// One window.
struct WindowResult {
    Tally to_sip;
    Tally to_browser;
    OwnWork own;
    double seconds = 0;
    int ended = 0;  ///< calls that ended by themselves

    void merge(const WindowResult& other);
};

struct Progress {
    int placed = 0;
    int established = 0;
    int failed = 0;
    int up = 0;
    int completed = 0;  ///< hung up by us, and confirmed
    Instant last_established{};
};

class Generator {
  public:
    explicit Generator(GeneratorSettings settings);
    ~Generator();
    Generator(const Generator&) = delete;
    Generator& operator=(const Generator&) = delete;

    /// Where its SIP agents listen; an Error when they cannot.
    Result<SocketAddress> listen();
    const SocketAddress& sip_agents() const { return sip_agents_; }
    /// Tries for as long as `patience`.
    Result<void> open(const std::string& url, int expected, Duration patience);
    /// `rate` per second; 0: as many as the system takes, 16 at a time. Returns at once.
    void place_calls(int count, double rate);
    Progress progress();
    Setup take_setup();
    /// What it does itself from here on; a window begins anew.
    void begin_own_work();
    OwnWork own_work();
    void begin_window();
    /// Waits a moment for what is on its way.
    WindowResult end_window();
    /// Returns when all calls are gone, or after a while.
    void hang_up_all();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
    SocketAddress sip_agents_;
};

}  // namespace causeway::load
