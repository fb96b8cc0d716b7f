// Throws spoiled SIP messages at a running stack for some seconds, as a stranger, as a peer inside calls and
// as the called party, over UDP and TCP, and then expects a clean OPTIONS and a clean call to work.
// sip_mutation_fuzz SECONDS [SEED [RECORD-FILE]]
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/counters.hpp"
#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"
#include "corpus.hpp"
#include "mutator.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::sip::fuzz {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSources = 24;
constexpr std::size_t kMostLiveCalls = 100;
constexpr std::size_t kMessagesPerRound = 12;
constexpr std::size_t kMostMegabytes = 600;

const std::string kSdp =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

EndReason reason(EndCause cause) {
    return {.cause = cause, .by = Side::browser, .detail = {}, .sip_status = {}};
}

SocketAddress bound_address(int fd) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
    return SocketAddress(reinterpret_cast<sockaddr*>(&bound));
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

std::string line_of(const std::string& message, const std::string& name) {
    const auto at = message.find("\r\n" + name + ":");
    if (at == std::string::npos) return {};
    const auto end = message.find("\r\n", at + 2);
    return end == std::string::npos ? std::string() : message.substr(at + 2, end - at);
}

std::size_t resident_megabytes() {
    std::ifstream status("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    status >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

/// The gateway's part: refuses, rings or answers at once, by turns.
class Victim : public SipListener {
  public:
    void start(std::unique_ptr<SipUa> agent) { agent_ = std::move(agent); }
    void stop() { agent_.reset(); }
    SipUa& agent() { return *agent_; }
    void be_kind() { kind_ = true; }

    void on_invite(InboundInvite invite) override {
        keep(invite.dialog);
        const unsigned turn = kind_ ? 0U : turns_++ % 6;
        agent_->set_options(invite.dialog,
                            {.reliability = turn % 2 == 0 ? Reliability::supported : Reliability::off,
                             .session_expires = 90s});
        if (turn == 1) return agent_->end(invite.dialog, reason(EndCause::forbidden));
        if (turn == 2) return agent_->end(invite.dialog, reason(EndCause::busy));
        if (turn == 3) return agent_->progress(invite.dialog, 180, "");
        if (turn == 4) agent_->progress(invite.dialog, 183, kSdp);
        agent_->accept(invite.dialog, kSdp);
        if (turn == 5) agent_->end(invite.dialog, reason(EndCause::hangup));
    }
    void on_progress(DialogId, int, std::string) override {}
    void on_answered(DialogId dialog, std::string sdp) override {
        ++answered;
        if (sdp.empty()) agent_->acknowledge(dialog, kSdp);
        if (turns_++ % 2 == 0) agent_->reoffer(dialog, kSdp);
    }
    void on_acknowledged(DialogId, std::string) override { ++acknowledged; }
    void on_reoffer(DialogId dialog, std::string) override {
        if (turns_++ % 2 == 0) return agent_->answer_reoffer(dialog, kSdp);
        agent_->refuse_reoffer(dialog, 488);
    }
    void on_info_dtmf(DialogId, char, int) override {}
    void on_ended(DialogId, EndReason) override { ++ended; }
    void on_registration(RegistrationEvent) override {}

    /// Calls the attacker; hangs up the oldest when there are many.
    void call(const std::string& uri) {
        OutboundInvite invite;
        invite.call = make_call_id();
        invite.request_uri = uri;
        invite.to_uri = "sip:fuzz@fuzz.test";
        invite.from_uri = "sip:gateway@fuzz.test";
        invite.sdp = kSdp;
        invite.credentials = DigestCredentials{.username = "u", .password = "p", .realm = ""};
        invite.ring_timeout = 5s;
        const unsigned turn = turns_++;
        invite.options.reliability = turn % 3 == 0 ? Reliability::required : Reliability::supported;
        invite.options.session_expires = 90s;
        if (turn % 5 == 0) invite.sdp.clear();
        keep(agent_->invite(std::move(invite)));
        for (auto oldest = take_oldest(); oldest; oldest = take_oldest()) {
            agent_->end(*oldest, reason(EndCause::hangup));
        }
    }

    std::atomic<unsigned> answered{0};
    std::atomic<unsigned> acknowledged{0};
    std::atomic<unsigned> ended{0};

  private:
    void keep(DialogId dialog) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(dialog);
    }
    std::optional<DialogId> take_oldest() {
        const std::lock_guard lock(mutex_);
        if (calls_.size() <= kMostLiveCalls) return std::nullopt;
        const DialogId oldest = calls_.front();
        calls_.pop_front();
        return oldest;
    }

    std::unique_ptr<SipUa> agent_;
    std::atomic<unsigned> turns_{0};
    std::atomic<bool> kind_{false};
    std::mutex mutex_;
    std::deque<DialogId> calls_;
};

/// One address of the attacker, with a UDP socket and a TCP connection that is made anew when it breaks.
class Source {
  public:
    Source(std::size_t number, std::uint16_t server) : server_(*SocketAddress::parse("127.0.0.1", server)) {
        const auto own = *SocketAddress::parse("127.1.0." + std::to_string(number + 1), 0);
        udp_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (::bind(udp_.get(), own.data(), own.size()) != 0) std::perror("bind");
        address = bound_address(udp_.get());
    }

    void send(const std::string& bytes, bool stream) {
        if (!stream) {
            ::sendto(udp_.get(), bytes.data(), bytes.size(), 0, server_.data(), server_.size());
            return;
        }
        if (!tcp_ || ::send(tcp_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            connect();
    }
    /// What came, "" when nothing did.
    std::string receive(bool stream) {
        std::array<char, 65536> bytes;
        const int fd = stream ? tcp_.get() : udp_.get();
        if (fd < 0) return {};
        const auto got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        return got <= 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(got));
    }

    SocketAddress address;

  private:
    void connect() {
        tcp_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto own = address.with_port(0);
        ::bind(tcp_.get(), own.data(), own.size());
        if (::connect(tcp_.get(), server_.data(), server_.size()) != 0) tcp_.reset();
    }

    SocketAddress server_;
    UniqueFd udp_;
    UniqueFd tcp_;
};

class Attack {
  public:
    Attack(Victim& victim, std::uint64_t seed, const char* record)
        : victim_(victim), mutator_(seed), server_("127.0.0.1:" + std::to_string(victim.agent().udp_port())) {
        if (record != nullptr) record_.open(record, std::ios::binary);
        for (std::size_t i = 0; i < kSources; ++i) sources_.emplace_back(i, victim.agent().udp_port());
    }

    void run(Clock::time_point until) {
        for (unsigned round = 0; Clock::now() < until; ++round) {
            for (std::size_t i = 0; i < kMessagesPerRound; ++i)
                send_request(sources_[mutator_.pick(sources_.size())]);
            if (round % 8 == 0) call();
            for (Source& source : sources_) answer(source);
            std::this_thread::sleep_for(1ms);
            if (round % 64 == 0) most_megabytes = std::max(most_megabytes, resident_megabytes());
            // Transactions live on for 16 s: let some die before there are too many.
            while (resident_megabytes() > kMostMegabytes && Clock::now() < until)
                std::this_thread::sleep_for(100ms);
        }
    }

    std::uint64_t sent = 0;
    std::size_t most_megabytes = 0;

  private:
    void call() {
        const Source& called = mutator_.one_of(sources_);
        victim_.call("sip:fuzz@" + called.address.to_string() + ";transport=udp");
    }

    void send(Source& source, const std::string& message, bool stream) {
        if (record_.is_open())
            record_ << "==== " << source.address.to_string() << (stream ? " tcp\n" : " udp\n") << message
                    << std::flush;
        source.send(message, stream);
        ++sent;
    }

    std::string filled(std::string text, const Source& source, bool stream) {
        text = replaced(std::move(text), "$ME", source.address.to_string());
        text = replaced(std::move(text), "$YOU", server_);
        text = replaced(std::move(text), "$T", stream ? "TCP" : "UDP");
        text = replaced(std::move(text), "$t", stream ? "tcp" : "udp");
        const auto head = text.find("\r\n\r\n");
        // Measured with the placeholder still in the head, so it does not count.
        const std::size_t body = text.size() - head - 4;
        return replaced(std::move(text), "$LENGTH", std::to_string(body));
    }

    void send_request(Source& source) {
        const bool stream = mutator_.pick(4) == 0;
        std::string text(mutator_.one_of(requests()));
        // Few names, so that messages meet the calls of others; a branch of its own, or that of another.
        const std::string id = "c" + std::to_string(mutator_.pick(40) + 40 * (generation_++ / 4000));
        text = replaced(std::move(text), "$ID", id);
        const bool inside = text.find("$TO") != std::string::npos;
        const std::size_t number = inside ? 5 + generation_ % 1000 : 1 + mutator_.pick(2);
        text = replaced(std::move(text), "$N", std::to_string(number));
        text =
            replaced(std::move(text), "$B", id + (mutator_.pick(2) == 0 ? "" : std::to_string(generation_)));
        const auto known = tags_.find(id);
        text = replaced(std::move(text), "$TO", known == tags_.end() ? "<sip:600@$YOU>" : known->second);
        send(source, mutator_.mutated(filled(std::move(text), source, stream)), stream);
    }

    void answer(Source& source) {
        for (const bool stream : {false, true}) {
            for (std::string got = source.receive(stream); !got.empty(); got = source.receive(stream)) {
                if (got.starts_with("SIP/2.0 ")) {
                    learn(got);
                    acknowledge(source, got, stream);
                } else if (!got.starts_with("ACK")) {
                    respond(source, got, stream);
                }
            }
        }
    }

    void learn(const std::string& response) {
        const std::string id = line_of(response, "Call-ID");
        const std::string to = line_of(response, "To");
        if (id.size() < 12 || to.size() < 6) return;
        if (tags_.size() > 1000) tags_.clear();
        const auto name = id.substr(9, id.find('@') == std::string::npos ? 0 : id.find('@') - 9);
        tags_[name] = to.substr(4, to.size() - 6);
    }

    /// So that many calls are established ones, inside which the next messages fall.
    void acknowledge(Source& source, const std::string& response, bool stream) {
        if (!response.starts_with("SIP/2.0 200") || mutator_.pick(8) == 0) return;
        const std::string cseq = line_of(response, "CSeq");
        if (cseq.find("INVITE") == std::string::npos) return;
        const std::string text =
            "ACK sip:600@" + server_ + " SIP/2.0\r\nVia: SIP/2.0/" + (stream ? "TCP " : "UDP ") +
            source.address.to_string() + ";branch=z9hG4bKack" + std::to_string(generation_++) + "\r\n" +
            line_of(response, "From") + line_of(response, "To") + line_of(response, "Call-ID") +
            replaced(cseq, "INVITE", "ACK") + "Content-Length: 0\r\n\r\n";
        send(source, mutator_.pick(4) == 0 ? mutator_.mutated(text) : text, stream);
    }

    void respond(Source& source, const std::string& request, bool stream) {
        const std::size_t number = 1 + mutator_.pick(2);
        for (std::size_t i = 0; i < number; ++i) {
            std::string to = line_of(request, "To");
            if (to.size() > 2 && to.find(";tag=") == std::string::npos) {
                to.insert(to.size() - 2, ";tag=t" + std::to_string(mutator_.pick(3)));
            }
            const std::string echo = line_of(request, "Via") + line_of(request, "From") + to +
                                     line_of(request, "Call-ID") + line_of(request, "CSeq");
            const std::string text = replaced(std::string(mutator_.one_of(responses())), "$ECHO", echo);
            send(source, mutator_.mutated(filled(text, source, stream)), stream);
        }
    }

    Victim& victim_;
    Mutator mutator_;
    std::string server_;
    std::vector<Source> sources_;
    std::map<std::string, std::string> tags_;
    std::uint64_t generation_ = 0;
    std::ofstream record_;
};

bool answers_options(std::uint16_t server, bool stream) {
    Source clean(200 + (stream ? 1 : 0), server);
    const std::string text = replaced(std::string(requests()[10]), "Max-Forwards: 0", "Max-Forwards: 70");
    for (int tries = 0; tries < 20; ++tries) {
        std::string message = replaced(text, "$ME", clean.address.to_string());
        message = replaced(message, "$YOU", "127.0.0.1:" + std::to_string(server));
        message = replaced(message, "$T", stream ? "TCP" : "UDP");
        message = replaced(replaced(message, "$N", "1"), "$ID", "clean" + std::to_string(tries));
        clean.send(replaced(message, "$B", "clean" + std::to_string(tries)), stream);
        for (int waits = 0; waits < 50; ++waits) {
            if (clean.receive(stream).starts_with("SIP/2.0 200")) return true;
            std::this_thread::sleep_for(10ms);
        }
    }
    return false;
}

SipUaSettings settings() {
    SipUaSettings values;
    values.listen_udp = {*SocketAddress::parse("127.0.0.1", 0)};
    values.listen_tcp = values.listen_udp;
    values.domain = "fuzz.test";
    values.user_agent = "Causeway fuzz";
    return values;
}

bool carries_a_call(Victim& victim) {
    Counters counters;
    Victim caller;
    caller.start(std::make_unique<SipUa>(settings(), counters, caller));
    victim.be_kind();
    const unsigned before = victim.acknowledged;
    for (int tries = 0; tries < 3; ++tries) {
        caller.call("sip:600@127.0.0.1:" + std::to_string(victim.agent().udp_port()) + ";transport=udp");
        for (int waits = 0; waits < 500; ++waits) {
            if (caller.answered > 0 && victim.acknowledged > before) return true;
            std::this_thread::sleep_for(10ms);
        }
    }
    return false;
}

int run(int seconds, std::uint64_t seed, const char* record) {
    std::printf("seed %llu, %d s\n", static_cast<unsigned long long>(seed), seconds);
    std::fflush(stdout);
    Counters counters;
    Victim victim;
    victim.start(std::make_unique<SipUa>(settings(), counters, victim));
    Attack attack(victim, seed, record);
    attack.run(Clock::now() + std::chrono::seconds(seconds));
    const bool options = answers_options(victim.agent().udp_port(), false);
    const bool options_tcp = answers_options(victim.agent().udp_port(), true);
    const bool call = carries_a_call(victim);
    std::printf("%llu messages, %zu MB at most, %zu dialogs left\n",
                static_cast<unsigned long long>(attack.sent), attack.most_megabytes,
                victim.agent().dialog_count());
    for (const auto& [name, value] : counters.snapshot()) {
        if (value != 0) std::printf("  %s %llu\n", name.c_str(), static_cast<unsigned long long>(value));
    }
    std::printf("  answered %u, acknowledged %u, ended %u\n", victim.answered.load(),
                victim.acknowledged.load(), victim.ended.load());
    std::printf("options over udp %s, over tcp %s, a call %s\n", options ? "ok" : "FAILED",
                options_tcp ? "ok" : "FAILED", call ? "ok" : "FAILED");
    victim.stop();
    return options && options_tcp && call ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace causeway::sip::fuzz

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 30;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : causeway::random_u64();
    return causeway::sip::fuzz::run(seconds, seed, argc > 3 ? argv[3] : nullptr);
}
