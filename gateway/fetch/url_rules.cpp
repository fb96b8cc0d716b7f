#include "gateway/fetch/url_rules.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace causeway::fetch {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kLongestName = 253;  // RFC 1035 §2.3.4, in text form
constexpr std::size_t kLongestLabel = 63;

std::string lower(std::string_view text) {
    std::string out(text);
    // Not tolower: a host name's letters are ASCII whatever the locale.
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool is_label(std::string_view label) {
    const bool plain = label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == label.npos;
    return plain && !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
           label.back() != '-';
}

/// RFC 1123 §2.1: a name whose last label is not numeric, so that no resolver takes it for an address
/// ("127.1", "0x7f000001").
bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestName) return false;
    std::string_view rest = name;
    std::string_view label;
    for (bool more = true; more;) {
        const auto dot = rest.find('.');
        label = rest.substr(0, dot);
        if (!is_label(label)) return false;
        more = dot != rest.npos;
        if (more) rest.remove_prefix(dot + 1);
    }
    return label.find_first_not_of("0123456789") != label.npos && label.substr(0, 2) != "0x";
}

/// The URL's host in the form of `Target`: nothing when it is neither a plain name nor an address.
std::optional<std::string> host_of(const urls::url_view& url, std::optional<SocketAddress>& literal) {
    std::string text;
    if (url.host_type() == urls::host_type::ipv4) {
        text = url.host_ipv4_address().to_string();
    } else if (url.host_type() == urls::host_type::ipv6) {
        text = url.host_ipv6_address().to_string();
    } else {
        // Encoded as it stands: a percent-encoded host would be another one after decoding.
        const auto encoded = url.encoded_host();
        text = lower({encoded.data(), encoded.size()});
        if (url.host_type() != urls::host_type::name || !is_host_name(text)) return std::nullopt;
        return text;
    }
    const Result<SocketAddress> address = SocketAddress::parse(text, 0);
    if (!address) return std::nullopt;
    literal = *address;
    return address->ip();
}

}  // namespace

PrivateHosts::PrivateHosts(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
        // One spelling for an address: without brackets when alone, with them before a port.
        std::string_view alone = entry;
        if (alone.size() > 2 && alone.front() == '[' && alone.back() == ']') {
            alone = alone.substr(1, alone.size() - 2);
        }
        const auto address = SocketAddress::parse(alone, 0);
        const auto with_port = SocketAddress::parse(entry);
        entries_.push_back(address ? address->ip() : with_port ? with_port->to_string() : lower(entry));
    }
}

bool PrivateHosts::lists(std::string_view host, std::uint16_t port) const {
    const bool v6 = host.find(':') != host.npos;
    const std::string with_port =
        (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + std::to_string(port);
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const std::string& entry) { return entry == host || entry == with_port; });
}

std::string Target::host_header() const {
    std::string text = host.find(':') != host.npos ? '[' + host + ']' : host;
    if (port != 443) text += ':' + std::to_string(port);
    return text;
}

Result<Target> check_url(std::string_view url, const PrivateHosts& private_hosts) {
    if (url.size() > kLongestUrl) return Error{"URL too long"};
    const auto parsed = urls::parse_uri(urls::string_view(url.data(), url.size()));
    if (!parsed) return Error{"not a URL"};
    if (parsed->scheme_id() != urls::scheme::https) return Error{"https only"};
    // RFC 3986 §3.3. Boost 1.81 takes "127.0.0.1x.example" for the host 127.0.0.1 and the path "x.example".
    const auto path_only = parsed->encoded_path();
    const bool path_begins = path_only.empty() || path_only.front() == '/';
    if (!parsed->has_authority() || !path_begins) return Error{"not a URL"};
    if (parsed->has_userinfo()) return Error{"URL with a user name"};
    // RFC 3986 §3.5: a fragment is for the reader; in a URL that names a document it says it is not one.
    if (parsed->has_fragment()) return Error{"URL with a fragment"};
    Target target;
    const auto host = host_of(*parsed, target.literal);
    if (!host) return Error{"host name not allowed"};
    target.host = *host;
    if (!parsed->port().empty()) target.port = parsed->port_number();
    if (target.port == 0) return Error{"port not allowed"};
    target.may_be_private = private_hosts.lists(target.host, target.port);
    if (target.literal && !target.may_be_private) return Error{"address not allowed"};
    // ATIS-1000080: a verifier dereferences https at port 443 or 8443 only. Good for all strangers' URLs:
    // they must not make this process speak to whatever listens somewhere.
    if (target.port != 443 && target.port != 8443 && !target.may_be_private) return Error{"port not allowed"};
    const auto path = parsed->encoded_target();
    target.path.assign(path.data(), path.size());
    // RFC 9112 §3.2.1: an empty path is sent as "/".
    if (path_only.empty()) target.path.insert(0, 1, '/');
    return target;
}

}  // namespace causeway::fetch
