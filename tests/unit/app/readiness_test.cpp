// What systemd would receive: datagrams on a socket of ours (sd_notify(3)).
#include "gateway/app/readiness.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/base/unique_fd.hpp"

namespace causeway::app {
namespace {

/// The service manager's end; `name` as in NOTIFY_SOCKET.
class ServiceManager {
  public:
    explicit ServiceManager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        EXPECT_LT(name.size(), sizeof address.sun_path);
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0)
            << std::strerror(errno);
    }

    /// The next datagram, "" when there is none. A local datagram has arrived when its sending returns.
    std::string heard() const {
        std::array<char, 256> text{};
        const auto size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
    }

  private:
    UniqueFd socket_;
};

class Readiness : public testing::Test {
  protected:
    Readiness() {
        std::string pattern = testing::TempDir() + "readiness-XXXXXX";
        EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = directory + "/notify";
    }
    ~Readiness() override {
        ::unsetenv("NOTIFY_SOCKET");
        ::unlink(path.c_str());
        ::rmdir(directory.c_str());
    }

    std::string directory;
    std::string path;
};

TEST_F(Readiness, the_state_reaches_a_socket_in_the_file_system) {
    const ServiceManager manager(path);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    notify_service_manager("READY=1");
    EXPECT_EQ(manager.heard(), "READY=1");
    notify_service_manager("STOPPING=1");
    EXPECT_EQ(manager.heard(), "STOPPING=1");
    EXPECT_EQ(manager.heard(), "") << "each state once";
}

TEST_F(Readiness, the_state_reaches_an_abstract_socket) {
    const std::string name = "@causeway-readiness-" + std::to_string(::getpid());
    const ServiceManager manager(name);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_service_manager("READY=1");
    EXPECT_EQ(manager.heard(), "READY=1");
}

TEST_F(Readiness, without_a_service_manager_nothing_is_said) {
    const ServiceManager manager(path);
    ::unsetenv("NOTIFY_SOCKET");
    notify_service_manager("READY=1");
    for (const std::string& useless :
         {std::string(), std::string("notify"), "/" + std::string(200, 'x'), directory + "/nobody-listens"}) {
        ::setenv("NOTIFY_SOCKET", useless.c_str(), 1);
        notify_service_manager("READY=1");
    }
    EXPECT_EQ(manager.heard(), "");
}

}  // namespace
}  // namespace causeway::app
