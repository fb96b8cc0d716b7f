#include "tests/load/sip_agent.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <unordered_map>

#include "core/base/random.hpp"
#include "tests/load/sip_message.hpp"

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

constexpr auto kT1 = 500ms;
constexpr auto kT2 = 4s;
constexpr auto kGivesUp = 32s;  // 64 * T1
constexpr std::string_view kAllow = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n";

enum class State : std::uint8_t { ringing, answered, acknowledged, leaving };

/// One call as its called party sees it.
struct Dialog {
    Dialog(EventLoop& loop, std::function<void(Instant)> on_timer) : timer(loop, std::move(on_timer)) {}

    std::string number;
    std::string call_id;
    std::string tag = random_token(10);
    SocketAddress peer;
    State state = State::ringing;
    std::string cseq;        ///< of the INVITE whose answer is below
    std::string ringing;     ///< 180
    std::string answer;      ///< 200
    std::string terminated;  ///< 487
    std::string sdp;
    std::string request;       ///< our BYE
    std::string remote_party;  ///< From of the INVITE: To of our BYE
    std::string local_party;   ///< To of the INVITE, tagged
    std::string target;        ///< Contact of the peer
    std::string routes;        ///< Route lines of our requests
    Instant began{};
    Duration retransmission = kT1;
    Timer timer;
};

}  // namespace

class SipAgent::Impl {
  public:
    Impl(const Ground& ground, Events events) : ground_(ground), events_(std::move(events)) {}

    void receive(UdpPort::Datagram& datagram);
    void hang_up(const std::string& number);

    std::unique_ptr<UdpPort> udp;
    std::unordered_map<std::string, std::unique_ptr<Dialog>> dialogs;  ///< by Call-ID
    Duration ringing_time = Duration::zero();

  private:
    void on_request(const sip::Message& request, const SocketAddress& from);
    void on_response(const sip::Message& response);
    void on_invite(const sip::Message& request, const SocketAddress& from);
    void on_reinvite(Dialog& dialog, const sip::Message& request);
    void on_timer(Dialog& dialog, Instant now);
    void answer(Dialog& dialog);
    void end(const std::string& call_id, bool tell);
    std::string ok(const sip::Message& request, const Dialog& dialog, std::string_view sdp) const;
    void send(std::string_view text, const SocketAddress& to);
    void respond(const sip::Message& request, std::string_view status, const SocketAddress& to);

    const Ground ground_;
    const Events events_;
    std::unordered_map<std::string, std::string> call_of_number_;
};

void SipAgent::Impl::send(std::string_view text, const SocketAddress& to) {
    udp->send({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, to);
}

void SipAgent::Impl::receive(UdpPort::Datagram& datagram) {
    const auto bytes = datagram.buffer.packet();
    const auto message = sip::read({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!message) return;
    if (message->is_request()) {
        on_request(*message, datagram.from);
    } else {
        on_response(*message);
    }
}

void SipAgent::Impl::respond(const sip::Message& request, std::string_view status, const SocketAddress& to) {
    send(sip::response_head(request, status, "load") + std::string(kAllow) + "Content-Length: 0\r\n\r\n", to);
}

void SipAgent::Impl::on_request(const sip::Message& request, const SocketAddress& from) {
    const std::string_view method = request.method();
    const auto found = dialogs.find(std::string(request.header("Call-ID")));
    Dialog* const dialog = found == dialogs.end() ? nullptr : found->second.get();
    if (method == "INVITE") {
        return dialog != nullptr ? on_reinvite(*dialog, request) : on_invite(request, from);
    }
    if (method == "ACK") {
        if (dialog == nullptr || dialog->state != State::answered) return;
        dialog->state = State::acknowledged;
        dialog->timer.disarm();
        const std::string number = dialog->number;
        if (events_.on_acknowledged) events_.on_acknowledged(number);
        return;
    }
    if (method == "OPTIONS") return respond(request, "200 OK", from);
    if (dialog == nullptr) return respond(request, "481 Call/Transaction Does Not Exist", from);
    if (method == "UPDATE") {
        const bool has_offer = !request.body.empty();
        return send(ok(request, *dialog, has_offer ? dialog->sdp : std::string()), from);
    }
    if (method == "BYE") {
        respond(request, "200 OK", from);
        return end(found->first, true);
    }
    if (method == "CANCEL") {
        respond(request, "200 OK", from);
        if (dialog->state != State::ringing) return;
        send(dialog->terminated, from);
        return end(found->first, true);
    }
    respond(request, "200 OK", from);
}

void SipAgent::Impl::on_invite(const sip::Message& request, const SocketAddress& from) {
    const std::string number(sip::user_of(request.uri()));
    const std::string call_id(request.header("Call-ID"));
    auto sdp = events_.on_invite(number, request.body);
    if (!sdp) return respond(request, "488 Not Acceptable Here", from);
    auto made = std::make_unique<Dialog>(ground_.loop, [this, call_id](Instant now) {
        const auto found = dialogs.find(call_id);
        if (found != dialogs.end()) on_timer(*found->second, now);
    });
    Dialog& dialog = *made;
    dialog.number = number;
    dialog.call_id = call_id;
    dialog.peer = from;
    dialog.sdp = std::move(*sdp);
    dialog.cseq = request.header("CSeq");
    dialog.began = ground_.loop.now();
    dialog.remote_party = request.header("From");
    dialog.local_party = fmt::format("{};tag={}", request.header("To"), dialog.tag);
    dialog.target = sip::uri_of(request.header("Contact"));
    for (const auto& [name, value] : request.headers) {
        if (name == "Record-Route") dialog.routes += fmt::format("Route: {}\r\n", value);
    }
    const std::string contact = fmt::format("Contact: <sip:{}@{}>\r\n", number, udp->local().to_string());
    dialog.ringing =
        sip::response_head(request, "180 Ringing", dialog.tag) + contact + "Content-Length: 0\r\n\r\n";
    dialog.terminated =
        sip::response_head(request, "487 Request Terminated", dialog.tag) + "Content-Length: 0\r\n\r\n";
    dialog.answer = ok(request, dialog, dialog.sdp);
    dialogs[call_id] = std::move(made);
    call_of_number_[number] = call_id;
    send(dialog.ringing, from);
    if (ringing_time == Duration::zero()) return answer(dialog);
    dialog.timer.arm(ground_.loop.now() + ringing_time);
}

void SipAgent::Impl::on_reinvite(Dialog& dialog, const sip::Message& request) {
    if (request.header("CSeq") == dialog.cseq) {
        send(dialog.state == State::ringing ? dialog.ringing : dialog.answer, dialog.peer);
        return;
    }
    dialog.cseq = request.header("CSeq");
    dialog.answer = ok(request, dialog, dialog.sdp);
    answer(dialog);
}

void SipAgent::Impl::answer(Dialog& dialog) {
    dialog.state = State::answered;
    dialog.began = ground_.loop.now();
    dialog.retransmission = kT1;
    send(dialog.answer, dialog.peer);
    dialog.timer.arm(ground_.loop.now() + kT1);
}

void SipAgent::Impl::on_timer(Dialog& dialog, Instant now) {
    if (dialog.state == State::ringing) return answer(dialog);
    if (now - dialog.began > kGivesUp) return end(dialog.call_id, dialog.state != State::leaving);
    send(dialog.state == State::leaving ? dialog.request : dialog.answer, dialog.peer);
    dialog.retransmission = std::min<Duration>(2 * dialog.retransmission, kT2);
    dialog.timer.arm(now + dialog.retransmission);
}

void SipAgent::Impl::hang_up(const std::string& number) {
    const auto known = call_of_number_.find(number);
    if (known == call_of_number_.end()) return;
    Dialog& dialog = *dialogs.at(known->second);
    if (dialog.state != State::acknowledged) return end(dialog.call_id, false);
    dialog.state = State::leaving;
    dialog.request = fmt::format(
        "BYE {} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{}\r\nMax-Forwards: 70\r\n{}From: {}\r\nTo: "
        "{}\r\n"
        "Call-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        dialog.target, udp->local().to_string(), random_token(12), dialog.routes, dialog.local_party,
        dialog.remote_party, dialog.call_id);
    dialog.began = ground_.loop.now();
    dialog.retransmission = kT1;
    send(dialog.request, dialog.peer);
    dialog.timer.arm(ground_.loop.now() + kT1);
}

void SipAgent::Impl::on_response(const sip::Message& response) {
    const std::string call_id(response.header("Call-ID"));
    const auto found = dialogs.find(call_id);
    if (found == dialogs.end() || response.status() < 200) return;
    if (found->second->state == State::leaving) end(call_id, false);
}

void SipAgent::Impl::end(const std::string& call_id, bool tell) {
    const auto found = dialogs.find(call_id);
    const std::string number = found->second->number;
    const auto last = std::move(found->second);
    dialogs.erase(found);
    call_of_number_.erase(number);
    if (tell && events_.on_ended) events_.on_ended(number);
}

std::string SipAgent::Impl::ok(const sip::Message& request, const Dialog& dialog,
                               std::string_view sdp) const {
    std::string text = sip::response_head(request, "200 OK", dialog.tag);
    text += fmt::format("Contact: <sip:{}@{}>\r\n{}", dialog.number, udp->local().to_string(), kAllow);
    if (!sdp.empty()) text += "Content-Type: application/sdp\r\n";
    return text + fmt::format("Content-Length: {}\r\n\r\n{}", sdp.size(), sdp);
}

SipAgent::SipAgent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SipAgent::~SipAgent() = default;

Result<std::unique_ptr<SipAgent>> SipAgent::open(const Ground& ground, const SocketAddress& local,
                                                 Events events) {
    auto impl = std::make_unique<Impl>(ground, std::move(events));
    auto udp = UdpPort::open(ground.loop, ground.batches, local,
                             [agent = impl.get()](UdpPort::Datagram& datagram) { agent->receive(datagram); });
    if (!udp) return udp.error();
    impl->udp = std::move(*udp);
    return std::unique_ptr<SipAgent>(new SipAgent(std::move(impl)));
}

const SocketAddress& SipAgent::local() const {
    return impl_->udp->local();
}
std::size_t SipAgent::dialogs() const {
    return impl_->dialogs.size();
}
void SipAgent::set_ringing_time(Duration time) {
    impl_->ringing_time = time;
}
void SipAgent::hang_up(const std::string& number) {
    impl_->hang_up(number);
}

}  // namespace causeway::load
