// The stacks of one user agent, all on its thread: nua takes two transport URIs at most and shows one Contact
// for both, so every address that is listened at has a stack of its own (RFC 3261 §18.1, §8.1.1.8).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ids.hpp"
#include "sip/ua/listen.hpp"

struct msg_mclass_s;
struct nua_s;
struct su_root_s;

namespace causeway::sip {

class Stacks {
  public:
    /// A nua_callback_f, whose type is known to includers of nua.h only.
    using Callback = void (*)();

    /// Throws std::runtime_error with the address at which no stack starts.
    Stacks(su_root_s* root, const SipUaSettings& settings, const ListenPlan& plan,
           const msg_mclass_s* message_class, Callback callback, void* self);
    /// Frees them when all have finished.
    ~Stacks();
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;

    /// By which a request to `uri` leaves. `trunk` may be "trunk/account"; with a flow, `uri` is of no
    /// matter.
    nua_s* towards(const std::string& trunk, std::string_view uri, FlowId flow = {}) const;
    /// Where a UDP request to `uri` leaves from; nullopt without such an address.
    std::optional<SocketAddress> udp_towards(const std::string& trunk, std::string_view uri) const;
    nua_s* front() const { return all_.front(); }

    /// Transactions run out at once.
    void hurry();
    void shut_down();
    /// Word of nua's that one has finished: true for the last one.
    bool finished_one() { return ++finished_ == all_.size(); }

  private:
    std::size_t index_towards(const std::string& trunk, std::string_view uri) const;

    ListenPlan plan_;
    std::vector<std::pair<std::string, SocketAddress>> listeners_;  ///< of trunks
    std::vector<nua_s*> all_;                                       ///< as plan_.stacks
    std::size_t finished_ = 0;
};

}  // namespace causeway::sip
