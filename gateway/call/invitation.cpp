// The INVITE of a call from a page: made anew for each attempt. RFC 3261 §13.2.1, RFC 8224 §6.1.1.
#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/trunks/account_choice.hpp"
#include "gateway/trunks/header_template.hpp"
#include "gateway/trunks/number_format.hpp"

namespace causeway::call {
namespace {

/// "sip:alice@gw.example" as people read it.
std::string shown_name(std::string_view sip_uri) {
    const std::string_view name = sip_uri.substr(sip_uri.find(':') + 1);
    return name.starts_with("anonymous@") ? "anonymous" : std::string(name);
}

}  // namespace

void StepContext::send_invite(bool insist) {
    // RFC 4568 §6.1: no two dialogs, and no forked ones of another attempt, share a key.
    renew_security(insist);
    auto offer = sdp::make_sip_offer(next_local_description());
    // A second telephone is offered what the first one may be joined with.
    call_.awaits_sip_offer = call_.trunk != nullptr && call_.trunk->late_offer && !call_.other;
    if (call_.awaits_sip_offer) offer = {};
    call_.described = offer;
    call_.local_offer = std::move(offer.media);
    call_.phase = Phase::inviting;

    const config::Config& config = *call_.config;
    sip::OutboundInvite invite;
    invite.call = call_.id;
    // The record, the log and a trace of the wire find each other by it.
    ++call_.attempts;
    const std::string attempt = call_.attempts > 1 ? '-' + std::to_string(call_.attempts) : "";
    invite.sip_call_id = to_string(call_.id) + attempt + "@" + config.sip.domain;
    call_.record.sip_call_id = call_.sip_call_id = invite.sip_call_id;
    if (call_.trunk != nullptr) {
        const auto& server = call_.ways.server;
        call_.record.attempts.push_back(
            {call_.trunk->name, server ? trunks::name_of(*server) : call_.trunk->address, {}, {}});
    }
    const config::TrunkNumbers kAsIs;
    const config::TrunkNumbers& form = call_.trunk != nullptr ? call_.trunk->numbers : kAsIs;
    const std::string host = call_.to_demo ? config.demo.listen.to_string() : call_.trunk->address;
    const std::string transport = call_.trunk != nullptr ? config::uri_transport(call_.trunk->transport) : "";
    if (call_.trunk != nullptr) invite.trunk = call_.trunk->name;
    const std::string called = identity::escaped_sip_user(trunks::called_out(call_.to, form)) + "@" + host;
    invite.request_uri = "sip:" + called + transport;
    invite.to_uri = "sip:" + called;
    const IdentityBook& book = environment_.identity;
    const TrunkIdentity& trunk = book.of(call_.trunk != nullptr ? call_.trunk->name : "");
    identity::SigningContext signing;
    signing.signer = trunk.signer.get();
    signing.origid_secret = book.origid_secret;
    signing.call = to_string(call_.id);
    signing.now = std::chrono::system_clock::to_time_t(environment_.now);
    // RFC 8224 §8.3: the number itself, not a trunk's way of writing it.
    signing.to_uri = "sip:" + identity::escaped_sip_user(call_.to) + "@" + host;
    // RFC 8224 §4.1: what the SDP announces is signed with it.
    if (!call_.local_offer.security.fingerprints.empty())
        signing.media_keys = identity::fingerprints_of(offer.sdp);
    // RFC 8224 §6.1.1: each attempt is signed anew.
    auto headers = identity::make_headers(call_.caller, trunk.trust, book.policy, signing);
    invite.from_uri = std::move(headers.from_uri);
    invite.from_display = std::move(headers.from_display);
    invite.headers = std::move(headers.headers);
    for (auto& header : diversion_headers(call_.diverted, call_.to, config.sip.domain)) {
        invite.headers.push_back(std::move(header));
    }
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
    invite.options = dialog_options();
    invite.ring_timeout = config.sip.ring_timeout;
    if (call_.trunk != nullptr) dress_for_trunk(invite);
    act(Invite{std::move(invite)});
}

void StepContext::dress_for_trunk(sip::OutboundInvite& invite) const {
    const config::Trunk& trunk = *call_.trunk;
    const Ways& ways = call_.ways;
    if (ways.server && trunks::picks_servers(trunk)) invite.proxy = trunks::uri_of(*ways.server);
    const bool has_another = !ways.servers.empty() || ways.next < ways.trunks.size();
    if (has_another) invite.answer_within = trunk.answer_within;
    const auto transport = ways.server ? ways.server->transport : trunk.transport;
    if (transport == config::TrunkTransport::udp) {
        invite.tcp_above = static_cast<std::size_t>(trunk.tcp_above);
    }

    const config::TrunkAccount* account = trunks::account_for(trunk, call_.from);
    const std::string username = account != nullptr ? account->username : trunk.username;
    if (account != nullptr) {
        invite.credentials = sip::DigestCredentials{account->username, account->password, account->realm};
    } else if (!trunk.username.empty()) {
        invite.credentials = sip::DigestCredentials{trunk.username, trunk.password, trunk.realm};
    }

    // A proxy before the trunk may ask, too, with a realm of its own.
    for (const config::TrunkAccount& each : trunk.accounts) {
        if (!each.realm.empty())
            invite.more_credentials.push_back({each.username, each.password, each.realm});
    }

    invite.from_uri = trunks::uris_out(invite.from_uri, trunk.numbers);
    std::erase_if(invite.headers,
                  [&](const sip::Header& header) { return trunks::is_removed(trunk.headers, header.first); });
    for (auto& [name, value] : invite.headers) {
        if (name == "P-Asserted-Identity") value = trunks::uris_out(value, trunk.numbers);
    }
    const trunks::TemplateValues values{.user = call_.record.user,
                                        .from = call_.caller.privacy ? "" : call_.from,
                                        .to = call_.to,
                                        .call = to_string(call_.id),
                                        .trunk = trunk.name,
                                        .account = username,
                                        .page = call_.record.page};
    for (const auto& [name, text] : trunk.headers.add) {
        std::string value = trunks::fill(text, values);
        if (!value.empty()) invite.headers.emplace_back(name, std::move(value));
    }
}

}  // namespace causeway::call
