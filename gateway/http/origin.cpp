#include "gateway/http/origin.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <cctype>

namespace causeway::http {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// The page that the door itself serves. Behind a TLS proxy the page is https while the door sees http.
bool is_own_origin(std::string_view origin, std::string_view host, bool tls) {
    if (host.empty()) return false;
    const auto is = [&](std::string_view scheme) {
        return origin_of(std::string(scheme) + std::string(host)) == origin;
    };
    return is("https://") || (!tls && is("http://"));
}

}  // namespace

std::optional<std::string> origin_of(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(url.data(), url.size()));
    if (!parsed) return std::nullopt;
    const std::string scheme = lower({parsed->scheme().data(), parsed->scheme().size()});
    if ((scheme != "http" && scheme != "https") || parsed->has_userinfo()) return std::nullopt;
    const auto host = parsed->encoded_host();
    if (host.empty()) return std::nullopt;
    // RFC 3986 §3.3: behind an authority a path is empty or begins with a slash. Boost 1.81 reads
    // "192.0.2.5x.evil.org" as the host 192.0.2.5 and a path.
    const auto path = parsed->encoded_path();
    if (!path.empty() && path.front() != '/') return std::nullopt;
    std::string origin = scheme + "://" + lower({host.data(), host.size()});
    const std::string_view port(parsed->port().data(), parsed->port().size());
    const std::string_view usual = scheme == "http" ? "80" : "443";
    if (!port.empty() && port != usual) origin.append(":").append(port);
    return origin;
}

bool origin_allowed(std::string_view origin, std::string_view host, bool tls,
                    const std::vector<std::string>& allowed) {
    if (std::find(allowed.begin(), allowed.end(), "*") != allowed.end()) return true;
    const std::optional<std::string> wanted = origin_of(origin);
    if (!wanted) return false;
    if (is_own_origin(*wanted, host, tls)) return true;
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const std::string& entry) { return origin_of(entry) == wanted; });
}

}  // namespace causeway::http
