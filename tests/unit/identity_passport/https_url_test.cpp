// What may be an x5u.
#include <gtest/gtest.h>

#include "gateway/identity/passport/passport.hpp"

namespace causeway::identity {
namespace {

TEST(HttpsUrl, has_a_host_and_printable_characters_only) {
    for (const char* url : {"https://a", "https://a:8443/b.pem?c#d", "https://[::1]/x", "https://a/@"}) {
        EXPECT_TRUE(is_https_url(url)) << url;
    }
    for (const char* url : {"", "http://a", "HTTPS://a", "https:/a", "https://", "https:///a", "https://?a",
                            "https://b@a/", "https://a b", "https://a\x7f", "https://a\n", "https://a<",
                            "https://a>", "https://a\"", "https://a\\b", "https://\xc3\xb6"}) {
        EXPECT_FALSE(is_https_url(url)) << url;
    }
}

}  // namespace
}  // namespace causeway::identity
