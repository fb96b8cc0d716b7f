#include "tests/load/rivals/rtpengine_door.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"
#include "tests/load/free_port.hpp"
#include "tests/load/rivals/bencode.hpp"
#include "tests/load/rivals/rival_processes.hpp"

namespace causeway::load {
namespace {

constexpr Duration kPatience = std::chrono::seconds(1);
constexpr int kAttempts = 4;

class RtpengineDoor final : public Door {
  public:
    RtpengineDoor(EventLoop& loop, const DoorSettings& settings)
        : loop_(loop), settings_(settings), resend_(loop, [this](Instant now) { resend(now); }) {}

    void open(int expected, DoorListener& listener, std::function<void(Result<void>)> done) override;
    void call(CallIndex call, std::string offer) override;
    void hang_up(CallIndex call) override;

  private:
    using Answer = std::map<std::string, std::string>;
    using OnAnswer = std::function<void(Result<Answer>)>;

    /// A command under way. rtpengine answers a repeated cookie from memory, so commands may be sent again.
    struct Command {
        std::string datagram;
        OnAnswer on_answer;
        Instant sent{};
        int attempts = 0;
    };
    struct Call {
        std::string id;
        bool leaving = false;
    };

    Result<void> connect();
    void send(Bencode command, OnAnswer on_answer);
    void transmit(Command& command);
    void receive();
    void resend(Instant now);
    Bencode about(const Call& call, std::string_view command) const;
    void offered(CallIndex index, const Answer& answer);
    void end(CallIndex index, std::string_view reason);

    EventLoop& loop_;
    const DoorSettings settings_;
    DoorListener* listener_ = nullptr;
    UniqueFd socket_;
    std::optional<Watch> watch_;
    Timer resend_;
    std::uint64_t next_cookie_ = random_u32();
    std::map<std::uint64_t, Command> commands_;
    std::unordered_map<CallIndex, Call> calls_;
};

Result<void> RtpengineDoor::connect() {
    const auto server = SocketAddress::parse(settings_.url.empty() ? "127.0.0.1:2223" : settings_.url);
    if (!server) return server.error();
    socket_ = UniqueFd(::socket(server->data()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_ || ::connect(socket_.get(), server->data(), server->size()) != 0) {
        return Error{fmt::format("{}: {}", settings_.url, std::strerror(errno))};
    }
    watch_.emplace(loop_, socket_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
    return {};
}

void RtpengineDoor::open(int, DoorListener& listener, std::function<void(Result<void>)> done) {
    listener_ = &listener;
    commands_.clear();
    watch_.reset();
    if (auto connected = connect(); !connected) {
        loop_.post([done, fault = connected.error()] { done(fault); });
        return;
    }
    send(Bencode().text("command", "ping"), [done](Result<Answer> answer) {
        if (!answer) return done(answer.error());
        done({});
    });
}

void RtpengineDoor::send(Bencode command, OnAnswer on_answer) {
    const std::uint64_t cookie = next_cookie_++;
    Command& entry = commands_[cookie];
    entry = {fmt::format("{} {}", cookie, command.to_string()), std::move(on_answer)};
    transmit(entry);
}

void RtpengineDoor::transmit(Command& command) {
    ++command.attempts;
    command.sent = loop_.now();
    // What cannot be sent now is sent again like what was lost.
    (void)::send(socket_.get(), command.datagram.data(), command.datagram.size(), 0);
    if (!resend_.armed()) resend_.arm(command.sent + kPatience);
}

void RtpengineDoor::receive() {
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t length = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (length < 0) break;
        const std::string_view datagram(buffer.data(), static_cast<std::size_t>(length));
        std::uint64_t cookie = 0;
        const auto end = std::from_chars(datagram.data(), datagram.data() + datagram.size(), cookie).ptr;
        const auto at = static_cast<std::size_t>(end - datagram.data());
        const auto command = commands_.find(cookie);
        if (command == commands_.end() || at >= datagram.size()) continue;
        const OnAnswer on_answer = std::move(command->second.on_answer);
        commands_.erase(command);
        auto answer = read_bencoded_texts(datagram.substr(at + 1));
        if (answer && (*answer)["result"] == "error") {
            on_answer(Error{"rtpengine: " + (*answer)["error-reason"]});
        } else {
            on_answer(std::move(answer));
        }
    }
    // Nobody listens yet: the one who waits for rtpengine to start wants to know at once.
    if (errno == ECONNREFUSED && !commands_.empty()) {
        const OnAnswer on_answer = std::move(commands_.begin()->second.on_answer);
        commands_.erase(commands_.begin());
        on_answer(Error{"rtpengine: connection refused"});
    }
}

void RtpengineDoor::resend(Instant now) {
    std::vector<OnAnswer> hopeless;
    for (auto command = commands_.begin(); command != commands_.end();) {
        if (now - command->second.sent < kPatience) {
            ++command;
        } else if (command->second.attempts < kAttempts) {
            transmit(command->second);
            ++command;
        } else {
            hopeless.push_back(std::move(command->second.on_answer));
            command = commands_.erase(command);
        }
    }
    for (const OnAnswer& on_answer : hopeless) on_answer(Error{"rtpengine does not answer"});
    if (!commands_.empty()) resend_.arm(now + kPatience / 4);
}

Bencode RtpengineDoor::about(const Call& call, std::string_view command) const {
    Bencode dictionary;
    dictionary.text("command", command).text("call-id", call.id).text("from-tag", "browser");
    return dictionary;
}

void RtpengineDoor::call(CallIndex index, std::string offer) {
    const Call& call = calls_[index] = {"load-" + random_token(16)};
    Bencode command = about(call, "offer");
    command.text("sdp", offer)
        .text("ICE", "remove")
        .text("DTLS", "off")
        // rtpengine takes its role from the offer. Left alone it greets the browser as soon as ICE lets it,
        // whether the browser knows the answer or not, and as DTLS client, whatever the answer then says.
        .text("DTLS-reverse", "passive")
        .text("transport-protocol", "RTP/AVP")
        .list("rtcp-mux", {"demux"});
    if (settings_.browser_codec != settings_.sip_codec) {
        command.dictionary("codec", Bencode()
                                        .list("transcode", {sdp::encoding_name(settings_.sip_codec)})
                                        .list("mask", {sdp::encoding_name(settings_.browser_codec)}));
    }
    send(std::move(command), [this, index](Result<Answer> answer) {
        const auto found = calls_.find(index);
        if (found == calls_.end() || found->second.leaving) return;
        if (!answer) return end(index, answer.error().detail);
        offered(index, *answer);
    });
}

void RtpengineDoor::offered(CallIndex index, const Answer& answer) {
    const auto sdp = answer.find("sdp");
    if (sdp == answer.end()) return end(index, "rtpengine made no offer");
    const auto sip_answer = listener_->on_sip_offer(index, sdp->second);
    if (!sip_answer) return end(index, sip_answer.error().detail);
    Bencode command = about(calls_.at(index), "answer");
    command.text("sdp", *sip_answer)
        .text("to-tag", "telephone")
        .text("ICE", "force")
        .text("DTLS", "passive")
        .text("transport-protocol", "UDP/TLS/RTP/SAVPF")
        .list("rtcp-mux", {"accept"});
    send(std::move(command), [this, index](Result<Answer> reply) {
        const auto found = calls_.find(index);
        if (found == calls_.end() || found->second.leaving) return;
        if (!reply) return end(index, reply.error().detail);
        listener_->on_answer(index, (*reply)["sdp"]);
        if (calls_.contains(index)) listener_->on_connected(index);
    });
}

void RtpengineDoor::hang_up(CallIndex index) {
    const auto found = calls_.find(index);
    if (found == calls_.end() || found->second.leaving) return;
    found->second.leaving = true;
    send(about(found->second, "delete"), [this, index](Result<Answer>) { end(index, ""); });
}

void RtpengineDoor::end(CallIndex index, std::string_view reason) {
    // A call that failed half-way is rtpengine's to forget, too.
    if (!reason.empty()) send(about(calls_.at(index), "delete"), [](Result<Answer>) {});
    calls_.erase(index);
    listener_->on_ended(index, reason);
}

}  // namespace

std::unique_ptr<Door> make_rtpengine_door(EventLoop& loop, const DoorSettings& settings) {
    return std::make_unique<RtpengineDoor>(loop, settings);
}

Result<SubjectPlan> plan_rtpengine(const SubjectSettings& settings) {
    const auto program = find_program(settings.binary, "rtpengine", "rtpengine-daemon");
    if (!program) return program.error();
    const auto control = free_udp_port();
    if (!control) return control.error();
    SubjectPlan plan;
    plan.url = fmt::format("127.0.0.1:{}", *control);
    plan.command = {*program,
                    "--config-file=none",
                    "--table=-1",
                    "--interface=" + settings.sip_agents.ip(),
                    "--listen-ng=" + plan.url,
                    "--foreground",
                    "--log-stderr",
                    "--log-level=4",
                    "--delete-delay=0",
                    fmt::format("--num-threads={}", settings.threads > 0 ? settings.threads : 1),
                    fmt::format("--port-min={}", kFirstMediaPort),
                    fmt::format("--port-max={}", kLastMediaPort)};
    return plan;
}

Result<SubjectPlan> plan_reference(const SubjectSettings& settings) {
    const auto control = free_udp_port();
    if (!control) return control.error();
    std::error_code fault;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", fault).parent_path();
    SubjectPlan plan;
    plan.url = fmt::format("127.0.0.1:{}", *control);
    plan.command = {
        settings.binary.empty() ? (self / "rivals" / "reference-relay").string() : settings.binary, plan.url,
        settings.sip_agents.ip()};
    return plan;
}

}  // namespace causeway::load
