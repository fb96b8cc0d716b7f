// The SIP thread's body: Sofia's root on epoll, stepped until told to stop.
#include "sip/ua/sip_thread.hpp"

#include <sofia-sip/su.h>
#include <sofia-sip/su_wait.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <future>
#include <stdexcept>
#include <utility>

#include "sip/ua/sofia_setup.hpp"

namespace causeway::sip {

SipThread::SipThread() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_) throw std::runtime_error("sip: no eventfd");
    set_up_sofia_once();
    std::promise<bool> started;
    auto result = started.get_future();
    thread_ = std::thread([this, &started] { run([&started](bool ok) { started.set_value(ok); }); });
    if (!result.get()) {
        thread_.join();
        throw std::runtime_error("sip: no event root");
    }
}

SipThread::~SipThread() {
    post([this] { stopping_ = true; });
    thread_.join();
}

void SipThread::post(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
    }
    const std::uint64_t one = 1;
    // A full counter means that the thread is already awake.
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void SipThread::call(const std::function<void()>& work) {
    std::promise<void> done;
    auto result = done.get_future();
    post([&work, &done] {
        try {
            work();
            done.set_value();
        } catch (...) {
            done.set_exception(std::current_exception());
        }
    });
    result.get();
}

void SipThread::run(std::function<void(bool)> started) {
    root_ = su_root_create(nullptr);
    if (root_ == nullptr) return started(false);
    // Without this nua starts a second thread of its own.
    su_root_threading(root_, 0);
    su_wait_t wait[1] = {SU_WAIT_INIT};
    su_wait_create(wait, wake_.get(), SU_WAIT_IN);
    const auto wakeup = reinterpret_cast<su_wakeup_f>(&SipThread::on_wake);
    const int index = su_root_register(root_, wait, wakeup, reinterpret_cast<su_wakeup_arg_t*>(this), 0);
    started(index > 0);
    while (index > 0 && !stopping_) su_root_step(root_, 1000);
    if (index > 0) su_root_deregister(root_, index);
    su_root_destroy(root_);
}

int SipThread::on_wake(void*, void*, void* self) noexcept {
    static_cast<SipThread*>(self)->drain();
    return 0;
}

void SipThread::drain() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(mutex_);
        work.swap(queue_);
    }
    for (const auto& item : work) item();
}

}  // namespace causeway::sip
