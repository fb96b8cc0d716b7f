// Any bytes as a page's message: either a message within its bounds or an error that can be sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/http/json_protocol.hpp"
#include "gateway/http/utf8.hpp"

namespace {

void require(bool fact) {
    if (!fact) std::abort();
}

struct Bounds {
    void operator()(const causeway::http::Hello& m) const {
        require(m.version == causeway::http::kProtocolVersion && m.token.size() <= causeway::http::kMaxToken);
        require(
            !causeway::http::has_control_character(m.token + m.user + m.password + m.page + m.capability));
        require(m.capability.empty() || (m.token.empty() && m.user.empty()));
        require(m.capability.size() <= causeway::http::kMaxCapability);
        require(!m.resume || m.resume->size() <= causeway::http::kMaxResume);
    }
    void operator()(const causeway::http::PlaceCall& m) const {
        require(!m.to.empty() && m.to.size() <= causeway::http::kMaxName);
        require(!causeway::http::has_control_character(m.call + m.to));
        require(m.number.size() <= causeway::http::kMaxNumber);
        require(m.number.find_first_not_of("+0123456789*#") == std::string::npos);
        require(m.capability.size() <= causeway::http::kMaxCapability);
        require(!causeway::http::has_control_character(m.capability));
        require(m.sdp.size() <= causeway::http::kMaxSdp && m.sdp.find('\0') == std::string::npos);
    }
    void operator()(const causeway::http::Candidate& m) const {
        require(m.candidate.size() <= causeway::http::kMaxCandidate);
        require(!causeway::http::has_control_character(m.call + m.candidate));
    }
    void operator()(const causeway::http::AskIceServers&) const {}
    template <class Message>
    void operator()(const Message& m) const {
        require(!m.call.empty() && m.call.size() <= causeway::http::kMaxCallName);
        require(!causeway::http::has_control_character(m.call));
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = causeway::http::parse_client_message({reinterpret_cast<const char*>(data), size});
    if (const auto* message = std::get_if<causeway::http::ClientMessage>(&parsed)) {
        std::visit(Bounds{}, *message);
        return 0;
    }
    const auto& error = std::get<causeway::http::ProtocolError>(parsed);
    require(!error.code.empty() && !error.text.empty() && error.field.size() <= 200);
    const std::string sent = causeway::http::to_json(error);
    require(causeway::http::repaired_utf8(sent) == sent);
    return 0;
}
