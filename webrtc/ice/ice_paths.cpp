#include "webrtc/ice/ice_paths.hpp"

#include <string>
#include <utility>

#include "core/base/footprint.hpp"
#include "core/base/log.hpp"

namespace causeway::webrtc {
namespace {

// What the browser sent on the old pair before it nominated the new one.
constexpr Duration kLastPackets = std::chrono::seconds(2);

}  // namespace

struct IcePaths::Path final : IceListener {
    Path(IcePaths& paths, const IceRemote& to)
        : owner(paths), remote(to), agent(paths.loop_, paths.settings_, paths.counters_, *this) {}

    void on_ice_candidate(std::string_view candidate) override { owner.on_candidate(*this, candidate); }
    void on_ice_selected() override { owner.on_selected(*this); }
    void on_ice_failed(std::string_view detail) override { owner.on_failed(*this, detail); }
    void on_ice_datagram(rtp::PacketBuffer& datagram, Instant now) override {
        owner.listener_.on_ice_datagram(datagram, now);
    }

    IcePaths& owner;
    const IceRemote remote;
    IceLocal local;
    IceAgent agent;
};

IcePaths::IcePaths(EventLoop& loop, IceSettings settings, Counters& counters, IceListener& listener)
    : loop_(loop),
      settings_(std::move(settings)),
      counters_(counters),
      listener_(listener),
      past_timer_(loop, [this](Instant) { past_.reset(); }) {}

IcePaths::~IcePaths() = default;

Result<IceLocal> IcePaths::start(const IceRemote& remote) {
    auto path = std::make_unique<Path>(*this, remote);
    auto local = path->agent.start(remote);
    if (!local) return local.error();
    path->local = *local;
    if (current_ != nullptr && current_->agent.selected()) {
        next_ = std::move(path);
    } else {
        next_.reset();
        current_ = std::move(path);
    }
    return local;
}

const IcePaths::Path& IcePaths::newest() const {
    return next_ != nullptr ? *next_ : *current_;
}

bool IcePaths::is_known(const IceRemote& remote) const {
    const IceRemote& known = newest().remote;
    return known.ufrag == remote.ufrag && known.password == remote.password;
}

const IceLocal& IcePaths::local() const {
    return newest().local;
}

void IcePaths::add_remote_candidate(std::string_view candidate) {
    if (next_ != nullptr) return next_->agent.add_remote_candidate(candidate);
    if (current_ != nullptr) current_->agent.add_remote_candidate(candidate);
}

bool IcePaths::send(std::span<const std::uint8_t> datagram) {
    return current_ != nullptr && current_->agent.send(datagram);
}

void IcePaths::will_touch(Footprint footprint) {
    if (current_ == nullptr) return;
    footprint.add(current_);
    footprint.add_bytes(current_.get(), sizeof(IceListener) + sizeof(void*));
    current_->agent.will_touch(footprint);
}

void IcePaths::add_sending_to(Footprint& footprint) const {
    if (current_ == nullptr) return;
    footprint.add(current_, current_->agent);
    current_->agent.add_sending_to(footprint);
}

bool IcePaths::selected() const {
    return current_ != nullptr && current_->agent.selected();
}

void IcePaths::on_candidate(Path& path, std::string_view candidate) {
    if (candidate.empty()) {
        path.local.end_of_candidates = true;
    } else {
        path.local.candidates.emplace_back(candidate);
    }
    if (&path == &newest()) listener_.on_ice_candidate(candidate);
}

void IcePaths::on_selected(const Path& path) {
    if (&path == next_.get()) {
        retire(std::exchange(current_, std::move(next_)), kLastPackets);
    } else if (&path != current_.get()) {
        return;
    }
    listener_.on_ice_selected();
}

void IcePaths::on_failed(const Path& path, std::string_view detail) {
    if (&path == next_.get()) {
        // RFC 8445 §9: until a restart succeeds, what was selected before is used.
        if (selected()) return retire(std::move(next_), Duration::zero());
    } else if (&path != current_.get() || next_ != nullptr) {
        return;
    }
    listener_.on_ice_failed(detail);
}

void IcePaths::retire(std::unique_ptr<Path> path, Duration after) {
    // Not here: this may be inside the agent.
    past_ = std::move(path);
    past_timer_.arm(loop_.now() + after);
}

}  // namespace causeway::webrtc
