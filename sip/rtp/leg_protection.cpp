#include "sip/rtp/leg_protection.hpp"

#include <algorithm>
#include <utility>

#include "core/base/footprint.hpp"
#include "core/dtls/certificate.hpp"
#include "core/dtls/dtls_session.hpp"

namespace causeway::sip {
namespace {

rtp::SrtpProfile profile_of(sdp::CryptoSuite suite) {
    switch (suite) {
        case sdp::CryptoSuite::aead_aes_128_gcm:
            return rtp::SrtpProfile::aead_aes_128_gcm;
        case sdp::CryptoSuite::aead_aes_256_gcm:
            return rtp::SrtpProfile::aead_aes_256_gcm;
        case sdp::CryptoSuite::aes_256_cm_sha1_80:
            return rtp::SrtpProfile::aes256_cm_sha1_80;
        case sdp::CryptoSuite::aes_cm_128_sha1_32:
            return rtp::SrtpProfile::aes128_cm_sha1_32;
        case sdp::CryptoSuite::aes_cm_128_sha1_80:
            break;
    }
    return rtp::SrtpProfile::aes128_cm_sha1_80;
}

/// How long packets with the peer's old key may still come: our answer has to reach it, and a lost one is
/// repeated after half a second and after a second.
constexpr Duration kOldKey = std::chrono::seconds(3);
/// The same when the new key is in use: packets that were overtaken.
constexpr Duration kOvertaken = std::chrono::milliseconds(200);
/// One for each suite is what a dialog has, and calls have few.
constexpr std::size_t kMostRested = 16;

bool same_keying(const sdp::AgreedTransport& a, const sdp::AgreedTransport& b) {
    if (a.protection != b.protection) return false;
    if (a.protection == sdp::Protection::dtls) return sdp::same_association(a, b);
    return a.suite == b.suite && a.send_key == b.send_key && a.receive_key == b.receive_key &&
           a.send_mki == b.send_mki && a.receive_mki == b.receive_mki;
}

}  // namespace

LegProtection::LegProtection(EventLoop& loop, const dtls::Certificate* certificate, Counters& counters,
                             Output output, Failed failed)
    : loop_(loop),
      certificate_(certificate),
      counters_(counters),
      output_(std::move(output)),
      failed_(std::move(failed)),
      no_keys_(counters.counter("sip_srtp_without_keys")),
      dtls_timer_(loop, [this](Instant now) {
          dtls_->on_timeout(now);
          after_dtls(now);
      }) {}

LegProtection::~LegProtection() {
    if (dtls_) dtls_->close();
}

void LegProtection::agree(const sdp::AgreedTransport& agreed) {
    const sdp::AgreedTransport before = std::exchange(agreed_, agreed);
    if (same_keying(before, agreed)) return;
    dtls_timer_.disarm();
    dtls_.reset();
    over_ = awaits_keys_ = false;
    switch (agreed.protection) {
        case sdp::Protection::none:
            retire_receiving();
            rest_sending();
            profile_.reset();
            return;
        case sdp::Protection::dtls:
            // What was encrypted goes on with the keys that it has; what was not, waits.
            awaits_keys_ = true;
            return make_dtls();
        case sdp::Protection::sdes:
            break;
    }
    const rtp::SrtpProfile profile = profile_of(agreed.suite);
    // A side that kept its key goes on counting packets: a new session would begin at a roll-over of 0.
    const bool same_suite = profile_ == profile && before.protection == sdp::Protection::sdes;
    if (!same_suite || before.send_key != agreed.send_key) rest_sending();
    const bool same_receive_key =
        before.receive_key == agreed.receive_key && before.receive_mki == agreed.receive_mki;
    if (!same_suite || !same_receive_key) retire_receiving();
    sending_key_ = agreed.send_key;
    sending_identifier_ = agreed.send_mki;
    key(profile, agreed.send_key.bytes(), agreed.receive_key.bytes());
}

void LegProtection::rest_sending() {
    // A key that comes back goes on where it was: no number is ever encrypted twice with it.
    if (outbound_ && profile_ && !sending_key_.empty()) {
        if (rested_.size() == kMostRested) rested_.erase(rested_.begin());
        rested_.push_back({*profile_, sending_key_, std::move(*outbound_)});
    }
    outbound_.reset();
    sending_key_ = {};
}

void LegProtection::retire_receiving() {
    continued_.reset();
    if (!inbound_) return;
    before_ = std::move(inbound_);
    inbound_.reset();
    before_until_ = loop_.now() + kOldKey;
}

void LegProtection::key(rtp::SrtpProfile profile, std::span<const std::uint8_t> send,
                        std::span<const std::uint8_t> receive) {
    profile_ = profile;
    if (!outbound_) key_sending(profile, send);
    if (!inbound_ && !over_) key_receiving(profile, receive);
}

void LegProtection::key_sending(rtp::SrtpProfile profile, std::span<const std::uint8_t> key) {
    const auto rested = std::find_if(rested_.begin(), rested_.end(), [&](const Rested& one) {
        return one.profile == profile && one.key == sending_key_;
    });
    if (rested != rested_.end()) {
        outbound_.emplace(std::move(rested->session));
        rested_.erase(rested);
        return;
    }
    auto made = rtp::SrtpSession::make(profile, key, rtp::SrtpDirection::outbound, counters_);
    if (!made) return fail(made.error().detail);
    outbound_.emplace(std::move(*made));
}

void LegProtection::key_receiving(rtp::SrtpProfile profile, std::span<const std::uint8_t> key) {
    auto made = rtp::SrtpSession::make(profile, key, rtp::SrtpDirection::inbound, counters_);
    if (!made) return fail(made.error().detail);
    inbound_.emplace(Hearing{profile, std::move(*made), agreed_.receive_mki});
    if (!before_) return;
    auto continued = rtp::SrtpSession::continued(before_->session, profile, key, counters_);
    if (continued) continued_.emplace(Hearing{profile, std::move(*continued), agreed_.receive_mki});
}

void LegProtection::fail(const std::string& detail) {
    over_ = true;
    failed_(detail);
}

void LegProtection::make_dtls() {
    if (certificate_ == nullptr) return fail("there is no certificate for DTLS");
    auto made =
        dtls::DtlsSession::make(*certificate_,
                                {.role = agreed_.dtls_role,
                                 .peer_fingerprints = agreed_.fingerprints,
                                 .srtp_profiles = {},
                                 .offer_alpn = false},
                                [this](std::span<const std::uint8_t> datagram) { output_(datagram); });
    if (!made) return fail(made.error().detail);
    dtls_ = std::make_unique<dtls::DtlsSession>(std::move(*made));
}

void LegProtection::on_path(Instant now) {
    if (!dtls_) return;
    dtls_->start(now);
    after_dtls(now);
}

void LegProtection::on_dtls(std::span<const std::uint8_t> datagram, Instant now) {
    if (!dtls_ || over_) return no_keys_.add();
    dtls_->input(datagram, now);
    after_dtls(now);
}

void LegProtection::after_dtls(Instant now) {
    if (over_) return;
    using State = dtls::DtlsSession::State;
    if (dtls_->state() == State::failed) {
        dtls_timer_.disarm();
        return fail(dtls_->failure());
    }
    if (dtls_->state() == State::connected && std::exchange(awaits_keys_, false)) {
        auto keys = dtls_->export_keys();
        if (!keys) return fail(keys.error().detail);
        rest_sending();
        retire_receiving();
        sending_identifier_.clear();
        key(keys->profile, keys->outbound, keys->inbound);
        if (over_) return;
    }
    const auto deadline = dtls_->deadline();
    deadline ? dtls_timer_.arm(std::max(*deadline, now)) : dtls_timer_.disarm();
}

bool LegProtection::ready(bool keyed) {
    if (keyed && !over_) return true;
    no_keys_.add();
    return false;
}

bool LegProtection::protect(rtp::PacketBuffer& packet, rtp::PacketPart part) {
    if (agreed_.protection == sdp::Protection::none) return true;
    if (!ready(outbound_.has_value())) return false;
    const bool sealed =
        part == rtp::PacketPart::rtp ? outbound_->protect_rtp(packet) : outbound_->protect_rtcp(packet);
    return sealed && rtp::put_key_identifier(packet, *profile_, part, sending_identifier_);
}

bool LegProtection::Hearing::opens(rtp::PacketBuffer& packet, rtp::PacketPart part) {
    const bool marked = rtp::take_key_identifier(packet, profile, part, identifier);
    if (part == rtp::PacketPart::rtp ? session.opens_rtp(packet) : session.opens_rtcp(packet)) return true;
    if (marked) rtp::put_key_identifier(packet, profile, part, identifier);
    return false;
}

bool LegProtection::Hearing::unprotect(rtp::PacketBuffer& packet, rtp::PacketPart part) {
    // A peer that announces an identifier and sends none is heard all the same: the key is what proves it.
    rtp::take_key_identifier(packet, profile, part, identifier);
    return part == rtp::PacketPart::rtp ? session.unprotect_rtp(packet) : session.unprotect_rtcp(packet);
}

bool LegProtection::opened_by_any(rtp::PacketBuffer& packet, rtp::PacketPart part) {
    const Instant now = loop_.now();
    if (before_ && before_until_ <= now) before_.reset();
    if (inbound_ && inbound_->opens(packet, part)) {
        // It begins to count at zero, or has a new stream. Reports carry their own count and tell nothing.
        if (part == rtp::PacketPart::rtp) continued_.reset();
        before_until_ = std::min(before_until_, now + kOvertaken);
        return true;
    }
    if (continued_ && continued_->opens(packet, part)) {
        inbound_ = std::move(continued_);
        continued_.reset();
        return true;
    }
    return before_ && before_->opens(packet, part);
}

bool LegProtection::unprotect(rtp::PacketBuffer& packet, rtp::PacketPart part) {
    if (over_) return ready(false);
    if ((before_ || continued_) && opened_by_any(packet, part)) return true;
    if (agreed_.protection == sdp::Protection::none) return true;
    return ready(inbound_.has_value()) && inbound_->unprotect(packet, part);
}

bool LegProtection::protect_rtp(rtp::PacketBuffer& packet) {
    return protect(packet, rtp::PacketPart::rtp);
}

bool LegProtection::protect_rtcp(rtp::PacketBuffer& packet) {
    return protect(packet, rtp::PacketPart::rtcp);
}

bool LegProtection::unprotect_rtp(rtp::PacketBuffer& packet) {
    return unprotect(packet, rtp::PacketPart::rtp);
}

bool LegProtection::unprotect_rtcp(rtp::PacketBuffer& packet) {
    return unprotect(packet, rtp::PacketPart::rtcp);
}

void LegProtection::add_receiving_to(Footprint& footprint) const {
    footprint.add(inbound_, continued_, before_, agreed_.protection, over_);
    if (inbound_) inbound_->session.add_to(footprint);
}

void LegProtection::add_sending_to(Footprint& footprint) const {
    footprint.add(outbound_, agreed_.protection, profile_, sending_identifier_, over_);
    if (outbound_) outbound_->add_to(footprint);
}

std::string_view LegProtection::profile() const {
    return profile_ && !over_ ? rtp::to_string(*profile_) : std::string_view();
}

}  // namespace causeway::sip
