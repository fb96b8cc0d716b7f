#include "webrtc/ice/turn_credentials.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace causeway::webrtc {
namespace {

constexpr std::size_t kMostOfWho = 64;

std::string plain(std::string_view who) {
    std::string name(who.substr(0, kMostOfWho));
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            return !letter && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' && c != '@';
        },
        '_');
    return name;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
    struct Free {
        void operator()(GHmac* hmac) const { g_hmac_unref(hmac); }
    };
    const std::unique_ptr<GHmac, Free> hmac(
        g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(key.data()), key.size()));
    g_hmac_update(hmac.get(), reinterpret_cast<const guchar*>(text.data()), static_cast<gssize>(text.size()));
    std::array<guint8, 20> digest{};
    gsize size = digest.size();
    g_hmac_get_digest(hmac.get(), digest.data(), &size);
    const std::unique_ptr<gchar, decltype(&g_free)> encoded(g_base64_encode(digest.data(), size), g_free);
    return encoded.get();
}

}  // namespace

TurnCredentials make_turn_credentials(std::string_view secret, std::string_view who, std::int64_t end) {
    std::string username = std::to_string(end) + ':' + plain(who);
    std::string password = hmac_sha1(secret, username);
    return {std::move(username), std::move(password)};
}

}  // namespace causeway::webrtc
