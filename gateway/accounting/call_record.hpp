// One JSON line per call attempt: who called whom, how it went, why it ended, how it sounded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"

namespace causeway::accounting {

/// What one end of a leg said ("received") or heard ("sent"). The latter as far as the end has told.
struct DirectionFigures {
    std::uint64_t packets = 0;
    std::uint64_t lost = 0;
    std::uint64_t late = 0;  ///< too late to be played, or one too many
    std::uint64_t concealed_ms = 0;
    double jitter_ms = 0;  ///< at the end
    double jitter_max_ms = 0;
    std::optional<double> mos_min{};  ///< of all seconds; E-model, ITU-T G.107 and G.107.1
    std::optional<double> mos_avg{};
};

struct LegFigures {
    std::string codec;
    std::uint64_t packets_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t packets_lost = 0;
    double jitter_ms = 0;
    std::optional<double> round_trip_ms{};  ///< the last one measured
    std::optional<double> round_trip_max_ms{};
    DirectionFigures received{};
    DirectionFigures sent{};
};

/// Who the caller was taken for, and why.
struct IdentityFigures {
    std::string source;     ///< from a page: "assertion", "session", "guest", "capability"; from SIP: "stir",
                            ///< "pai", "none"
    std::string rule;       ///< of the identity policy, "B1" or "S1" ...
    std::string verdict;    ///< "valid", "invalid", "none", "unknown_idp", "unavailable"
    std::string attest;     ///< signed or received: "A", "B", "C", "network-asserted" or ""
    std::string signer;     ///< common name of a SIP caller's signing certificate
    std::string provider;   ///< identity provider of a page's user
    std::string binding;    ///< "native", "oidc-nonce", "dpop", "introspection"
    std::string identity;   ///< a page's verified user@domain
    std::string reason;     ///< why not more
    std::string token;      ///< id of the permission that was used, "" if none
    std::string presented;  ///< number shown to the called side
};

/// One INVITE of a call to the telephone network.
struct AttemptFigures {
    std::string trunk;
    std::string server;         ///< "udp:192.0.2.1:5060", or the trunk's address
    std::string outcome;        ///< "answered", or why it failed: code(EndCause); "" while it runs
    std::optional<int> status;  ///< that the server sent
};

/// The second telephone, when two talked with each other and the page had left.
struct BridgedFigures {
    std::string trunk;
    std::string sip_call_id;
    WallTime since{};
    LegFigures leg{};
    std::string srtp{};
};

struct CallRecord {
    CallId call{};
    bool from_browser = true;  ///< direction
    std::string user;          ///< authenticated user, "" for a guest
    std::string from;
    std::string to;
    std::string page;
    std::string trunk;
    std::string sip_call_id;
    std::string diverted_from{};   ///< who it was for before, as a trusted trunk says
    std::string redirected_to{};   ///< by a 3xx
    std::string transferred_to{};  ///< with whom it went on
    WallTime started{};
    std::optional<WallTime> ringing;
    std::optional<WallTime> answered;
    WallTime ended{};
    EndReason reason;
    LegFigures browser;
    LegFigures sip;
    std::string srtp;        ///< of the browser
    std::string sip_srtp{};  ///< towards SIP; "": plain RTP
    IdentityFigures identity;
    std::optional<BridgedFigures> bridged{};
    int resumed = 0;                       ///< how often its page was lost and came back
    std::vector<AttemptFigures> attempts;  ///< of a call from a page, in order
};

/// One line, no line break at the end. Strings are JSON-escaped; times are RFC 3339 in UTC with milliseconds.
std::string to_json(const CallRecord& record);

/// The same of a call under way: `ended` and `end` are null, and there is a `state`.
std::string to_json(const CallRecord& record, std::string_view state, WallTime now);

/// Appends records to a file, on a thread of its own so that a slow disk holds up no call. Opened with
/// O_APPEND: log rotation by rename works after `reopen`.
class RecordWriter {
  public:
    /// Throws std::runtime_error when the file cannot be opened. "" writes nowhere.
    explicit RecordWriter(const std::string& path);
    ~RecordWriter();  ///< writes what is queued
    void write(const CallRecord& record);
    void reopen();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::accounting
