// The way to one browser over the whole life of a call: one ICE agent, and during a restart a second one that
// looks for a new path while media goes on over the old. Worker thread only. RFC 8445 §9, RFC 8839 §4.4.1.
//
// A new agent per restart, not libnice's own: it gathers anew, so that addresses that came meanwhile and
// fresh TURN credentials are used, and checks of the old generation cannot be taken for those of the new one.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/loop/event_loop.hpp"
#include "webrtc/ice/ice_agent.hpp"

namespace causeway::webrtc {

class IcePaths {
  public:
    /// `counters` and `listener` must outlive it. The listener hears on_ice_selected for each new path, and
    /// on_ice_failed when none is left: `start` may bring one back. It must not destroy this inside either.
    IcePaths(EventLoop& loop, IceSettings settings, Counters& counters, IceListener& listener);
    ~IcePaths();
    IcePaths(const IcePaths&) = delete;
    IcePaths& operator=(const IcePaths&) = delete;

    /// Begins to look for a path to `remote`; a path that stands is used until the new one does. After an
    /// Error all is as before.
    Result<IceLocal> start(const IceRemote& remote);
    /// Whether these credentials are those of the last `start`: then nothing is to be restarted.
    bool is_known(const IceRemote& remote) const;
    /// What a new answer without a restart repeats, with all candidates that are known by now.
    const IceLocal& local() const;

    /// For the newest path.
    void add_remote_candidate(std::string_view candidate);
    bool send(std::span<const std::uint8_t> datagram);
    bool selected() const;
    /// As of IceAgent, for the path in use.
    void will_touch(Footprint footprint);
    void add_sending_to(Footprint& footprint) const;

  private:
    struct Path;
    const Path& newest() const;
    void on_candidate(Path& path, std::string_view candidate);
    void on_selected(const Path& path);
    void on_failed(const Path& path, std::string_view detail);
    void retire(std::unique_ptr<Path> path, Duration after);

    // Given.
    EventLoop& loop_;
    const IceSettings settings_;
    Counters& counters_;
    IceListener& listener_;
    // Owned.
    std::unique_ptr<Path> current_;
    std::unique_ptr<Path> next_;  ///< during a restart
    std::unique_ptr<Path> past_;  ///< takes what is still under way
    Timer past_timer_;
};

}  // namespace causeway::webrtc
