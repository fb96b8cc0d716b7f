#include "sip/rtp/leg_protection.hpp"

#include <algorithm>
#include <utility>

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

bool same_keying(const sdp::AgreedTransport& a, const sdp::AgreedTransport& b) {
    if (a.protection != b.protection) return false;
    if (a.protection == sdp::Protection::dtls)
        return a.dtls_role == b.dtls_role && a.fingerprints == b.fingerprints;
    return a.suite == b.suite && a.send_key == b.send_key && a.receive_key == b.receive_key;
}

}  // namespace

LegProtection::LegProtection(EventLoop& loop, const dtls::Certificate* certificate, Counters& counters,
                             Output output, Failed failed)
    : certificate_(certificate),
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
    over_ = false;
    switch (agreed.protection) {
        case sdp::Protection::none:
            inbound_.reset();
            outbound_.reset();
            profile_.reset();
            return;
        case sdp::Protection::dtls:
            inbound_.reset();
            outbound_.reset();
            profile_.reset();
            return make_dtls();
        case sdp::Protection::sdes:
            break;
    }
    const rtp::SrtpProfile profile = profile_of(agreed.suite);
    // A side that kept its key goes on counting packets: a new session would begin at a roll-over of 0.
    const bool same_suite = profile_ == profile && before.protection == sdp::Protection::sdes;
    if (!same_suite || before.send_key != agreed.send_key) outbound_.reset();
    if (!same_suite || before.receive_key != agreed.receive_key) inbound_.reset();
    key(profile, agreed.send_key.bytes(), agreed.receive_key.bytes());
}

void LegProtection::key(rtp::SrtpProfile profile, std::span<const std::uint8_t> send,
                        std::span<const std::uint8_t> receive) {
    profile_ = profile;
    const auto fill = [&](std::optional<rtp::SrtpSession>& session, std::span<const std::uint8_t> key,
                          rtp::SrtpDirection direction) {
        if (session) return;
        auto made = rtp::SrtpSession::make(profile, key, direction, counters_);
        if (made) {
            session.emplace(std::move(*made));
        } else {
            over_ = true;
            failed_(made.error().detail);
        }
    };
    fill(outbound_, send, rtp::SrtpDirection::outbound);
    fill(inbound_, receive, rtp::SrtpDirection::inbound);
}

void LegProtection::make_dtls() {
    if (certificate_ == nullptr) {
        over_ = true;
        return failed_("there is no certificate for DTLS");
    }
    auto made =
        dtls::DtlsSession::make(*certificate_,
                                {.role = agreed_.dtls_role,
                                 .peer_fingerprints = agreed_.fingerprints,
                                 .srtp_profiles = {},
                                 .offer_alpn = false},
                                [this](std::span<const std::uint8_t> datagram) { output_(datagram); });
    if (!made) {
        over_ = true;
        return failed_(made.error().detail);
    }
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
        over_ = true;
        dtls_timer_.disarm();
        return failed_(dtls_->failure());
    }
    if (dtls_->state() == State::connected && !profile_) {
        auto keys = dtls_->export_keys();
        if (keys) {
            key(keys->profile, keys->outbound, keys->inbound);
        } else {
            over_ = true;
            return failed_(keys.error().detail);
        }
    }
    const auto deadline = dtls_->deadline();
    deadline ? dtls_timer_.arm(std::max(*deadline, now)) : dtls_timer_.disarm();
}

bool LegProtection::ready(const std::optional<rtp::SrtpSession>& session) {
    if (session && !over_) return true;
    no_keys_.add();
    return false;
}

bool LegProtection::protect_rtp(rtp::PacketBuffer& packet) {
    if (agreed_.protection == sdp::Protection::none) return true;
    return ready(outbound_) && outbound_->protect_rtp(packet);
}

bool LegProtection::protect_rtcp(rtp::PacketBuffer& packet) {
    if (agreed_.protection == sdp::Protection::none) return true;
    return ready(outbound_) && outbound_->protect_rtcp(packet);
}

bool LegProtection::unprotect_rtp(rtp::PacketBuffer& packet) {
    if (agreed_.protection == sdp::Protection::none) return true;
    return ready(inbound_) && inbound_->unprotect_rtp(packet);
}

bool LegProtection::unprotect_rtcp(rtp::PacketBuffer& packet) {
    if (agreed_.protection == sdp::Protection::none) return true;
    return ready(inbound_) && inbound_->unprotect_rtcp(packet);
}

std::string_view LegProtection::profile() const {
    return profile_ && !over_ ? rtp::to_string(*profile_) : std::string_view();
}

}  // namespace causeway::sip
