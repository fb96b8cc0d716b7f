// The media of one call: browser leg and SIP leg, or two SIP legs, joined by two lanes, with the frame clock,
// the RTCP clock, the watch for silence and the figures. On one media worker's thread; events go to the
// MediaListener.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "core/loop/event_loop.hpp"
#include "gateway/media/lane.hpp"
#include "gateway/media/media_port.hpp"
#include "gateway/media/media_settings.hpp"

namespace causeway {
class Counters;
}
namespace causeway::sip {
class PortAllocator;
}
namespace causeway::dtls {
class Certificate;
}

namespace causeway::media {

class LegEnd;  // gateway/media/leg_end.hpp

/// What all calls share; lives as long as the workers.
struct SharedMedia {
    const MediaSettings& settings;
    const dtls::Certificate& certificate;
    sip::PortAllocator& ports;
    Counters& counters;
    LaneCounters& lane_counters;
    MediaListener& listener;
};

class Bridge {
  public:
    Bridge(EventLoop& loop, const SharedMedia& shared, CallId call);
    ~Bridge();
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    /// Once, first. Tells on_opened or on_media_failed.
    void open(const OpenMedia& command);
    void connect(const ConnectMedia& command);
    /// Tells on_reoffered or on_reoffer_refused.
    void reoffer(const ReofferMedia& command);
    void add_remote_candidate(std::string_view candidate);
    void send_digit(char digit, int duration_ms);
    // two_telephones.cpp: another telephone takes the browser's place.
    /// Tells on_other_opened or on_other_refused.
    void open_other();
    void close_other();
    void join(const JoinTelephones& command);
    void release_browser();
    void send_digit_to_other(char digit, int duration_ms);
    /// Of Opus, in both directions.
    void set_complexity(int complexity);
    /// The last word: says RTCP BYE on both legs. Destroy the bridge afterwards.
    MediaStatistics close();

  private:
    class BrowserEnd;
    class SipEnd;
    /// The second telephone's end and the lane towards it.
    struct Other;
    /// What we call the two streams that we send.
    struct Streams {
        LaneSettings to_sip;
        LaneSettings to_browser;
        std::string sip_cname;
        std::string browser_cname;
    };
    static Streams make_streams(const MediaSettings& settings, Instant now);

    /// What the answer agreed with the browser, for both lanes and its RTCP.
    void agree(const webrtc::BrowserOffer& offer, const webrtc::BrowserAnswer& answer);
    /// A page that was loaded again: a new transport takes the old one's place.
    Result<webrtc::BrowserAnswer> meet_again(const webrtc::BrowserOffer& offer);
    void on_browser_connected();
    void on_browser_lost(EndReason reason);
    void fail(EndReason reason);
    /// What may flow follows from the plan, hold, early media and the browser's state.
    void set_directions(Instant now);
    void set_directions_of_telephones(Instant now);
    bool is_joined() const { return joined_ != nullptr; }
    LegEnd& far_end();
    Lane& lane_to_far();
    /// Of a SIP end's packets; nullptr while they lead nowhere.
    Lane* lane_from(const SipEnd& end);
    Lane& lane_to(const SipEnd& end);
    MediaStatistics figures_of_telephones();
    void keep_house(Instant now);
    void send_reports(Instant now);
    void run_lanes(Instant now);
    /// A packet of `from`'s peer, by `lane` to the other end; `back` is the other direction.
    void carry(LegEnd& from, Lane& lane, Lane& back, rtp::PacketBuffer& packet, Instant now);
    void note_stall(Instant now);
    /// Tells both transports what a packet of theirs touches on its way through.
    void foresee();
    void add_to(Footprint& footprint) const;
    void arm_lanes();
    void arm_reports();
    void arm_house(Instant now);
    MediaStatistics figures();

    // Given.
    EventLoop& loop_;
    const SharedMedia shared_;
    const CallId call_;
    const Streams streams_;
    // Owned.
    std::unique_ptr<BrowserEnd> browser_;
    std::unique_ptr<SipEnd> sip_;
    Lane to_sip_;
    Lane to_browser_;
    std::unique_ptr<Other> other_;
    Timer lane_timer_;
    Timer report_timer_;
    Timer house_timer_;
    // State.
    std::optional<ConnectMedia> connected_;
    // Few calls ever need the room of these two.
    std::unique_ptr<const JoinTelephones> joined_;
    std::unique_ptr<const MediaStatistics> with_browser_;  ///< since the browser left
    std::optional<int> complexity_;
    sdp::Direction browser_direction_ = sdp::Direction::sendrecv;  ///< as the browser said it
    sdp::AudioMedia browser_media_;                                ///< as agreed
    std::vector<sdp::Codec> browser_codecs_;
    std::optional<webrtc::AgreedFeedback> browser_feedback_;
    bool browser_up_ = false;
    bool browser_was_up_ = false;
    bool failed_ = false;
    std::optional<Instant> lanes_armed_for_;
    Instant quiet_about_stalls_until_{};
};

}  // namespace causeway::media
