// The world as the call registry reaches it. The adapters of gateway/app stand behind these; tests put
// recorders there.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "gateway/accounting/call_record.hpp"
#include "gateway/call/actions.hpp"
#include "gateway/call/events.hpp"
#include "gateway/http/messages.hpp"
#include "gateway/media/media_port.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::call {

class PagePort {
  public:
    virtual ~PagePort() = default;
    virtual void send(SessionId session, const http::ServerMessage& message) = 0;
};

/// Never calls back before it returns.
class SipPort {
  public:
    virtual ~SipPort() = default;
    virtual DialogId invite(sip::OutboundInvite invite) = 0;
    virtual void add_response_header(DialogId dialog, sip::Header header) = 0;
    virtual void progress(DialogId dialog, int status) = 0;
    virtual void accept(DialogId dialog, std::string sdp) = 0;
    virtual void end(DialogId dialog, const EndReason& reason) = 0;
    virtual void answer_reoffer(DialogId dialog, std::string sdp) = 0;
    virtual void refuse_reoffer(DialogId dialog, int status, const std::string& why) = 0;
    virtual void info_digit(DialogId dialog, char digit, int duration_ms) = 0;
    virtual void reoffer(DialogId dialog, std::string sdp) = 0;
    virtual void acknowledge(DialogId dialog, std::string sdp) = 0;
    virtual void set_options(DialogId dialog, const sip::DialogOptions& options) = 0;
    virtual void refer(DialogId dialog, sip::OutboundReferral referral) = 0;
    virtual void answer_referral(DialogId dialog, int status) = 0;
    virtual void tell_referrer(DialogId dialog, int status) = 0;
};

/// Verification that may have to fetch keys or certificates. Answers by an event, later: never before it
/// returns.
class IdentityPort {
  public:
    virtual ~IdentityPort() = default;
    virtual void check_caller(CallId call, CheckCaller check) = 0;
    virtual void check_passports(CallId call, CheckPassports check) = 0;
    virtual void release_capability(const std::string& id) = 0;
};

class TimerPort {
  public:
    virtual ~TimerPort() = default;
    virtual void arm(CallId call, TimerKind kind, Duration after) = 0;
    virtual void disarm(CallId call, TimerKind kind) = 0;
};

class RecordPort {
  public:
    virtual ~RecordPort() = default;
    virtual void write(const accounting::CallRecord& record) = 0;
};

struct Ports {
    PagePort& pages;
    SipPort& sip;
    media::MediaPort& media;
    TimerPort& timers;
    RecordPort& records;
    IdentityPort& identity;
};

}  // namespace causeway::call
