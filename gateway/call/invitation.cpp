// The INVITE of a call from a page: made anew for each attempt. RFC 3261 §13.2.1, RFC 8224 §6.1.1.
#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::call {
namespace {

/// "sip:alice@gw.example" as people read it.
std::string shown_name(std::string_view sip_uri) {
    const std::string_view name = sip_uri.substr(sip_uri.find(':') + 1);
    return name.starts_with("anonymous@") ? "anonymous" : std::string(name);
}

}  // namespace

void StepContext::send_invite() {
    auto offer = sdp::make_sip_offer(next_local_description());
    call_.local_offer = std::move(offer.media);
    call_.phase = Phase::inviting;

    const config::Config& config = *call_.config;
    sip::OutboundInvite invite;
    invite.call = call_.id;
    // The record, the log and a trace of the wire find each other by it.
    ++call_.attempts;
    const std::string attempt = call_.attempts > 1 ? '-' + std::to_string(call_.attempts) : "";
    invite.sip_call_id = to_string(call_.id) + attempt + "@" + config.sip.domain;
    call_.record.sip_call_id = invite.sip_call_id;
    const bool over_tcp = call_.trunk != nullptr && call_.trunk->transport == config::TrunkTransport::tcp;
    const std::string host = call_.to_demo ? config.demo.listen.to_string() : call_.trunk->address;
    const std::string transport = over_tcp ? ";transport=tcp" : "";
    invite.request_uri = "sip:" + identity::escaped_sip_user(call_.to) + "@" + host + transport;
    invite.to_uri = "sip:" + identity::escaped_sip_user(call_.to) + "@" + host;
    const IdentityBook& book = environment_.identity;
    const TrunkIdentity& trunk = book.of(call_.trunk != nullptr ? call_.trunk->name : "");
    identity::SigningContext signing;
    signing.signer = trunk.signer.get();
    signing.origid_secret = book.origid_secret;
    signing.call = to_string(call_.id);
    signing.now = std::chrono::system_clock::to_time_t(environment_.now);
    signing.to_uri = invite.to_uri;
    // RFC 8224 §6.1.1: each attempt is signed anew.
    auto headers = identity::make_headers(call_.caller, trunk.trust, book.policy, signing);
    invite.from_uri = std::move(headers.from_uri);
    invite.from_display = std::move(headers.from_display);
    invite.headers = std::move(headers.headers);
    call_.signed_identity = headers.attestation != identity::Attestation::none ||
                            std::any_of(invite.headers.begin(), invite.headers.end(),
                                        [](const sip::Header& header) { return header.first == "Identity"; });
    auto& figures = call_.record.identity;
    figures.attest = letter(headers.attestation);
    // B3: a caller without a number is shown by name.
    if (figures.presented.empty()) figures.presented = shown_name(invite.from_uri);
    if (!headers.note.empty()) figures.reason = headers.note;
    if (call_.attempts == 1) {
        const bool has_number = !call_.caller.number.empty() || figures.presented == "anonymous";
        tell_page(http::Presented{call_.page->name, has_number ? figures.presented : "",
                                  call_.caller.identity, figures.source, figures.attest, figures.reason});
    }
    invite.sdp = std::move(offer.sdp);
    if (call_.trunk != nullptr && !call_.trunk->username.empty()) {
        invite.credentials =
            sip::DigestCredentials{call_.trunk->username, call_.trunk->password, call_.trunk->realm};
    }
    invite.ring_timeout = config.sip.ring_timeout;
    act(Invite{std::move(invite)});
}

}  // namespace causeway::call
