#include "gateway/app/http_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "gateway/app/connected_pages.hpp"
#include "gateway/app/room_settings.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/http/json_protocol.hpp"
#include "gateway/http/password_hash.hpp"
#include "gateway/http/query.hpp"
#include "gateway/http/utf8.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::app {
namespace {

constexpr std::string_view kPath = "/v1/calls";
constexpr const char* kName = "http";  // of each call in its session
/// Far from the numbers of the page door's sessions.
constexpr std::uint64_t kFirstSession = std::uint64_t{1} << 62;
constexpr std::size_t kResourceLength = 22;  // letters and digits: 130 bits (RFC 9725 §5)
constexpr std::chrono::milliseconds kGathering{1500};
constexpr std::chrono::seconds kRemembered{60};
constexpr std::size_t kMostRemembered = 1000;

http::WebAnswer problem(int status, std::string_view reason, std::string_view detail) {
    http::WebAnswer answer{status, "application/problem+json", http::problem_json(status, reason, detail)};
    if (status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (status == 503 || status == 429) answer.headers.emplace_back("Retry-After", "5");
    return answer;
}

/// The end of a call that was never answered, as RFC 9110 §15 would say it.
int status_of(const http::Ended& ended) {
    static const std::map<std::string_view, int> kStatus{
        {"bad-request", 400},    {"bad-offer", 400},     {"no-common-codec", 406},
        {"not-found", 404},      {"over-limit", 503},    {"overloaded", 503},
        {"shutting-down", 503},  {"unavailable", 503},   {"ice-failed", 504},
        {"internal-error", 500}, {"forbidden", 403},     {"not-authenticated", 403},
        {"token-invalid", 403},  {"token-expired", 403}, {"token-callee", 403},
        {"token-used", 403},     {"hangup", 409},        {"number-not-allowed", 403}};
    const auto found = kStatus.find(ended.reason);
    if (found != kStatus.end()) return found->second;
    return ended.reason.starts_with("identity-") ? 403 : 502;
}

bool is_type(const std::string& header, std::string_view type) {
    const std::string given = identity::lower_case(header.substr(0, header.find(';')));
    return given.substr(0, given.find_last_not_of(' ') + 1) == type;
}

std::string bearer_token(const http::WebRequest& request) {
    constexpr std::string_view kScheme = "bearer ";
    const std::string& header = request.authorization;
    const bool is_bearer = identity::lower_case(header.substr(0, kScheme.size())) == kScheme;
    return is_bearer ? header.substr(kScheme.size()) : std::string();
}

/// RFC 9725 §4.3.1: it names the ICE session that the client knows.
std::string entity_tag(std::string_view sdp) {
    return fmt::format("\"{}\"", http::line_value(sdp, "a=ice-ufrag:"));
}

http::WebAnswer preflight() {
    return {204,
            "text/plain",
            "",
            {{"Access-Control-Allow-Methods", "POST, GET, PATCH, DELETE"},
             {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match"},
             {"Access-Control-Max-Age", "600"},
             {"Accept-Post", "application/sdp"}}};
}

}  // namespace

struct HttpCalls::Bearer {
    std::string token;
    std::string user;  ///< "" with a capability
    std::string number;
    std::string capability;
};

struct HttpCalls::HttpCall {
    HttpCall(boost::asio::io_context& io, SessionId its) : session(its), gathering(io) {}

    const SessionId session;
    std::string resource;
    std::string bearer;
    std::string user;
    std::string offer;         ///< as posted; a restart is made of it
    std::string remote_ufrag;  ///< of the ICE session
    std::string restart_ufrag;
    std::string sdp;  ///< our last answer
    std::string id;   ///< the gateway's, "" until known
    std::string state = "calling";
    std::string ended;  ///< JSON of the end
    http::IceServers ice;
    Respond waiting;  ///< for the answer to a POST or to a restart
    bool is_restart = false;
    std::vector<std::string> candidates;  ///< found after the answer that is not sent yet
    boost::asio::steady_timer gathering;
    std::optional<std::chrono::steady_clock::time_point> over;
};

HttpCalls::HttpCalls(boost::asio::io_context& io, config::Snapshot config, const ConnectedPages& pages,
                     call::CallRegistry& calls, Counters& counters, ReadCapability read_capability)
    : io_(io),
      config_(std::move(config)),
      pages_(pages),
      calls_(calls),
      counters_(counters),
      read_capability_(std::move(read_capability)) {}

HttpCalls::~HttpCalls() = default;

bool HttpCalls::serve(const http::WebRequest& request, Respond respond) {
    const bool collection = request.path == kPath;
    const bool member = request.path.starts_with(std::string(kPath) + '/');
    if (!collection && !member) return false;
    // The list of all calls is the operator's and served elsewhere.
    if (collection && request.method != "POST" && request.method != "OPTIONS") return false;
    if (!request.origin.empty() && !request.origin_allowed) {
        respond(problem(403, "forbidden", "Pages of this origin may not call here."));
        return true;
    }
    // RFC 9725 §4.1, Fetch §3.2: pages of allowed origins may read what is answered.
    auto with_origin = [origin = request.origin, respond = std::move(respond)](http::WebAnswer answer) {
        if (!origin.empty()) {
            answer.headers.emplace_back("Access-Control-Allow-Origin", origin);
            answer.headers.emplace_back("Access-Control-Expose-Headers",
                                        "Location, ETag, Accept-Patch, Link");
            answer.headers.emplace_back("Vary", "Origin");
        }
        respond(std::move(answer));
    };
    forget_old();
    if (request.method == "OPTIONS") {
        with_origin(preflight());
    } else if (collection) {
        place(request, with_origin);
    } else {
        manage(request, with_origin);
    }
    return true;
}

std::optional<HttpCalls::Bearer> HttpCalls::bearer_of(const http::WebRequest& request) const {
    Bearer bearer{.token = bearer_token(request), .user = "", .number = "", .capability = ""};
    if (bearer.token.empty() || bearer.token.size() > http::kMaxCapability) return std::nullopt;
    if (const config::User* user = pages_.user_of_token(bearer.token)) {
        bearer.user = user->name;
        bearer.number = user->numbers.empty() ? "" : user->numbers.front();
        return bearer;
    }
    if (!read_capability_(bearer.token).capability) return std::nullopt;
    bearer.capability = bearer.token;
    return bearer;
}

int HttpCalls::running_of(const std::string& user) const {
    return static_cast<int>(std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
        return !entry.second->over && entry.second->user == user;
    }));
}

void HttpCalls::place(const http::WebRequest& request, const Respond& respond) {
    const auto bearer = bearer_of(request);
    if (!bearer) {
        counters_.counter("http_calls_unauthorized").add();
        return respond(
            problem(401, "not-authenticated", "This needs a user's token or a permission to call."));
    }
    if (!is_type(request.content_type, "application/sdp")) {
        http::WebAnswer answer = problem(415, "bad-request", "The body is an offer of type application/sdp.");
        answer.headers.emplace_back("Accept-Post", "application/sdp");
        return respond(std::move(answer));
    }
    const std::string to = http::query_parameter(request.query, "to");
    if (to.empty() || to.size() > http::kMaxName || http::has_control_character(to)) {
        return respond(problem(400, "bad-request", "Whom to call is said by ?to=, a number."));
    }
    if (request.body.size() > http::kMaxSdp) {
        return respond(problem(413, "bad-offer", "The offer is longer than 60000 bytes."));
    }
    if (running_of(bearer->user) >= config_->limits.calls_per_session) {
        return respond(problem(429, "over-limit", "This user has too many calls at once."));
    }
    counters_.counter("http_calls_placed").add();
    const SessionId session{kFirstSession + ++last_session_};
    auto& call = *sessions_.emplace(session, std::make_unique<HttpCall>(io_, session)).first->second;
    call.resource = random_token(kResourceLength);
    call.bearer = bearer->token;
    call.user = bearer->user;
    call.offer = request.body;
    call.remote_ufrag = http::line_value(request.body, "a=ice-ufrag:");
    call.ice = ice_servers(*config_, bearer->user,
                           std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    call.waiting = respond;

    call::PagePlaced placed;
    placed.session = session;
    placed.name = kName;
    placed.caller = {bearer->user, !bearer->capability.empty(), bearer->number, ""};
    if (const config::User* user = pages_.user_of_name(bearer->user)) placed.caller.display = user->display;
    placed.page = request.origin;
    placed.to = to;
    placed.sdp = request.body;
    placed.capability = bearer->capability;
    calls_.place(std::move(placed));
}

bool HttpCalls::tell(SessionId session, const http::ServerMessage& message) {
    if (session.value < kFirstSession) return false;
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return false;
    HttpCall& call = *found->second;
    if (const auto* given = std::get_if<http::Answer>(&message)) {
        call.id = given->id;
        take_answer(call, given->sdp);
    } else if (const auto* candidate = std::get_if<http::Candidate>(&message)) {
        if (!candidate->candidate.empty()) {
            call.candidates.push_back(candidate->candidate);
        } else if (call.gathering.cancel() > 0) {
            deliver(call);
        }
    } else if (std::holds_alternative<http::Ringing>(message)) {
        call.state = "ringing";
    } else if (std::holds_alternative<http::Early>(message)) {
        call.state = "early";
    } else if (std::holds_alternative<http::Answered>(message)) {
        call.state = "answered";
    } else if (const auto* ended = std::get_if<http::Ended>(&message)) {
        take_end(call, *ended);
    } else if (const auto* error = std::get_if<http::ProtocolError>(&message)) {
        if (call.is_restart) answer(call, problem(400, "bad-offer", error->text));
    }
    return true;
}

void HttpCalls::answer(HttpCall& call, http::WebAnswer answer) {
    call.is_restart = false;
    if (const Respond respond = std::exchange(call.waiting, nullptr)) respond(std::move(answer));
}

/// There is no way to tell candidates later (RFC 9725 §4.3): those that need a server are waited for.
void HttpCalls::take_answer(HttpCall& call, const std::string& sdp) {
    call.sdp = sdp;
    call.candidates.clear();
    if (!call.waiting) return;
    if (sdp.find("\r\na=end-of-candidates") != std::string::npos) return deliver(call);
    call.gathering.expires_after(kGathering);
    call.gathering.async_wait([this, session = call.session](const boost::system::error_code& fault) {
        const auto found = sessions_.find(session);
        if (!fault && found != sessions_.end()) deliver(*found->second);
    });
}

void HttpCalls::deliver(HttpCall& call) {
    call.sdp = http::with_candidates(std::move(call.sdp), std::exchange(call.candidates, {}), false);
    if (call.is_restart) {
        call.remote_ufrag = call.restart_ufrag;
        return answer(call, {200,
                             std::string(http::kIceFragmentType),
                             http::ice_fragment_of(call.sdp),
                             {{"ETag", entity_tag(call.sdp)}}});
    }
    http::WebAnswer created{201,
                            "application/sdp",
                            call.sdp,
                            {{"Location", std::string(kPath) + '/' + call.resource},
                             {"ETag", entity_tag(call.sdp)},
                             {"Accept-Patch", std::string(http::kIceFragmentType)}}};
    // RFC 9725 §4.6.
    std::string links;
    for (const http::IceServer& server : call.ice.servers) {
        for (const std::string& url : server.urls) {
            if (!links.empty()) links += ", ";
            links += fmt::format("<{}>; rel=\"ice-server\"", url);
            if (server.username.empty()) continue;
            links += fmt::format("; username=\"{}\"; credential=\"{}\"; credential-type=\"password\"",
                                 server.username, server.credential);
        }
    }
    if (!links.empty()) created.headers.emplace_back("Link", std::move(links));
    answer(call, std::move(created));
}

void HttpCalls::take_end(HttpCall& call, const http::Ended& ended) {
    call.id = ended.id;
    call.state = "ended";
    call.ended = http::to_json(ended);
    call.over = std::chrono::steady_clock::now();
    call.gathering.cancel();
    if (call.waiting) answer(call, problem(status_of(ended), ended.reason, ended.text));
}

void HttpCalls::manage(const http::WebRequest& request, const Respond& respond) {
    const std::string_view resource = std::string_view(request.path).substr(kPath.size() + 1);
    const auto found = std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
        return http::equal_secrets(resource, entry.second->resource);
    });
    // Who does not hold the token learns nothing, not even whether there is such a call.
    if (found == sessions_.end() || !http::equal_secrets(bearer_token(request), found->second->bearer)) {
        return respond(problem(404, "unknown-call", "There is no such call of this token's."));
    }
    HttpCall& call = *found->second;
    if (request.method == "GET") return respond(state_of(call));
    if (request.method == "DELETE") {
        calls_.on_page(call.session, kName, call::PageHungUp{call.session});
        return respond(state_of(call));
    }
    if (request.method == "PATCH") return patch(call, request, respond);
    http::WebAnswer answer = problem(405, "bad-request", "A call takes GET, PATCH and DELETE.");
    answer.headers.emplace_back("Allow", "GET, PATCH, DELETE, OPTIONS");
    respond(std::move(answer));
}

http::WebAnswer HttpCalls::state_of(const HttpCall& call) const {
    const bool over = !call.ended.empty();
    return {200, "application/json", over ? call.ended : http::state_json(call.id, call.state)};
}

void HttpCalls::patch(HttpCall& call, const http::WebRequest& request, const Respond& respond) {
    if (!is_type(request.content_type, http::kIceFragmentType)) {
        http::WebAnswer answer = problem(415, "bad-request", "A PATCH is a fragment of ICE.");
        answer.headers.emplace_back("Accept-Patch", std::string(http::kIceFragmentType));
        return respond(std::move(answer));
    }
    // RFC 9725 §4.3.1, RFC 6585 §3: which ICE session is meant must be said.
    if (request.if_match.empty()) return respond(problem(428, "bad-request", "This needs If-Match."));
    const bool any = request.if_match == "*";
    if (!any && request.if_match != entity_tag(call.sdp)) {
        return respond(problem(412, "bad-request", "This is not the ICE session that the call has now."));
    }
    const auto fragment = http::parse_ice_fragment(request.body);
    if (!fragment) return respond(problem(400, "bad-request", fragment.error().detail));
    if (call.over || call.sdp.empty()) return respond(problem(409, "unexpected", "The call has no media."));
    if (fragment->ufrag == call.remote_ufrag) {
        trickle(call, *fragment);
        return respond({204, "text/plain", "", {{"ETag", entity_tag(call.sdp)}}});
    }
    if (fragment->password.empty()) {
        return respond(problem(400, "bad-request", "A restart of ICE needs a=ice-pwd."));
    }
    if (call.waiting) return respond(problem(409, "unexpected", "Another restart is under way."));
    call.restart_ufrag = fragment->ufrag;
    call.waiting = respond;
    call.is_restart = true;
    calls_.on_page(call.session, kName,
                   call::PageReoffer{call.session, http::with_ice(call.offer, *fragment)});
}

void HttpCalls::trickle(HttpCall& call, const http::IceFragment& fragment) {
    for (const std::string& candidate : fragment.candidates) {
        calls_.on_page(call.session, kName, call::PageCandidate{call.session, candidate});
    }
    if (fragment.end_of_candidates) {
        calls_.on_page(call.session, kName, call::PageCandidate{call.session, ""});
    }
}

void HttpCalls::forget_old() {
    const auto now = std::chrono::steady_clock::now();
    const bool crowded = sessions_.size() > kMostRemembered;
    std::erase_if(sessions_, [&](const auto& entry) {
        const auto& over = entry.second->over;
        return over && !entry.second->waiting && (crowded || *over + kRemembered < now);
    });
}

}  // namespace causeway::app
