// The media room's counters, looked up once per process: a lane only adds. Any thread.
#pragma once

#include "core/base/counters.hpp"

namespace causeway::media {

struct LaneCounters {
    explicit LaneCounters(Counters& counters)
        : malformed(counters.counter("media_rtp_malformed")),
          unknown_payload_type(counters.counter("media_unknown_payload_type")),
          comfort_noise(counters.counter("media_comfort_noise_ignored")),
          out_of_place(counters.counter("media_relay_duplicate_or_old")),
          unreadable_payload(counters.counter("media_payload_unreadable")),
          digit_lost(counters.counter("media_digit_not_sent")),
          frames_skipped(counters.counter("media_frames_skipped")),
          stalls(counters.counter("media_thread_stalls")),
          malformed_feedback(counters.counter("media_rtcp_feedback_malformed")),
          nack_asked(counters.counter("media_nack_asked")),
          nack_answered(counters.counter("media_nack_answered")),
          nack_unanswered(counters.counter("media_nack_unanswered")) {}

    Counter& malformed;             ///< no whole RTP packet
    Counter& unknown_payload_type;  ///< a payload type that the plan does not have
    Counter& comfort_noise;         ///< RFC 3389 packets that were not agreed, or for a receiver without them
    Counter& out_of_place;          ///< relayed stream: a duplicate, or too late to be placed
    Counter& unreadable_payload;    ///< the decoder made nothing of it
    Counter& digit_lost;            ///< no way to send it, or too many waiting
    Counter& frames_skipped;        ///< the thread stood still for longer than is worth catching up
    Counter& stalls;                ///< a call's frame was due 60 ms before its thread woke
    Counter& malformed_feedback;    ///< NACK, REMB or transport-wide feedback that breaks its format
    Counter& nack_asked;            ///< packets that we asked a browser for
    Counter& nack_answered;         ///< packets sent again because a browser asked
    Counter& nack_unanswered;       ///< asked for, but gone or given too often
};

}  // namespace causeway::media
