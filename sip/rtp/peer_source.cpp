#include "sip/rtp/peer_source.hpp"

#include "core/base/footprint.hpp"

namespace causeway::sip {

void PeerSource::describe(const std::optional<SocketAddress>& signalled, rtp::SourceRule rule,
                          const sdp::AgreedTransport& agreed) {
    signalled_ = signalled;
    rule_ = rule;
    latch_.set_signalled(signalled);
    if (agreed.own_ice == login_ && agreed.peer_ufrag == peer_ufrag_) return;
    login_ = agreed.own_ice;
    peer_ufrag_ = agreed.peer_ufrag;
    ice_.reset();
    if (login_) ice_.emplace(login_->ufrag, login_->password, peer_ufrag_);
}

bool PeerSource::accept(const SocketAddress& source, Instant now) {
    if (ice_) return ice_->is_checked(source);
    if (rule_ == rtp::SourceRule::strict) return signalled_ == source;
    return latch_.accept(source, now);
}

std::optional<SocketAddress> PeerSource::target() const {
    if (ice_) return signalled_ ? ice_->selected() : std::nullopt;
    return rule_ == rtp::SourceRule::learn ? latch_.target() : signalled_;
}

void PeerSource::add_to(Footprint& footprint) const {
    footprint.add(latch_, rule_, signalled_);
    // Where `ice_` says whether it is empty.
    footprint.add_bytes(reinterpret_cast<const std::byte*>(&ice_ + 1) - sizeof(void*), sizeof(void*));
}

std::size_t PeerSource::answer_check(std::span<const std::uint8_t> message, const SocketAddress& from,
                                     std::span<std::uint8_t, stun::kMaxRequest> out) {
    return ice_ ? ice_->answer(message, from, out) : 0;
}

}  // namespace causeway::sip
