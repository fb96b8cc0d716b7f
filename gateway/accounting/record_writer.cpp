// The record file and its thread. Records wait in a bounded queue; only the thread touches the descriptor.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/base/log.hpp"
#include "core/base/unique_fd.hpp"
#include "gateway/accounting/call_record.hpp"

namespace causeway::accounting {
namespace {

// A disk that hangs must not fill the memory: beyond this, records are lost and the log says so.
constexpr std::size_t kMostWaiting = 100'000;

UniqueFd open_file(const std::string& path) {
    std::error_code ignored;
    const auto directory = std::filesystem::path(path).parent_path();
    if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
    // Records name callers: not for everybody to read.
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
}

/// Empty on success, else why.
std::string write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return std::strerror(errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return "";
}

}  // namespace

class RecordWriter::Impl {
  public:
    explicit Impl(const std::string& path) : path_(path), fd_(open_file(path)) {
        if (!fd_) throw std::runtime_error("cannot open " + path + ": " + std::strerror(errno));
        thread_ = std::thread([this] { run(); });
    }
    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void write(const CallRecord& record) {
        bool full = false;
        {
            const std::lock_guard lock(mutex_);
            full = waiting_.size() >= kMostWaiting;
            if (!full) waiting_.push_back(record);
        }
        wake_.notify_one();
        if (full) log::error(record.call, "record lost: {} is too slow", path_);
    }

    void reopen() {
        {
            const std::lock_guard lock(mutex_);
            reopen_ = true;
        }
        wake_.notify_one();
    }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || reopen_ || !waiting_.empty(); });
            std::deque<CallRecord> batch;
            batch.swap(waiting_);
            const bool reopen = std::exchange(reopen_, false);
            const bool last = stopping_;
            lock.unlock();
            if (reopen) open_again();
            for (const CallRecord& record : batch) append(record);
            if (last) return;
            lock.lock();
        }
    }

    void open_again() {
        UniqueFd fresh = open_file(path_);
        if (fresh) {
            fd_ = std::move(fresh);
        } else {
            log::error("cannot reopen {}: {}", path_, std::strerror(errno));
        }
    }

    void append(const CallRecord& record) {
        const std::string why = write_all(fd_.get(), to_json(record) + "\n");
        if (!why.empty()) log::error(record.call, "record lost: cannot write to {}: {}", path_, why);
    }

    // Given.
    const std::string path_;
    // Owned by the thread.
    UniqueFd fd_;
    // Guarded by mutex_.
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<CallRecord> waiting_;
    bool reopen_ = false;
    bool stopping_ = false;
    // Last, so that all above stands when it starts.
    std::thread thread_;
};

RecordWriter::RecordWriter(const std::string& path)
    : impl_(path.empty() ? nullptr : std::make_unique<Impl>(path)) {}

RecordWriter::~RecordWriter() = default;

void RecordWriter::write(const CallRecord& record) {
    if (impl_) impl_->write(record);
}

void RecordWriter::reopen() {
    if (impl_) impl_->reopen();
}

}  // namespace causeway::accounting
