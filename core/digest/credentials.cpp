// An Authorization header taken apart: RFC 9110 §11.4, RFC 7616 §3.4.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "core/digest/digest.hpp"

namespace causeway::digest {
namespace {

constexpr std::size_t kLongest = 4096;
constexpr std::size_t kMostParameters = 32;

bool is_token_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Reads `name=value` pairs one after another.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool done() {
        skip_spaces();
        return text_.empty();
    }
    std::string_view token() {
        const auto end = std::find_if_not(text_.begin(), text_.end(), is_token_char);
        return take(static_cast<std::size_t>(end - text_.begin()));
    }
    bool eat(char c) {
        skip_spaces();
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    /// False when it is neither a token nor a whole quoted-string.
    bool value(std::string& out) {
        skip_spaces();
        if (text_.empty() || text_.front() != '"') {
            out = std::string(token());
            return !out.empty();
        }
        for (std::size_t at = 1; at < text_.size(); ++at) {
            if (text_[at] == '"') {
                text_.remove_prefix(at + 1);
                return true;
            }
            if (text_[at] == '\\' && ++at == text_.size()) return false;
            if (static_cast<unsigned char>(text_[at]) < 0x20) return false;
            out += text_[at];
        }
        return false;
    }

  private:
    void skip_spaces() {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) text_.remove_prefix(1);
    }
    std::string_view take(std::size_t length) {
        const std::string_view taken = text_.substr(0, length);
        text_.remove_prefix(length);
        return taken;
    }

    std::string_view text_;
};

/// Where a parameter's value belongs; nullptr for one that means nothing here.
std::string* place_of(std::string_view name, Credentials& credentials, std::string& algorithm) {
    Exchange& exchange = credentials.exchange;
    if (name == "username") return &exchange.username;
    if (name == "realm") return &exchange.realm;
    if (name == "nonce") return &exchange.nonce;
    if (name == "uri") return &exchange.uri;
    if (name == "qop") return &exchange.qop;
    if (name == "nc") return &exchange.nc;
    if (name == "cnonce") return &exchange.cnonce;
    if (name == "response") return &credentials.response;
    if (name == "opaque") return &credentials.opaque;
    if (name == "algorithm") return &algorithm;
    return nullptr;
}

Result<Credentials> checked(Credentials credentials, std::string_view algorithm) {
    Exchange& exchange = credentials.exchange;
    const auto known = algorithm_of(algorithm);
    if (!known) return Error{"digest: an algorithm that is not spoken here"};
    exchange.algorithm = *known;
    if (exchange.username.empty() || exchange.realm.empty() || exchange.nonce.empty() ||
        exchange.uri.empty() || credentials.response.empty()) {
        return Error{"digest: a parameter is missing"};
    }
    credentials.response = lower(credentials.response);
    if (exchange.qop.empty()) return credentials;
    if (lower(exchange.qop) != "auth") return Error{"digest: a qop that was not offered"};
    exchange.qop = "auth";
    const std::string& nc = exchange.nc;
    const auto [end, fault] = std::from_chars(nc.data(), nc.data() + nc.size(), credentials.count, 16);
    // RFC 7616 §3.4: 8LHEX.
    if (nc.size() != 8 || fault != std::errc{} || end != nc.data() + nc.size() || credentials.count == 0 ||
        exchange.cnonce.empty()) {
        return Error{"digest: qop without a good nc and cnonce"};
    }
    return credentials;
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view value) {
    if (value.size() > kLongest) return Error{"digest: too long"};
    constexpr std::string_view kScheme = "digest ";
    if (value.size() > kScheme.size() && lower(value.substr(0, kScheme.size())) == kScheme) {
        value.remove_prefix(kScheme.size());
    }
    Reader reader(value);
    Credentials credentials;
    std::string algorithm;
    std::set<std::string> seen;
    while (!reader.done()) {
        if (reader.eat(',')) continue;
        std::string name = lower(reader.token());
        std::string text;
        if (name.empty() || !reader.eat('=') || !reader.value(text)) return Error{"digest: bad grammar"};
        // A second value could be the one that somebody else reads.
        if (seen.size() == kMostParameters || !seen.insert(name).second) {
            return Error{"digest: a parameter twice, or too many"};
        }
        if (std::string* place = place_of(name, credentials, algorithm)) *place = std::move(text);
        if (!reader.done() && !reader.eat(',')) return Error{"digest: bad grammar"};
    }
    return checked(std::move(credentials), algorithm);
}

}  // namespace causeway::digest
