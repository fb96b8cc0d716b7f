// The one thread that Sofia-SIP lives on, and the door into it: a queue and an eventfd that wakes the
// root. Everything `su_*` and `nua_*` happens inside work that came through this door.
#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"

struct su_root_s;

namespace causeway::sip {

class SipThread {
  public:
    /// Starts the thread and its root; throws std::runtime_error when the kernel refuses.
    SipThread();
    /// Stops after the work that is already posted, then joins.
    ~SipThread();
    SipThread(const SipThread&) = delete;
    SipThread& operator=(const SipThread&) = delete;

    /// Any thread: `work` runs on the SIP thread, in order of posting. It must not throw.
    void post(std::function<void()> work);
    /// Any other thread: runs `work` there and waits for it; its exception comes back to the caller.
    void call(const std::function<void()>& work);

    /// The root, for work running on the SIP thread.
    su_root_s* root() const { return root_; }

  private:
    static int on_wake(void* root_magic, void* wait, void* self) noexcept;
    void run(std::function<void(bool)> started);
    void drain();

    // Owned.
    UniqueFd wake_;
    std::mutex mutex_;
    std::vector<std::function<void()>> queue_;
    su_root_s* root_ = nullptr;
    std::thread thread_;

    // State, on the SIP thread.
    bool stopping_ = false;
};

}  // namespace causeway::sip
